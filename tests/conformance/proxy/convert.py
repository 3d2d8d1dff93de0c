"""Resources between R5 and R4: what R4 lacks travels in extensions named after its R5 path (R5, 2.1.0.5).

Neither release's elements are listed here; see `elements`. What is not R5 to begin with is passed on as it is, for
the server to judge. What the server says beyond R4 is a `NotR4Error`.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.proxy import conceptmap
from tests.conformance.proxy.elements import R4, R5, Element

Json = dict[str, Any]

EXTENSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"


class NotR4Error(Exception):
    """An answer that is no R4: says what and where."""


def down(resource: Json) -> Json:
    """R5 → R4."""
    return _down(resource, resource["resourceType"])


def up(resource: Json) -> Json:
    """R4 → R5. Raises NotR4Error."""
    return _up(resource, str(resource.get("resourceType")), str(resource.get("resourceType")))


# ---------------------------------------------------------------------------------------------------------- R5 → R4


def _down(value: Json, type_: str) -> Json:
    value = conceptmap.down(type_, value)
    known, wanted, path = R5.elements(type_), R4.elements(type_), R5.path(type_)
    written: Json = {}
    packed: list[Json] = []
    for name in dict.fromkeys(name.removeprefix("_") for name in value):
        item, sibling = value.get(name), value.get("_" + name)
        if name not in wanted and name in known:
            element = known[name]
            packed += _pack(element, f"{EXTENSION}{path}.{element.base}", item, sibling)
            continue
        if name in wanted and name in known:
            item, more = _narrowed(known[name], wanted[name], path, item)
            packed += more
            new = (known[name].codes or frozenset()) - (wanted[name].codes or frozenset())
            item, sibling = _without_codes(new, f"{EXTENSION}{path}.{name}", item, sibling)
            item = _each(item, wanted[name].type, _down)
        _put(written, name, item, sibling)
    if packed:
        written["extension"] = [*written.get("extension", ()), *packed]
    return written


def _narrowed(known: Element, wanted: Element, path: str, item: Any) -> tuple[Any, list[Json]]:
    """What repeats in R5 alone: the first stays, the others become extensions."""
    if not known.many or wanted.many or not isinstance(item, list):
        return item, []
    return item[0], [_pack_one(known, f"{EXTENSION}{path}.{known.base}", more) for more in item[1:]]


def _without_codes(new: frozenset[str], url: str, item: Any, sibling: Any) -> tuple[Any, Any]:
    """Codes that R4's closed list does not have go into extensions of their element, at their place in a list."""
    if isinstance(item, list) and not new.isdisjoint(i for i in item if isinstance(i, str)):
        pairs = [
            _without_codes(new, url, one, beside)
            for one, beside in zip(item, sibling or [None] * len(item), strict=True)
        ]
        return [one for one, _ in pairs], [beside for _, beside in pairs]
    if not isinstance(item, str) or item not in new:
        return item, sibling
    extensions = [*(sibling or {}).get("extension", ()), {"url": url, "valueCode": item}]
    return None, {**(sibling or {}), "extension": extensions}


def _pack(element: Element, url: str, item: Any, sibling: Any) -> list[Json]:
    if isinstance(item, list):
        return [_pack_one(element, url, one) for one in item]
    packed = {"url": url} if item is None else _pack_one(element, url, item)
    if sibling is not None:
        packed[f"_value{element.type}"] = sibling
    return [packed]


def _pack_one(element: Element, url: str, item: Any) -> Json:
    if not R5.is_backbone(element.type):
        return {"url": url, f"value{element.type}": _each(item, element.type, _down)}
    inner: list[Json] = list(item.get("extension", ()))
    for name, part in R5.elements(element.type).items():
        if name != "extension" and (name in item or "_" + name in item):
            inner += _pack(part, part.base, item.get(name), item.get("_" + name))
    return {"extension": inner, "url": url}


# ---------------------------------------------------------------------------------------------------------- R4 → R5


