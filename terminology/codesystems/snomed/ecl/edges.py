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

from terminology.codesystems.snomed.ecl.counting import Tally
from terminology.store.arrays import Places, Runs, UInts, bitmap, numbers, runs_of_equal, weight
from terminology.store.marks import Marks, marked

SEARCHED = 16
"""With fewer than one in so many concepts asked for, each is searched; with more, all are passed over once."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The concepts at one end of relationships, rising, and where the run of each begins; the last begin is the end."""

    keys: UInts
    begins: UInts
    tally: Tally

    @classmethod
    def of(cls, ordered: UInts, size: int) -> Self:
        """From the column of this end, which must rise, of numbers below `size`."""
        keys, begins = runs_of_equal(ordered)
        return cls(keys, begins.astype(np.uint32), Tally.of(keys, np.diff(begins), size))

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
        return self.tally.weight + self.keys.nbytes + self.begins.nbytes


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some concepts at one end of relationships, all of which must be there."""

    side: Side
    concepts: BitMap

    @property
    def are_many(self) -> bool:
        """Whether they are searched in one pass, and how many relationships they have is not worth counting."""
        return len(self.concepts) * SEARCHED >= len(self.side.keys) > 0

    @cached_property
    def places(self) -> Places:
        """Where they are among all at this end, rising."""
        keys = self.side.keys
        if not self.are_many:
            return np.searchsorted(keys, numbers(self.concepts))
        return np.flatnonzero(marked(self.concepts, int(keys[-1]) + 1)[keys])

    @cached_property
    def runs(self) -> Runs:
        """Their relationships. Those of neighbours are one run."""
        places = self.places
        apart = np.flatnonzero(np.diff(places) != 1)
        firsts, lasts = np.append(places[:1], places[apart + 1]), np.append(places[apart], places[-1:])
        begins = self.side.begins[firsts].astype(np.int64)
        return Runs(begins, self.side.begins[lasts + 1] - begins)

    @cached_property
    def count(self) -> int:
        """How many relationships they have."""
        return self.runs.count

    def each(self) -> UInts:
        """The concepts, once for each relationship."""
        begins = self.side.begins
        found: UInts = np.repeat(self.side.keys[self.places], begins[self.places + 1] - begins[self.places])
        return found

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
        return len(self.concepts) * self.side.count < than.count * len(self.side.keys)


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

    def _led_to(self, targets: Chosen, sources: Chosen) -> Marks:
        """Which of the relationships that some concepts have lead to some others."""
        return marked(targets.concepts, int(self.led_to.keys[-1]) + 1)[sources.runs.of(self.targets)]

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
