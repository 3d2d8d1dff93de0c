"""Connections to one PostgreSQL server: one per thread, opened on first use and again after a fork.

If a connection turns out to be dead, its statement is repeated once on a new one. `postgres` decides which server is
asked and which statements may be repeated.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from terminology.model.outcome import TerminologyError
from terminology.store.database import Row
from terminology.store.postgres_asking import Cursor, Silent
from terminology.store.postgres_failures import CONFLICT_WITH_RECOVERY, explained, is_lost, secretless

CONNECT_SECONDS = 5
"""How long opening a connection may take, for each host of a url."""

LOCK_SECONDS = 30
"""How long a writer waits for others."""

SILENT_SECONDS = 20
"""After this long without a sign of life from the other side, a connection counts as dead."""

ANSWER_SECONDS = 10
"""After this long without an answer, a replica counts as dead: reads, which are short, go on elsewhere."""

REST_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long a server that does not answer is left alone, by how often it did not."""

CONNECTIONS = 16

SESSION = (
    ("jit", "off"),  # statements are short
    ("plan_cache_mode", "force_generic_plan"),  # the same few statements: planned once for each connection
    ("enable_seqscan", "off"),  # every statement has its index, also before a new version's statistics are known
    ("lock_timeout", f"{LOCK_SECONDS}s"),
    ("idle_in_transaction_session_timeout", "15min"),  # who vanished in the middle of a write holds up nobody for ever
)

HISTORY = (
    b"SELECT CAST(system_identifier AS text) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
    b" FROM pg_control_system()"
)
"""The cluster and its timeline (https://www.postgresql.org/docs/current/continuous-archiving.html)."""

Connection = psycopg.Connection[Row]

_inherited: list[Connection] = []
"""Connections of a parent process: a child must neither use nor close them."""


class Lost(Exception):  # noqa: N818 - says what happened; whether it is an error, the caller knows
    """A server could not be reached, or went away in the middle of a statement. Its cause says why, for people."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Session(threading.local):
    """The connection of one thread to one server."""

    cursor: Cursor | None = None
    history: str = ""
    process: int = 0
    guard: _Guard | None = None


class _Guard:
    """Lives as long as its thread's use of a connection; the connection is closed with it."""


Lent = tuple[Cursor | None, int, _Guard | None, str]
"""What threads pass on of their sessions."""


