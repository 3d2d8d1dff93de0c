"""The concepts at one end of relationships, and some of them, each with the run of its relationships in a column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.counting import Tally, are_listed
from terminology.store.arrays import Places, Runs, UInts, numbers, runs_of_equal
from terminology.store.marks import Marks, marked

SEARCHED = 16
"""Chosen concepts that are fewer than one in SEARCHED are searched in a list one by one; for more, it is scanned."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The concepts at one end of relationships, with the begin of the run of each; the last of `begins` is the end.

    Few concepts are `listed`, rising. If there are many, `begins` has a place for every concept of the version, and
    one without relationships has the begin of the next.
    """

    listed: UInts | None
    begins: UInts
    tally: Tally
    size: int

    @classmethod
    def of(cls, ordered: UInts, size: int) -> Self:
        """Make it from the column of this end, whose numbers rise and are below `size`."""
        owners, begins = runs_of_equal(ordered)
        counts = np.diff(begins)
        tally = Tally.of(owners, counts, size)
        if are_listed(owners, size):
            return cls(owners, begins.astype(np.uint32), tally, size)
        everyone = np.zeros(size + 1, dtype=np.uint32)
        everyone[owners + 1] = counts
        return cls(None, np.cumsum(everyone, dtype=np.uint32), tally, size)

    @property
    def concepts(self) -> BitMap:
        """All concepts at this end."""
        return self.tally.every

    @property
    def count(self) -> int:
        """The number of relationships."""
        return int(self.begins[-1])

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.tally.weight + self.begins.nbytes + (0 if self.listed is None else self.listed.nbytes)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some of the concepts at one end of relationships; all of them must be at that end."""

    side: Side
    concepts: BitMap

    @cached_property
    def others(self) -> Chosen:
        """All other concepts at this end."""
        return Chosen(self.side, self.side.concepts - self.concepts)

    @property
    def are_many(self) -> bool:
        """Whether they are so many that counting their relationships is not worthwhile."""
        return len(self.concepts) * SEARCHED >= len(self.side.concepts) > 0

    @cached_property
    def places(self) -> UInts | Places:
        """The place of each concept in `side.begins`, rising."""
        listed = self.side.listed
        if listed is None:
            return numbers(self.concepts)
        if self.are_many:
            return np.flatnonzero(marked(self.concepts, self.side.size)[listed])
        return np.searchsorted(listed, numbers(self.concepts))

    @cached_property
    def runs(self) -> Runs:
        """The runs of their relationships; adjacent runs are joined."""
        begins, ends = self.side.begins.take(self.places), self.side.begins.take(self.places + 1)
        borders = np.ones(len(begins) + 1, dtype=np.bool_)
        np.not_equal(begins[1:], ends[:-1], out=borders[1:-1])
        begins, ends = begins[borders[:-1]], ends[borders[1:]]
        return Runs(begins.astype(np.int64), (ends - begins).astype(np.int64))

    @cached_property
    def count(self) -> int:
        """The number of their relationships."""
        return self.runs.count

    def each(self) -> UInts:
        """The concepts, each repeated for each of its relationships."""
        begins = self.side.begins
        return np.repeat(numbers(self.concepts), begins.take(self.places + 1) - begins.take(self.places))

    def any_of(self, marks: Marks, column: UInts) -> Marks:
        """For each concept, whether one of its relationships is marked; `column` has numbers with `marks`."""
        begins = self.side.begins.take(self.places).astype(np.int64)
        runs = Runs(begins, self.side.begins.take(self.places + 1) - begins)
        if not runs.count:
            return np.zeros(0, dtype=np.bool_)
        return np.logical_or.reduceat(marks.take(runs.of(column)), np.cumsum(runs.lengths) - runs.lengths)

    @property
    def are_most(self) -> bool:
        """Whether they have more than half of all relationships.

        If both they and the others are many, the numbers of concepts are compared instead.
        """
        if not self.are_many:
            return self.count * 2 > self.side.count
        if self.others.are_many:
            return len(self.others.concepts) < len(self.concepts)
        return (self.side.count - self.others.count) * 2 > self.side.count

    def have_fewer(self, than: Chosen) -> bool:
        """Whether they have fewer relationships than others; if they are many, by the average number."""
        if len(self.concepts) >= than.count:
            return False
        if not self.are_many:
            return self.count < than.count
        return len(self.concepts) * self.side.count < than.count * len(self.side.concepts)
