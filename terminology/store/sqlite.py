"""A SQLite file as a `Database`: one connection per thread, opened on first use and again after a fork.

Knows pragmas, locks and result codes, but no table. Files are in WAL mode: readers never wait for a writer.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, cast

from terminology.model.outcome import TerminologyError
from terminology.store.database import Duplicate, Row, value_lists
from terminology.store.sqlite_failures import explained
from terminology.store.sqlite_sessions import Lent, Session, connect, patiently
from terminology.store.wal_index import WalIndex

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


class SqliteFile:
    """A database file. Writes of several threads and processes queue up for `BUSY_SECONDS`."""

    def __init__(self, path: Path, url: str, *, mapped_bytes: int = MAPPED_BYTES) -> None:
        self._path = path
        self._url = url
        self._pragmas = (*PRAGMAS, f"mmap_size = {mapped_bytes}")
        self._session = Session()
        self._asked = 0
        self._index: WalIndex | None = None

    @property
    def url(self) -> str:
        """The url the store was opened with."""
        return self._url

    @property
    def distant(self) -> bool:
        """See Database."""
        return False

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

    def along(self, sql: str, columns: int, told: Callable[[Row], object]) -> None:
        """See Database: at once."""
        row = self.first(sql)
        assert row is not None
        assert len(row) == columns
        told(row)

    def among(self, values: Iterable[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
        """See Database."""
        return value_lists(values)

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
        """See Database: always the same, since only a power cut loses what was written, and that ends this process."""
        return 0

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """See Database."""
        self._connection().set_trace_callback(callback)

    def commit_mark(self) -> bytes | None:
        """See Database: None at first (a mark is prepared only if it is asked for often), and inside transactions."""
        index = self._index
        if index is None:
            self._asked += 1
            if self._asked < ASKED_OFTEN:
                return None
            self._asked = 0
            with suppress(OSError, ValueError, sqlite3.Error):  # not in WAL mode, or read where nothing may be written
                self._index = WalIndex(self._path, connect(str(self._path)))
            return None
        mark = index.mark()
        if mark is None:
            self._index = None
        connection = self._session.connection
        return None if connection is not None and connection.in_transaction else mark

    def lend(self) -> object:
        """See Database."""
        return self._session.lend()

    def take(self, session: object) -> None:
        """See Database."""
        if session is not None:
            self._session.take(cast("Lent", session))

    def close(self) -> None:
        """See Database; the next statement opens a new one."""
        self._session.close()

    def _connection(self) -> sqlite3.Connection:
        session = self._session
        if session.connection is not None and session.process == os.getpid():
            return session.connection
        connection = self._open()
        session.begin(connection)
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = connect(str(self._path))
        except sqlite3.Error as error:
            raise self._explained(error) from error
        try:
            for pragma in self._pragmas:
                patiently(connection, f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            connection.close()
            raise self._explained(error) from error
        return connection

    def _writing(self) -> sqlite3.Connection:
        """The connection for a write. Raises if its transaction was rolled back: the rest must not be written alone."""
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
