"""Read statements sent through libpq directly, in a third of the time that psycopg's cursors take for one row.

What cursors add is not needed here: waits that Ctrl-C can interrupt (reads take milliseconds), automatic preparing of
frequent statements, and values of any type.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from psycopg import RawCursor, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from terminology.model.remembering import LONGEST
from terminology.store.database import Row

PREPARED = 512
"""Statements that a connection keeps prepared, none of them longer than `LONGEST`: clients make them by searching."""
ANSWERS = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Silent(psycopg.OperationalError):
    """A server took a statement and did not answer in time: perhaps its machine is up, and its process is not."""


class Cursor(RawCursor[Row]):
    """A cursor that can also `ask`, one statement at a time; what it prepared for that stays with its connection."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        super().__init__(connection)
        self.format = Format.BINARY
        self._values = Transformer(connection)
        self._names: dict[tuple[bytes, Sequence[int]], bytes] = {}
        self._numbers = count()

    def ask(self, sql: bytes, parameters: Sequence[Any] = (), seconds: float | None = None) -> list[Row]:
        """The rows of a statement, which is given up after `seconds`: what remains of the connection is of no use then.

        Raises Silent, and psycopg.Error; the connection is `broken` when it was lost.
        """
        pgconn, values = self.connection.pgconn, self._values
        dumped = values.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        types = values.types or ()
        if len(sql) > LONGEST:
            run = pgconn.exec_params if seconds is None else _sending(pgconn, pgconn.send_query_params, seconds)
            result = run(sql, dumped, types, values.formats, Format.BINARY)
        else:
            name = self._names.get((sql, types)) or self._prepare(sql, types, seconds)
            run = pgconn.exec_prepared if seconds is None else _sending(pgconn, pgconn.send_query_prepared, seconds)
            # NULL is None, which the annotation of psycopg forgets.
            result = run(name, dumped, values.formats, Format.BINARY)  # type: ignore[arg-type]
        if result.status not in ANSWERS:
            raise errors.error_from_result(result)
        values.set_pgresult(result)
        return values.load_rows(0, result.ntuples, tuple)

    def _prepare(self, sql: bytes, types: Sequence[int], seconds: float | None) -> bytes:
        pgconn = self.connection.pgconn
        if len(self._names) >= PREPARED:
            oldest = next(iter(self._names))
            drop = pgconn.exec_ if seconds is None else _sending(pgconn, pgconn.send_query, seconds)
            self._done(drop(b"DEALLOCATE " + self._names.pop(oldest)))
        name = b"ask_%d" % next(self._numbers)
        prepare = pgconn.prepare if seconds is None else _sending(pgconn, pgconn.send_prepare, seconds)
        self._done(prepare(name, sql, types))
        self._names[sql, types] = name
        return name

    @staticmethod
    def _done(result: PGresult) -> None:
        if result.status not in ANSWERS:
            raise errors.error_from_result(result)


def _sending(pgconn: PGconn, send: Callable[..., None], seconds: float) -> Callable[..., PGresult]:
    """What sends a statement and waits for its result for some seconds only, which libpq's own functions cannot."""

    def run(*arguments: Any) -> PGresult:
        send(*arguments)
        deadline = time.monotonic() + seconds
        while pgconn.flush():
            _wait(pgconn, POLLIN | POLLOUT, deadline)
            pgconn.consume_input()
        result = None
        while True:
            while pgconn.is_busy():
                _wait(pgconn, POLLIN, deadline)
                pgconn.consume_input()
            following = pgconn.get_result()
            if following is None:
                assert result is not None
                return result
            result = following

    return run


def _wait(pgconn: PGconn, events: int, deadline: float) -> None:
    waiting = poll()
    waiting.register(pgconn.socket, events)
    seconds = deadline - time.monotonic()
    if seconds <= 0 or not waiting.poll(seconds * 1000):
        raise Silent("it took a statement, but does not answer")
