"""Compares two versions row by row: derived data must come out the same each time it is derived."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from terminology.store.database import Database, Row
from terminology.store.garbage import VERSION_TABLES
from terminology.store.reading import concept_ids

PAGE = 500


def difference(database: Database, one: int, other: int) -> str | None:
    """Where two versions differ first, for people; None when they are the same. Reads both page by page.

    Versions that lie over others are the same when what they lie over is, too.
    """
    below = (_base(database, one), _base(database, other))
    if None in below and below != (None, None):
        return "layers"
    if below[0] is not None and below[1] is not None and (deeper := difference(database, below[0], below[1])):
        return deeper
    if place := _first(_concepts(database, one), _concepts(database, other)):
        return f"concept {place[0]}"
    for bulk in VERSION_TABLES:
        if place := _first(_rows(database, bulk.table, one), _rows(database, bulk.table, other)):
            return f"{bulk.table} {place[0]} {place[1]}".rstrip()
    return None


def _base(database: Database, version: int) -> int | None:
    row = database.first("SELECT base FROM code_system_version WHERE key = ?", (version,))
    return row[0] if row else None


def _first(one: Iterator[Row], other: Iterator[Row]) -> Row | None:
    """The first row that only one of two streams in the same order has."""
    return next((mine or theirs for mine, theirs in zip_longest(one, other) if mine != theirs), None)


def _concepts(database: Database, version: int) -> Iterator[Row]:
    start, end = concept_ids(version)
    sql = "SELECT id, key, code, document FROM concept WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
    place = start
    while page := database.select(sql, (place, end, PAGE)):
        for id_, key, code, document in page:
            yield code or key, id_ - start, bytes(document)
        place = page[-1][0] + 1


def _rows(database: Database, table: str, version: int) -> Iterator[Row]:
    sql = f"SELECT kind, key, data FROM {table} WHERE version = ? AND (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?"  # noqa: S608 - names of our own
    kind, key = "", ""
    while page := database.select(sql, (version, kind, key, PAGE)):
        for kind, key, data in page:
            yield kind, key, bytes(data)
