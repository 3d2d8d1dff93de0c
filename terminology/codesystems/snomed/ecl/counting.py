"""Counts the relationships of each owner (a concept or a group, by number), using stored counts.

All relationships of a type are counted in advance; if most of them match, only the others are counted and subtracted.
Knows nothing of the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.arrays import UInts, are_few, bitmap, distinct, runs_of_equal, weight
from terminology.store.marks import Marks, bitmap_of_marks

Ints = npt.NDArray[np.integer[Any]]

LISTED = 16
"""Owners that are fewer than one in LISTED of all are stored as a list; more of them as an array with all owners."""

NOBODY = BitMap()


def are_listed(owners: UInts, size: int) -> bool:
    """Whether these owners, of `size` in all, are few enough to be stored as a list."""
    return len(owners) * LISTED < size


class Occurrences(Protocol):
    """How often owners occur."""

    def at_least(self, times: int) -> BitMap:
        """The owners that occur at least `times` times; `times` is 1 or more."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The counts of all owners, by number; with `owners` (rising), the counts of these only, others being 0."""

    counts: Ints
    owners: UInts | None

    @classmethod
    def of(cls, column: UInts, size: int) -> Self:
        """Count the owners in a column, which may be in any order; all are below `size`."""
        if are_few(column, size):
            owners, begins = runs_of_equal(np.sort(column))
            return cls(np.diff(begins), owners)
        return cls(np.bincount(column, minlength=size), None)

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        return self.those(self.counts >= times)

    def those(self, marks: Marks) -> BitMap:
        """The owners whose counts are marked."""
        return bitmap_of_marks(marks) if self.owners is None else bitmap(self.owners[marks])


NO_COUNTS = Counts(np.zeros(0, dtype=np.uint8), np.zeros(0, dtype=np.uint32))


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Stored counts in little memory: `every` owner that occurs, how often, and the highest count."""

    every: BitMap
    counts: Counts
    most: int

    @classmethod
    def of(cls, owners: UInts, counts: Ints, size: int) -> Self:
        """Make it from the owners that occur (rising, below `size`) and their counts."""
        most = int(counts.max(initial=0))
        if most <= 1:  # as for most types in groups: `every` says it all
            return cls(bitmap(owners), NO_COUNTS, most)
        small = counts.astype(np.min_scalar_type(most))
        if are_listed(owners, size):
            return cls(bitmap(owners), Counts(small, owners), most)
        everyone = np.zeros(size, dtype=small.dtype)
        everyone[owners] = small
        return cls(bitmap(owners), Counts(everyone, None), most)

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        if times == 1:
            return self.every
        return self.counts.at_least(times) if times <= self.most else NOBODY

    def without(self, others: Counts, times: int) -> BitMap:
        """The owners that occur at least `times` times after `others` are subtracted, whose counts are no higher."""
        counts, owners = self.counts.counts, self.counts.owners
        if others.owners is None:
            fewer = others.counts if owners is None else others.counts[owners]
            return self.counts.those(counts - fewer.astype(counts.dtype) >= times)
        known = others.owners if owners is None else np.searchsorted(owners, others.owners)
        return self.at_least(times) - bitmap(others.owners[counts[known] < others.counts + times])

    @property
    def weight(self) -> int:
        """Its size in bytes, without `counts.owners`, which are shared with a `Side`."""
        return weight(self.every) + self.counts.counts.nbytes


@dataclass(frozen=True, eq=False)
class Each:
    """Occurrences as a column, in which each owner is repeated as often as it occurs; all are below `size`."""

    column: UInts
    size: int

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        return distinct(self.column, self.size) if times == 1 else self._counts.at_least(times)

    @cached_property
    def _counts(self) -> Counts:
        return Counts.of(self.column, self.size)


@dataclass(frozen=True, eq=False)
class AllBut:
    """The occurrences of a tally without those in the column `missing`; all owners are below `size`."""

    tally: Tally
    missing: UInts
    size: int

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        if not len(self.missing):
            return self.tally.at_least(times)
        if self.tally.most <= times:
            return self.tally.at_least(times) - distinct(self.missing, self.size)
        return self.tally.without(self._missing, times)

    @cached_property
    def _missing(self) -> Counts:
        return Counts.of(self.missing, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class AnyOf:
    """The union of several occurrences: owners that occur in any of them."""

    several: tuple[Occurrences, ...]

    def at_least(self, times: int) -> BitMap:
        """See Occurrences. Counts are not added up, so that of several only `times` 1 is allowed."""
        if times != 1 and len(self.several) != 1:
            raise ValueError("occurrences of several kinds are not added up")
        return BitMap.union(BitMap(), *(one.at_least(times) for one in self.several))
