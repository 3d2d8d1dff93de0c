"""What is to be exported: a version of a code system, and the value sets, concept maps and supplements that are its.

A value set belongs to a version when it includes codes of the system, of this version or of none in particular; a
concept map when one of its groups maps from it or to it; a supplement by what it supplements. Reads headers only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial

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
from terminology.store import kinds
from terminology.store.documents import decode
from terminology.store.protocol import ResourceEntry, ResourceQuery, ResourceType, Store, VersionEntry, VersionReader

PAGE = 500


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
        used=frozenset(reader.bitmap_keys(kinds.PROPERTY_EXISTS)),
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


def supplements(store: Store, of: Canonical) -> list[VersionEntry]:
    """The supplements of a version."""
    named = ((entry, Canonical.parse(entry.supplements)) for entry in store.versions() if entry.supplements)
    return [entry for entry, base in named if base.url == of.url and base.version in {None, of.version}]


def value_sets(store: Store, of: Canonical, withheld: Collection[str]) -> Iterator[ResourceEntry]:
    """The stored value sets that include codes of this version, but for those with codes of withheld systems."""
    return (e for e in _mentioning(store, "ValueSet", of.url) if _fits(of, _included(loads_object(e.body)), withheld))


def concept_maps(store: Store, of: Canonical, withheld: Collection[str]) -> Iterator[ResourceEntry]:
    """The stored concept maps from or to this version, but for those with codes of withheld systems."""
    return (e for e in _mentioning(store, "ConceptMap", of.url) if _fits(of, _mapped(loads_object(e.body)), withheld))


def _mentioning(store: Store, type_: ResourceType, url: str) -> Iterator[ResourceEntry]:
    offset = 0
    while True:
        total, page = store.resources(ResourceQuery(type=type_, mentions=url, offset=offset, count=PAGE))
        yield from page
        offset += PAGE
        if offset >= total:
            return


def _fits(of: Canonical, named: Iterable[Canonical], withheld: Collection[str]) -> bool:
    every = list(named)
    if any(is_below(one.url, gated) for one in every for gated in withheld):
        return False
    return any(one.url == of.url and one.version in {None, of.version} for one in every)


def _included(value_set: Json) -> Iterator[Canonical]:
    compose = value_set.get("compose")
    for include in compose.get("include", ()) if isinstance(compose, dict) else ():
        if "system" in include:
            yield Canonical(include["system"], include.get("version"))


def _mapped(concept_map: Json) -> Iterator[Canonical]:
    for group in concept_map.get("group", ()):
        yield from (Canonical.parse(group[end]) for end in ("source", "target") if end in group)
