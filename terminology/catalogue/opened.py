"""Caches what stored rows contain: headers, code systems, value sets, concept maps.

Keys never change their meaning (a version's key; a resource's key, version id and time, since version ids are reused
after a backup is restored), so entries never become stale and publications need not be noticed. Does not choose rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeVar, cast

from terminology.codesystems.registry import open_code_system
from terminology.codesystems.supplement import Supplemented
from terminology.fhir import codesystem, conceptmap, structuredefinition, valueset
from terminology.fhir.json import Json, loads_object
from terminology.model.codesystem import CodeSystemMetadata, Content
from terminology.model.conceptmap import ConceptMap
from terminology.model.protocols import CodeSystem
from terminology.model.structure import Structure
from terminology.model.valueset import ValueSet
from terminology.store.cache import BoundedCache
from terminology.store.entries import ResourceEntry, VersionEntry
from terminology.store.protocol import Store

HEADERS = 8192
SYSTEMS = 256
SUPPLEMENTED = 64
RESOURCE_BYTES = 64 * 1024 * 1024
"""Bytes of parsed value sets and maps, counted by their JSON."""

T = TypeVar("T")
ResourceKey = tuple[int, int, str]

_stores = count(1)


class Opened:
    """The caches over one store. Threads share them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._name = f"store{next(_stores)}"
        self._headers: BoundedCache[int, CodeSystemMetadata] = BoundedCache(HEADERS)
        self._systems: BoundedCache[int, CodeSystem] = BoundedCache(SYSTEMS)
        self._supplemented: BoundedCache[tuple[str, ...], CodeSystem] = BoundedCache(SUPPLEMENTED)
        self._value_sets: BoundedCache[ResourceKey, ValueSet] = BoundedCache(RESOURCE_BYTES)
        self._structures: BoundedCache[ResourceKey, Structure] = BoundedCache(RESOURCE_BYTES)
        self._concept_maps: BoundedCache[ResourceKey, ConceptMap] = BoundedCache(RESOURCE_BYTES)

    def header(self, entry: VersionEntry) -> CodeSystemMetadata:
        """The header of a version; one query the first time."""
        if (kept := self._headers.get(entry.key)) is not None:
            return kept[0]
        resource = self._store.resource("CodeSystem", entry.resource_id)
        return self._headers.put(entry.key, _header(entry, resource), 1)

    def system(self, entry: VersionEntry) -> CodeSystem:
        """The code system over a version."""
        if (kept := self._systems.get(entry.key)) is not None:
            return kept[0]
        reader = self._store.version(entry.key)
        system = open_code_system(self.header(entry), reader, f"{self._name}:{entry.key}")
        return self._systems.put(entry.key, system, 1)

    def supplemented(self, base: CodeSystem, layers: Sequence[CodeSystem]) -> CodeSystem:
        """A system with supplements over it."""
        if not layers:
            return base
        key = (base.key, *(layer.key for layer in layers))
        if (kept := self._supplemented.get(key)) is not None:
            return kept[0]
        return self._supplemented.put(key, Supplemented(base, [(layer.metadata, layer) for layer in layers]), 1)

    def value_set(self, entry: ResourceEntry) -> ValueSet:
        """A stored value set."""
        return _parsed(self._value_sets, entry, valueset.parse)

    def structure(self, entry: ResourceEntry) -> Structure:
        """A stored StructureDefinition."""
        return _parsed(self._structures, entry, structuredefinition.parse)

    def concept_map(self, entry: ResourceEntry) -> ConceptMap:
        """A stored concept map, its groups without mappings."""
        return _parsed(self._concept_maps, entry, conceptmap.parse)


def _header(entry: VersionEntry, resource: ResourceEntry | None) -> CodeSystemMetadata:
    """The header as published, with identity and content taken from the version's row."""
    body = loads_object(resource.body) if resource else {}
    header = codesystem.parse_metadata({"resourceType": "CodeSystem", **body, "url": entry.url})
    return replace(
        header,
        version=entry.version,
        id=entry.resource_id,
        content=cast("Content", entry.content),
        case_sensitive=header.case_sensitive if entry.case_sensitive else False,
        effective_start=entry.effective_start,
        effective_end=entry.effective_end,
    )


def _parsed(kept: BoundedCache[ResourceKey, T], entry: ResourceEntry, parse: Callable[[Json], T]) -> T:
    key = entry.key, entry.version_id, entry.last_updated
    if (found := kept.get(key)) is not None:
        return found[0]
    return kept.put(key, parse(loads_object(entry.body)), len(entry.body) + 1)
