"""Built-in code systems as resources that can be read and searched like stored ones.

They come after the stored ones, and a stored resource with the same id takes precedence. A grammar's codes cannot be
listed, so its content is not-present.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from terminology.codesystems import registry
from terminology.fhir import codesystem
from terminology.fhir.json import dumps, loads_object
from terminology.fhir.searchable import words
from terminology.http.software import RELEASED
from terminology.model.concept import Concept
from terminology.model.protocols import CodeSystem
from terminology.store.build import version_entry
from terminology.store.entries import NewResource, ResourceEntry
from terminology.store.opening import open_store
from terminology.store.sqlstore import SqlStore

SOURCE = "built in"
"""The `source` of entries that are not in the database."""


@cache
def _systems() -> dict[str, CodeSystem]:
    """Built-in systems by resource id; those without an id are other names of these."""
    made = (registry.builtin(url) for url in registry.BUILTIN)
    return {system.metadata.id: system for system in made if system is not None and system.metadata.id}


@cache
def _entries() -> tuple[ResourceEntry, ...]:
    return tuple(_entry(id_, system) for id_, system in sorted(_systems().items()))


def _entry(id_: str, system: CodeSystem) -> ResourceEntry:
    metadata = system.metadata
    header = codesystem.render_metadata(metadata)
    return ResourceEntry(
        key=0,
        type="CodeSystem",
        id=id_,
        url=metadata.url,
        version=metadata.version,
        name=metadata.name,
        title=metadata.title,
        status=metadata.status,
        date=metadata.date,
        publisher=metadata.publisher,
        source=SOURCE,
        last_updated=f"{RELEASED}T00:00:00.000Z",
        version_id=1,
        body=dumps(header if system.enumerable else {**header, "content": "not-present"}),
    )


def find(id_: str) -> ResourceEntry | None:
    """A built-in resource by id."""
    return next((e for e in _entries() if e.id == id_), None)


@cache
def store() -> SqlStore:
    """The same entries in a store of their own, so that they can be searched like all others."""
    made = open_store(clock=lambda: datetime.fromisoformat(RELEASED).replace(tzinfo=UTC).timestamp())
    for entry in _entries():
        system = _systems()[entry.id]
        writer = made.new_version()
        sensitive = system.metadata.case_sensitive is not False
        codes = enumerate(concept.code for concept in concepts(entry, size(entry)))
        writer.write_concepts([(n, code if sensitive else code.casefold(), code, b"") for n, code in codes])
        version = version_entry(writer.key, system.metadata, size(entry), entry.id)
        header = NewResource(
            type="CodeSystem", id=entry.id, url=entry.url, version=entry.version, name=entry.name, title=entry.title,
            status=entry.status, date=entry.date, publisher=entry.publisher, source=SOURCE, body=entry.body,
            words=words(loads_object(entry.body)),
        )  # fmt: skip
        with made.publication() as publication:
            publication.publish_version(writer, version, header)
    return made


def size(entry: ResourceEntry) -> int:
    """How many concepts can be listed; 0 for a grammar."""
    system = _systems()[entry.id]
    return system.size if system.enumerable else 0


def concepts(entry: ResourceEntry, most: int) -> Iterator[Concept]:
    """The first concepts."""
    return _systems()[entry.id].concepts(range(min(size(entry), most)))
