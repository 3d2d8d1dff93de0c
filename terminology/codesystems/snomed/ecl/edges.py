"""The relationships of one type, found from the concepts they lead from and from those they lead to.

Either way they lie in runs, one for each concept, so that what is asked about few concepts looks at few relationships
however many there are. Knows nothing of the language.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.arrays import Runs, UInts, bitmap, numbers, weight

SEARCHED = 16
"""With fewer than one in so many concepts asked for, each is searched; with more, all are passed over once."""

MOST = 4
"""More than one in so many relationships are gathered slower than all are passed over."""

Marks = npt.NDArray[np.bool_]


def marked(concepts: BitMap, size: int) -> Marks:
    """A set as truth values by ordinal."""
    marks = np.zeros(size, dtype=np.bool_)
    marks[numbers(concepts)] = True
    return marks


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The concepts at one end of relationships, rising, and where the run of each begins; the last begin is the end."""

    concepts: BitMap
    keys: UInts
    begins: UInts

    @classmethod
    def of(cls, ordered: UInts) -> Side:
        """From the column of this end, which must rise."""
        first = np.ones(len(ordered), dtype=np.bool_)
        first[1:] = ordered[1:] != ordered[:-1]
        begins = np.flatnonzero(first)
        keys = ordered[begins]
        return cls(bitmap(keys), keys, np.append(begins, len(ordered)).astype(np.uint32))

    def runs(self, wanted: BitMap) -> Runs:
        """The runs of concepts, all of which must be at this end."""
        if len(wanted) * SEARCHED < len(self.keys):
            places = np.searchsorted(self.keys, numbers(wanted))
        else:
            places = np.flatnonzero(marked(wanted, int(self.keys[-1]) + 1)[self.keys]) if len(self.keys) else NOWHERE
        begins = self.begins[places].astype(np.int64)
        return Runs(begins, self.begins[places + 1] - begins)

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return weight(self.concepts) + self.keys.nbytes + self.begins.nbytes


NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """One type. `owners` are the groups of relationships, or the concepts where `grouped` is false (is-a).

    `targets` and `owners` are in the order of the sources, `owners_by_target` in that of the targets.
    """

    leading: Side
    led_to: Side
    targets: UInts
    owners: UInts
    owners_by_target: UInts
    grouped: bool

    @classmethod
    def of(cls, sources: UInts, targets: UInts, groups: UInts | None) -> Edges:
        """From parallel columns, in which the sources rise."""
        owners = sources if groups is None else groups
        order = np.argsort(targets, kind="stable")
        led_to = Side.of(targets[order])
        return cls(Side.of(sources), led_to, targets, owners, owners[order], groups is not None)

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

    def lead_more_to(self, targets: BitMap, others: BitMap) -> bool:
        """Whether more relationships lead to some concepts than to others."""
        return not others or (len(others) < len(targets) and self.led_to.runs(others).count * 2 < len(self.targets))

    def targets_of(self, sources: BitMap) -> UInts:
        """What some concepts lead to."""
        return self.leading.runs(sources & self.leading.concepts).of(self.targets)

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        columns = (self.targets, self.owners, self.owners_by_target)
        return self.leading.weight + self.led_to.weight + sum(column.nbytes for column in columns)
