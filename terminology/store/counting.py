"""Counts statements for tests that limit the cost of operations. Costs nothing unless it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Watched(Protocol):
    """A store whose statements can be seen."""

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """Tell `callback` every statement of the calling thread."""


@contextmanager
def counting(store: Watched) -> Iterator[list[str]]:
    """The statements the calling thread runs inside the block, in order, with their values filled in.

    `with counting(store) as statements: …; assert len(statements) == 1`. Blocks do not nest.
    """
    statements: list[str] = []
    store.watch(statements.append)
    try:
        yield statements
    finally:
        store.watch(None)
