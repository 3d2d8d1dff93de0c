"""What is published in one generation of a store: the versions, and the names they are found by.

Read lazily, and discarded as a whole when the generation changes. Opens nothing and chooses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast

import orjson

from terminology.codesystems import registry
from terminology.fhir.namingsystem import of_code_systems, unique_ids
from terminology.model.closure import ClosureTables
from terminology.model.coding import Canonical
from terminology.model.conceptmap import Mapping as ConceptMapping
from terminology.model.namingsystem import NamedSystem
from terminology.model.protocols import CodeSystem
from terminology.store.cache import BoundedCache
from terminology.store.entries import MappingRow, ResourceEntry, ResourceType, VersionEntry
from terminology.store.mapping_documents import decode_mapping
from terminology.store.paging import every
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery

RESOURCE_BYTES = 32 * 1024 * 1024
RESOLVED = 1024 * 1024
RESOLVED_OVERHEAD = 250
"""Bytes of the cache of resolved canonicals, and the cost of an entry beside its characters."""
DAYS = 16
"""Endpoints and days for which the default maps are cached."""
DERIVED = 16 * 1024 * 1024
DERIVED_BYTES = 64 * 1024
"""Bytes of the cache of derived data, and the assumed size of an entry whose size is unknown."""
ROW_BYTES = 400
"""Memory of a mapping besides its document."""
MAPPING_BYTES = 4 * 1024 * 1024
"""Bytes of the cache of mappings by code."""

IDENTIFIED: tuple[ResourceType, ...] = ("ValueSet", "ConceptMap")
"""What is found by identifiers of its own, beside code systems."""

Resolved = tuple[Canonical, str, str | None]
"""A canonical, the endpoint's release, today."""


class MappingsAsked(NamedTuple):
    """Which mappings of a code are asked for: no systems, or a map of None, are any."""

    reverse: bool
    source_systems: tuple[str, ...]
    target_systems: tuple[str, ...]
    map_key: int | None


Decoded = tuple[int, int, ConceptMapping]
"""The key of a map, the number of a group in it, and a mapping."""