def _up(value: Json, type_: str, where: str) -> Json:
    known, path = R4.elements(type_), R5.path(type_)
    if not known:
        raise NotR4Error(f"{where}: {type_} is no type of R4")
    written: Json = {}
    for name in dict.fromkeys(name.removeprefix("_") for name in value):
        item, sibling = value.get(name), value.get("_" + name)
        if name != "resourceType":
            item = _up_member(known.get(name), f"{where}.{name}", item)
            item, sibling = _restored(f"{EXTENSION}{path}.{name}", item, sibling)
        _put(written, name, item, sibling)
    if "extension" in written:
        _unpack_extensions(written, type_, path, where)
    return written


def _up_member(element: Element | None, where: str, item: Any) -> Any:
    if element is None:
        raise NotR4Error(f"{where} is no element of R4")
    if item is not None and element.many != isinstance(item, list):
        raise NotR4Error(f"{where} is {'no ' if element.many else 'a '}list")
    for one in item if isinstance(item, list) else [item]:
        if element.codes and one is not None and one not in element.codes:
            raise NotR4Error(f"{where}: {one} is not a code of R4's closed list")
        if isinstance(one, dict) != bool(R4.elements(element.type) or element.type == "Resource") and one is not None:
            raise NotR4Error(f"{where}: {one} is no {element.type}")
    return _each(item, element.type, lambda one, type_: _up(one, type_, where))


def _restored(url: str, item: Any, sibling: Any) -> tuple[Any, Any]:
    """The reverse of `_without_codes`."""
    if isinstance(sibling, list):
        pairs = [_restored(url, one, beside) for one, beside in zip(item, sibling, strict=True)]
        besides = [beside for _, beside in pairs]
        return [one for one, _ in pairs], besides if any(besides) else None
    extensions = sibling.get("extension", ()) if isinstance(sibling, dict) else ()
    for extension in extensions:
        if extension.get("url") == url:
            others = [e for e in extensions if e is not extension]
            return extension["valueCode"], {**sibling, "extension": others} if others else None
    return item, sibling


def _unpack_extensions(written: Json, type_: str, path: str, where: str) -> None:
    lacking = [e for name, e in R5.elements(type_).items() if name not in R4.elements(type_)]
    kept = []
    for extension in written.pop("extension"):
        name = extension["url"].removeprefix(f"{EXTENSION}{path}.")
        if _unpack([e for e in lacking if e.base == name], extension, written):
            continue
        if name.startswith(EXTENSION.removesuffix("extension-")) or name != extension["url"]:
            raise NotR4Error(f"{where}: {extension['url']} carries no element that R4 lacks")
        kept.append(extension)
    if kept:
        written["extension"] = kept


def _unpack(elements: list[Element], extension: Json, written: Json) -> bool:
    """Put what an extension carries where R5 has it; `elements` are the choices of one element."""
    for element in elements:
        value: Any = extension.get(f"value{element.type}")
        sibling = extension.get(f"_value{element.type}")
        if R5.is_backbone(element.type):
            value = _unpack_parts(element.type, extension)
        if value is None and sibling is None:
            continue
        if element.many:
            written.setdefault(element.name, []).append(value)
        else:
            _put(written, element.name, value, sibling)
        return True
    return False


def _unpack_parts(type_: str, extension: Json) -> Json:
    written: Json = {}
    for inner in extension.get("extension", ()):
        parts = [e for e in R5.elements(type_).values() if e.base == inner["url"]]
        if not _unpack(parts, inner, written):
            written.setdefault("extension", []).append(inner)
    return written


# --------------------------------------------------------------------------------------------------------- in common


def _each(item: Any, type_: str, step: Any) -> Any:
    if isinstance(item, list):
        return [_each(one, type_, step) for one in item]
    if not isinstance(item, dict):
        return item
    return step(item, str(item.get("resourceType")) if type_ == "Resource" else type_)


def _put(written: Json, name: str, item: Any, sibling: Any) -> None:
    if item is not None:
        written[name] = item
    if sibling is not None:
        written["_" + name] = sibling
