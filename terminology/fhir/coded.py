"""The coded elements of any resource, each with what is bound to it by a profile, its base types and datatypes.

Walks JSON beside the elements of StructureDefinitions, which `find` gives by canonical. Of several definitions of one
element (a slice, the profile, the base, the datatype) the most special one that has a binding counts. A slice is
recognised by fixed values and patterns, by the type of a choice and by the url of an extension; values of other slices
are held to what is said of all. Validates no codes, and nothing but codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from terminology.fhir import elements
from terminology.fhir.json import Json
from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.structure import Binding, Element, Structure

Find = Callable[[Canonical], Structure | None]
Form = Literal["code", "coding", "codeableConcept"]
QUANTITIES = frozenset({"Quantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"})
STRINGS = frozenset({"code", "string", "uri", "id", "markdown"})
DEEPEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedElement:
    """A coded value, with what is bound to it, if anything; without codings, it has text only.

    `path` is its FHIRPath, `form` how issues name its parts.
    """

    path: str
    form: Form
    concept: CodeableConcept
    binding: Binding | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A definition that is needed at a place of the resource, and is not here."""

    path: str
    canonical: Canonical


@dataclass(frozen=True, slots=True)
class _Place:
    """An element of a structure."""

    structure: Structure
    id: str


Places = Sequence[_Place]
"""Definitions of one value, the most special first."""


def coded_elements(resource: Json, profile: Structure, find: Find) -> Iterator[CodedElement | Unknown]:
    """Everything in a resource (or a datatype) that has a code, and the definitions that are missing.

    Raises Malformed for codes that are none.
    """
    return _Walk(find).inside(resource, _roots(profile, find), str(resource.get("resourceType", profile.type)), 0)


def _roots(structure: Structure, find: Find) -> list[_Place]:
    """The root of a structure, and of what it is derived from as far as it does not repeat that."""
    places = [_Place(structure, structure.type)]
    while not structure.whole and structure.base is not None and len(places) < DEEPEST:
        base = find(structure.base)
        if base is None:
            break
        structure = base
        places.append(_Place(structure, structure.type))
    return places


class _Walk:
    def __init__(self, find: Find) -> None:
        self._find = find
        self._missing: set[Canonical] = set()

    def inside(self, value: Json, places: Places, path: str, depth: int) -> Iterator[CodedElement | Unknown]:
        """What is in an object."""
        if depth > DEEPEST:
            return
        for member, content in value.items():
            if member.startswith("_") or member in {"resourceType", "id"} or content is None:
                continue
            found = _definitions(places, member)
            if not found:
                continue
            name = found[0][1].name.removesuffix("[x]")
            several = isinstance(content, list)
            for index, item in enumerate(content if several else [content]):
                at = f"{path}.{name}[{index}]" if several else f"{path}.{name}"
                yield from self._item(item, member, found, at, depth)

    def _item(
        self, item: Any, member: str, found: Sequence[tuple[_Place, Element, str]], path: str, depth: int
    ) -> Iterator[CodedElement | Unknown]:
        """One value: what is bound to it, and what is in it."""
        defined: list[tuple[_Place, Element]] = []
        for place, element, _ in found:
            slices = _slices(place.structure, element, member, item)
            defined += [(place, one) for one in (*slices, element)]
        type_ = next((t for _, _, t in found if t), "")
        bound = next((e.binding for _, e in defined if e.binding is not None), None)
        if (read := _read(item, type_, path)) is not None and (bound is not None or type_ not in STRINGS):
            at, form, concept = read
            yield CodedElement(path=at, form=form, concept=concept, binding=bound)
        if not isinstance(item, dict):
            return
        if isinstance(item.get("resourceType"), str):
            yield from self._resource(item, path, depth)
            return
        places = [_Place(p.structure, e.content or e.id) for p, e in defined]
        kept = [p for p in places if p.id in p.structure.children]
        yield from self.inside(item, [*kept, *self._types(item, type_, defined)], path, depth + 1)
        if self._missing:
            yield from (Unknown(path, canonical) for canonical in sorted(self._missing, key=str))
            self._missing.clear()

    def _resource(self, item: Json, path: str, depth: int) -> Iterator[CodedElement | Unknown]:
        """A resource within a resource: by the profiles it states, else by its type."""
        meta = item.get("meta")
        stated = meta.get("profile") if isinstance(meta, dict) else None
        own = Canonical(type_url(str(item["resourceType"])))
        profiles = [Canonical.parse(p) for p in stated if isinstance(p, str)] if isinstance(stated, list) else []
        known = [s for p in profiles if (s := self._find(p)) is not None] or [s for s in [self._find(own)] if s]
        if not known:
            yield Unknown(path, own)
        for structure in known:
            yield from self.inside(item, _roots(structure, self._find), path, depth + 1)

    def _types(self, item: Json, type_: str, defined: Sequence[tuple[_Place, Element]]) -> list[_Place]:
        """The datatype of a value, after the profiles on it; an extension is defined by its url."""
        profiles = [p for _, e in defined for t in e.types if t.code == type_ for p in t.profiles]
        if type_ == "Extension" and isinstance(item.get("url"), str):
            own = Canonical(item["url"])
            if ":" in own.url:
                profiles.append(own)
                if self._find(own) is None:
                    self._missing.add(own)
        wanted = [*dict.fromkeys(profiles)]
        if type_ and type_ not in {"BackboneElement", "Element"}:
            wanted.append(Canonical(type_url(type_)))
        return [place for ref in wanted if (s := self._find(ref)) is not None for place in _roots(s, self._find)]