class Snapshot:
    """One generation. Threads share it; two may read the same thing at once, which does no harm."""

    def __init__(self, store: Store, generation: int) -> None:
        self.generation = generation
        self.resolved: BoundedCache[Resolved, CodeSystem | None] = BoundedCache(RESOLVED)
        self.derived: BoundedCache[Hashable, Any] = BoundedCache(DERIVED)
        self.default_maps: BoundedCache[tuple[str, str | None], dict[int, ResourceEntry]] = BoundedCache(DAYS)
        self._mappings: BoundedCache[tuple[str, MappingsAsked], Sequence[Decoded]] = BoundedCache(MAPPING_BYTES)
        self._store = store
        self._identifiers: dict[ResourceType, Mapping[str, str]] = {}
        self._resources: BoundedCache[tuple[ResourceType, str], list[ResourceEntry]] = BoundedCache(RESOURCE_BYTES)

    def versions(self, url: str) -> Sequence[VersionEntry]:
        """The published versions of a code system."""
        return self._versions.get(url, ())

    def urls_with_code(self, code: str) -> set[str]:
        """Canonicals of the code systems that have a code in some version; one query."""
        keys = self._store.versions_with_code(code)
        return {entry.url for entries in self._versions.values() for entry in entries if entry.key in keys}

    def supplement_versions(self, url: str) -> Sequence[VersionEntry]:
        """The published versions of a supplement, by its own canonical."""
        return self._supplements.get(url, ())

    def supplements_of(self, url: str) -> Sequence[VersionEntry]:
        """Supplements to a code system (whatever version of it)."""
        return self._supplements_of.get(url, ())

    def resources(self, type_: ResourceType, url: str) -> list[ResourceEntry]:
        """All versions of a value set or concept map."""
        if (kept := self._resources.get((type_, url))) is not None:
            return kept[0]
        found = self._store.resources_by_url(type_, url)
        return self._resources.put((type_, url), found, 100 + len(url) + sum(len(entry.body) for entry in found))

    def mentioning(self, type_: ResourceType, text: str) -> Iterator[ResourceEntry]:
        """Resources whose JSON contains a text: reads all of the type, so not for every request."""
        return self._every(type_, text)

    def mappings(self, code: str, asked: MappingsAsked) -> Sequence[Decoded]:
        """Mappings of a code; one query, unless it was asked lately."""
        if (kept := self._mappings.get((code, asked))) is not None:
            return kept[0]
        rows = self._store.mappings(
            code=code, reverse=asked.reverse, source_systems=asked.source_systems, target_systems=asked.target_systems,
            map_key=asked.map_key,
        )  # fmt: skip
        found = tuple([(row.map_key, row.group, decode_mapping(row.document)) for row in rows])
        weight = ROW_BYTES + len(code) + sum(ROW_BYTES + 2 * len(row.document) for row in rows)
        return self._mappings.put((code, asked), found, weight)

    def set_mappings(self, *, reverse: bool) -> Sequence[MappingRow]:
        """The mappings of value sets (`reverse`: to value sets) of all maps: most databases have none."""
        key = "set mappings", reverse
        if (kept := self.derived.get(key)) is not None:
            return cast("tuple[MappingRow, ...]", kept[0])
        named = b'"target_value_set"' if reverse else b'"source_value_set"'
        found = tuple(row for row in self._store.mappings(code=None, reverse=reverse) if named in row.document)
        weight = 100 + sum(ROW_BYTES + len(row.document) for row in found)
        return cast("tuple[MappingRow, ...]", self.derived.put(key, found, weight))

    def canonical_of(self, alias: str) -> str | None:
        """The code system that a naming system, or its own identifier (a URN), gives this name to."""
        if (canonical := self._aliases.get(alias)) is not None:
            return canonical
        if not alias.startswith("urn:"):
            return None
        return self._named.identifiers.get(alias) or registry.builtin_identified_by(alias)

    def meanings(self, name: str) -> Iterator[str]:
        """Every canonical, of a system, value set or concept map, that has this name (a URN)."""
        if name.startswith("urn:"):
            found = (self._aliases.get(name), self._named.identifiers.get(name), registry.builtin_identified_by(name))
            others = (entry.url for type_ in IDENTIFIED for entry in self.identified(type_, name))
            yield from dict.fromkeys(url for url in (*found, *others) if url)

    def names_of(self, url: str) -> Sequence[str]:
        """All names of the code system with this name, its canonical first."""
        canonical = self.canonical_of(url) or url
        return (canonical, *self._other_names.get(canonical, ()))

    def identified(self, type_: ResourceType, identifier: str) -> list[ResourceEntry]:
        """All versions of the value set or concept map that has this identifier (a URN; most have an OID)."""
        if not identifier.startswith("urn:"):
            return []
        if type_ not in self._identifiers:
            self._identifiers[type_] = self._read_identifiers(type_)
        url = self._identifiers[type_].get(identifier)
        return self.resources(type_, url) if url else []

    def system_of_value_set(self, url: str) -> str | None:
        """The code system of which this value set has all codes (`CodeSystem.valueSet`)."""
        return self._named.value_sets.get(url)

    @property
    def closures(self) -> ClosureTables:
        """The closure tables of clients, which do not depend on the generation."""
        return self._store.closures

    @cached_property
    def named_systems(self) -> Mapping[str, Sequence[NamedSystem]]:
        """Systems by identifier (without `urn:`): from naming systems, then from code systems themselves."""
        stored = (unique_ids(orjson.loads(entry.body)) for entry in self._every("NamingSystem"))
        urns = [*self._named.identifiers.items(), *registry.builtin_identifiers().items()]
        found: dict[str, list[NamedSystem]] = defaultdict(list)
        for system in (*stored, *of_code_systems(urns)):
            for value in {i.value for i in system.ids}:
                found[value].append(system)
        return dict(found)

    @cached_property
    def concept_maps(self) -> Mapping[int, ResourceEntry]:
        """All stored concept maps by their keys."""
        return {entry.key: entry for entry in self._every("ConceptMap")}

    @cached_property
    def has_concept_maps(self) -> bool:
        """Whether there is any, without reading them."""
        return self._store.resources(ResourceQuery(type="ConceptMap", count=1))[0] > 0

    @cached_property
    def _entries(self) -> Sequence[VersionEntry]:
        return self._store.versions()

    @cached_property
    def _versions(self) -> Mapping[str, list[VersionEntry]]:
        found = defaultdict(list)
        for entry in self._entries:
            if entry.content != "supplement":
                found[entry.url].append(entry)
        return dict(found)

    @cached_property
    def _supplements(self) -> Mapping[str, list[VersionEntry]]:
        found = defaultdict(list)
        for entry in self._entries:
            if entry.content == "supplement":
                found[entry.url].append(entry)
        return dict(found)

    @cached_property
    def _supplements_of(self) -> Mapping[str, list[VersionEntry]]:
        found = defaultdict(list)
        for entry in self._entries:
            if entry.content == "supplement" and entry.supplements:
                url = Canonical.parse(entry.supplements).url
                found[url if url in self._versions else self.canonical_of(url) or url].append(entry)
        return dict(found)

    @cached_property
    def _aliases(self) -> Mapping[str, str]:
        return self._store.aliases()

    @cached_property
    def _other_names(self) -> Mapping[str, list[str]]:
        found = defaultdict(list)
        known = {**registry.builtin_identifiers(), **self._named.identifiers, **self._aliases}
        for name, canonical in known.items():
            found[canonical].append(name)
        return dict(found)

    @cached_property
    def _named(self) -> _Names:
        return _Names(self._every("CodeSystem"))

    def _read_identifiers(self, type_: ResourceType) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for entry in self._every(type_, "urn:"):
            for identifier in _urns(orjson.loads(entry.body)) if entry.url else ():
                found.setdefault(identifier, entry.url or "")
        return found

    def _every(self, type_: ResourceType, mentions: str | None = None) -> Iterator[ResourceEntry]:
        return every(self._store, ResourceQuery(type=type_, mentions=mentions))


class _Names:
    """Other names that code systems give themselves, read from headers; most have none."""

    def __init__(self, headers: Iterator[ResourceEntry]) -> None:
        self.value_sets: dict[str, str] = {}
        self.identifiers: dict[str, str] = {}
        for entry in headers:
            if entry.url and (b'"valueSet"' in entry.body or b'"urn:' in entry.body):
                self._read(entry.url, orjson.loads(entry.body))

    def _read(self, url: str, header: dict[str, object]) -> None:
        if header.get("content") == "supplement":
            return
        if isinstance(value_set := header.get("valueSet"), str):
            self.value_sets.setdefault(Canonical.parse(value_set).url, url)
        for identifier in _urns(header):
            self.identifiers.setdefault(identifier, url)


def _urns(resource: Mapping[str, object]) -> Iterator[str]:
    """The identifiers of a resource that are URNs."""
    identifiers = resource.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else ():
        if isinstance(identifier, dict) and str(identifier.get("value", "")).startswith("urn:"):
            yield str(identifier["value"])
