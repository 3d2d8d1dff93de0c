"""SQLite in memory as a `Database`: scratch stores for supplied resources, tests and tools."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from terminology.store.database import Row
from terminology.store.sqlite import SqliteFile
from terminology.store.sqlite_sessions import connect


class SqliteMemory(SqliteFile):
    """A scratch database: one connection that threads take turns with. `close` drops it; a fork copies it."""

    def __init__(self, url: str) -> None:
        super().__init__(Path(), url)
        self._lock = threading.RLock()
        self._shared = connect(":memory:")
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
