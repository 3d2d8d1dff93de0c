"""Finds what StructureDefinitions say of a value: the profile first, then the structures it is derived from.

A structure may be a differential, which states only changes, so that a value has several definitions. They are listed
with the most specific first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical
from terminology.model.structure import Element, Structure

Find = Callable[[Canonical], Structure | None]
"""The structure of a canonical; None if it is not here."""
DEEPEST = 64
"""Limit of derivation and of nesting: a chain of profiles could be a circle."""
ABSTRACT = frozenset({"BackboneElement", "Element", "Resource", "DomainResource", ""})
"""Types whose definitions say nothing of a value's members."""


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """An element in its structure. Compared by identity, since structures are large."""

    structure: Structure
    element: Element

    def members(self) -> Iterator[Definition]:
        """The elements directly below, with slices; those of the element that `contentReference` names, if any."""
        for element in self.structure.children.get(self.element.content or self.element.id, ()):
            yield Definition(self.structure, element)

    def slices(self) -> Iterator[tuple[str, Definition]]:
        """The slices of an element (or the slices of a slice) with their names, one level deep."""
        own = self.element
        start = f"{own.id}/" if own.slice_name is not None else f"{own.id}:"
        for sibling in self.structure.children.get(own.id.rpartition(".")[0], ()):
            rest = sibling.id.removeprefix(start)
            if sibling.slice_name is not None and sibling.id != rest and "/" not in rest:
                yield rest, Definition(self.structure, sibling)


Definitions = Sequence[Definition]
"""The definitions of one value, the most specific first."""


def roots(structure: Structure, find: Find) -> tuple[list[Definition], Canonical | None]:
    """The roots of a structure and of its bases, up to the first that has a snapshot (which repeats its bases).

    Also the canonical of a base that is needed and not here, or None.
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
    """The definitions of an object's member, and the type of its value ("" if no definition says it)."""
    own = [found for outer in definitions for found in _defining(outer, name)]
    return [definition for definition, _ in own], next((type_ for _, type_ in own if type_), "")


def _defining(outer: Definition, name: str) -> Iterator[tuple[Definition, str]]:
    """The elements that define a member, with the type of its value; `valueString` is defined by `value[x]`."""
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
    """The profiles that definitions state for these types, each once."""
    found = (p for d in definitions for t in d.element.types if t.code in types for p in t.profiles)
    return list(dict.fromkeys(found))


def of_type(refs: Iterable[Canonical], type_: str, find: Find) -> tuple[list[Definition], list[Canonical]]:
    """The roots of profiles and of the datatype itself, and the canonicals among them that are not here."""
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
