"""PostgreSQL as a `Database`: writes go to the primary, reads go to a replica if there is one.

All threads of a process read from the same server, so that they see a consistent state; if it does not answer, the next
one is asked, the primary last. Writers are serialized by an advisory lock, as with SQLite, which everything above
relies on. Statements are repeated only if nothing can have been written.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus

from terminology.model.outcome import TerminologyError
from terminology.store import moving
from terminology.store.database import Row, pieces
from terminology.store.postgres_asking import Cursor
from terminology.store.postgres_dialect import joined, translated
from terminology.store.postgres_failures import explained
from terminology.store.postgres_readers import Readers
from terminology.store.postgres_server import ANSWER_SECONDS, CONNECTIONS, Lent, Lost, Server

WRITERS = 0x7E2A_11F0
"""The advisory lock that writers of one database take turns with."""

BEGIN = f"BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_advisory_xact_lock({WRITERS})".encode()
BEGIN_DURABLE = f"BEGIN; SELECT pg_advisory_xact_lock({WRITERS})".encode()
BEGIN_READING = b"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"

MARK_SECONDS = 0.02
"""How long a process takes what it has read of commits for true. Whoever publishes waits for as long before saying that
it is done: nobody who heard of it is answered from before. Under load this saves each request a round trip."""

ROWS_AT_ONCE = 500
STREAMED_ROWS = 1000

TABLES = b"SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
COLUMNS = (
    b"SELECT attname, atttypid FROM pg_attribute"
    b" WHERE attrelid = to_regclass(CAST($1 AS text)) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
BROKEN_PAGES = b"SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
BROKEN_INDEXES = b"SELECT CAST(indexrelid AS regclass)::text FROM pg_index WHERE NOT indisvalid"

Watcher = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A commit mark: valid until a time, and while the same server answers."""

    name: bytes = b""
    until: float = 0.0
    turn: int = 0


@dataclass(frozen=True, slots=True)
class _Along:
    """A statement that is asked along with the next one, how many columns its only row has, and who is told it."""

    sql: bytes
    columns: int
    told: Callable[[Row], object]


class _Thread(threading.local):
    """The state of one thread."""

    process: int = 0
    depth: int = 0
    writing: int = 0
    reading: Server | None = None
    watcher: Watcher | None = None
    along: _Along | None = None


