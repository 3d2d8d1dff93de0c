"""Counts relationships per concept or group, using stored counts.

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
"""Fewer than one in so many are listed with what is known of them; where there are more, everyone has a place."""

NOBODY = BitMap()


def are_listed(owners: UInts, size: int) -> bool:
    """Whether so few of `size` are listed instead of everyone having a place."""
    return len(owners) * LISTED < size


class Occurrences(Protocol):
    """Who occurs how often."""

    def at_least(self, times: int) -> BitMap:
        """Those that occur so often or more; `times` is 1 at least."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How often everyone occurs, by number; or with `owners`, rising, how often these do, and others do not."""

    counts: Ints
    owners: UInts | None

    @classmethod
    def of(cls, column: UInts, size: int) -> Self:
        """Of what is in a column, in any order; all are below `size`."""
        if are_few(column, size):
            owners, begins = runs_of_equal(np.sort(column))
            return cls(np.diff(begins), owners)
        return cls(np.bincount(column, minlength=size), None)

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        return self.those(self.counts >= times)

    def those(self, marks: Marks) -> BitMap:
        """Those whose counts are marked."""
        return bitmap_of_marks(marks) if self.owners is None else bitmap(self.owners[marks])


NO_COUNTS = Counts(np.zeros(0, dtype=np.uint8), np.zeros(0, dtype=np.uint32))


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Who occurs at all, how often, and how often at most: what is known, and takes little memory."""

    every: BitMap
    counts: Counts
    most: int

    @classmethod
    def of(cls, owners: UInts, counts: Ints, size: int) -> Self:
        """From those that occur, rising, all below `size`, and how often each does."""
        most = int(counts.max(initial=0))
        if most <= 1:  # as it mostly is with groups: there is nothing else to know
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
        """Those that occur so often or more without the others, none of which is more often there than here."""
        counts, owners = self.counts.counts, self.counts.owners
        if others.owners is None:
            fewer = others.counts if owners is None else others.counts[owners]
            return self.counts.those(counts - fewer.astype(counts.dtype) >= times)
        known = others.owners if owners is None else np.searchsorted(owners, others.owners)
        return self.at_least(times) - bitmap(others.owners[counts[known] < others.counts + times])

    @property
    def weight(self) -> int:
        """The bytes it takes, but for the owners, which others have."""
        return weight(self.every) + self.counts.counts.nbytes


@dataclass(frozen=True, eq=False)
class Each:
    """Everyone is in a column as often as they occur; all are below `size`."""

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
    """All that a tally knows but for what is in a column; all are below `size`."""

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
    """Occurrences of several kinds, of which one is enough."""

    several: tuple[Occurrences, ...]

    def at_least(self, times: int) -> BitMap:
        """See Occurrences; kinds are not added up, so that more than once cannot be asked."""
        if times != 1 and len(self.several) != 1:
            raise ValueError("occurrences of several kinds are not added up")
        return BitMap.union(BitMap(), *(one.at_least(times) for one in self.several))
