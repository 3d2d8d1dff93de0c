"""The definitions of one value in StructureDefinitions: the profile first, then those it is derived from.

A structure may be a differential that only states changes, so a value always has several definitions, the most specific
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical
from terminology.model.structure import Element, Structure

Find = Callable[[Canonical], Structure | None]
DEEPEST = 64
ABSTRACT = frozenset({"BackboneElement", "Element", "Resource", "DomainResource", ""})
"""Types that say nothing of what is in a value."""


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """What a structure says of an element. Compared by identity: a structure is large."""

    structure: Structure
    element: Element

    def members(self) -> Iterator[Definition]:
        """The elements within, slices of them too; another element's, where this one is defined by it."""
        for element in self.structure.children.get(self.element.content or self.element.id, ()):
            yield Definition(self.structure, element)

    def slices(self) -> Iterator[tuple[str, Definition]]:
        """The slices of an element, or of a slice, by name: without those of slices."""
        own = self.element
        start = f"{own.id}/" if own.slice_name is not None else f"{own.id}:"
        for sibling in self.structure.children.get(own.id.rpartition(".")[0], ()):
            rest = sibling.id.removeprefix(start)
            if sibling.slice_name is not None and sibling.id != rest and "/" not in rest:
                yield rest, Definition(self.structure, sibling)


Definitions = Sequence[Definition]
"""Of one value, the most special first."""


def roots(structure: Structure, find: Find) -> tuple[list[Definition], Canonical | None]:
    """The root of a structure, and of what it is derived from as far as it does not repeat that.

    Also the canonical of what it is derived from where that is needed and not here.
    """
    found = [_root(structure)]
    while not structure.whole and structure.base is not None and len(found) < DEEPEST:
        base = find(structure.base)
        if base is None:
            return found, structure.base
        structure = base
        found.append(_root(structure))
    return found, None


def _root(structure: Structure) -> Definition:
    type_ = structure.type.rpartition("/")[2]
    return Definition(structure, structure.elements.get(type_) or Element(id=type_, path=type_))


def member(definitions: Definitions, name: str) -> tuple[list[Definition], str]:
    """The definitions of a member of an object, and the type that its value has (`` when nobody says so)."""
    own = [found for outer in definitions for found in _defining(outer, name)]
    return [definition for definition, _ in own], next((type_ for _, type_ in own if type_), "")


def _defining(outer: Definition, name: str) -> Iterator[tuple[Definition, str]]:
    """The element that defines a member, with the type its value has."""
    for inner in outer.members():
        element = inner.element
        if element.slice_name is not None:
            continue
        if element.name == name:
            yield inner, element.types[0].code if element.types else ""
        elif element.name.endswith("[x]") and name.startswith(start := element.name.removesuffix("[x]")):
            rest = name.removeprefix(start)
            code = next((t.code for t in element.types if t.code[:1].upper() + t.code[1:] == rest), None)
            if code is not None or (rest and rest[0].isupper() and not element.types):
                yield inner, code or rest


def profiles(definitions: Definitions, *types: str) -> list[Canonical]:
    """The profiles that values of these types must conform to, each once."""
    found = (p for d in definitions for t in d.element.types if t.code in types for p in t.profiles)
    return list(dict.fromkeys(found))


def of_type(refs: Iterable[Canonical], type_: str, find: Find) -> tuple[list[Definition], list[Canonical]]:
    """What profiles and the datatype itself say of a value, and those among the profiles that are not here."""
    found: list[Definition] = []
    missing: list[Canonical] = []
    for ref in refs:
        structure = find(ref)
        if structure is None:
            missing.append(ref)
            continue
        definitions, base = roots(structure, find)
        found += definitions
        missing += [base] if base else []
    if type_ not in ABSTRACT and (structure := find(Canonical(type_url(type_)))) is not None:
        found += roots(structure, find)[0]
    return found, missing
