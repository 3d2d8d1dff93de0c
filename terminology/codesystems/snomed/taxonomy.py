"""The is-a hierarchy of a version in two columns, for steps and closures of whole sets.

The descendants of a single concept are stored as a set; this is for queries about many concepts at once, and upwards.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.arrays import Runs, UInts, bitmap, distinct, numbers, rising
from terminology.store.protocol import VersionReader

FEW = 32
"""For so many concepts their stored sets are united; for more the hierarchy is walked, all at once."""

Steps = tuple[UInts, UInts]
"""Where the neighbours of each concept begin, and the neighbours."""


class Taxonomy:
    """Reads the columns when they are asked for; holds nothing itself, and is safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader
        self._size = reader.entry.size

    @property
    def _up(self) -> Steps:
        data = self._reader.array(index_kinds.PARENTS)
        if not len(data):
            data = np.zeros(self._size + 1, dtype=np.uint32)
        return data[: self._size + 1], data[self._size + 1 :]

    @property
    def _down(self) -> Steps:
        return self._reader.kept("children-steps", self._turned, lambda steps: sum(part.nbytes for part in steps))

    def _turned(self) -> Steps:
        children, parents = self.edges
        order = np.argsort(parents, kind="stable")
        starts = np.searchsorted(parents[order], np.arange(self._size + 1, dtype=np.uint32))
        return starts.astype(np.uint32), children[order]

    @property
    def edges(self) -> tuple[UInts, UInts]:
        """All is-a relationships: children, rising, and their parents."""
        starts, parents = self._up
        counts = starts[1:].astype(np.int64) - starts[:-1]
        children = np.repeat(np.arange(self._size, dtype=np.uint32), counts)
        return children, parents

    def parents(self, concepts: BitMap) -> BitMap:
        """The direct parents of any of these."""
        return self._distinct(_neighbours(self._up, numbers(concepts)))

    def children(self, concepts: BitMap) -> BitMap:
        """The direct children of any of these."""
        return self._distinct(_neighbours(self._down, numbers(concepts)))

    def ancestors(self, concepts: BitMap) -> BitMap:
        """Everything above any of these."""
        return self._closure(self._up, concepts)

    def descendants(self, concepts: BitMap, stored: Callable[[int], BitMap]) -> BitMap:
        """Everything below any of these; `stored` gives what lies below one concept."""
        if len(concepts) <= FEW:
            return BitMap.union(BitMap(), *map(stored, concepts))
        return self._closure(self._down, concepts)

    def _closure(self, steps: Steps, concepts: BitMap) -> BitMap:
        seen = np.zeros(self._size, dtype=np.bool_)
        frontier = numbers(concepts)
        while len(frontier):
            reached = _neighbours(steps, frontier)
            new = reached[~seen.take(reached)]
            seen[new] = True
            frontier = rising(new)
        return bitmap(np.flatnonzero(seen))

    def _distinct(self, ordinals: UInts) -> BitMap:
        return distinct(ordinals, self._size)


def _neighbours(steps: Steps, concepts: UInts) -> UInts:
    starts, targets = steps
    begins = starts.take(concepts).astype(np.int64)
    return Runs(begins, starts.take(concepts.astype(np.int64) + 1) - begins).of(targets)
