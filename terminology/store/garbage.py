"""Deletes rows that are no longer visible, a limited number per transaction, so that writers do not wait long."""

from __future__ import annotations

from dataclasses import dataclass

from terminology.store.database import Database
from terminology.store.reading import concept_ids

ROWS_A_TRANSACTION = 5000


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk table: its primary key, and the column that says whose a row is."""

    table: str
    key: str
    owner: str


VERSION_TABLES = (Bulk("bitmap", "version, kind, key", "version"), Bulk("blob", "version, kind, key", "version"))
UNUSED = " AND key NOT IN (SELECT base FROM code_system_version WHERE base IS NOT NULL)"
"""What another version lies over stays."""
PART_TABLES = (Bulk("part_block", "part, number", "part"),)


def collect(database: Database, now: float) -> None:
    """Remove abandoned and retired versions and parts whose time has come.

    They are claimed first, so that a late writer notices it. A collection that is interrupted is continued by the next.
    """
    for key in _claim(database, now, "code_system_version", "active", UNUSED):
        _delete_concepts(database, key)
        _delete(database, key, "code_system_version", VERSION_TABLES)
    for key in _claim(database, now, "part", "committed"):
        _delete(database, key, "part", PART_TABLES)


def _claim(database: Database, now: float, table: str, visible: str, also: str = "") -> list[int]:
    """Keys to collect: those whose time has come, and those an earlier collection left behind."""
    due = f"FROM {table} WHERE state <> ? AND expires <= ?{also}"
    if not database.select(f"SELECT key {due}", (visible, now)):
        return []  # the usual case writes nothing
    with database.transaction():
        keys = [key for (key,) in database.select(f"SELECT key {due}", (visible, now))]
        for key in keys:
            database.execute(f"UPDATE {table} SET state = 'collecting', expires = 0 WHERE key = ?", (key,))  # noqa: S608 - names of our own
    return keys


def _delete_concepts(database: Database, version: int) -> None:
    """Delete a version's concepts by ranges of their numbers, in which order the rows are stored."""
    start, end = concept_ids(version)
    row = database.first("SELECT max(id) FROM concept WHERE id >= ? AND id < ?", (start, end))
    last = row[0] if row and row[0] is not None else start - 1
    while start <= last:
        with database.transaction():
            database.execute("DELETE FROM concept WHERE id >= ? AND id < ?", (start, start + ROWS_A_TRANSACTION))
        start += ROWS_A_TRANSACTION


def _delete(database: Database, key: int, owner_table: str, tables: tuple[Bulk, ...]) -> None:
    """Delete all rows that belong to `key`, then the row of `key` itself."""
    for bulk in tables:
        sql = (
            f"DELETE FROM {bulk.table} WHERE ({bulk.key}) IN"  # noqa: S608 - names of our own
            f" (SELECT {bulk.key} FROM {bulk.table} WHERE {bulk.owner} = ? LIMIT {ROWS_A_TRANSACTION})"
        )
        more = True
        while more:
            with database.transaction():
                more = database.execute(sql, (key,)) > 0
    with database.transaction():
        database.execute(f"DELETE FROM {owner_table} WHERE key = ?", (key,))  # noqa: S608 - names of our own