def _definitions(places: Places, member: str) -> list[tuple[_Place, Element, str]]:
    """The definitions of a member, with the type a value has.

    A differential need not repeat an element to say something of its slices, or of what is in it: such a one is added.
    """
    own = [(place, element, type_) for place in places for element, type_ in _defined(place, member)]
    if not own or all(place.structure.whole for place in places):
        return own
    _, first, type_ = own[0]
    defining = [place for place, _, _ in own]
    implied = [
        (place, Element(id=f"{place.id}.{first.name}", path=f"{place.id}.{first.name}"), type_)
        for place in places
        if place not in defining and not place.structure.whole
    ]
    return sorted([*own, *implied], key=lambda one: places.index(one[0]))


def _defined(place: _Place, member: str) -> Iterator[tuple[Element, str]]:
    """The element that defines a member of an object, with the type a value has."""
    for element in place.structure.children.get(place.id, ()):
        if element.slice_name is not None:
            continue
        if element.name == member:
            yield element, element.types[0].code if element.types else ""
        elif element.name.endswith("[x]") and member.startswith(start := element.name.removesuffix("[x]")):
            rest = member.removeprefix(start)
            code = next((t.code for t in element.types if t.code[:1].upper() + t.code[1:] == rest), None)
            if code is not None or (rest and rest[0].isupper() and not element.types):
                yield element, code or rest


def _slices(structure: Structure, element: Element, member: str, item: Any) -> list[Element]:
    """The slices of an element that a value is in."""
    siblings = structure.children.get(element.id.rpartition(".")[0], ())
    own = [s for s in siblings if s.slice_name is not None and s.id.startswith(f"{element.id}:")]
    return [s for s in own if _is_in(structure, element, s, member, item)]


def _is_in(structure: Structure, element: Element, slice_: Element, member: str, item: Any) -> bool:
    if element.name.endswith("[x]") and slice_.slice_name == member:
        return True
    if isinstance(item, dict) and any(t.code == "Extension" for t in slice_.types):
        return item.get("url") in {p.url for t in slice_.types for p in t.profiles}
    if slice_.fixed is not None:
        return _contains(item, slice_.fixed)
    stated = [p for kind, p in element.discriminators if kind in {"value", "pattern"}]
    if not stated or len(stated) != len(element.discriminators):
        return False
    return all(_discriminated(structure, slice_, path, item) for path in stated)


def _discriminated(structure: Structure, slice_: Element, path: str, item: Any) -> bool:
    """Whether a value has, at the path of a discriminator, what the slice fixes there."""
    definition = slice_ if path == "$this" else structure.elements.get(f"{slice_.id}.{path}")
    if definition is None or definition.fixed is None:
        return False
    found = [item]
    for step in () if path == "$this" else path.split("."):
        found = [
            inner
            for one in found
            if isinstance(one, dict)
            for inner in (one[step] if isinstance(one.get(step), list) else [one.get(step)])
        ]
    return any(_contains(one, definition.fixed) for one in found)


def _contains(value: Any, pattern: Any) -> bool:
    """FHIR's pattern: all that it states is in the value, list items anywhere."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(n in value and _contains(value[n], p) for n, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(_contains(v, p) for v in value) for p in pattern)
    return bool(value == pattern)


def _read(item: Any, type_: str, path: str) -> tuple[str, Form, CodeableConcept] | None:
    """The codes of a value. None for what has none: a quantity without a unit's code, a reference."""
    if isinstance(item, str) and type_ in STRINGS:
        return path, "code", CodeableConcept((Coding(code=item),))
    if not isinstance(item, dict):
        return None
    if type_ == "CodeableConcept":
        codings = tuple(elements.coding(c) for c in elements.objects(item, "coding"))
        return path, "codeableConcept", CodeableConcept(codings, elements.string(item, "text"))
    if type_ == "Coding":
        return path, "coding", CodeableConcept((elements.coding(item),))
    if type_ == "CodeableReference" and isinstance(item.get("concept"), dict):
        return _read(item["concept"], "CodeableConcept", f"{path}.concept")
    if type_ in QUANTITIES and isinstance(item.get("code"), str):
        unit = Coding(elements.string(item, "system"), elements.string(item, "code"))
        return path, "coding", CodeableConcept((unit,))
    return None
