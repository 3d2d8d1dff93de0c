"""Measures database time: wraps a database and times each statement outside streams."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any

from terminology.store.database import Database, Row


class Times:
    """Seconds and numbers of statements, by their kind. Threads share it."""

    def __init__(self) -> None:
        self.seconds = {"read": 0.0, "write": 0.0}
        self.statements = {"read": 0, "write": 0}
        self._lock = threading.Lock()

    def add(self, what: str, seconds: float) -> None:
        """Count one statement."""
        with self._lock:
            self.seconds[what] += seconds
            self.statements[what] += 1


class Timed:
    """A `Database` that times the statements that succeed, and passes everything on to the inner one."""

    def __init__(self, inner: Database, times: Times) -> None:
        self._inner = inner
        self._select, self._first = inner.select, inner.first  # looked up once: requests take them many times
        self._add = times.add
        self.commit_mark = inner.commit_mark

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        began = perf_counter()
        rows = self._select(sql, parameters)
        self._add("read", perf_counter() - began)
        return rows

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """See Database."""
        began = perf_counter()
        row = self._first(sql, parameters)
        self._add("read", perf_counter() - began)
        return row

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """See Database."""
        began = perf_counter()
        changed = self._inner.execute(sql, parameters)
        self._add("write", perf_counter() - began)
        return changed

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database. Making the rows counts as well."""
        began = perf_counter()
        self._inner.insert(table, columns, rows)
        self._add("write", perf_counter() - began)
