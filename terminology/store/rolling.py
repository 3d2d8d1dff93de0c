"""Rolling upgrades: a database whose schema is changed by another process while this one has it open.

A step of the schema only adds to it, unless its name says that it breaks older programs. So a process that does not
know a step goes on reading, but refuses to publish, since it would not write what the step has added.
"""

from __future__ import annotations

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database

BREAKING = "breaking_"
"""Begins the name of a step after which programs that do not know it may not even read."""

NUMBER = "(SELECT max(number) FROM schema_migration)"
"""The schema of a database, inside another statement."""
BREAKS = "SELECT 1 FROM schema_migration WHERE number > ? AND name LIKE ? LIMIT 1"


class Schema:
    """The schema that a store was opened with, and whether the database is still of it. Threads share it."""

    def __init__(self, known: int) -> None:
        self.known = known
        self.is_newer = False
        """Whether a program that knows more has changed it, as it was last seen."""

    def see(self, database: Database, found: int) -> None:
        """Take note of the schema that a database has. Raises TerminologyError unavailable if it cannot be read now."""
        if found == self.known:
            self.is_newer = False
            return
        if found < self.known:
            raise TerminologyError.of(
                "unavailable", "STORE_OLDER", url=database.url, found=str(found), known=str(self.known)
            )
        if database.first(BREAKS, (self.known, f"{BREAKING}%")) is not None:
            raise self._newer(database, found)
        self.is_newer = True

    def permit_writing(self, database: Database) -> None:
        """Call inside a transaction. Raises TerminologyError unavailable when the database has another schema."""
        row = database.first(f"SELECT {NUMBER}")
        found = int(row[0]) if row else 0
        self.see(database, found)
        if self.is_newer:
            raise self._newer(database, found)

    def _newer(self, database: Database, found: int) -> TerminologyError:
        return TerminologyError.of(
            "unavailable", "STORE_NEWER", url=database.url, found=str(found), known=str(self.known)
        )
