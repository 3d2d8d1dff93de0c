"""The conversion engine: moves the elements listed in a table into extensions and back.

Knows no particular resource. Works on copies. Levels that are not in the table are left as they are, and so are values
of an unexpected type, which the parser will report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from terminology.fhir.elements import choice
from terminology.fhir.json import Json

R5_EXTENSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"

Hook = Callable[[Json], None]


@dataclass(frozen=True, slots=True)
class Carried:
    """An element that R4 does not have, and how an extension carries it.

    `kind` is the suffix of the extension's `value[x]`; "" for a choice element (its own suffix is used); None for a
    backbone element, written as a complex extension of its `parts`. `level` converts the inside of a value.
    """

    name: str
    kind: str | None = "String"
    many: bool = False
    parts: tuple[Carried, ...] = ()
    level: Level | None = None


@dataclass(slots=True)
class Level:
    """What differs between the releases at one place of a resource; `path` is the R5 element path.

    `codes` has the members that R4 binds to a closed list, with its codes. `up` and `down` make changes that a table
    cannot express; `up` runs after extensions are unpacked, `down` before they are packed.
    """

    path: str
    carried: tuple[Carried, ...] = ()
    inner: dict[str, Level] = field(default_factory=dict)
    codes: dict[str, frozenset[str]] = field(default_factory=dict)
    up: Hook | None = None
    down: Hook | None = None
    _same: Callable[[Json], bool] | None = field(init=False, default=None, repr=False)

    def same_in_r4(self) -> Callable[[Json], bool]:
        """A quick test of whether an R5 element is the same in R4, which is true of most.

        Made on first use, since a level may contain itself.
        """
        if self._same is None:
            by_name = self.down is None and all(carried.kind != "" for carried in self.carried)
            concerned = frozenset((*self.inner, *self.codes, *(carried.name for carried in self.carried)))
            self._same = concerned.isdisjoint if by_name else lambda _: False
        return self._same

    def url(self, name: str) -> str:
        """The url of the cross-version extension of a member."""
        return f"{R5_EXTENSION}{self.path}.{name}"


def upgrade(level: Level, element: Json) -> Json:
    """R4 → R5, as a copy."""
    written = {**element}
    _unpack_extensions(level, written)
    for name in level.codes:
        _restore_codes(written, name, level.url(name))
    if level.up is not None:
        level.up(written)
    for name, inner in level.inner.items():
        value = written.get(name)
        if isinstance(value, list):
            written[name] = [upgrade(inner, item) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, dict):
            written[name] = upgrade(inner, value)
    return written


def downgrade(level: Level, element: Json) -> Json:
    """R5 → R4, as a copy; an element that needs no change is returned itself."""
    if level.same_in_r4()(element):
        return element
    written = {**element}
    if level.down is not None:
        level.down(written)
    for name, inner in level.inner.items():
        value, same = written.get(name), inner.same_in_r4()
        if isinstance(value, list):
            written[name] = [i if not isinstance(i, dict) or same(i) else downgrade(inner, i) for i in value]
        elif isinstance(value, dict):
            written[name] = downgrade(inner, value)
    for name, allowed in level.codes.items():
        _hide_codes(written, name, allowed, level.url(name))
    packed: list[Json] = []
    for carried in level.carried:
        if carried.kind == "" or carried.name in written:
            packed += _pack(carried, level.url(carried.name), written)
    if packed:
        written["extension"] = [*_items(written.get("extension")), *packed]
    return written


def _pack(carried: Carried, url: str, written: Json) -> list[Json]:
    """Remove a member from `written` and return it as extensions."""
    if carried.kind == "":
        found = choice(written, carried.name)
        if found is None:
            return []
        value = written.pop(carried.name + found[0])
        return [_with_sibling({"url": url, "value" + found[0]: value}, written, carried.name + found[0], found[0])]
    if carried.name not in written:
        return []
    value = written[carried.name]
    values = value if carried.many and isinstance(value, list) else [value]
    if carried.kind is None and not all(isinstance(item, dict) for item in values):
        return []
    del written[carried.name]
    packed = [_pack_one(carried, url, item) for item in values]
    if carried.kind and len(packed) == 1:
        _with_sibling(packed[0], written, carried.name, carried.kind)
    return packed


def _pack_one(carried: Carried, url: str, value: Any) -> Json:
    if carried.kind is None:
        return _pack_parts(carried, url, value)
    if carried.level is not None and isinstance(value, dict):
        value = downgrade(carried.level, value)
    return {"url": url, "value" + carried.kind: value}


def _pack_parts(carried: Carried, url: str, value: Json) -> Json:
    inner = {**value}
    packed: list[Json] = [*_items(inner.pop("extension", None))]
    for part in carried.parts:
        if part.kind == "" or part.name in inner:
            packed += _pack(part, part.name, inner)
    return {"extension": packed, "url": url, **inner}


def _with_sibling(packed: Json, written: Json, name: str, kind: str) -> Json:
    """Move the id and extensions of a primitive (`_name`) from `written` into its extension."""
    sibling = written.pop("_" + name, None)
    if sibling is not None:
        packed["_value" + kind] = next(iter(sibling), None) if isinstance(sibling, list) else sibling
    return packed


def _unpack_extensions(level: Level, written: Json) -> None:
    items = written.get("extension")
    if not isinstance(items, list) or not level.carried:
        return
    by_url = {level.url(carried.name): carried for carried in level.carried}
    kept = []
    for item in items:
        carried = by_url.get(str(item.get("url"))) if isinstance(item, dict) else None
        if carried is None or not _unpack(carried, item, written):
            kept.append(item)
    if kept:
        written["extension"] = kept
    else:
        del written["extension"]


def _unpack(carried: Carried, item: Json, written: Json) -> bool:
    """Put the member that an extension carries into `written`; False if the extension is not one this module writes."""
    found = choice(item, "value")
    name = carried.name
    value: Any
    if carried.many and not isinstance(written.get(name, []), list):
        return False
    if carried.kind is None:
        if not isinstance(item.get("extension", []), list):
            return False
        value = _unpack_parts(carried, item)
    elif found is None:
        return False
    else:
        value = found[1]
        if carried.level is not None and isinstance(value, dict):
            value = upgrade(carried.level, value)
        if carried.kind == "":
            name += found[0]
        sibling = item.get("_value" + found[0])
        if sibling is not None:
            written["_" + name] = [sibling] if carried.many else sibling
    if carried.many:
        written[name] = [*written.get(name, ()), value]
        return True
    return written.setdefault(name, value) is value


def _unpack_parts(carried: Carried, item: Json) -> Json:
    value: Json = {n: v for n, v in item.items() if n not in {"url", "extension"}}
    by_url = {part.name: part for part in carried.parts}
    kept = []
    for inner in item.get("extension", ()):
        part = by_url.get(str(inner.get("url"))) if isinstance(inner, dict) else None
        if part is None or not _unpack(part, inner, value):
            kept.append(inner)
    if kept:
        value["extension"] = kept
    return value


def _hide_codes(written: Json, name: str, allowed: frozenset[str], url: str) -> None:
    """Move codes that R4 does not have from the member `name` into extensions of the primitive (`_name`)."""
    value = written.get(name)
    codes = value if isinstance(value, list) else [value]
    foreign = [isinstance(code, str) and code not in allowed for code in codes]
    if not any(foreign):
        return
    siblings = _siblings(written.get("_" + name), len(codes))
    hidden = [
        _with_extension(sibling, {"url": url, "valueCode": code}) if is_foreign else sibling
        for code, sibling, is_foreign in zip(codes, siblings, foreign, strict=False)
    ]
    left = [None if is_foreign else code for code, is_foreign in zip(codes, foreign, strict=True)]
    del written[name]
    if any(code is not None for code in left):
        written[name] = left
    written["_" + name] = hidden if isinstance(value, list) else hidden[0]


def _restore_codes(written: Json, name: str, url: str) -> None:
    hidden = written.get("_" + name)
    if not isinstance(hidden, list | dict):
        return
    many = isinstance(hidden, list)
    count = len(hidden) if many else 1
    codes = _siblings(written.get(name), count)
    kept: list[Any] = []
    for index, sibling in enumerate(_siblings(hidden, len(codes))):
        extensions = _items(sibling.get("extension")) if isinstance(sibling, dict) else []
        mine = next((e for e in extensions if isinstance(e, dict) and e.get("url") == url), None)
        if mine is None:
            kept.append(sibling)
            continue
        codes[index] = mine.get("valueCode")
        others = [e for e in extensions if e is not mine]
        left = {n: v for n, v in sibling.items() if n != "extension"} | ({"extension": others} if others else {})
        kept.append(left or None)
    if any(code is not None for code in codes):
        written[name] = codes if many else codes[0]
    del written["_" + name]
    if any(kept):
        written["_" + name] = kept if many else kept[0]


def _siblings(value: Any, count: int) -> list[Any]:
    """A member as a list that is padded with None to at least `count` entries."""
    given = value if isinstance(value, list) else [value]
    return [*given, *([None] * (count - len(given)))]


def _with_extension(sibling: Any, added: Json) -> Json:
    beside = sibling if isinstance(sibling, dict) else {}
    return {**beside, "extension": [*_items(beside.get("extension")), added]}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
