"""Code systems that need no loading, as resources that can be read and searched like stored ones.

They come after the stored ones, and a stored resource of the same id goes first. A grammar's codes cannot be listed, so
its content is not-present.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from terminology.codesystems import registry
from terminology.fhir import codesystem
from terminology.fhir.json import dumps
from terminology.http.software import RELEASED
from terminology.model.concept import Concept
from terminology.model.protocols import CodeSystem
from terminology.store.protocol import ResourceEntry, ResourceQuery
from terminology.store.resources import folded

SOURCE = "built in"
"""Marks entries that no store holds."""
STRINGS = ("name", "title", "publisher")
TOKENS = ("id", "url", "version", "status")


@cache
def _systems() -> dict[str, CodeSystem]:
    """Built-in systems by resource id; those without an id are only other names for one of these."""
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


def search(query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
    """The total and one page, as a store would find them; what has no date matches no search by date."""
    found = [] if query.date is not None else [e for e in _entries() if all(_matches(e, query))]
    return len(found), found[query.offset : query.offset + query.count]


def _matches(found: ResourceEntry, query: ResourceQuery) -> Iterator[bool]:
    for field in TOKENS:
        wanted = getattr(query, field)
        yield wanted is None or getattr(found, field) == wanted
    for field in STRINGS:
        wanted, value = getattr(query, field), getattr(found, field) or ""
        if wanted is not None:
            yield value == wanted if query.exact else folded(value).startswith(folded(wanted))


def size(entry: ResourceEntry) -> int:
    """How many concepts can be listed; 0 for a grammar."""
    system = _systems()[entry.id]
    return system.size if system.enumerable else 0


def concepts(entry: ResourceEntry, most: int) -> Iterator[Concept]:
    """The first concepts."""
    return _systems()[entry.id].concepts(range(min(size(entry), most)))
