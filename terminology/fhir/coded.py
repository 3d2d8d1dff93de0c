"""Finds the coded elements of any resource, each with the bindings of profiles, base types and datatypes.

Walks JSON along the elements of StructureDefinitions, which `find` returns by canonical. If an element has several
definitions (slice, profile, base, datatype), the most specific one with a binding counts. `slices` decides which slices
a value is in; if it cannot, and the slice has bindings, this is reported. Finds codes, but does not validate them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from terminology.fhir import definitions
from terminology.fhir.coded_values import STRINGS, Form, read
from terminology.fhir.definitions import DEEPEST, Definition, Definitions, Find
from terminology.fhir.discriminators import Discriminators, Holds, Node, stated_profiles
from terminology.fhir.json import Json
from terminology.fhir.referring import Targets
from terminology.fhir.slices import Item, sliced
from terminology.fhir.structuredefinition import type_url
from terminology.model.coding import Canonical, CodeableConcept
from terminology.model.structure import Binding, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedElement:
    """A coded value with its binding, if there is one. A CodeableConcept with only a text has no codings.

    `path` is its FHIRPath, `form` says how issues name its parts. If the element is a list, `repeats` is the path of
    that list, without the index.
    """

    path: str
    form: Form
    concept: CodeableConcept
    binding: Binding | None
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A StructureDefinition that the value at `path` needs, and that is not here."""

    path: str
    canonical: Canonical


@dataclass(frozen=True, slots=True)
class Undecided:
    """Slices with bindings for which it is not known whether the value at `path` is in them."""

    path: str
    structure: Canonical
    slices: tuple[str, ...]


Found = CodedElement | Unknown | Undecided


def coded_elements(resource: Json, profile: Structure, find: Find, holds: Holds | None = None) -> Iterator[Found]:
    """All coded values of a resource (or of a datatype), and the reasons why some cannot be checked.

    `holds` tells whether codes are in a value set, for slices that differ by their bindings. Raises Malformed for a
    coded value that is not as FHIR defines it.
    """
    return _Walk(resource, find, holds).resource(resource, [profile], str(resource.get("resourceType", profile.type)))


