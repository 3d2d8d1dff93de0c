"""Closure tables as rows: their concepts are numbered, and relations refer to the numbers.

They are never published. Their number is limited: an owner's least recently used tables make way for new ones. Rows are
keyed by the owner's digest and the name of the table. How concepts are related is not decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from terminology.model.closure import ClosureConcept, ClosureRelation, ClosureTable
from terminology.store.database import Database
from terminology.store.leases import Clock

MOST_TABLES = 1000
"""Of one owner."""
DIGEST = 32
TABLES = ("closure_relation", "closure_concept", "closure_table")


class Closures:
    """See `model.closure.ClosureTables`."""

    def __init__(self, database: Database, clock: Clock, owner: str = "") -> None:
        self._database = database
        self._clock = clock
        self._owner = hashlib.sha256(owner.encode()).hexdigest()[:DIGEST]

    def of(self, owner: str) -> Closures:
        """See ClosureTables."""
        return Closures(self._database, self._clock, owner)

    def begin(self, name: str) -> None:
        """See ClosureTables."""
        name = self._owner + name
        with self._database.transaction(awaited=True):
            self._drop(name)
            oldest = self._database.select(
                "SELECT name FROM closure_table WHERE name LIKE ? ORDER BY touched DESC, name LIMIT 1000000 OFFSET ?",
                (f"{self._owner}%", MOST_TABLES - 1),
            )
            for (other,) in oldest:
                self._drop(other)
            self._database.insert("closure_table", ("name", "version", "touched"), [(name, 0, self._clock())])

    def table(self, name: str) -> ClosureTable | None:
        """See ClosureTables: two statements, of one moment."""
        name = self._owner + name
        with self._database.snapshot():
            row = self._database.first("SELECT version FROM closure_table WHERE name = ?", (name,))
            return None if row is None else ClosureTable(int(row[0]), self._concepts(name))

    def relations(self, name: str, after: int) -> list[ClosureRelation]:
        """See ClosureTables."""
        name = self._owner + name
        with self._database.snapshot():
            concepts = self._concepts(name)
            rows = self._database.select(
                "SELECT narrower, broader, equivalent, since FROM closure_relation"
                " WHERE name = ? AND since > ? ORDER BY number",
                (name, after),
            )
        return [
            ClosureRelation(narrower=concepts[n], broader=concepts[b], equivalent=bool(equivalent), since=since)
            for n, b, equivalent, since in rows
        ]

    def extend(
        self, name: str, seen: int, concepts: Sequence[ClosureConcept], relations: Sequence[ClosureRelation]
    ) -> bool:
        """See ClosureTables; it need not survive a power cut, after which a client begins anew."""
        name = self._owner + name
        with self._database.transaction(awaited=True):
            changed = self._database.execute(
                "UPDATE closure_table SET version = ?, touched = ? WHERE name = ? AND version = ?",
                (seen + 1, self._clock(), name, seen),
            )
            if not changed:
                return False
            known = self._concepts(name)
            numbers = {concept: number for number, concept in enumerate((*known, *concepts))}
            columns = ("name", "number", "since", "system", "system_version", "code")
            rows = [(name, numbers[c], seen + 1, c.system, c.version, c.code) for c in concepts]
            self._database.insert("closure_concept", columns, rows)
            first = self._count(name)
            columns = ("name", "number", "since", "narrower", "broader", "equivalent")
            related = [
                (name, first + i, seen + 1, numbers[r.narrower], numbers[r.broader], r.equivalent)
                for i, r in enumerate(relations)
            ]
            self._database.insert("closure_relation", columns, related)
            return True

    def _concepts(self, name: str) -> list[ClosureConcept]:
        rows = self._database.select(
            "SELECT system, system_version, code FROM closure_concept WHERE name = ? ORDER BY number", (name,)
        )
        return [ClosureConcept(system=system, version=version, code=code) for system, version, code in rows]

    def _count(self, name: str) -> int:
        row = self._database.first("SELECT count(*) FROM closure_relation WHERE name = ?", (name,))
        return int(row[0]) if row else 0

    def _drop(self, name: str) -> None:
        for table in TABLES:
            self._database.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608 - names of our own
