"""How often something occurs, without counting what is known.

All relationships of a type are counted beforehand; where most of them are meant only the others are counted, and taken
away. Knows nothing of the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from pyroaring import BitMap

from terminology.store.arrays import UInts, bitmap, counted, distinct, weight


class Occurrences(Protocol):
    """Who occurs how often."""

    def at_least(self, times: int) -> BitMap:
        """Those that occur so often or more; `times` is 1 at least."""
        ...


LAYERS = 6
"""Those that occur so often or more are kept as a set, and so are those that do less often."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Who occurs at all, and how often those do that occur more than once: `repeated`, rising, and their `counts`.

    `layers` are those that occur once or more, twice or more, and so on, up to LAYERS times.
    """

    layers: tuple[BitMap, ...]
    repeated: UInts
    counts: UInts

    @classmethod
    def of(cls, owners: UInts, counts: UInts) -> Self:
        """From those that occur, rising, and how often each does."""
        more = counts > 1
        layers = (bitmap(owners[counts >= times]) for times in range(1, LAYERS + 1))
        return cls(tuple(layers), owners[more], counts[more])

    @property
    def every(self) -> BitMap:
        """All that occur."""
        return self.layers[0]

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        return self.layers[times - 1] if times <= LAYERS else bitmap(self.repeated[self.counts >= times])

    def counts_of(self, owners: UInts) -> UInts:
        """How often each of some that occur does."""
        found = np.ones(len(owners), dtype=np.uint32)
        if len(self.repeated):
            places = np.minimum(np.searchsorted(self.repeated, owners), len(self.repeated) - 1)
            more = self.repeated[places] == owners
            found[more] = self.counts[places[more]]
        return found

    @property
    def weight(self) -> int:
        """The bytes it takes."""
        return sum(map(weight, self.layers)) + self.repeated.nbytes + self.counts.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """Everyone is in a column as often as they occur; all are below `size`."""

    owners: UInts
    size: int

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        if times == 1:
            return distinct(self.owners, self.size)
        some, counts = counted(self.owners, self.size)
        return bitmap(some[counts >= times])


@dataclass(frozen=True, slots=True, eq=False)
class AllBut:
    """All that a tally knows but for what is in a column."""

    tally: Tally
    missing: UInts
    size: int

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        some, fewer = counted(self.missing, self.size)
        return self.tally.at_least(times) - bitmap(some[self.tally.counts_of(some) < fewer + times])


@dataclass(frozen=True, slots=True, eq=False)
class AnyOf:
    """Occurrences of several kinds, of which one is enough."""

    several: tuple[Occurrences, ...]

    def at_least(self, times: int) -> BitMap:
        """See Occurrences; kinds are not added up, so that more than once cannot be asked."""
        if times != 1 and len(self.several) != 1:
            raise ValueError("occurrences of several kinds are not added up")
        return BitMap.union(BitMap(), *(one.at_least(times) for one in self.several))