class _Walk:
    def __init__(self, resource: Json, find: Find, holds: Holds | None) -> None:
        self._find = find
        self._targets = Targets(resource)
        self._slicing = Discriminators(find, self._targets, holds)
        self._told: set[tuple[str, Canonical]] = set()

    def resource(self, value: Json, structures: Iterable[Structure], path: str, depth: int = 0) -> Iterator[Found]:
        """Walk a resource once for each structure."""
        for structure in structures:
            found, missing = definitions.roots(structure, self._find)
            if missing is not None:
                yield from self._unknown(path, [missing])
            yield from self._inside(value, found, path, depth)

    def _inside(self, value: Json, outer: Definitions, path: str, depth: int) -> Iterator[Found]:
        """Walk the members of an object."""
        if depth > DEEPEST:
            return
        for member, content in value.items():
            if member in {"resourceType", "id"} or content is None:
                continue
            if member.startswith("_"):
                yield from self._beside(content, *definitions.member(outer, member[1:]), path, depth)
                continue
            found, type_ = definitions.member(outer, member)
            if not found:
                continue
            name = found[0].element.name.removesuffix("[x]")
            several = isinstance(content, list)
            for index, value_ in enumerate(content if several else [content]):
                at = f"{path}.{name}[{index}]" if several else f"{path}.{name}"
                item = Item(Node(value_, _resource_type(value_) or type_), member, index)
                yield from self._item(item, found, at, f"{path}.{name}" if several else None, depth)

    def _beside(self, content: Any, found: Definitions, type_: str, path: str, depth: int) -> Iterator[Found]:
        """Walk the extensions in a `_name` member: of one primitive value, or of each in a list."""
        if not found:
            return
        name = found[0].element.name.removesuffix("[x]")
        typed, _ = definitions.of_type([], type_, self._find)
        own, _ = definitions.member([*found, *typed], "extension")
        several = isinstance(content, list)
        for index, extended in enumerate(content if several else [content]):
            at = f"{path}.{name}[{index}].extension" if several else f"{path}.{name}.extension"
            extensions = extended.get("extension") if isinstance(extended, dict) else None
            for number, extension in enumerate(extensions if isinstance(extensions, list) else ()):
                item = Item(Node(extension, "Extension"), "extension", number)
                yield from self._item(item, own, f"{at}[{number}]", at, depth + 1)

    def _item(self, item: Item, found: Definitions, path: str, repeats: str | None, depth: int) -> Iterator[Found]:
        """Yield the codes of one value with their binding, then walk what is in it."""
        value, type_ = item.node.value, item.node.type
        here = sliced(found, item, self._slicing)
        yield from _undecided(path, here.undecided)
        if _resource_type(value):
            contained = found[0].element.name == "contained"
            self._targets.enter(value, contained=contained)
            yield from self._resource_within(value, here.definitions, path, depth)
            self._targets.leave(contained=contained)
            return
        typed, missing = definitions.of_type(self._profiles(value, type_, here.definitions), type_, self._find)
        bindings = (d.element.binding for d in (*here.definitions, *typed))
        bound = next((binding for binding in bindings if binding is not None), None)
        if (codes := read(value, type_)) is not None and (bound is not None or type_ not in STRINGS):
            at = path + codes.within
            yield CodedElement(path=at, form=codes.form, concept=codes.concept, binding=bound, repeats=repeats)
        if isinstance(value, dict):
            within = [d for d in here.definitions if next(d.members(), None) is not None]
            yield from self._inside(value, [*within, *typed], path, depth + 1)
            yield from self._unknown(path, missing)

    def _profiles(self, value: Any, type_: str, found: Definitions) -> list[Canonical]:
        """The profiles that apply to a value; for an extension also the definition its url names."""
        profiles = definitions.profiles(found, type_)
        if type_ == "Extension" and isinstance(value, dict) and ":" in str(value.get("url")):
            profiles = list(dict.fromkeys([*profiles, Canonical(str(value["url"]))]))
        return profiles

    def _resource_within(self, value: Json, found: Definitions, path: str, depth: int) -> Iterator[Found]:
        """Walk a resource in a resource: by the profiles that it states or that apply, else by its type."""
        type_ = str(value["resourceType"])
        own = Canonical(type_url(type_))
        known = [s for p in stated_profiles(value) if (s := self._find(p)) is not None]
        for profile in definitions.profiles(found, type_):
            structure = self._find(profile)
            if structure is None:
                yield from self._unknown(path, [profile])
            elif structure.url not in {s.url for s in known}:
                known.append(structure)
        if not known and (structure := self._find(own)) is not None:
            known.append(structure)
        if not known:
            yield from self._unknown(path, [own])
        yield from self.resource(value, known, path, depth + 1)

    def _unknown(self, path: str, missing: Sequence[Canonical]) -> Iterator[Unknown]:
        """Report definitions that are not here, once for each path."""
        for canonical in missing:
            if (path, canonical) not in self._told:
                self._told.add((path, canonical))
                yield Unknown(path, canonical)


def _undecided(path: str, slices: Sequence[tuple[str, Definition]]) -> Iterator[Undecided]:
    """Report the undecided slices that matter, those with bindings or profiles, by structure."""
    by_structure: dict[Canonical, dict[str, None]] = {}
    for name, definition in slices:
        if _binds(definition):
            by_structure.setdefault(definition.structure.canonical, {})[name] = None
    for structure, names in by_structure.items():
        yield Undecided(path, structure, tuple(names))


def _binds(definition: Definition) -> bool:
    """Whether the structure itself (not its base) states a binding or a profile in a slice."""
    structure, id_ = definition.structure, definition.element.id
    return any(
        element.binding is not None or any(type_.profiles for type_ in element.types)
        for element in structure.elements.values()
        if (element.id == id_ or element.id.startswith(f"{id_}."))
        and element.id in (structure.own or structure.elements)
    )


def _resource_type(value: Any) -> str:
    type_ = value.get("resourceType") if isinstance(value, dict) else None
    return type_ if isinstance(type_, str) else ""
