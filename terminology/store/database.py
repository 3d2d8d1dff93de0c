"""What the tables' modules ask of a database: run a statement, insert in bulk, hold a transaction.

A backend (`sqlite`, `postgres`) implements `Database`; everything with a table name in it is written once, against
this protocol, with `?` for a value. This module holds no connection and knows no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
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

    def among(self, values: Iterable[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
        """Values, piece by piece, as what follows a column that has one of them (`IN …`), and its parameters.

        There are few such texts, so that statements with them stay prepared.
        """

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a writing statement; returns how many rows it changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows, the fast way. Raises Duplicate when one is there already."""

    def transaction(self, *, durable: bool = False, awaited: bool = False) -> AbstractContextManager[None]:
        """Begin a writing transaction, or join the one this thread has open. `durable` survives a power cut.

        After an `awaited` one, and a durable one, whoever reads anywhere sees it, as far as that can be had.
        """

    def writing(self) -> AbstractContextManager[None]:
        """For whoever is about to write what depends on what it reads: no reading from a copy that may lag behind."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Let this thread's reading see one moment."""

    def stream(self, sql: str) -> Iterator[Row]:
        """All rows of a statement, fetched piece by piece: only inside a snapshot, one stream at a time."""

    def tables(self) -> frozenset[str]:
        """The names of the tables that are there."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The names of a table's columns."""

    def last_key(self, table: str) -> int:
        """The last number a table with numbers of its own (`key`) gave; 0 before the first."""

    def raise_key(self, table: str, key: int) -> None:
        """Let the numbers of a table go on after `key`, if they are not further already."""

    def integrity(self) -> list[str]:
        """What the database itself finds wrong with its own structure, for people."""

    def backup(self, path: Path) -> None:
        """Write everything into a new SQLite file, as it is at one moment."""

    def restore(self, path: Path) -> None:
        """Take everything from a SQLite file of the same schema in place of what is there, all at once."""

    def commit_mark(self) -> bytes | None:
        """Something that differs once anybody heard that something is committed; None where only a statement tells."""

    def history(self) -> str:
        """Inside a transaction: which course of events this is; empty where there is only one.

        A copy that took over begins another one, and may lack what was last said to be done.
        """

    def breaks(self) -> int:
        """How often what this process had written, without waiting for the disk, may have been lost."""

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """Tell `callback` every statement this thread's connection runs (None: no longer)."""

    def lend(self) -> object:
        """Take the connection from the calling thread, for another one to `take`; whoever drops it closes it."""

    def take(self, session: object) -> None:
        """Go on with what another thread lent; None for nothing."""

    def close(self) -> None:
        """Close the calling thread's connection."""


class Duplicate(Exception):  # noqa: N818 - says what was met; the caller knows whether it is an error
    """A row breaks a uniqueness rule."""


LONGEST_LIST = 4096


def value_lists(values: Iterable[T]) -> Iterator[tuple[str, list[T]]]:
    """Cut values into `IN (?, ?, …)` with its parameters; the last is repeated up to the next power of two."""
    for chunk in pieces(values):
        size = 1 << (len(chunk) - 1).bit_length()
        chunk.extend([chunk[-1]] * (size - len(chunk)))
        yield _places(size), chunk


def pieces(values: Iterable[T]) -> Iterator[list[T]]:
    """Values in lists that one statement takes."""
    iterator = iter(values)
    while piece := list(islice(iterator, LONGEST_LIST)):
        yield piece


@cache
def _places(size: int) -> str:
    return f"IN ({', '.join('?' * size)})"


def after_prefix(prefix: str) -> str:
    """The end (exclusive) of the range of texts that begin with `prefix`, in code point order."""
    return prefix + "\U0010ffff"
