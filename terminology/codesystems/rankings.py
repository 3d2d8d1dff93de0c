"""Merges several searches over one system: hits in turn, each concept once, with the exact total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from terminology.model.protocols import Hits

PAGE = 64
"""Hits read ahead."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One search. `places` and `lifted` turn its ordinals into those of the common system; `within` restricts it."""

    hits: Hits
    places: Mapping[int, int] | None = None
    lifted: Callable[[Iterable[int]], BitMap] | None = None
    within: BitMap | None = None

    def __iter__(self) -> Iterator[int]:
        """Ordinals, best first."""
        offset = 0
        while page := self.hits.page(offset, PAGE):
            offset += len(page)
            for ordinal in page:
                place = ordinal if self.places is None else self.places.get(ordinal)
                if place is not None and (self.within is None or place in self.within):
                    yield place

    def members(self) -> BitMap:
        """All of them."""
        found = self.hits.members() if self.lifted is None else self.lifted(self.hits.members())
        return found if self.within is None else found & self.within


class RankedHits:
    """A `model.protocols.Hits` over several rankings. For one thread, like every result."""

    def __init__(self, rankings: Sequence[Ranking]) -> None:
        self._rankings = rankings
        self._order: list[int] = []
        self._coming = self._in_turn()

    @property
    def guessed(self) -> bool:
        """Whether all that find something took words for mistyped."""
        return all(ranking.hits.guessed for ranking in self._rankings if ranking.hits.total)

    @property
    def total(self) -> int:
        """How many concepts match, exactly."""
        return len(self._members)

    def members(self) -> BitMap:
        """All that match, unordered."""
        return self._members

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1, fewer at the end."""
        while len(self._order) < offset + count:
            ordinal = next(self._coming, None)
            if ordinal is None:
                break
            self._order.append(ordinal)
        return self._order[offset : offset + count]

    @cached_property
    def _members(self) -> BitMap:
        return BitMap.union(BitMap(), *(ranking.members() for ranking in self._rankings))

    def _in_turn(self) -> Iterator[int]:
        seen: set[int] = set()
        waiting = [iter(ranking) for ranking in self._rankings]
        while waiting:
            for ranking in tuple(waiting):
                ordinal = next(ranking, None)
                if ordinal is None:
                    waiting.remove(ranking)
                elif ordinal not in seen:
                    seen.add(ordinal)
                    yield ordinal
