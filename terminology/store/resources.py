"""Resources as rows: written with their history, found by id, canonical or search. Bodies are opaque.

The conditions of a search are in `resource_search`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from terminology.model.outcome import TerminologyError
from terminology.store import dates, resource_index, resource_search
from terminology.store.database import Database, Row
from terminology.store.entries import NewResource, ResourceEntry, ResourceType
from terminology.store.queries import ResourceQuery
from terminology.store.search_terms import folded

COLUMNS = (
    "key, type, id, url, version, name, title, status, date, publisher, source, last_updated, version_id, body"
)  # fmt: skip
PLACES = "name_folded, title_folded, publisher_folded, date_low"
"""By what a row is sorted, beside its own columns."""
GENERATION = "(SELECT value FROM generation)"
"""That of the publication this is part of."""
ENTRY = f"SELECT {COLUMNS} FROM resource WHERE type = ?"  # noqa: S608 - names of our own
APART: frozenset[ResourceType] = frozenset({"CodeSystem", "ConceptMap"})
"""Types of which a row holds the header: concepts and mappings lie in tables of their own."""
CONTENT = ("url", "version", "name", "title", "status", "date", "publisher", "source", "body")


def search(database: Database, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
    """The total and one page: two statements."""
    where, values = resource_search.where(query)
    count = database.first(f"SELECT count(*) FROM resource WHERE {where}", values)  # noqa: S608 - conditions of our own
    page = f"SELECT {COLUMNS} FROM resource WHERE {where} ORDER BY {resource_search.order(query)} LIMIT ? OFFSET ?"  # noqa: S608 - same
    rows = database.select(page, (*values, query.count, query.offset))
    return (int(count[0]) if count else 0), [entry_of(row) for row in rows]


def by_id(database: Database, type_: ResourceType, id_: str) -> ResourceEntry | None:
    """One resource."""
    row = database.first(f"{ENTRY} AND id = ?", (type_, id_))
    return None if row is None else entry_of(row)


def by_url(database: Database, type_: ResourceType, url: str) -> list[ResourceEntry]:
    """All versions of a canonical."""
    if not url:
        return []
    return [entry_of(row) for row in database.select(f"{ENTRY} AND url = ? ORDER BY version", (type_, url))]


def history(database: Database, type_: ResourceType, id_: str) -> list[ResourceEntry]:
    """Earlier versions of a resource, newest first, without deletions."""
    rows = database.select(
        f"SELECT {COLUMNS} FROM resource_history"  # noqa: S608 - names of our own
        " WHERE type = ? AND id = ? AND NOT deleted ORDER BY version_id DESC",
        (type_, id_),
    )
    return [entry_of(row) for row in rows]


def put(database: Database, new: NewResource, now: float) -> ResourceEntry:
    """Write a resource in place of the one of the same type, url and version (`by_id`, or without url: the same id).

    An equal body is not written again, except for headers whose content is in other tables: they are put because that
    content changed, which makes a new version of the resource (R5, 3.2.0.1.3).
    Raises TerminologyError conflict if the id belongs to a resource of another canonical, or (`by_id`) the canonical to
    a resource of another id.
    """
    before = _predecessor(database, new)
    if before is not None and new.type not in APART and _content(before) == _content(new):
        return before
    values = _content(new) | _searchable(new) | {"last_updated": instant(now)}
    if before is None:
        values |= {"type": new.type, "id": new.id, "version_id": _next_version_id(database, new.type, new.id)}
        names, places = ", ".join(values), ", ".join("?" * len(values))
        database.execute(
            f"INSERT INTO resource ({names}, generation) VALUES ({places}, {GENERATION})",  # noqa: S608 - our own
            tuple(values.values()),
        )
    else:
        _archive(database, before)
        values |= {"version_id": before.version_id + 1}
        changes = ", ".join(f"{name} = ?" for name in values)
        database.execute(
            f"UPDATE resource SET {changes}, generation = {GENERATION} WHERE key = ?",  # noqa: S608 - same
            (*values.values(), before.key),
        )
    stored = by_id(database, new.type, new.id if before is None else before.id)
    assert stored is not None
    resource_index.put(database, stored.key, new.words)
    return stored


def drop(database: Database, type_: ResourceType, id_: str, now: float) -> ResourceEntry | None:
    """Delete a resource with its mappings and aliases; returns what was deleted, or None."""
    entry = by_id(database, type_, id_)
    if entry is None:
        return None
    _archive(database, entry)
    database.execute(
        "INSERT INTO resource_history"  # noqa: S608 - our own
        " (type, id, version_id, key, url, version, last_updated, deleted, body, generation)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {GENERATION})",
        (type_, id_, entry.version_id + 1, entry.key, entry.url or "", entry.version or "", instant(now), True, b""),
    )
    database.execute("DELETE FROM resource WHERE key = ?", (entry.key,))
    return entry


def instant(now: float) -> str:
    """A FHIR instant in UTC, with milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _predecessor(database: Database, new: NewResource) -> ResourceEntry | None:
    same_id = by_id(database, new.type, new.id)
    if new.url:
        row = database.first(f"{ENTRY} AND url = ? AND version = ?", (new.type, new.url, new.version or ""))
        if row is not None:
            same = entry_of(row)
            if new.by_id and same.id != new.id:
                canonical = f"{new.url}|{new.version or ''}".rstrip("|")
                raise TerminologyError.of("conflict", "CANONICAL_TAKEN", type=new.type, id=same.id, canonical=canonical)
            return same
    if new.by_id:
        return same_id
    if same_id is not None and (new.url or same_id.url):
        canonical = f"{same_id.url or 'without url'}|{same_id.version or ''}".rstrip("|")
        raise TerminologyError.of("conflict", "STORE_ID_TAKEN", id=new.id, type=new.type, canonical=canonical)
    return same_id


