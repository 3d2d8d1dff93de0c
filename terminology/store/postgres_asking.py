"""Read statements sent through libpq directly, in a third of the time that psycopg's cursors take for one row.

What cursors add is not needed here: waits that Ctrl-C can interrupt (reads take milliseconds), automatic preparing of
frequent statements, and values of any type.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import RawCursor, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format

from terminology.model.remembering import LONGEST
from terminology.store.database import Row

PREPARED = 512
"""Statements that a connection keeps prepared, none of them longer than `LONGEST`: clients make them by searching."""
ANSWERS = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Cursor(RawCursor[Row]):
    """A cursor that can also `ask`, one statement at a time; what it prepared for that stays with its connection."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        super().__init__(connection)
        self.format = Format.BINARY
        self._values = Transformer(connection)
        self._names: dict[tuple[bytes, Sequence[int]], bytes] = {}
        self._numbers = count()

    def ask(self, sql: bytes, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of a statement. Raises psycopg.Error; the connection is `broken` when it was lost."""
        values = self._values
        dumped = values.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        types = values.types or ()
        if len(sql) > LONGEST:
            result = self.connection.pgconn.exec_params(sql, dumped, types, values.formats, Format.BINARY)
        else:
            name = self._names.get((sql, types)) or self._prepare(sql, types)
            # NULL is None, which the annotation of psycopg forgets.
            result = self.connection.pgconn.exec_prepared(name, dumped, values.formats, Format.BINARY)  # type: ignore[arg-type]
        if result.status not in ANSWERS:
            raise errors.error_from_result(result)
        values.set_pgresult(result)
        return values.load_rows(0, result.ntuples, tuple)

    def _prepare(self, sql: bytes, types: Sequence[int]) -> bytes:
        if len(self._names) >= PREPARED:
            oldest = next(iter(self._names))
            self._done(self.connection.pgconn.exec_(b"DEALLOCATE " + self._names.pop(oldest)))
        name = b"ask_%d" % next(self._numbers)
        self._done(self.connection.pgconn.prepare(name, sql, types))
        self._names[sql, types] = name
        return name

    @staticmethod
    def _done(result: psycopg.pq.abc.PGresult) -> None:
        if result.status not in ANSWERS:
            raise errors.error_from_result(result)
