"""Copies everything from one database to another of the same schema in one transaction, and verifies the copy.

Rows of each table are counted and summed while they are read; before the transaction ends the target is read again and
must give the same sums. Until then, readers of the target see its previous content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database, Row
from terminology.store.schema import RECORD, SQLITE, migrate
from terminology.store.sqlite import SqliteFile

NUMBERED = ("code_system_version", "part", "resource")
"""Tables whose keys are never given twice; other tables refer to them."""

TOLD_EVERY = 10_000

Told = Callable[[str, int, int], object]
"""Hears what is being done, how many rows are done, and of how many."""


def silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


@dataclass(slots=True)
class Sum:
    """How many rows there are, and a sum over their content in which the order makes no difference."""

    rows: int = 0
    digest: int = 0

    def add(self, row: Row) -> None:
        """Count one more row."""
        plain = [int(value) if isinstance(value, bool) else value for value in row]
        self.rows += 1
        self.digest = (self.digest + int.from_bytes(blake2b(repr(plain).encode(), digest_size=16).digest())) % 2**128


def move(source: Database, target: Database, told: Told = silent) -> dict[str, Sum]:
    """Replace the content of `target` by that of `source`; returns counts and sums of rows by table.

    Both must have the current schema. Raises TerminologyError conflict if what arrived differs from what was sent.
    """
    with source.snapshot(), target.writing(), target.transaction(durable=True):
        names = ordered(source.tables())
        for table in reversed(names):
            target.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
        sums = {table: _move_table(source, target, table, told) for table in names}
        for table in NUMBERED:
            target.raise_key(table, source.last_key(table))
        for table, sent in sums.items():
            if (arrived := _read_again(target, source.columns(table), table, sent.rows, told)) != sent:
                raise TerminologyError.of(
                    "conflict", "MIGRATE_DIFFERS", url=target.url, table=table, sent=str(sent.rows),
                    arrived=str(arrived.rows),
                )  # fmt: skip
    return sums


def into_file(source: Database, path: Path) -> None:
    """Write everything into a new SQLite file."""
    file = SqliteFile(path, f"sqlite:///{path}")
    try:
        migrate(file, SQLITE)
        move(source, file)
        file.select("PRAGMA wal_checkpoint(TRUNCATE)")
        file.select("PRAGMA journal_mode = DELETE")
    finally:
        file.close()


def from_file(path: Path, target: Database) -> None:
    """Take everything from a SQLite file."""
    file = SqliteFile(path, f"sqlite:///{path}")
    try:
        move(file, target)
    finally:
        file.close()


def ordered(tables: Iterable[str]) -> list[str]:
    """The tables with content, those that others refer to first."""
    return [*NUMBERED, *sorted(set(tables) - {RECORD, *NUMBERED})]


def _move_table(source: Database, target: Database, table: str, told: Told) -> Sum:
    columns, sent = source.columns(table), Sum()
    total = _count(source, table)
    stage = f"Moving {table}"

    def rows() -> Iterator[Row]:
        for row in source.stream(_all(table, columns)):
            sent.add(row)
            if sent.rows % TOLD_EVERY == 0:
                told(stage, sent.rows, total)
            yield row

    target.insert(table, columns, rows())
    told(stage, sent.rows, total)
    return sent


def _read_again(target: Database, columns: Sequence[str], table: str, total: int, told: Told) -> Sum:
    arrived = Sum()
    with target.snapshot():
        for row in target.stream(_all(table, columns)):
            arrived.add(row)
            if arrived.rows % TOLD_EVERY == 0:
                told(f"Verifying {table}", arrived.rows, total)
    return arrived


def _all(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names of our own


def _count(database: Database, table: str) -> int:
    row = database.first(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of our own
    return int(row[0]) if row else 0
