"""SQLite as a `Database`: connections per thread, opened lazily and again after a fork; or one in memory.

Knows pragmas, locks and result codes; knows no table. A file is in WAL mode: readers never wait for a writer.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, cast

from terminology.model.outcome import TerminologyError
from terminology.store.database import Duplicate, Row
from terminology.store.sqlite_failures import explained
from terminology.store.wal_index import WalIndex

BUSY_SECONDS = 30.0
CACHE_KIB = 16 * 1024
ASKED_OFTEN = 100
"""How often commits are asked about before the file's WAL-index is opened, which is never closed again."""
MAPPED_BYTES = 2**31 - 2**16
"""The most SQLite maps of a file: mapped pages are no copy in anybody's cache, and processes share them."""
PRAGMAS = (
    "page_size = 8192",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "wal_autocheckpoint = 4000",  # pages: bulk loads rewrite the same pages of the file less often
    f"journal_size_limit = {64 * 1024 * 1024}",
)
"""How a file is opened; the page size holds for a new one."""
UNIQUENESS = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)

_inherited: list[sqlite3.Connection] = []
"""Connections of a parent process: a child must neither use nor close them (https://sqlite.org/howtocorrupt.html)."""


class _Session(threading.local):
    """What one thread has open."""

    connection: sqlite3.Connection | None = None
    process: int = 0
    guard: _Guard | None = None
    depth: int = 0


class _Guard:
    """Lives as long as its thread's use of a connection; the connection is closed with it."""


Lent = tuple[sqlite3.Connection | None, int, _Guard | None]
"""What threads pass on of their sessions."""


