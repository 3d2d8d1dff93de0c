"""The relationships of one type, or of several, found from the concepts they lead from and from those they lead to.

Either way they lie in runs, one for each concept, so that what is asked about few concepts looks at few relationships
however many there are. How many each concept and each group has is known beforehand. Knows nothing of the language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.counting import Tally
from terminology.store.arrays import Runs, UInts, bitmap, numbers, weight
from terminology.store.marks import Marks, marked

SEARCHED = 16
"""With fewer than one in so many concepts asked for, each is searched; with more, all are passed over once."""

MOST = 4
"""More than one in so many relationships are gathered slower than all are passed over."""

NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The concepts at one end of relationships, rising, and where the run of each begins; the last begin is the end."""

    keys: UInts
    begins: UInts
    tally: Tally

    @classmethod
    def of(cls, ordered: UInts) -> Self:
        """From the column of this end, which must rise."""
        first = np.ones(len(ordered), dtype=np.bool_)
        first[1:] = ordered[1:] != ordered[:-1]
        begins = np.append(np.flatnonzero(first), len(ordered)).astype(np.uint32)
        keys = ordered[begins[:-1]]
        return cls(keys, begins, Tally.of(keys, begins[1:] - begins[:-1]))

    @property
    def concepts(self) -> BitMap:
        """All at this end."""
        return self.tally.every

    def runs(self, wanted: BitMap) -> Runs:
        """The runs of concepts, all of which must be at this end."""
        if len(wanted) * SEARCHED < len(self.keys):
            places = np.searchsorted(self.keys, numbers(wanted))
        else:
            places = np.flatnonzero(marked(wanted, int(self.keys[-1]) + 1)[self.keys]) if len(self.keys) else NOWHERE
        begins = self.begins[places].astype(np.int64)
        return Runs(begins, self.begins[places + 1] - begins)

    def are_most(self, some: BitMap, others: BitMap) -> bool:
        """Whether more than half of all relationships end at some concepts, and not at the others at this end."""
        return not others or (len(others) < len(some) and self.runs(others).count * 2 < self.begins[-1])

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.tally.weight + self.keys.nbytes + self.begins.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """`owners` are the groups of relationships, or the concepts where there are no groups (is-a).

    `targets` and `owners` are in the order of the sources, `owners_by_target` in that of the targets. `groups` tells
    how many relationships each group has.
    """

    leading: Side
    led_to: Side
    targets: UInts
    owners: UInts
    owners_by_target: UInts
    groups: Tally | None

    @classmethod
    def of(cls, sources: UInts, targets: UInts, groups: UInts | None) -> Self:
        """From parallel columns, in which the sources rise."""
        owners = sources if groups is None else groups
        order = np.argsort(targets, kind="stable")
        tally = None if groups is None else Side.of(np.sort(groups, kind="stable")).tally
        return cls(Side.of(sources), Side.of(targets[order]), targets, owners, owners[order], tally)

    @classmethod
    def united(cls, several: Iterable[tuple[UInts, UInts]], group_sources: UInts) -> Self:
        """From columns of targets and of groups of several types; `group_sources` has the concept of each group."""
        columns = list(several)
        groups = np.concatenate([groups for _, groups in columns])
        order = np.argsort(groups, kind="stable")
        targets = np.concatenate([targets for targets, _ in columns])[order]
        return cls.of(group_sources[groups[order]], targets, groups[order])

    def owners_of(self, sources: BitMap, targets: BitMap) -> UInts:
        """The owners of all relationships from some concepts to some others, and perhaps of more from elsewhere.

        Goes from the end that has fewer relationships; where most of all are meant, passes over all of them once.
        """
        if len(targets) == len(self.led_to.concepts):
            return self.owners
        there = self.led_to.runs(targets)
        here = sources & self.leading.concepts
        if len(here) < there.count and (runs := self.leading.runs(here)).count < there.count:
            return runs.of(self.owners)[self._marked(targets)[runs.of(self.targets)]]
        if there.count * MOST > len(self.targets):
            return self.owners[self._marked(targets)[self.targets]]
        return there.of(self.owners_by_target)

    def _marked(self, targets: BitMap) -> Marks:
        return marked(targets, int(self.led_to.keys[-1]) + 1)

    def targets_of(self, sources: BitMap) -> UInts:
        """What some concepts lead to, once for each relationship."""
        return self.leading.runs(sources & self.leading.concepts).of(self.targets)

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        columns = (self.targets, self.owners, self.owners_by_target)
        grouped = 0 if self.groups is None else self.groups.weight
        return self.leading.weight + self.led_to.weight + grouped + sum(column.nbytes for column in columns)


Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """All true groups, in `numbers`, rising, and the concepts they belong to."""

    numbers: UInts
    every: BitMap
    concepts: Side

    @classmethod
    def of(cls, sources: UInts, true: Places) -> Self:
        """`sources` has the concept of each group; `true` the numbers of those that are groups."""
        return cls(true.astype(np.uint32), bitmap(true), Side.of(sources[true]))

    def of_concepts(self, concepts: BitMap) -> BitMap:
        """The groups of some concepts."""
        return bitmap(self.concepts.runs(concepts & self.concepts.concepts).of(self.numbers))

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return self.numbers.nbytes + weight(self.every) + self.concepts.weight
