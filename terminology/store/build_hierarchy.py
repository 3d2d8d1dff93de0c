"""Collects the hierarchy of a version: edges in, children and closures out.

An edge may name concepts that arrive later, or never. Works on numbers only; `build` decides which properties make
edges.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.arrays import rising

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The neighbours of every concept in one direction: those of n are targets[starts[n]:starts[n + 1]], rising."""

    starts: Ints
    targets: Ints

    @classmethod
    def of(cls, size: int, sources: Ints, targets: Ints) -> Adjacency:
        """Order edges that are given as two columns; repeated edges count once."""
        edges = rising(sources * max(size, 1) + targets)
        starts = np.searchsorted(edges, np.arange(size + 1, dtype=np.int64) * max(size, 1))
        return cls(starts, edges % max(size, 1))

    def __getitem__(self, ordinal: int) -> Ints:
        return self.targets[self.starts[ordinal] : self.starts[ordinal + 1]]

    def packed(self) -> bytes:
        """`starts` and `targets` as little-endian uint32."""
        return np.concatenate((self.starts, self.targets)).astype("<u4").tobytes()

    def counts(self) -> Ints:
        """The number of neighbours of each concept."""
        return np.diff(self.starts)


class Edges:
    """Collects edges between nodes: a node is a concept's number in order of first mention, not its ordinal."""

    def __init__(self) -> None:
        self._children = array("I")
        self._parents = array("I")

    def add(self, child: int, parent: int) -> None:
        """State that `child` lies directly below `parent`."""
        self._children.append(child)
        self._parents.append(parent)

    def hierarchy(self, ordinal_of: Ints, size: int) -> tuple[Hierarchy, Ints, Ints]:
        """The edges between existing concepts; and those to missing parents, as columns of child ordinals and nodes.

        `ordinal_of` holds the ordinal of every node, -1 if no such concept was added.
        """
        nodes = np.frombuffer(self._parents, dtype=np.uint32).astype(np.int64)
        children = ordinal_of[np.frombuffer(self._children, dtype=np.uint32)]
        parents = ordinal_of[nodes]
        known = (parents >= 0) & (children >= 0)
        dangling = (parents < 0) & (children >= 0)
        hierarchy = Hierarchy(
            Adjacency.of(size, parents[known], children[known]), Adjacency.of(size, children[known], parents[known])
        )
        return hierarchy, children[dangling], nodes[dangling]


class Cycle(Exception):  # noqa: N818 - what was found; the caller makes the error
    """Concepts that lie below themselves: `path` leads from a concept up to itself."""

    def __init__(self, path: Sequence[int]) -> None:
        super().__init__(f"a cycle of {len(path)} concepts")
        self.path = path


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Edges between ordinals, both ways."""

    children: Adjacency
    parents: Adjacency

    def below_first(self) -> list[int]:
        """All concepts, each after everything below it. Raises Cycle."""
        waiting = self.children.counts().tolist()
        above = _lists(self.parents)
        order = [ordinal for ordinal, count in enumerate(waiting) if not count]
        for ordinal in order:  # grows while it is walked
            for parent in above[ordinal]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    order.append(parent)
        if len(order) < len(waiting):
            raise Cycle(_cycle({ordinal for ordinal, count in enumerate(waiting) if count}, above))
        return order

    def descendants(self, order: Sequence[int]) -> Iterator[tuple[int, BitMap]]:
        """Everything below each concept that has children; `order` is `below_first`."""
        return _closure(order, _lists(self.children), self.parents.counts().tolist())

    def ancestors(self, order: Sequence[int]) -> Iterator[tuple[int, BitMap]]:
        """Everything above each concept that has parents and children."""
        inner = self.children.counts() > 0
        asked = np.concatenate(([0], np.cumsum(inner[self.children.targets])))
        uses = np.diff(asked[self.children.starts]).tolist()
        upwards = [ordinal for ordinal in reversed(order) if inner[ordinal]]
        return _closure(upwards, _lists(self.parents), uses)


def _lists(adjacency: Adjacency) -> list[list[int]]:
    starts, targets = adjacency.starts.tolist(), adjacency.targets.tolist()
    return [targets[low:high] for low, high in pairwise(starts)]


def _closure(order: Sequence[int], near: list[list[int]], uses: list[int]) -> Iterator[tuple[int, BitMap]]:
    """What can be reached from each concept, in this order. `uses`: how often each set is needed, then it is freed."""
    reached: dict[int, BitMap] = {}
    for ordinal in order:
        if not near[ordinal]:
            continue
        sets = [BitMap(near[ordinal])]
        for neighbour in near[ordinal]:
            if neighbour in reached:
                sets.append(reached[neighbour])
                uses[neighbour] -= 1
                if not uses[neighbour]:
                    del reached[neighbour]
        union = BitMap.union(*sets)
        union.run_optimize()
        if uses[ordinal]:
            reached[ordinal] = union
        yield ordinal, union


def _cycle(left: set[int], above: list[list[int]]) -> list[int]:
    """A cycle among the concepts `left`. Each has a child among them, so going down from any ends in a cycle."""
    below = {parent: child for child in left for parent in above[child]}
    walk: dict[int, None] = {}
    ordinal = min(left)
    while ordinal not in walk:
        walk[ordinal] = None
        ordinal = below[ordinal]
    upwards = list(walk)[list(walk).index(ordinal) :][::-1]
    first = upwards.index(min(upwards))
    return [*upwards[first:], *upwards[: first + 1]]