class Postgres:
    """See Database. `replicas` are urls of servers to read from; `limit`, connections of a process to each server."""

    def __init__(self, url: str, replicas: Sequence[str] = (), *, limit: int = CONNECTIONS) -> None:
        self._primary = Server(url, limit=limit)
        reading = [Server(replica, limit=limit, patience=ANSWER_SECONDS) for replica in replicas]
        self._readers = Readers(self._primary, reading)
        self._thread = _Thread()
        self._columns: dict[str, dict[str, int]] = {}
        self._mark = _Mark()

    @property
    def url(self) -> str:
        """See Database."""
        return self._primary.url

    @property
    def distant(self) -> bool:
        """See Database."""
        return True

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        return self._read(translated(sql), parameters)

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """See Database."""
        rows = self._read(translated(sql), parameters)
        return rows[0] if rows else None

    def along(self, sql: str, columns: int, told: Callable[[Row], object]) -> None:
        """See Database: as one statement, which takes half of what two take."""
        self._mine().along = _Along(translated(sql), columns, told)

    def among(self, values: Iterable[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
        """See Database: as one array, since a statement is planned for each number of places, on each connection."""
        return (("= ANY(?)", [piece]) for piece in pieces(values))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See Database."""
        with self.transaction():
            return self._write(translated(sql), parameters).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database. Rows are taken a few hundred at a time, so that their source may read between batches."""
        iterator = iter(rows)
        copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with self.transaction():
            types = self._types(table, columns)
            while chunk := list(islice(iterator, ROWS_AT_ONCE)):
                self._copy(copy, types, chunk)

    @contextmanager
    def transaction(self, *, durable: bool = False, awaited: bool = False) -> Iterator[None]:
        """See Database. A joined transaction is as durable as the one it joins."""
        thread = self._mine()
        if thread.depth:
            yield
            return
        awaited = awaited or durable
        self._begin(BEGIN_DURABLE if awaited else BEGIN)
        thread.depth = 1
        try:
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            thread.depth = 0
        if awaited:
            self._readers.catch_up()
        if durable:
            self._mark = _Mark()
            time.sleep(MARK_SECONDS)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """See Database: what is read inside comes from the primary."""
        thread = self._mine()
        thread.writing += 1
        try:
            yield
        finally:
            thread.writing -= 1

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database. A server that fails in the middle ends it."""
        thread = self._mine()
        if thread.depth or thread.reading:
            yield
            return
        server = self._primary if thread.writing else self._readers.ask(BEGIN_READING)[0]
        if thread.writing:
            self._begin(BEGIN_READING)
        thread.reading = server
        try:
            yield
        finally:
            thread.reading = None
            self._end(server)

    def stream(self, sql: str) -> Iterator[Row]:
        """See Database."""
        thread = self._mine()
        server = self._primary if thread.depth else thread.reading
        assert server is not None, "only inside a snapshot"
        with server.cursor().connection.cursor("stream", binary=True) as cursor:
            cursor.itersize = STREAMED_ROWS
            try:
                yield from cursor.execute(translated(sql))
            except psycopg.Error as error:
                raise explained(error, server.url) from error

    def tables(self) -> frozenset[str]:
        """See Database: those of the schema that comes first in the search path."""
        return frozenset(name for (name,) in self._read(TABLES))

    def columns(self, table: str) -> tuple[str, ...]:
        """See Database."""
        return tuple(name for name, _ in self._read(COLUMNS, (table,)))

    def last_key(self, table: str) -> int:
        """See Database."""
        row = self.first(f"SELECT last_value, is_called FROM {self._sequence(table)}")  # noqa: S608 - its own name
        return int(row[0]) if row and row[1] else 0

    def raise_key(self, table: str, key: int) -> None:
        """See Database. Sequences are not rolled back, which does no harm."""
        if key > self.last_key(table):
            self.select("SELECT setval(CAST(CAST(? AS text) AS regclass), ?)", (self._sequence(table), key))

    def integrity(self) -> list[str]:
        """See Database: what PostgreSQL counted of broken pages (with data checksums), and indexes it gave up."""
        found = [
            f"{pages} pages failed their checksum since the statistics began"
            for (pages,) in self._read(BROKEN_PAGES)
            if pages
        ]
        return found + [f"the index {name} is not valid" for (name,) in self._read(BROKEN_INDEXES)]

    def backup(self, path: Path) -> None:
        """See Database. Reads the primary: a replica may have to cancel what reads for long."""
        with self.writing():
            moving.into_file(self, path)

    def restore(self, path: Path) -> None:
        """See Database. Readers see the old content until all of the new is there."""
        moving.from_file(path, self)

    def commit_mark(self) -> bytes | None:
        """See Database: the mark stays the same for a moment, within which publications may go unnoticed.

        The moment begins before the statement that the mark is kept with. None inside a transaction or snapshot, which
        sees more or less than other threads do.
        """
        thread = self._mine()
        if thread.depth or thread.writing or thread.reading:
            return None
        mark, now, turn = self._mark, time.monotonic(), self._readers.turns
        if now >= mark.until or turn != mark.turn:
            mark = self._mark = _Mark(os.urandom(16), now + MARK_SECONDS, turn)
        return mark.name

    def history(self) -> str:
        """See Database: it changes when a replica is promoted."""
        return self._primary.history

    def breaks(self) -> int:
        """See Database: a server that crashed and is there again has lost what it had not yet written."""
        return self._primary.breaks

    def watch(self, callback: Watcher | None) -> None:
        """See Database. Values are told beside the statement."""
        self._mine().watcher = callback

    def lend(self) -> object:
        """See Database."""
        return self._readers.lend()

    def take(self, session: object) -> None:
        """See Database."""
        if session is not None:
            self._readers.take(cast("tuple[Lent, ...]", session))

    def close(self) -> None:
        """See Database; the next statement opens new ones."""
        self._readers.drop()

    def _mine(self) -> _Thread:
        thread = self._thread
        if thread.process != os.getpid():  # after a fork, nothing is begun
            thread.process, thread.depth, thread.writing, thread.reading = os.getpid(), 0, 0, None
            thread.along = None
        return thread

    def _told(self, sql: bytes, parameters: Sequence[Any] = ()) -> None:
        if (watcher := self._thread.watcher) is not None:
            watcher(f"{sql.decode()} {tuple(parameters)}" if parameters else sql.decode())

    def _read(self, sql: bytes, parameters: Sequence[Any] = ()) -> list[Row]:
        thread = self._mine()
        self._told(sql, parameters)
        try:
            if thread.depth:
                return self._write(sql, parameters, told=True).fetchall()
            if thread.reading is not None:
                return self._ask_once(thread.reading, sql, parameters)
            if thread.writing:
                return self._primary.ask(sql, parameters)
            along, thread.along = thread.along, None
            if along is not None and along.sql != sql:
                return self._read_along(along, sql, parameters)
            return self._readers.ask(sql, parameters)[1]
        except Lost as lost:
            raise lost.reason from lost
        except UnicodeEncodeError as error:
            raise explained(error, self.url) from error

    def _read_along(self, along: _Along, sql: bytes, parameters: Sequence[Any]) -> list[Row]:
        self._told(along.sql)
        columns = along.columns
        rows = self._readers.ask(joined(along.sql, sql), parameters)[1]
        along.told(rows[0][:columns])
        return [row[columns + 1 :] for row in rows if row[columns]]

    def _write(self, sql: bytes, parameters: Sequence[Any] = (), *, told: bool = False) -> Cursor:
        if not told:
            self._told(sql, parameters)
        if self._primary.status is not TransactionStatus.INTRANS:
            raise TerminologyError.of("unavailable", "STORE_ROLLED_BACK", url=self.url)
        return self._once(self._primary, sql, parameters)

    def _ask_once(self, server: Server, sql: bytes, parameters: Sequence[Any]) -> list[Row]:
        try:
            return server.ask_once(sql, parameters)
        except psycopg.Error as error:
            raise explained(error, server.url) from error

    def _once(self, server: Server, sql: bytes, parameters: Sequence[Any] = (), *, plain: bool = False) -> Cursor:
        try:
            return server.run_once(sql, parameters, plain=plain)
        except Lost as lost:
            raise lost.reason from lost
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise explained(error, server.url) from error

    def _copy(self, statement: str, types: list[int], rows: list[Sequence[Any]]) -> None:
        self._told(statement.encode())
        if self._primary.status is not TransactionStatus.INTRANS:
            raise TerminologyError.of("unavailable", "STORE_ROLLED_BACK", url=self.url)
        try:
            with self._primary.cursor().copy(statement.encode()) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise explained(error, self.url) from error

    def _types(self, table: str, columns: Sequence[str]) -> list[int]:
        """The types of columns, which binary COPY needs; read once."""
        known = self._columns.get(table)
        if known is None:
            known = self._columns[table] = dict(self._primary.run_once(COLUMNS, (table,)).fetchall())
        return [known[column] for column in columns]

    def _sequence(self, table: str) -> str:
        row = self.first("SELECT pg_get_serial_sequence(?, 'key')", (table,))
        assert row is not None
        return str(row[0])

    def _begin(self, statement: bytes) -> None:
        """Begin on the primary; once more on a new connection, since nothing can have been written."""
        self._told(statement)
        for last in (False, True):
            try:
                self._primary.learn_history()
                self._primary.run_once(statement, plain=True)
            except Lost as lost:
                if last:
                    raise lost.reason from lost
            except psycopg.Error as error:
                self._roll_back()
                raise explained(error, self.url) from error
            else:
                return

    def _commit(self) -> None:
        if self._primary.status is not TransactionStatus.INTRANS:
            raise TerminologyError.of("unavailable", "STORE_ROLLED_BACK", url=self.url)
        self._told(b"COMMIT")
        try:
            self._primary.run_once(b"COMMIT", plain=True)
        except Lost as lost:
            raise TerminologyError.of("unavailable", "STORE_COMMIT_UNKNOWN", url=self.url, reason=str(lost)) from lost
        except psycopg.Error as error:
            raise explained(error, self.url) from error

    def _roll_back(self) -> None:
        """Roll back. A failure is ignored: the error before it says more, and the server rolls back in any case."""
        self._told(b"ROLLBACK")
        self._end(self._primary, b"ROLLBACK")

    def _end(self, server: Server, how: bytes = b"COMMIT") -> None:
        """End a transaction that has written nothing."""
        if server.status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            with suppress(Lost, psycopg.Error):
                server.run_once(how, plain=True)
        if server.status is not TransactionStatus.IDLE:
            server.drop()
