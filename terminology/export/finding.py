"""Selects what to export: a version of a code system, and its value sets, concept maps and supplements.

A value set belongs to a version if it includes codes of the system, of this version or of no particular one; a concept
map if one of its groups maps from or to the system; a supplement by what it supplements. Reads headers only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from terminology.catalogue.licences import is_below
from terminology.codesystems import registry
from terminology.export.codesystems import Version
from terminology.fhir import codesystem
from terminology.fhir.json import Json, loads_object
from terminology.ingest.headers import merged_header
from terminology.ingest.parts import versions_of
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.protocols import CodeSystem
from terminology.store import index_kinds
from terminology.store.documents import decode
from terminology.store.entries import ResourceEntry, ResourceType, VersionEntry
from terminology.store.paging import every
from terminology.store.protocol import Store, VersionReader
from terminology.store.queries import ResourceQuery


def version(store: Store, system: CodeSystem) -> Version:
    """The version a system was opened from, or a built-in system: a grammar has a header, and no concepts."""
    wanted = system.metadata.canonical
    for entry in store.versions(wanted.url):
        if entry.version == wanted.version:
            return stored(store, entry)
    return _built_in(registry.builtin(wanted.url) or system)


def stored(store: Store, entry: VersionEntry) -> Version:
    """A version as it is stored."""
    resource = store.resource("CodeSystem", entry.resource_id)
    reader = store.version(entry.key)
    header = loads_object(resource.body) if resource else {}
    return Version(
        metadata=_metadata(store, entry, header),
        header=header,
        concepts=partial(_concepts, reader),
        used=frozenset(reader.bitmap_keys(index_kinds.PROPERTY_EXISTS)),
        size=entry.size,
    )


def _metadata(store: Store, entry: VersionEntry, header: Json) -> CodeSystemMetadata:
    """The header as its parts make it, which knows what the resource does not say."""
    parts = versions_of(store.parts(entry.url)).get(entry.version)
    return merged_header(parts, entry.version) if parts else codesystem.parse_metadata(header)


def _concepts(reader: VersionReader) -> Iterator[Concept]:
    return (decode(row.document) for row in reader.scan())


def _built_in(system: CodeSystem) -> Version:
    header = codesystem.render_metadata(system.metadata)
    size = system.size if system.enumerable else 0
    return Version(
        metadata=system.metadata,
        header=header if size else {**header, "content": "not-present"},
        concepts=partial(system.concepts, range(size)),
        used=frozenset(p.code for p in system.metadata.properties),
        size=size,
    )


class Names(Protocol):
    """What systems are called: a catalogue knows it."""

    def canonical_of(self, name: str) -> str:
        """See Catalogue."""

    def names_of(self, url: str) -> Sequence[str]:
        """See Catalogue."""


class AsWritten:
    """Nothing has another name."""

    def canonical_of(self, name: str) -> str:
        """The name itself."""
        return name

    def names_of(self, url: str) -> Sequence[str]:
        """The url alone."""
        return (url,)


AS_WRITTEN = AsWritten()


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to the version `of`, but for what has codes of `withheld` systems."""

    store: Store
    of: Canonical
    names: Names
    withheld: Collection[str]

    def supplements(self) -> list[VersionEntry]:
        """The supplements of the version."""
        named = ((e, self._system(Canonical.parse(e.supplements))) for e in self.store.versions() if e.supplements)
        return [entry for entry, base in named if self._is_meant(base)]

    def value_sets(self) -> Iterator[ResourceEntry]:
        """The stored value sets that include codes of the version."""
        return (e for e in self._mentioning("ValueSet") if self._fits(_included(loads_object(e.body))))

    def concept_maps(self) -> Iterator[ResourceEntry]:
        """The stored concept maps from or to the version."""
        return (e for e in self._mentioning("ConceptMap") if self._fits(_mapped(loads_object(e.body))))

    def _mentioning(self, type_: ResourceType) -> Iterator[ResourceEntry]:
        seen = set[int]()
        for name in self.names.names_of(self.of.url):
            for entry in _naming(self.store, type_, name):
                if entry.key not in seen:
                    seen.add(entry.key)
                    yield entry

    def _fits(self, named: Iterable[Canonical]) -> bool:
        every = [self._system(one) for one in named]
        if any(is_below(one.url, gated) for one in every for gated in self.withheld):
            return False
        return any(self._is_meant(one) for one in every)

    def _system(self, named: Canonical) -> Canonical:
        return Canonical(self.names.canonical_of(named.url), named.version)

    def _is_meant(self, system: Canonical) -> bool:
        return system.url == self.of.url and system.version in {None, self.of.version}


def _naming(store: Store, type_: ResourceType, url: str) -> Iterator[ResourceEntry]:
    return every(store, ResourceQuery(type=type_, mentions=url))


def _included(value_set: Json) -> Iterator[Canonical]:
    compose = value_set.get("compose")
    for include in compose.get("include", ()) if isinstance(compose, dict) else ():
        if "system" in include:
            yield Canonical(include["system"], include.get("version"))


def _mapped(concept_map: Json) -> Iterator[Canonical]:
    for group in concept_map.get("group", ()):
        yield from (Canonical.parse(group[end]) for end in ("source", "target") if end in group)
