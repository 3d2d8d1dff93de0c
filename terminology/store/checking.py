"""Checks the consistency of a database: the file, counts, ranges, readable sets, orphaned rows.

Reads page by page and holds no lock. `ingest.checking` compares derived data with the parts it was derived from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from pyroaring import BitMap

from terminology.model.outcome import Issue
from terminology.store import index_kinds, versions
from terminology.store.database import Database, Row
from terminology.store.documents import decode, decode_frozen
from terminology.store.entries import Damage, VersionEntry
from terminology.store.reading import FROM_ID, SCAN_ROWS, concept_id, concept_ids
from terminology.store.tables import is_table

PAGE = 500
OF_TERMS = index_kinds.OF_TERMS - {index_kinds.PREFIX_CONCEPTS}
"""Kinds of sets that hold numbers of terms, of which there are more than concepts."""

ORPHANS = {
    "concept": "SELECT DISTINCT version FROM concept WHERE version NOT IN (SELECT key FROM code_system_version)",
    "bitmap": "SELECT DISTINCT version FROM bitmap WHERE version NOT IN (SELECT key FROM code_system_version)",
    "blob": "SELECT DISTINCT version FROM blob WHERE version NOT IN (SELECT key FROM code_system_version)",
    "part_block": "SELECT DISTINCT part FROM part_block WHERE part NOT IN (SELECT key FROM part)",
    "mapping": "SELECT DISTINCT map_key FROM mapping WHERE map_key NOT IN (SELECT key FROM resource)",
    "alias": "SELECT DISTINCT resource_key FROM alias WHERE resource_key NOT IN (SELECT key FROM resource)",
    "resource_word": (
        "SELECT DISTINCT resource_key FROM resource_word WHERE resource_key NOT IN (SELECT key FROM resource)"
    ),
}
"""Table → the owners that its rows name and that do not exist."""

OWNERS = {"part_block": "part", "mapping": "map_key", "alias": "resource_key", "resource_word": "resource_key"}
"""Table → its column that names the owner, where it is not `version`."""

WITHOUT_HEADER = (
    "SELECT v.key FROM code_system_version v WHERE v.state = 'active' AND NOT EXISTS"
    " (SELECT 1 FROM resource r WHERE r.type = 'CodeSystem' AND r.url = v.url AND r.version = v.version)"
)
WITHOUT_VERSION = (
    "SELECT r.id FROM resource r WHERE r.type = 'CodeSystem' AND NOT EXISTS"
    " (SELECT 1 FROM code_system_version v WHERE v.state = 'active' AND v.url = r.url AND v.version = r.version)"
)
BITMAPS = "SELECT kind, key, data FROM bitmap WHERE version = ? AND (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?"
BLOCKS = "SELECT number, data FROM part_block WHERE part = ? AND number > ? ORDER BY number LIMIT ?"

Told = Callable[[str], object]


def damage(database: Database, told: Told) -> Iterator[Damage]:
    """Everything that is wrong. `told` is called with the name of each step."""
    told("the database itself")
    for reason in database.integrity():
        yield Damage(Issue("fatal", "exception", "CHECK_DATABASE", {"reason": reason}))
    for entry in versions.entries(database, None):
        told(f"{entry.url}|{entry.version}" if entry.version else entry.url)
        yield from _of_version(database, entry)
    told("parts")
    for key, source, concepts, kind in database.select(
        "SELECT key, source, concepts, kind FROM part WHERE state = 'committed' ORDER BY key"
    ):
        yield from _of_part(database, key, source, concepts, kind)
    told("rows that belong to nobody")
    yield from _orphans(database)
    yield from _headers(database)


def remove_orphans(database: Database) -> int:
    """Delete the rows that belong to no version, part or resource; returns how many."""
    removed = 0
    for table, sql in ORPHANS.items():
        for (owner,) in database.select(sql):
            with database.transaction():
                column = OWNERS.get(table, "version")
                removed += database.execute(f"DELETE FROM {table} WHERE {column} = ?", (owner,))  # noqa: S608 - own names
    return removed


def _of_version(database: Database, entry: VersionEntry) -> Iterator[Damage]:
    def found(message: str, **arguments: str) -> Damage:
        named = f"{entry.url}|{entry.version}" if entry.version else entry.url
        return Damage(Issue("error", "exception", message, {"version": named, **arguments}), entry.key)

    count, expected, unreadable = 0, 0, []
    for ordinal, code, document in _concepts(database, entry.key if entry.base is None else entry.base):
        if ordinal != expected:
            yield found("CHECK_ORDINALS", expected=str(expected), found=str(ordinal))
        count, expected = count + 1, ordinal + 1
        if not _readable(decode, document):
            unreadable.append(code)
    if entry.base is not None:
        laid_over = _concepts(database, entry.key)
        unreadable += [code for _, code, document in laid_over if not _readable(decode, document)]
    if unreadable:
        yield found("CHECK_DOCUMENTS", count=str(len(unreadable)), first=unreadable[0])
    if count != entry.size:
        yield found("CHECK_COUNT", expected=str(entry.size), found=str(count))
    layers = [entry.key] if entry.base is None else [entry.base, entry.key]
    for kind, key, data in chain.from_iterable(_bitmaps(database, layer) for layer in layers):
        members = _read(data)
        if members is None:
            yield found("CHECK_SET_UNREADABLE", kind=kind, key=key)
        elif kind not in OF_TERMS and members and members.max() >= entry.size:
            yield found("CHECK_SET_RANGE", kind=kind, key=key, found=str(members.max()), size=str(entry.size))


def _of_part(database: Database, key: int, source: str, concepts: int, kind: str) -> Iterator[Damage]:
    """Damage of one part: blocks that cannot be read, or not as many concepts as it states (facts are not counted)."""
    count = 0
    for number, data in _paged(database, BLOCKS, key, (-1,), 1):
        try:
            count += 0 if is_table(data) else sum(1 for _ in decode_frozen(data))
        except Exception:  # noqa: BLE001 - whatever a decoder makes of damaged bytes
            yield Damage(Issue("error", "exception", "CHECK_PART_UNREADABLE", {"source": source, "block": str(number)}))
            return
    if kind not in {"outline", "annotation"} and count != concepts:
        arguments = {"source": source, "expected": str(concepts), "found": str(count)}
        yield Damage(Issue("error", "exception", "CHECK_PART_COUNT", arguments))


def _orphans(database: Database) -> Iterator[Damage]:
    for table, sql in ORPHANS.items():
        for (owner,) in database.select(sql):
            arguments = {"table": table, "owner": str(owner)}
            yield Damage(Issue("warning", "exception", "CHECK_ORPHANS", arguments), orphans=True)


def _headers(database: Database) -> Iterator[Damage]:
    for (key,) in database.select(WITHOUT_HEADER):
        entry = versions.by_key(database, key)
        arguments = {"version": f"{entry.url}|{entry.version}" if entry.version else entry.url}
        yield Damage(Issue("error", "exception", "CHECK_WITHOUT_HEADER", arguments), entry.key)
    for (id_,) in database.select(WITHOUT_VERSION):
        yield Damage(Issue("error", "exception", "CHECK_WITHOUT_VERSION", {"id": id_}))


def _concepts(database: Database, version: int) -> Iterator[Row]:
    """Rows of (ordinal, code, document)."""
    start, end = concept_ids(version)
    while page := database.select(FROM_ID, (start, end, SCAN_ROWS)):
        yield from page
        start = concept_id(version, page[-1][0] + 1)


def _bitmaps(database: Database, version: int) -> Iterator[Row]:
    return _paged(database, BITMAPS, version, ("", ""), 2)


def _paged(database: Database, sql: str, owner: int, start: tuple[str | int, ...], width: int) -> Iterator[Row]:
    """All rows of an owner, by pages; the first `width` columns are what they are ordered by."""
    while page := database.select(sql, (owner, *start, PAGE)):
        yield from page
        start = page[-1][:width]


def _read(data: bytes) -> BitMap | None:
    try:
        return BitMap.deserialize(bytes(data))
    except (ValueError, IndexError):  # what pyroaring says of other bytes
        return None


def _readable(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except Exception:  # noqa: BLE001 - whatever a decoder makes of damaged bytes
        return False
    return True
