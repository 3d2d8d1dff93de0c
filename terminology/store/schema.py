"""Brings a database to the schema this version knows: numbered steps, each in one transaction with its record.

The steps are SQL with `$WORDS` for what databases spell differently. A database that a newer version has written, or
that belongs to another program, is refused and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps, in order. Their numbers run from 1 without a gap."""
    folder = resources.files("terminology.store.migrations")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    steps = []
    for file in files:
        number, _, name = file.name.removesuffix(".sql").partition("_")
        text = re.sub(r"^--.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        statements = tuple(statement.strip() for statement in text.split(";\n") if statement.strip())
        steps.append(Migration(int(number), name, statements))
    return tuple(steps)


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
            for statement in step.statements:
                database.execute(Template(statement).substitute(words))
            database.insert(RECORD, ("number", "name"), [(step.number, step.name)])


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
