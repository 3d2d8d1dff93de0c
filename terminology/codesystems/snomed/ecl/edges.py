"""The relationships of one or several types, indexed by source and by target.

Both indexes have one run per concept, so that a query about few concepts reads few relationships, however many exist.
The numbers per concept and group are stored. Knows nothing of the language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.counting import Tally
from terminology.codesystems.snomed.ecl.sides import Chosen, Side
from terminology.store.arrays import Places, UInts, bitmap, distinct, numbers, runs_of_equal, taken, weight
from terminology.store.marks import Marks, bitmap_of_runs, marked

PASSED_OVER = 4
"""If more than one in PASSED_OVER sources is chosen, the relationships are scanned by target."""

SAMPLED = 8
"""Sources of each target that are looked at before the others: their marks are one number of 64 bits."""

LONG = SAMPLED
"""If targets have more sources than this on average, it is worthwhile to look at a sample first."""


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The group of each relationship of a type, in both orders, and the number of relationships in each group.

    `alone`: no group has more than one. `always`: all of them are in true groups.
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
    """The relationships of some types: `targets` in the order of the sources, and `sources` in that of the targets.

    `sample` has a few of the sources of each target, if targets have many. Is-a has no groups.
    """

    leading: Side
    led_to: Side
    targets: UInts
    sources: UInts
    sample: UInts | None
    groups: Grouping | None

    @classmethod
    def of(cls, sources: UInts, targets: UInts, size: int) -> Self:
        """Make them from parallel columns of numbers below `size`; the sources rise."""
        order, ordered = _sorted(targets)
        return cls._of(sources, targets, ordered, sources[order], None, size)

    @classmethod
    def _of(
        cls, leading: UInts, targets: UInts, led_to: UInts, sources: UInts, groups: Grouping | None, size: int
    ) -> Self:
        """Make them from columns in the order of the sources (`leading`, `targets`) and in that of the targets."""
        end = Side.of(led_to, size)
        return cls(Side.of(leading, size), end, targets, sources, _sample(end, sources), groups)

    @classmethod
    def grouped(cls, groups: UInts, targets: UInts, known: Groups) -> Self:
        """Make them from parallel columns; the concepts of the groups rise."""
        sources, size = known.sources[groups], known.size
        order, ordered = _sorted(targets)
        some, begins = runs_of_equal(np.sort(groups))
        tally = Tally.of(some, np.diff(begins), len(known.sources))
        grouping = Grouping(
            groups, groups[order], tally, alone=len(some) == len(groups), always=not (tally.every - known.every)
        )
        return cls._of(sources, targets, ordered, sources[order], grouping, size)

    @classmethod
    def united(cls, several: Iterable[tuple[UInts, UInts]], known: Groups) -> Self:
        """Make one index of several types, each given as columns of groups and targets."""
        columns = list(several)
        order, groups = _sorted(np.concatenate([groups for groups, _ in columns]))
        return cls.grouped(groups, np.concatenate([targets for _, targets in columns])[order], known)

    def sources_of(self, sources: BitMap, targets: Chosen) -> UInts:
        """The source of each relationship from `sources` to `targets`; there may be other sources among them.

        Reads from the end that has fewer relationships.
        """
        here = Chosen(self.leading, sources & self.leading.concepts)
        return here.each()[self._led_to(targets, here)] if here.have_fewer(targets) else targets.runs.of(self.sources)

    def groups_of(self, sources: BitMap, targets: Chosen) -> UInts:
        """The group of each relationship that `sources_of` finds."""
        assert self.groups is not None
        here = Chosen(self.leading, sources & self.leading.concepts)
        if here.have_fewer(targets):
            return here.runs.of(self.groups.by_source)[self._led_to(targets, here)]
        return targets.runs.of(self.groups.by_target)

    def targets_of(self, sources: Chosen) -> BitMap:
        """The targets of the relationships of some concepts.

        If these are many, the relationships are scanned by target; where a sample is known, only those of targets to
        which no source in the sample leads.
        """
        if len(sources.concepts) * PASSED_OVER < len(self.leading.concepts):
            return distinct(sources.runs.of(self.targets), self.led_to.size)
        marks, targets = marked(sources.concepts, self.leading.size), Chosen(self.led_to, self.led_to.concepts)
        if self.sample is None:
            led_to = taken(marks, self.sources)
            missing = ~np.logical_or.reduceat(led_to, self.led_to.begins.take(targets.places))
        else:
            missing = taken(marks, self.sample).view(np.uint64) == 0
            unsure = Chosen(self.led_to, bitmap(numbers(targets.concepts)[missing]))
            missing[missing] = ~unsure.any_of(marks, self.sources)
        return targets.concepts - bitmap(numbers(targets.concepts)[missing])

    def _led_to(self, targets: Chosen, sources: Chosen) -> Marks:
        """For each relationship of `sources`, whether it leads to one of `targets`."""
        return marked(targets.concepts, self.led_to.size).take(sources.runs.of(self.targets))

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        grouping = 0 if self.groups is None else self.groups.weight
        columns = self.targets.nbytes + self.sources.nbytes + (0 if self.sample is None else self.sample.nbytes)
        return self.leading.weight + self.led_to.weight + grouping + columns


def _sample(led_to: Side, sources: UInts) -> UInts | None:
    """SAMPLED sources of each target, evenly spread over its run: sources that are near each other are alike."""
    if led_to.count < LONG * len(led_to.concepts):
        return None
    targets = Chosen(led_to, led_to.concepts)
    begins = led_to.begins.take(targets.places).astype(np.int64)
    lengths = led_to.begins.take(targets.places + 1) - begins
    middles = np.arange(1, 2 * SAMPLED, 2) * lengths[:, np.newaxis] // (2 * SAMPLED)
    places: Places = (begins[:, np.newaxis] + middles).ravel()
    return sources[places]


def _sorted(column: UInts) -> tuple[Places, UInts]:
    """A stable sort of a column: the former place of each number, and the numbers.

    Sorting numbers and places packed into one integer is several times as fast as numpy's stable sort.
    """
    both = np.sort(column.astype(np.uint64) << np.uint64(32) | np.arange(len(column), dtype=np.uint64))
    return (both & np.uint64(0xFFFFFFFF)).astype(np.int64), (both >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """All groups. `sources` has the concept of each group, `numbers` the true groups, rising (`every` as a set).

    `concepts` are the concepts of true groups, with one run for each; `size` is the number of concepts.
    """

    sources: UInts
    numbers: UInts
    every: BitMap
    concepts: Side
    size: int

    @classmethod
    def of(cls, sources: UInts, true: Marks, size: int) -> Self:
        """Make them from the concept of each group, and for each whether it is a true group."""
        places = np.flatnonzero(true).astype(np.uint32)
        return cls(sources, places, bitmap(places), Side.of(sources[places], size), size)

    def of_concepts(self, concepts: BitMap) -> BitMap:
        """The true groups of some concepts. The groups of each concept have successive numbers."""
        places = Chosen(self.concepts, concepts & self.concepts.concepts).places
        firsts = self.numbers.take(self.concepts.begins.take(places))
        lasts = self.numbers.take(self.concepts.begins.take(places + 1) - 1)
        return bitmap_of_runs(firsts.astype(np.int64), lasts.astype(np.int64) + 1) & self.every

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.sources.nbytes + self.numbers.nbytes + weight(self.every) + self.concepts.weight
