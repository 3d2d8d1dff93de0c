"""Results of a text search: ranked segments of ordinals, evaluated lazily.

Each concept is counted once, at its best rank. Nothing here knows words or languages.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.arrays import OBJECT_BYTES, UInts, numbers

FIRST_CHUNK = 32
FEW = 1024
"""Fewer are looked up in a set one by one; for more, the set is spread into an array first."""

KEPT = FIRST_CHUNK
"""Hits that are kept of a search: what a page shows."""
HIT_BYTES = 40
"""What one of them takes: a number and its place in a list."""


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


NO_SEGMENT = CodeSegment(np.zeros(0, dtype=np.uint32))


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
        stop = min(stop, len(self.terms))
        if start >= stop:
            return self._ordinals[:0]
        terms = islice(self.terms.iter_equal_or_larger(self.terms[start]), stop - start)
        return self._ordinals.take(list(terms))


class JoinedSegment:
    """The terms of two layers in one order. `places` has, for each term of the other layer, its place in the first."""

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


class Found(NamedTuple):
    """How many concepts were found, and how to have them all: to count them takes half as long."""

    total: int
    members: Callable[[], BitMap]

    @classmethod
    def of(cls, concepts: BitMap) -> Found:
        """These."""
        return cls(len(concepts), lambda: concepts)


class TextHits:
    """Concepts found, best first (a `model.protocols.Hits`): `found` are all of them, `segments` their order.

    Segments are looked at one after another, as far as pages need them. `narrowed`: they have others besides.
    `guessed`: nothing was found as it was asked for, and so words were taken for mistyped.
    """

    def __init__(
        self, segments: Iterable[Segment], size: int, found: Found, *, narrowed: bool = False, guessed: bool = False
    ) -> None:
        self.guessed = guessed
        self.total = found.total
        self._segments = iter(segments)
        self._size = size
        self._members = found.members
        self._narrowed = narrowed
        self._order: list[int] = []
        self._seen: set[int] = set()
        self._segment: Segment = NO_SEGMENT
        self._position = 0
        self._chunk = FIRST_CHUNK

    @cached_property
    def _found(self) -> BitMap:
        return self._members()

    def members(self) -> BitMap:
        """All that match, unordered."""
        return self._found.copy()

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1, fewer at the end."""
        needed = min(offset + count, self.total)
        while len(self._order) < needed and self._has_more():
            self._read_on()
        return self._order[offset : offset + count]

    def _has_more(self) -> bool:
        """Begin the next segment; False if there is none."""
        while self._position >= len(self._segment):
            segment = next(self._segments, None)
            if segment is None:
                return False
            self._segment, self._position = segment, 0
        return True

    def _read_on(self) -> None:
        found = self._segment.ordinals(self._position, self._position + self._chunk)
        self._position += self._chunk
        self._chunk *= 2
        seen = self._seen
        new = [ordinal for ordinal in dict.fromkeys(self._filtered(found)) if ordinal not in seen]
        seen.update(new)
        self._order += new

    def _filtered(self, found: UInts) -> list[int]:
        ordinals: list[int]
        if self._narrowed and len(found) >= FEW:
            ordinals = found[self._allowed[found]].tolist()
            return ordinals
        ordinals = found.tolist()
        return [o for o in ordinals if o in self._found] if self._narrowed else ordinals

    @cached_property
    def _allowed(self) -> npt.NDArray[np.bool_]:
        """Which concepts were found, by ordinal."""
        marks = np.zeros(self._size, dtype=np.bool_)
        marks[numbers(self._found)] = True
        return marks


class Outcome(NamedTuple):
    """What is kept of a search: the first hits, and how many there are. `guessed` as in TextHits."""

    total: int
    best: Sequence[int]
    guessed: bool

    def weigh(self) -> int:
        """About how many bytes it takes."""
        return 2 * OBJECT_BYTES + HIT_BYTES * len(self.best)


class HitsWhenAsked:
    """All hits of a search that is made when it has to be, and once."""

    def __init__(self, search: Callable[[], TextHits]) -> None:
        self._search = search

    @cached_property
    def hits(self) -> TextHits:
        """What the search finds."""
        return self._search()

    def outcome(self) -> Outcome:
        """What is to be kept of it."""
        return Outcome(self.hits.total, self.hits.page(0, KEPT), self.hits.guessed)


class KeptHits:
    """A `model.protocols.Hits` from what was kept of a search; `every` has what is wanted beyond."""

    def __init__(self, kept: Outcome, every: HitsWhenAsked) -> None:
        self.total, self._best, self.guessed = kept
        self._every = every

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1, fewer at the end."""
        if offset + count <= len(self._best) or self.total == len(self._best):
            return self._best[offset : offset + count]
        return self._every.hits.page(offset, count)

    def members(self) -> BitMap:
        """All that match, unordered."""
        return BitMap(self._best) if self.total == len(self._best) else self._every.hits.members()
