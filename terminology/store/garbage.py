"""Deletes what nobody can see any more, a bounded number of rows a transaction, so that writers need not wait long."""

from __future__ import annotations

from terminology.store.database import Database

ROWS_A_TRANSACTION = 5000

BULK_TABLES = {
    "concept": ("version", "ordinal"),
    "bitmap": ("version", "kind", "key"),
    "blob": ("version", "kind", "key"),
    "part_block": ("part", "number"),
}
"""Tables with their primary keys, whose first column says to what a row belongs."""


def collect(database: Database, now: float) -> None:
    """Remove abandoned and retired versions and parts whose time has come.

    They are claimed first, so that a late writer finds out; a collection that is cut short is taken up by the next.
    """
    _collect(database, now, "code_system_version", ("concept", "bitmap", "blob"), "active")
    _collect(database, now, "part", ("part_block",), "committed")


def _collect(database: Database, now: float, owner: str, tables: tuple[str, ...], visible: str) -> None:
    due = f"SELECT key FROM {owner} WHERE state <> ? AND expires <= ?"  # noqa: S608 - names of our own
    if not database.select(due, (visible, now)):
        return
    with database.transaction():
        claim = f"UPDATE {owner} SET state = 'collecting', expires = 0 WHERE state <> ? AND expires <= ?"  # noqa: S608 - same
        database.execute(claim, (visible, now))
    for (key,) in database.select(f"SELECT key FROM {owner} WHERE state = 'collecting'"):  # noqa: S608 - same
        for table in tables:
            _empty(database, table, key)
        with database.transaction():
            database.execute(f"DELETE FROM {owner} WHERE key = ?", (key,))  # noqa: S608 - same


def _empty(database: Database, table: str, key: int) -> None:
    columns = BULK_TABLES[table]
    names = ", ".join(columns)
    sql = (
        f"DELETE FROM {table} WHERE ({names}) IN"  # noqa: S608 - names of our own
        f" (SELECT {names} FROM {table} WHERE {columns[0]} = ? LIMIT {ROWS_A_TRANSACTION})"
    )
    more = True
    while more:
        with database.transaction():
            more = database.execute(sql, (key,)) > 0