class Server:
    """A server by its url. `limit` is the most connections that one process opens to it."""

    def __init__(self, url: str, *, limit: int = CONNECTIONS, patience: float | None = None) -> None:
        """`patience` is how many seconds the server may take to answer what it is asked; None, as long as it likes."""
        self.url = secretless(url)
        self._conninfo = conninfo(url)
        self._session = _Session()
        self._limit = limit
        self._patience = patience
        self.breaks = 0
        """How often a connection of this process broke: what was not yet on the disk may be lost with it."""
        self._failures = 0
        self._rests_until = 0.0
        self._renew()
        renew = weakref.WeakMethod(self._renew)
        os.register_at_fork(after_in_child=lambda: (method := renew()) and method())

    def _renew(self) -> None:
        """Start anew without connections, as needed after a fork."""
        self._free = threading.BoundedSemaphore(self._limit)

    def ask(self, sql: bytes, parameters: Sequence[Any] = (), seconds: float | None = None) -> list[Row]:
        """The rows of a statement that may be run twice, within `seconds` or the server's patience.

        Raises Lost, and what `explained` makes of other errors.
        """
        for last in (False, True):
            begun_before = self._is_open
            try:
                return self.ask_once(sql, parameters, seconds or self._patience)
            except Lost as lost:
                if last or not begun_before or isinstance(lost.__cause__, Silent):
                    raise
            except psycopg.Error as error:
                if last or error.sqlstate != CONFLICT_WITH_RECOVERY:
                    raise explained(error, self.url) from error
        raise AssertionError("unreachable")  # pragma: no cover

    def ask_once(self, sql: bytes, parameters: Sequence[Any] = (), seconds: float | None = None) -> list[Row]:
        """The rows of a statement that only reads, run once, within `seconds` if given. Raises Lost, psycopg.Error."""
        cursor = self.cursor()
        try:
            return cursor.ask(sql, parameters, seconds)
        except psycopg.Error as error:
            raise self._lost_or(error, cursor) from error

    def run_once(self, sql: bytes, parameters: Sequence[Any] = (), *, plain: bool = False) -> Cursor:
        """Run a statement once; `plain` ones may be several and take no values. Raises Lost, and psycopg.Error."""
        cursor = self.cursor()
        try:
            if plain:
                cursor.execute(sql, binary=False)
            else:
                cursor.execute(sql, parameters, prepare=True)
        except psycopg.Error as error:
            raise self._lost_or(error, cursor) from error
        return cursor

    def _lost_or(self, error: psycopg.Error, cursor: Cursor) -> Exception:
        """The error itself, or Lost if the connection is gone, which is then dropped."""
        if not (cursor.connection.broken or is_lost(error)):
            return error
        self.drop()
        return Lost(explained(error, self.url))

    def cursor(self) -> Cursor:
        """The cursor of this thread, for one statement at a time. Raises Lost."""
        session = self._session
        if session.cursor is not None and session.process == os.getpid():
            return session.cursor
        connection = self._connect()
        cursor = Cursor(connection)
        session.cursor, session.process, session.guard, session.history = cursor, os.getpid(), _Guard(), ""
        weakref.finalize(session.guard, _dispose, connection, os.getpid(), self._free)
        return cursor

    def drop(self) -> None:
        """Close the connection of this thread, if it has one; the next statement opens another."""
        session = self._session
        if session.cursor is not None and session.process == os.getpid():
            self.breaks += session.cursor.connection.broken
            session.guard = None  # closes it
        session.cursor = None

    def lend(self) -> Lent:
        """Detach this thread's connection, for another thread to take."""
        session = self._session
        lent = session.cursor, session.process, session.guard, session.history
        session.cursor = session.guard = None
        return lent

    def take(self, lent: Lent) -> None:
        """Use the connection that another thread lent."""
        session = self._session
        session.cursor, session.process, session.guard, session.history = lent

    @property
    def status(self) -> TransactionStatus:
        """The state of this thread's transaction; UNKNOWN without a connection."""
        session = self._session
        if session.cursor is None or session.process != os.getpid():
            return TransactionStatus.UNKNOWN
        return session.cursor.connection.info.transaction_status

    @property
    def history(self) -> str:
        """The timeline that this thread's connection was found on by `learn_history`, else empty."""
        return self._session.history

    def learn_history(self) -> None:
        """Ask for the timeline, once for each connection, outside a transaction. Raises Lost.

        It stays empty for a server that replays what another one does, and one that does not tell.
        """
        self.cursor()
        if not self._session.history:
            with suppress(psycopg.Error):
                self._session.history = str(self.ask_once(HISTORY)[0][0])

    def is_due(self) -> bool:
        """Whether the server may be asked: it answered last time, or has been left alone for long enough.

        Of several threads, one tries: for the others it goes on resting meanwhile.
        """
        if not self._failures:
            return True
        now = time.monotonic()
        if now < self._rests_until:
            return False
        self._rests_until = now + CONNECT_SECONDS
        return True

    @property
    def is_back(self) -> bool:
        """Whether it did not answer last time, so that it may have missed something."""
        return self._failures > 0

    def rest(self) -> None:
        """Leave the server alone for a while: it did not answer."""
        pause = REST_SECONDS[min(self._failures, len(REST_SECONDS) - 1)]
        self._failures += 1
        self._rests_until = time.monotonic() + pause

    def answered(self) -> None:
        """It answers (again)."""
        self._failures = 0

    @property
    def _is_open(self) -> bool:
        return self._session.cursor is not None and self._session.process == os.getpid()

    def _connect(self) -> Connection:
        free = self._free
        if not free.acquire(timeout=CONNECT_SECONDS):
            reason = f"this process has {self._limit} open, and none became free"
            raise Lost(TerminologyError.of("unavailable", "STORE_CONNECTIONS", url=self.url, reason=reason))
        try:
            connection: Connection = psycopg.Connection.connect(self._conninfo, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            free.release()
            raise Lost(explained(error, self.url)) from error
        connection.adapters.register_dumper(int, Int8BinaryDumper)  # one prepared statement, whatever the size
        connection.prepared_max = 512
        return connection


def conninfo(url: str) -> str:
    """A url for libpq with our limits, where it does not state its own. Raises TerminologyError invalid."""
    try:
        given: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        reason = secretless(str(error).strip())
        raise TerminologyError.of("invalid", "STORE_PARAMETER_INVALID", url=secretless(url), reason=reason) from error
    session = " ".join(f"-c {name}={value}" for name, value in SESSION)
    defaults = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": SILENT_SECONDS * 1000,
        "keepalives_idle": SILENT_SECONDS // 2,
        "keepalives_interval": SILENT_SECONDS // 4,
        "keepalives_count": 2,
        "application_name": "terminology",
    }
    options = f"{session} {given.get('options') or ''}".strip()
    return make_conninfo(**{**defaults, **given, "options": options, "client_encoding": "UTF8"})


def _dispose(connection: Connection, process: int, free: threading.BoundedSemaphore) -> None:
    if process != os.getpid():
        _inherited.append(connection)
        return
    with suppress(psycopg.Error):
        connection.close()
    free.release()
