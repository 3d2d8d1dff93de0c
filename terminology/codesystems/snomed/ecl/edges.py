"""The relationships of one or several types, indexed by source and by target.

Both indexes have one run per concept, so that a query about few concepts reads few relationships, however many exist.
The numbers per concept and group are stored. Knows nothing of the language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.counting import Tally, are_listed
from terminology.store.arrays import Places, Runs, UInts, bitmap, distinct, numbers, runs_of_equal, weight
from terminology.store.marks import Marks, marked

SEARCHED = 16
"""Fewer than one in so many of listed concepts are searched one by one; for more, all are passed over once."""

PASSED_OVER = 6
"""With more than one in so many sources chosen, all relationships are looked at by target."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The concepts at one end of relationships, and where the run of each begins; the last begin is the end.

    Few concepts are `listed`, rising. Where there are many, everyone has a begin, and those without relationships have
    the begin of the next.
    """

    listed: UInts | None
    begins: UInts
    tally: Tally
    size: int

    @classmethod
    def of(cls, ordered: UInts, size: int) -> Self:
        """From the column of this end, which must rise, of numbers below `size`."""
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
        """All at this end."""
        return self.tally.every

    @property
    def count(self) -> int:
        """How many relationships there are."""
        return int(self.begins[-1])

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.tally.weight + self.begins.nbytes + (0 if self.listed is None else self.listed.nbytes)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some concepts at one end of relationships, all of which must be there."""

    side: Side
    concepts: BitMap

    @property
    def are_many(self) -> bool:
        """Whether how many relationships they have is not worth counting."""
        return len(self.concepts) * SEARCHED >= len(self.side.concepts) > 0

    @cached_property
    def places(self) -> UInts | Places:
        """Where each has its begin, rising."""
        listed = self.side.listed
        if listed is None:
            return numbers(self.concepts)
        if self.are_many:
            return np.flatnonzero(marked(self.concepts, self.side.size)[listed])
        return np.searchsorted(listed, numbers(self.concepts))

    @cached_property
    def runs(self) -> Runs:
        """Their relationships. Those of neighbours are one run."""
        begins, ends = self.side.begins.take(self.places), self.side.begins.take(self.places + 1)
        apart = begins[1:] != ends[:-1]
        begins, ends = np.append(begins[:1], begins[1:][apart]), np.append(ends[:-1][apart], ends[-1:])
        return Runs(begins.astype(np.int64), (ends - begins).astype(np.int64))

    @cached_property
    def count(self) -> int:
        """How many relationships they have."""
        return self.runs.count

    def each(self) -> UInts:
        """The concepts, once for each relationship."""
        begins = self.side.begins
        return np.repeat(numbers(self.concepts), begins.take(self.places + 1) - begins.take(self.places))

    def are_most(self, others: Chosen) -> bool:
        """Whether they have more than half of all relationships; where both are many, whether they are more.

        `others` are all others at this end.
        """
        if others.are_many and self.are_many:
            return len(others.concepts) < len(self.concepts)
        return (self.count if others.are_many else self.side.count - others.count) * 2 > self.side.count

    def have_fewer(self, than: Chosen) -> bool:
        """Whether they have fewer relationships than others; where there are many, as many as an average has."""
        if len(self.concepts) >= than.count:
            return False
        if not self.are_many:
            return self.count < than.count
        return len(self.concepts) * self.side.count < than.count * len(self.side.concepts)


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The group of each relationship of a type, and how many each group has.

    `alone` says that no group has two of them, `always` that none is outside of the true groups.
    """

    by_source: UInts
    by_target: UInts
    tally: Tally
    alone: bool
    always: bool

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.by_source.nbytes + self.by_target.nbytes + self.tally.weight


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """`targets` are in the order of the sources, `sources` in that of the targets. Is-a has no groups."""

    leading: Side
    led_to: Side
    targets: UInts
    sources: UInts
    groups: Grouping | None

    @classmethod
    def of(cls, sources: UInts, targets: UInts, size: int) -> Self:
        """From parallel columns, in which the sources rise, of numbers below `size`."""
        order, ordered = _sorted(targets)
        return cls(Side.of(sources, size), Side.of(ordered, size), targets, sources[order], None)

    @classmethod
    def grouped(cls, groups: UInts, targets: UInts, known: Groups) -> Self:
        """From parallel columns, in which the concepts of the groups rise."""
        sources, size = known.sources[groups], known.size
        order, ordered = _sorted(targets)
        some, begins = runs_of_equal(np.sort(groups))
        tally = Tally.of(some, np.diff(begins), len(known.sources))
        grouping = Grouping(
            groups, groups[order], tally, alone=len(some) == len(groups), always=not (tally.every - known.every)
        )
        return cls(Side.of(sources, size), Side.of(ordered, size), targets, sources[order], grouping)

    @classmethod
    def united(cls, several: Iterable[tuple[UInts, UInts]], known: Groups) -> Self:
        """From columns of groups and of targets of several types."""
        columns = list(several)
        order, groups = _sorted(np.concatenate([groups for groups, _ in columns]))
        return cls.grouped(groups, np.concatenate([targets for _, targets in columns])[order], known)

    def sources_of(self, sources: BitMap, targets: Chosen) -> UInts:
        """Where all relationships from some concepts to some others come from, and perhaps more from elsewhere.

        Goes from the end that has fewer relationships.
        """
        here = Chosen(self.leading, sources & self.leading.concepts)
        return here.each()[self._led_to(targets, here)] if here.have_fewer(targets) else targets.runs.of(self.sources)

    def groups_of(self, sources: BitMap, targets: Chosen) -> UInts:
        """The groups of these."""
        assert self.groups is not None
        here = Chosen(self.leading, sources & self.leading.concepts)
        if here.have_fewer(targets):
            return here.runs.of(self.groups.by_source)[self._led_to(targets, here)]
        return targets.runs.of(self.groups.by_target)

    def targets_of(self, sources: Chosen) -> BitMap:
        """Where the relationships of some concepts lead.

        If they have many, each target is asked whether one of its relationships comes from them.
        """
        if len(sources.concepts) * PASSED_OVER < len(self.leading.concepts):
            return distinct(sources.runs.of(self.targets), self.led_to.size)
        targets = Chosen(self.led_to, self.led_to.concepts)
        led_to = marked(sources.concepts, self.leading.size).take(self.sources)
        return bitmap(
            numbers(targets.concepts)[np.logical_or.reduceat(led_to, self.led_to.begins.take(targets.places))]
        )

    def _led_to(self, targets: Chosen, sources: Chosen) -> Marks:
        """Which of the relationships that some concepts have lead to some others."""
        return marked(targets.concepts, self.led_to.size).take(sources.runs.of(self.targets))

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        grouping = 0 if self.groups is None else self.groups.weight
        return self.leading.weight + self.led_to.weight + grouping + self.targets.nbytes + self.sources.nbytes


def _sorted(column: UInts) -> tuple[Places, UInts]:
    """Where each number of a column was, in their order, and the numbers; equal ones stay in the order they had.

    Numbers with their places behind them are sorted several times as fast as by numpy's own stable way.
    """
    both = np.sort(column.astype(np.uint64) << np.uint64(32) | np.arange(len(column), dtype=np.uint64))
    return (both & np.uint64(0xFFFFFFFF)).astype(np.int64), (both >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """All groups. `sources` has the concept of each; true ones are in `numbers`, rising, and their concepts at a side.

    `size` is how many concepts there are.
    """

    sources: UInts
    numbers: UInts
    every: BitMap
    concepts: Side
    size: int

    @classmethod
    def of(cls, sources: UInts, true: Marks, size: int) -> Self:
        """`sources` has the concept of each group; `true` says which are groups."""
        places = np.flatnonzero(true).astype(np.uint32)
        return cls(sources, places, bitmap(places), Side.of(sources[places], size), size)

    def of_concepts(self, concepts: BitMap) -> BitMap:
        """The groups of some concepts."""
        return bitmap(Chosen(self.concepts, concepts & self.concepts.concepts).runs.of(self.numbers))

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.sources.nbytes + self.numbers.nbytes + weight(self.every) + self.concepts.weight
