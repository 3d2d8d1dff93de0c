"""What the tables' modules ask of a database: run a statement, insert in bulk, hold a transaction.

A backend implements `Database`; everything with a table name in it is written once, against this protocol, with `?`
for a value. This module holds no connection and knows no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

Row = tuple[Any, ...]
T = TypeVar("T")


class Database(Protocol):
    """A database with one connection per thread. Failures of the machine raise TerminologyError unavailable."""

    @property
    def url(self) -> str:
        """Where it is, without secrets."""

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a statement."""

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a statement."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a writing statement; returns how many rows it changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows, the fast way. Raises Duplicate when one is there already."""

    def transaction(self, *, durable: bool = False) -> AbstractContextManager[None]:
        """Begin a writing transaction, or join the one this thread has open. `durable` survives a power cut."""

    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""

    def integrity(self) -> list[str]:
        """What the database itself finds wrong with its own structure, for people."""

    def backup(self, path: Path) -> None:
        """Write everything into a new SQLite file, as it is at one moment."""

    def restore(self, path: Path) -> None:
        """Take everything from a SQLite file of the same schema in place of what is there, all at once."""

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """Tell `callback` every statement this thread's connection runs (None: no longer)."""

    def close(self) -> None:
        """Close the calling thread's connection."""


class Duplicate(Exception):  # noqa: N818 - says what was met; the caller knows whether it is an error
    """A row breaks a uniqueness rule."""


LIST_SIZES = tuple(2**power for power in range(13))


def value_lists(values: Iterable[T]) -> Iterator[tuple[str, list[T]]]:
    """Cut values into `(?, ?, …)` with its parameters, for `IN`.

    The last value is repeated up to the next power of two: so there are few statements, and they stay prepared.
    """
    iterator = iter(values)
    while chunk := list(islice(iterator, LIST_SIZES[-1])):
        size = next(size for size in LIST_SIZES if size >= len(chunk))
        chunk.extend([chunk[-1]] * (size - len(chunk)))
        yield f"({', '.join('?' * size)})", chunk


def after_prefix(prefix: str) -> str:
    """The end (exclusive) of the range of texts that begin with `prefix`, in code point order."""
    return prefix + "\U0010ffff"
