"""The database protocol that the modules of tables use: statements, bulk inserts, transactions.

Backends (`sqlite`, `postgres`) implement `Database`; all SQL that names tables is written once, against this protocol,
with `?` for values. This module holds no connection and knows no table.
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
        """The URL of the database, without secrets."""

    @property
    def distant(self) -> bool:
        """Whether each statement waits for another process."""

    def select(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a statement."""

    def first(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a statement."""

    def along(self, sql: str, columns: int, told: Callable[[Row], object]) -> None:
        """Ask a statement without values, which has one row with so many columns, and pass the row to `told`.

        If the database is distant, it is asked along with this thread's next reading statement outside transactions:
        of the same server, in the same round trip. Otherwise it is asked at once.
        """

    def among(self, values: Iterable[Any]) -> Iterator[tuple[str, Sequence[Any]]]:
        """Conditions (`IN …`) with parameters that together match all values.

        There are few different texts, so statements with them stay prepared.
        """

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a writing statement; returns how many rows it changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows quickly. Raises Duplicate if one exists already."""

    def transaction(self, *, durable: bool = False, awaited: bool = False) -> AbstractContextManager[None]:
        """Begin a write transaction, or join the thread's open one. A `durable` one survives a power failure.

        After an `awaited` or durable one, readers of all servers see its effects, as far as that can be ensured.
        """

    def writing(self) -> AbstractContextManager[None]:
        """A block whose reads go to the primary, for writes that depend on what was read."""

    def snapshot(self) -> AbstractContextManager[None]:
        """A block in which this thread reads from one consistent snapshot."""

    def stream(self, sql: str) -> Iterator[Row]:
        """All rows of a statement, fetched in batches: only inside a snapshot, one stream at a time."""

    def tables(self) -> frozenset[str]:
        """The names of the existing tables."""

    def columns(self, table: str) -> tuple[str, ...]:
        """The names of a table's columns."""

    def last_key(self, table: str) -> int:
        """The last key given by a table that numbers its rows (`key`); 0 before the first."""

    def raise_key(self, table: str, key: int) -> None:
        """Make a table's next keys greater than `key`."""

    def integrity(self) -> list[str]:
        """Problems that the database finds in its own structure, in words."""

    def backup(self, path: Path) -> None:
        """Write a consistent copy to a new SQLite file."""

    def restore(self, path: Path) -> None:
        """Replace the whole content by that of a SQLite file of the same schema, in one transaction."""

    def commit_mark(self) -> bytes | None:
        """A value that changes with each commit of any process; None if only a statement can tell."""

    def history(self) -> str:
        """Inside a transaction: the timeline of the server; empty if there is only one.

        A replica that was promoted begins a new timeline, and may lack the last commits.
        """

    def breaks(self) -> int:
        """How often non-durable writes of this process may have been lost."""

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """Pass each statement of this thread's connection to `callback` (None: no longer)."""

    def lend(self) -> object:
        """Detach the calling thread's connection, for another thread to `take`; it closes when it is dropped."""

    def take(self, session: object) -> None:
        """Use the connection that another thread lent; None for nothing."""

    def close(self) -> None:
        """Close the calling thread's connection."""


class Duplicate(Exception):  # noqa: N818 - says what was met; the caller knows whether it is an error
    """A row breaks a uniqueness rule."""


LONGEST_LIST = 4096


def value_lists(values: Iterable[T]) -> Iterator[tuple[str, list[T]]]:
    """Split values into `IN (?, ?, …)` clauses with parameters; the last is padded to the next power of two."""
    for chunk in pieces(values):
        size = 1 << (len(chunk) - 1).bit_length()
        chunk.extend([chunk[-1]] * (size - len(chunk)))
        yield _places(size), chunk


def pieces(values: Iterable[T]) -> Iterator[list[T]]:
    """Split values into lists short enough for one statement."""
    iterator = iter(values)
    while piece := list(islice(iterator, LONGEST_LIST)):
        yield piece


@cache
def _places(size: int) -> str:
    return f"IN ({', '.join('?' * size)})"


def after_prefix(prefix: str) -> str:
    """The end (exclusive) of the range of texts that begin with `prefix`, in code point order."""
    return prefix + "\U0010ffff"
