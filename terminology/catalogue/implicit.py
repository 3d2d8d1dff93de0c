"""Implicit resources: value sets of all codes of a system, and those that systems define by url patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from terminology.catalogue.mappings import AllMappings
from terminology.codesystems import registry
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Mapped, Sides
from terminology.model.protocols import CodeSystem, ImpliesConceptMaps, Mappings
from terminology.model.valueset import Compose, ConceptSet, ValueSet

CodeSystems = Callable[[Canonical], CodeSystem | None]


def all_codes(url: str, header: CodeSystemMetadata) -> ValueSet:
    """The value set `CodeSystem.valueSet` names: all codes of that version (FHIR R5, 4.8.9)."""
    include = ConceptSet(header.url, header.version, path="ValueSet.compose.include[0]")
    return ValueSet(
        url=url,
        version=header.version,
        name=header.name,
        title=header.title,
        status=header.status,
        experimental=header.experimental,
        date=header.date,
        publisher=header.publisher,
        copyright=header.copyright,
        language=header.language,
        immutable=True,
        compose=Compose((include,)),
    )


def by_pattern(ref: Canonical, code_system: CodeSystems) -> ValueSet | None:
    """The value set that the first system that knows the url defines for it.

    `|version` is the version of the system. Systems with whose urls it begins are asked first: mostly it is theirs.
    """
    for system_url in registry.special_for(ref.url):
        system = code_system(Canonical(system_url, ref.version))
        meaning = system.implicit_value_set(ref.url) if system else None
        if system is None or meaning is None:
            continue
        if isinstance(meaning, Compose):
            meaning = ValueSet(url=ref.url, compose=meaning)
        return meaning if ref.version is None else _of_version(meaning, system.metadata, code_system)
    return None


def _of_version(meaning: ValueSet, header: CodeSystemMetadata, code_system: CodeSystems) -> ValueSet | None:
    """A value set bound to a version of the system it is about; None where its url names another version."""
    compose = meaning.compose or Compose()
    about = [include for include in compose.include if include.system == header.url]
    for version in {include.version for include in about} - {None, header.version}:
        named = code_system(Canonical(header.url, version))
        if named is None or named.metadata.version != header.version:
            return None
    bound = (replace(include, version=header.version) if include in about else include for include in compose.include)
    return replace(meaning, version=header.version, compose=replace(compose, include=tuple(bound)))


def map_by_pattern(ref: Canonical, code_system: CodeSystems) -> ConceptMap | None:
    """The implicit concept map of a canonical, if it is one; other canonicals are not looked up."""
    return _map_of(_owner(ref, code_system), ref, code_system)


def _map_of(owner: ImpliesConceptMaps | None, ref: Canonical, code_system: CodeSystems) -> ConceptMap | None:
    """The map of a version of the system; where the url names a version too, both must agree."""
    found = owner.implicit_concept_map(ref.url) if owner else None
    if found is None or found.implied_by is None or ref.version in {None, found.version}:
        return found
    wanted = code_system(Canonical(found.implied_by.url, ref.version))
    return found if wanted is not None and wanted.metadata.version == found.version else None


@dataclass(frozen=True, slots=True)
class ImplicitMappings:
    """The mappings of an implicit map, which names no value sets; `sides` is empty where it is between others."""

    owner: ImpliesConceptMaps
    url: str
    sides: Sequence[Sides]
    reverse: bool

    def of(self, code: str) -> list[Mapped]:
        """See Mappings."""
        found = self.owner.implicit_mappings(self.url, code, reverse=self.reverse) if self.sides else ()
        return [(sides, mapping) for sides in self.sides for mapping in found]

    def of_value_sets(self) -> Sequence[Mapped]:
        """See Mappings."""
        return ()


def mappings_by_pattern(
    ref: Canonical, code_system: CodeSystems, source: str | None, target: str | None, *, reverse: bool
) -> Mappings:
    """The mappings of that map, limited to these systems where given."""
    owner = _owner(ref, code_system)
    header = _map_of(owner, ref, code_system)
    if owner is None or header is None:
        return AllMappings(())
    groups = (group for group in header.groups if _is(source, group.source) and _is(target, group.target))
    sides = [header.sides(group) for group in groups]
    return ImplicitMappings(owner, ref.url, sides, reverse)


def _owner(ref: Canonical, code_system: CodeSystems) -> ImpliesConceptMaps | None:
    """The version of the system that a canonical refers to."""
    source = registry.implying_map(ref)
    owner = code_system(source) if source else None
    return cast("ImpliesConceptMaps", owner) if owner is not None and _implies_maps(type(owner)) else None


@lru_cache(maxsize=64)
def _implies_maps(system: type) -> bool:
    """Checks the class, since checking an instance against a protocol looks up each member every time."""
    return issubclass(system, ImpliesConceptMaps)


def _is(wanted: str | None, system: Canonical | None) -> bool:
    return wanted is None or system is None or system.url == wanted
