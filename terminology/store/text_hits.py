"""What a text search found: segments of ordinals in order of merit, read as far as somebody asks.

Each concept counts once, at its best place. Nothing here knows words or languages.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.arrays import UInts, bitmap, numbers

FIRST_CHUNK = 64
MANY = 8192
"""More terms are counted in an array over all concepts, fewer in a set of their own."""
FEW = 1024
"""Fewer are looked up in a set one by one; for more, the set is spread into an array first."""


class Segment(Protocol):
    """Ordinals in order, possibly repeated."""

    def __len__(self) -> int: ...

    def ordinals(self, start: int, stop: int) -> UInts:
        """Those at the positions from `start` up to `stop` (or the end)."""


class CodeSegment:
    """Ordinals as they are."""

    def __init__(self, ordinals: UInts) -> None:
        self._ordinals = ordinals

    def __len__(self) -> int:
        return len(self._ordinals)

    def ordinals(self, start: int, stop: int) -> UInts:
        """A slice."""
        return self._ordinals[start:stop]


class TermSegment:
    """The concepts of terms, the terms with the smallest numbers first."""

    def __init__(self, terms: BitMap, ordinals: UInts) -> None:
        self.terms = terms
        self._ordinals = ordinals

    def __len__(self) -> int:
        return len(self.terms)

    def rank(self, number: int) -> int:
        """How many of the terms have a smaller number."""
        return self.terms.rank(number - 1) if number else 0

    def ordinals(self, start: int, stop: int) -> UInts:
        """The concepts of the terms at these ranks."""
        whole = start == 0 and stop >= len(self.terms)
        terms = self.terms if whole else self.terms[start:stop]
        return self._ordinals[numbers(terms)]


class JoinedSegment:
    """The terms of two layers in one order; `places` says before which number of the first each of the other stands."""

    def __init__(self, first: TermSegment, other: TermSegment, places: npt.NDArray[np.int64]) -> None:
        self._first = first
        self._other = other
        before = [first.rank(place) for place in places[numbers(other.terms)].tolist()]
        self._positions = (np.array(before, dtype=np.int64) + np.arange(len(before))).tolist()

    def __len__(self) -> int:
        return len(self._first) + len(self._other)

    def ordinals(self, start: int, stop: int) -> UInts:
        """The concepts of the terms at these positions."""
        low, high = bisect_left(self._positions, start), bisect_left(self._positions, stop)
        found = self._first.ordinals(start - low, stop - high)
        places = [position - start - number for number, position in enumerate(self._positions[low:high])]
        return np.insert(found, places, self._other.ordinals(low, high))


class TextHits:
    """Concepts found, best first (a `model.protocols.Hits`). `known` are all of them where the index knew that."""

    def __init__(
        self, segments: Sequence[Segment], size: int, within: BitMap | None = None, known: BitMap | None = None
    ) -> None:
        self._segments = segments
        self._size = size
        self._within = within
        self._known = known
        self._order: list[int] = []
        self._seen: set[int] = set()
        self._segment = 0
        self._position = 0
        self._chunk = FIRST_CHUNK

    @cached_property
    def total(self) -> int:
        """How many concepts match, exactly."""
        if self._known is not None:
            return len(self._known) if self._within is None else self._known.intersection_cardinality(self._within)
        return len(self._united) if self._terms <= MANY else int(np.count_nonzero(self._marks))

    def members(self) -> BitMap:
        """All that match, unordered."""
        if self._known is None:
            return self._united.copy() if self._terms <= MANY else bitmap(np.flatnonzero(self._marks))
        return self._known.copy() if self._within is None else self._known & self._within

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1, fewer at the end."""
        while len(self._order) < offset + count and self._segment < len(self._segments):
            self._read_on()
        return self._order[offset : offset + count]

    def _read_on(self) -> None:
        segment = self._segments[self._segment]
        found = segment.ordinals(self._position, self._position + self._chunk)
        self._position += self._chunk
        self._chunk *= 2
        if self._position >= len(segment):
            self._segment += 1
            self._position = 0
        for ordinal in self._filtered(found):
            if ordinal not in self._seen:
                self._seen.add(ordinal)
                self._order.append(ordinal)

    def _filtered(self, found: UInts) -> list[int]:
        ordinals: list[int]
        if self._within is not None and len(found) >= FEW:
            ordinals = found[self._allowed[found]].tolist()
            return ordinals
        ordinals = found.tolist()
        return ordinals if self._within is None else [o for o in ordinals if o in self._within]

    @cached_property
    def _allowed(self) -> npt.NDArray[np.bool_]:
        """Which concepts may be found, by ordinal."""
        marks = np.zeros(self._size, dtype=np.bool_)
        if self._within is None:
            return ~marks
        marks[numbers(self._within)] = True
        return marks

    @cached_property
    def _terms(self) -> int:
        """How many terms, or codes, were found."""
        return sum(map(len, self._segments))

    @cached_property
    def _united(self) -> BitMap:
        """Which concepts match: for few terms, whatever the size of the system."""
        found = BitMap.union(BitMap(), *(bitmap(segment.ordinals(0, len(segment))) for segment in self._segments))
        return found if self._within is None else found & self._within

    @cached_property
    def _marks(self) -> npt.NDArray[np.bool_]:
        """Which concepts match, by ordinal."""
        marks = np.zeros(self._size, dtype=np.bool_)
        for segment in self._segments:
            marks[segment.ordinals(0, len(segment))] = True
        return marks if self._within is None else marks & self._allowed