def _archive(database: Database, entry: ResourceEntry) -> None:
    database.execute(
        f"INSERT INTO resource_history ({COLUMNS}, {PLACES}, generation)"  # noqa: S608 - our own
        f" SELECT {COLUMNS}, {PLACES}, generation FROM resource WHERE key = ?",
        (entry.key,),
    )


def _next_version_id(database: Database, type_: str, id_: str) -> int:
    """1, or the number after the last one of a resource that was deleted: version ids are never used again."""
    row = database.first("SELECT max(version_id) FROM resource_history WHERE type = ? AND id = ?", (type_, id_))
    return (row[0] or 0) + 1 if row else 1


def _content(resource: NewResource | ResourceEntry) -> dict[str, Any]:
    everything = asdict(resource)
    content = {name: everything[name] for name in CONTENT}
    return content | {"url": content["url"] or None, "version": content["version"] or None}


def _searchable(new: NewResource) -> dict[str, str | None]:
    """The columns searches compare, and the canonical's parts with '' for absent."""
    low, high = _period(new.date)
    return {
        "url": new.url or "",
        "version": new.version or "",
        "name_folded": _folded_or_none(new.name),
        "title_folded": _folded_or_none(new.title),
        "publisher_folded": _folded_or_none(new.publisher),
        "date_low": low,
        "date_high": high,
    }


def _folded_or_none(text: str | None) -> str | None:
    return None if text is None else folded(text)


def _period(date: str | None) -> dates.Period | tuple[None, None]:
    """A date that cannot be read is kept but never found by date."""
    try:
        return (None, None) if date is None else dates.period(date)
    except ValueError:
        return None, None


def entry_of(row: Row) -> ResourceEntry:
    """A row of COLUMNS."""
    (
        key, type_, id_, url, version, name, title, status, date, publisher, source, last_updated, version_id, body,
    ) = row  # fmt: skip
    return ResourceEntry(
        key=key, type=type_, id=id_, url=url or None, version=version or None, name=name, title=title, status=status,
        date=date, publisher=publisher, source=source, last_updated=last_updated, version_id=version_id,
        body=bytes(body),
    )  # fmt: skip
