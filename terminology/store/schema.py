"""Migrates a database to the schema of this version, or back to an older one, in one transaction.

Steps are SQL with `$WORDS` for what databases spell differently; each has a way back beside it (`….back.sql`), whose
comment says what is lost. Databases written by a newer version or by another program are refused and left unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database

SQLITE: Mapping[str, str] = {
    "IDENTITY": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "BIGINT": "INTEGER",
    "DOUBLE": "REAL",
    "BOOLEAN": "INTEGER",
    "TRUE": "1",
    "FALSE": "0",
    "TEXT": "TEXT",
    "BYTES": "BLOB",
}
"""How SQLite spells the words of the migrations. `TEXT` with a dollar sign compares by code points."""


RECORD = "schema_migration"


BACK = ".back.sql"
UNLESS = "-- unless: "
"""Begins a line with a query: where it finds something, there is no way back."""


@dataclass(frozen=True, slots=True)
class Back:
    """How to undo a step: its statements, what is lost, and queries that must find nothing before."""

    statements: tuple[str, ...] = ()
    lost: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step."""

    number: int
    name: str
    statements: tuple[str, ...]
    back: Back = Back()


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps, in order. Their numbers run from 1 without a gap."""
    folder = resources.files("terminology.store.migrations")
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")}
    steps = []
    for file in sorted(name for name in texts if not name.endswith(BACK)):
        title = file.removesuffix(".sql")
        number, _, name = title.partition("_")
        steps.append(Migration(int(number), name, _statements(texts[file]), _back(texts.get(title + BACK, ""))))
    return tuple(steps)


def _statements(text: str) -> tuple[str, ...]:
    sql = re.sub(r"^--.*$", "", text, flags=re.MULTILINE)
    return tuple(statement.strip() for statement in sql.split(";\n") if statement.strip())


def _back(text: str) -> Back:
    comments = [line for line in text.splitlines() if line.startswith("--")]
    unless = tuple(line.removeprefix(UNLESS) for line in comments if line.startswith(UNLESS))
    lost = " ".join(line.removeprefix("-- ") for line in comments if not line.startswith(UNLESS))
    return Back(_statements(text), lost, unless)


def migrate(database: Database, words: Mapping[str, str]) -> None:
    """Apply the steps that are missing; writes nothing when there are none.

    Raises TerminologyError unavailable for a database from a newer version, or of another program.
    """
    if applied(database) == len(migrations()):
        return
    with database.transaction(durable=True):
        found = applied(database)  # again: another process may have been faster
        if found == 0:
            database.execute(f"CREATE TABLE {RECORD} (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        for step in migrations()[found:]:
            _carry_out(database, step.statements, words)
            database.insert(RECORD, ("number", "name"), [(step.number, step.name)])


def go_back(database: Database, to: int, words: Mapping[str, str]) -> list[Migration]:
    """Undo the steps after a schema, so that an older program can open the database; returns the steps.

    Raises TerminologyError: invalid for a schema that is not older, conflict if the database holds something that the
    older schema has no place for.
    """
    with database.transaction(durable=True):
        found = applied(database)
        if not 1 <= to <= found:
            raise TerminologyError.of("invalid", "SCHEMA_UNKNOWN", found=str(to), known=str(found))
        undone = list(reversed(migrations()[to:found]))
        for step in undone:
            if any(database.first(query) for query in step.back.unless):
                raise TerminologyError.of(
                    "conflict", "SCHEMA_HAS_NO_WAY_BACK", schema=str(step.number - 1), reason=step.back.lost
                )
            _carry_out(database, step.back.statements, words)
            database.execute("DELETE FROM schema_migration WHERE number = ?", (step.number,))
    return undone


def _carry_out(database: Database, statements: Iterable[str], words: Mapping[str, str]) -> None:
    for statement in statements:
        database.execute(Template(statement).substitute(words))


def applied(database: Database) -> int:
    """The number of the last step that was applied; 0 for an empty database. Raises as `migrate`."""
    tables = database.tables()
    if RECORD not in tables:
        if tables:
            stranger = f"it has a table '{min(tables)}' of another program"
            raise TerminologyError.of("unavailable", "STORE_NOT_A_DATABASE", url=database.url, reason=stranger)
        return 0
    row = database.first("SELECT coalesce(max(number), 0) FROM schema_migration")
    found = int(row[0]) if row else 0
    if found > len(migrations()):
        raise TerminologyError.of(
            "unavailable", "STORE_NEWER", url=database.url, found=str(found), known=str(len(migrations()))
        )
    return found
