"""Which codes are on a page of a listing, by relevance where a text is searched for.

Positions run through all segments; a page touches only the segments it lies in. Does not read concepts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from terminology.model.language import Languages
from terminology.model.protocols import Hits
from valuesets.segments import Loose, Segment
from valuesets.text import matches_any, words


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a request asks for: the text to match, the first position and the number of codes.

    `limit` is the most that the caller takes where no `count` is given.
    """

    filter: str | None = None
    offset: int | None = None
    count: int | None = None
    limit: int | None = None


Part = tuple[Segment, Sequence[int], Sequence[Loose]]
"""The part of a segment on a page: codes with ordinals, and codes without."""


@dataclass(frozen=True, slots=True)
class Run:
    """A segment in display order: `hits` best first, then `more`; without hits, in the segment's own order.

    `most`: how many of its codes may be shown; None for all. `name` is that of its set in this process, if the segment
    is searched again.
    """

    segment: Segment
    hits: Hits | None = None
    more: tuple[int, ...] = ()
    most: int | None = None
    name: str = ""

    def __len__(self) -> int:
        return self.whole if self.most is None else min(self.whole, self.most)

    @property
    def whole(self) -> int:
        """How many codes there are, shown or not."""
        if self.hits is None:
            return len(self.segment)
        return self.hits.total + len(self.more) + len(self.segment.loose)

    def part(self, start: int, stop: int) -> tuple[Sequence[int], Sequence[Loose]]:
        """The codes at positions start … stop-1: those with ordinals, then the others."""
        if self.hits is None:
            listed = len(self.segment.members)
            return self.segment.ordinals(start, stop), self.segment.loose[
                max(start - listed, 0) : max(stop - listed, 0)
            ]
        found, listed = self.hits.total, self.hits.total + len(self.more)
        ranked = self.hits.page(start, min(stop, found) - start) if start < found else ()
        more = self.more[max(start - found, 0) : max(stop - found, 0)]
        return [*ranked, *more], self.segment.loose[max(start - listed, 0) : max(stop - listed, 0)]


_numbers = itertools.count()


def named(segments: Iterable[Segment]) -> tuple[Run, ...]:
    """The runs of segments that are searched again and again; each gets a name that no other has in this process."""
    return tuple(Run(segment, name=str(next(_numbers))) for segment in segments)


def searched(runs: Sequence[Run], text: str, languages: Languages) -> tuple[Run, ...]:
    """The matches of a text in each run; everything when the text has no words."""
    wanted = words(text)
    return tuple([_searched(run, text, wanted, languages) for run in runs]) if wanted else tuple(runs)


def _searched(run: Run, text: str, wanted: list[str], languages: Languages) -> Run:
    segment = run.segment
    loose = [o for o in segment.loose if matches_any(wanted, _loose_terms(o))]
    if segment.code_system is None or not segment.members:
        return Run(segment.restricted(BitMap(), loose))
    if len(segment.members) == segment.code_system.size:
        hits = segment.code_system.search(text, languages, None)
    else:
        hits = segment.code_system.search(text, languages, segment.members, run.name)
    own = [
        number for number in segment.references
        if number in segment.members and matches_any(wanted, _own_terms(segment, number))
    ]  # fmt: skip
    more = tuple(n for n in own if n not in hits.members()) if own else ()
    matching = segment.restricted(segment.members, loose) if segment.loose else segment
    return Run(matching, hits, more)


def _loose_terms(loose: Loose) -> Iterator[str]:
    yield loose.code
    yield loose.display or ""
    if loose.located is not None:
        yield from (designation.value for designation in loose.located.concept.designations)


def _own_terms(segment: Segment, number: int) -> Iterator[str]:
    reference = segment.references[number]
    if reference.display:
        yield reference.display
    for designation in reference.designations:
        yield designation.value


def limited(found: Sequence[Run], licensed: Mapping[str, int]) -> tuple[Sequence[Run], Mapping[str, int]]:
    """The runs cut to what licences allow, and the systems of which codes are withheld."""
    if licensed.keys().isdisjoint([run.segment.system for run in found]):
        return found, {}
    left = dict(licensed)
    runs, withheld = [], set()
    for run in found:
        system = run.segment.system
        if system in left:
            if run.whole > left[system]:
                withheld.add(system)
            run = replace(run, most=left[system])  # noqa: PLW2901 - the same run, with its limit
            left[system] -= len(run)
        runs.append(run)
    return runs, {system: licensed[system] for system in withheld}


def total(found: Iterable[Run]) -> int:
    """How many codes there are."""
    return sum(map(len, found))


def page(found: Iterable[Run], offset: int, count: int) -> Iterator[Part]:
    """The codes at positions offset … offset+count-1, segment by segment."""
    begin, end = offset, offset + count
    for run in found:
        size = len(run)
        if begin < size and end > 0 and end > begin:
            ordinals, loose = run.part(max(begin, 0), min(end, size))
            yield run.segment, ordinals, loose
        begin, end = begin - size, end - size
        if end <= 0:
            return