class SqliteFile:
    """A database file. Writes of several threads and processes queue up for `BUSY_SECONDS`."""

    def __init__(self, path: Path, url: str, *, mapped_bytes: int = MAPPED_BYTES) -> None:
        self._path = path
        self._url = url
        self._pragmas = (*PRAGMAS, f"mmap_size = {mapped_bytes}")
        self._session = _Session()
        self._asked = 0
        self._index: WalIndex | None = None

    @property
    def url(self) -> str:
        """The url the store was opened with."""
        return self._url

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        try:
            return self._connection().execute(sql, parameters).fetchall()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """See Database."""
        try:
            row: Row | None = self._connection().execute(sql, parameters).fetchone()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error
        return row

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See Database."""
        connection = self._writing()
        try:
            return connection.execute(sql, parameters).rowcount
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database."""
        places = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of our own
        connection = self._writing()
        try:
            connection.executemany(sql, rows)
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error

    @contextmanager
    def transaction(self, *, durable: bool = False, awaited: bool = False) -> Iterator[None]:
        """See Database. A joined transaction is as durable as the one it joins; everybody reads the same file."""
        del awaited
        connection = self._connection()  # first: after a fork it begins a session of its own
        session = self._session
        if session.depth:
            yield
            return
        if durable:
            connection.execute("PRAGMA synchronous = FULL")
        try:
            self._begin(connection)
            session.depth = 1
            yield
            self._commit(connection)
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):  # what brought us here says more, and SQLite rolls back in any case
                    connection.execute("ROLLBACK")
            raise
        finally:
            session.depth = 0
            if durable:
                connection.execute("PRAGMA synchronous = NORMAL")

    def writing(self) -> AbstractContextManager[None]:
        """See Database: there is only one file to read."""
        return nullcontext()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database."""
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):  # nothing was written
                connection.execute("ROLLBACK")

    def stream(self, sql: str) -> Iterator[Row]:
        """See Database."""
        try:
            yield from self._connection().execute(sql)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def tables(self) -> frozenset[str]:
        """See Database."""
        names = self.select("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return frozenset(name for (name,) in names)

    def columns(self, table: str) -> tuple[str, ...]:
        """See Database."""
        return tuple(name for (name,) in self.select("SELECT name FROM pragma_table_info(?)", (table,)))

    def last_key(self, table: str) -> int:
        """See Database: SQLite remembers the numbers of deleted rows as well."""
        row = self.first("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(row[0]) if row else 0

    def raise_key(self, table: str, key: int) -> None:
        """See Database."""
        with self.transaction():
            if not self.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (key, table)):
                self.insert("sqlite_sequence", ("name", "seq"), [(table, key)])

    def integrity(self) -> list[str]:
        """See Database."""
        return [str(text) for (text,) in self.select("PRAGMA integrity_check") if text != "ok"]

    def backup(self, path: Path) -> None:
        """See Database. Reads one snapshot: writers go on."""
        self.select("VACUUM INTO ?", (str(path),))

    def restore(self, path: Path) -> None:
        """See Database. Readers see the old content until all of the new is there."""
        connection = self._connection()
        try:
            with closing(sqlite3.connect(path)) as source:
                source.backup(connection)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def history(self) -> str:
        """See Database: a file has no copy that takes over."""
        return ""

    def breaks(self) -> int:
        """See Database: only a power cut loses what was written, and this process with it."""
        return 0

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """See Database."""
        self._connection().set_trace_callback(callback)

    def commit_mark(self) -> bytes | None:
        """See Database: known to whoever asks often, and is in no transaction."""
        if self._index is None:
            self._asked += 1
            if self._asked < ASKED_OFTEN:
                return None
            self._asked = 0
            with suppress(OSError, ValueError, sqlite3.Error):  # not in WAL mode, or read where nothing may be written
                self._index = WalIndex(self._path, _connect(str(self._path)))
            return None
        mark = self._index.mark()
        if mark is None:
            self._index = None
        connection = self._session.connection
        return None if connection is not None and connection.in_transaction else mark

    def lend(self) -> object:
        """See Database."""
        session = self._session
        lent = session.connection, session.process, session.guard
        session.connection = session.guard = None
        return lent

    def take(self, session: object) -> None:
        """See Database."""
        if session is not None:
            own = self._session
            own.connection, own.process, own.guard = cast("Lent", session)

    def close(self) -> None:
        """See Database; the next statement opens a new one."""
        session = self._session
        if session.connection is not None and session.process == os.getpid():
            session.connection.close()
        session.connection = None

    def _connection(self) -> sqlite3.Connection:
        session = self._session
        if session.connection is not None and session.process == os.getpid():
            return session.connection
        connection = self._open()
        session.connection, session.process, session.depth = connection, os.getpid(), 0
        session.guard = _Guard()
        weakref.finalize(session.guard, _dispose, connection, os.getpid())
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = _connect(str(self._path))
        except sqlite3.Error as error:
            raise self._explained(error) from error
        try:
            for pragma in self._pragmas:
                _patiently(connection, f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            connection.close()
            raise self._explained(error) from error
        return connection

    def _writing(self) -> sqlite3.Connection:
        """The connection, once it is sure that a failed transaction is not continued statement by statement."""
        connection = self._connection()
        if self._session.depth and not connection.in_transaction:
            raise TerminologyError.of("unavailable", "STORE_ROLLED_BACK", url=self._url)
        return connection

    def _begin(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _commit(self, connection: sqlite3.Connection) -> None:
        if not connection.in_transaction:
            raise TerminologyError.of("unavailable", "STORE_ROLLED_BACK", url=self._url)
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error | UnicodeEncodeError) -> Exception:
        if isinstance(error, UnicodeEncodeError):
            return TerminologyError.of("invalid", "STORE_TEXT_INVALID", reason=str(error))
        if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in UNIQUENESS:
            return Duplicate(str(error))
        return explained(error, self._url)


class SqliteMemory(SqliteFile):
    """A scratch database: one connection that threads take turns with. `close` drops it; a fork copies it."""

    def __init__(self, url: str) -> None:
        super().__init__(Path(), url)
        self._lock = threading.RLock()
        self._shared = _connect(":memory:")
        weakref.finalize(self, self._shared.close)

    def copy(self, url: str) -> SqliteMemory:
        """Another database with the same content."""
        other = SqliteMemory(url)
        with self._lock:
            self._shared.backup(other._shared)
        return other

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        with self._lock:
            return super().select(sql, parameters)

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """See Database."""
        with self._lock:
            return super().first(sql, parameters)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See Database."""
        with self._lock:
            return super().execute(sql, parameters)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database."""
        with self._lock:
            super().insert(table, columns, rows)

    @contextmanager
    def transaction(self, *, durable: bool = False, awaited: bool = False) -> Iterator[None]:
        """See Database: other threads wait, readers too. `durable` means nothing here."""
        del durable, awaited
        with self._lock, super().transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database: other threads wait."""
        with self._lock, super().snapshot():
            yield

    def commit_mark(self) -> bytes | None:
        """See Database: there is no file to look at."""
        return None

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """See Database. Statements of other threads are not told."""
        thread = threading.get_ident()

        def mine(statement: str) -> None:
            if callback is not None and threading.get_ident() == thread:
                callback(statement)

        with self._lock:
            self._shared.set_trace_callback(None if callback is None else mine)

    def lend(self) -> object:
        """See Database: threads share one."""
        return None

    def close(self) -> None:
        """Drop the database."""
        with self._lock:
            self._shared.close()

    def _connection(self) -> sqlite3.Connection:
        return self._shared


def _connect(path: str) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun and ended here, never by the driver."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that SQLite does not wait for itself: switching a new file to WAL while others do the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _dispose(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
    else:
        _inherited.append(connection)
