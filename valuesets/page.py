"""Which codes are on a page of a listing, by relevance where a text is searched for.

Positions run through all segments; a page touches only the segments it lies in. Does not read concepts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

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
NOTHING: Mapping[str, int] = MappingProxyType({})


class Run(NamedTuple):
    """A segment in display order: `hits` best first, then `more`; without hits, in the segment's own order.

    `size`: how many of its codes may be shown. `name` is that of its set in this process, if the segment is searched
    again.
    """

    segment: Segment
    size: int
    hits: Hits | None = None
    more: tuple[int, ...] = ()
    name: str = ""

    def part(self, start: int, stop: int) -> Part:
        """The codes at positions start … stop-1: those with ordinals, then the others."""
        segment, hits = self.segment, self.hits
        if hits is None:
            listed, ordinals = len(segment.members), segment.ordinals(start, stop)
        else:
            listed, ordinals = hits.total, hits.page(start, min(stop, hits.total) - start) if start < hits.total else ()
            if self.more:
                ordinals = [*ordinals, *self.more[max(start - listed, 0) : max(stop - listed, 0)]]
                listed += len(self.more)
        loose = segment.loose
        return segment, ordinals, loose and loose[max(start - listed, 0) : max(stop - listed, 0)]


_numbers = itertools.count()


def whole(segments: Iterable[Segment]) -> tuple[Run, ...]:
    """The runs of segments with all their codes."""
    return tuple(Run(segment, len(segment)) for segment in segments)


def named(segments: Iterable[Segment]) -> tuple[Run, ...]:
    """The same of segments that are searched again and again; each gets a name that no other has in this process."""
    return tuple(run._replace(name=str(next(_numbers))) for run in whole(segments))


def searched(runs: Sequence[Run], text: str, languages: Languages) -> tuple[Run, ...]:
    """The matches of a text in each run; everything when the text has no words."""
    wanted = words(text)
    return tuple([_searched(run, text, wanted, languages) for run in runs]) if wanted else tuple(runs)


def _searched(run: Run, text: str, wanted: list[str], languages: Languages) -> Run:
    segment = run.segment
    if segment.loose:
        loose = [o for o in segment.loose if matches_any(wanted, _loose_terms(o))]
        segment = segment.restricted(segment.members, loose)
    if segment.code_system is None or not segment.members:
        return Run(segment.restricted(BitMap(), segment.loose), len(segment.loose))
    if len(segment.members) == segment.code_system.size:
        hits = segment.code_system.search(text, languages, None)
    else:
        hits = segment.code_system.search(text, languages, segment.members, run.name)
    more = _more(segment, wanted, hits) if segment.references else ()
    return Run(segment, hits.total + len(more) + len(segment.loose), hits, more)


def _more(segment: Segment, wanted: list[str], hits: Hits) -> tuple[int, ...]:
    """Codes that match by what the value set says of them alone."""
    own = [
        number for number in segment.references
        if number in segment.members and matches_any(wanted, _own_terms(segment, number))
    ]  # fmt: skip
    return tuple(n for n in own if n not in hits.members()) if own else ()


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
    for run in found:
        if run.segment.system in licensed:
            return _limited(found, licensed)
    return found, NOTHING


def _limited(found: Sequence[Run], licensed: Mapping[str, int]) -> tuple[Sequence[Run], Mapping[str, int]]:
    left = dict(licensed)
    runs, withheld = [], set()
    for run in found:
        system = run.segment.system
        if system in left:
            if run.size > left[system]:
                withheld.add(system)
                run = run._replace(size=left[system])  # noqa: PLW2901 - the same run, with its limit
            left[system] -= run.size
        runs.append(run)
    return runs, {system: licensed[system] for system in withheld}


def total(found: Iterable[Run]) -> int:
    """How many codes there are."""
    return sum([run.size for run in found])


def page(found: Iterable[Run], offset: int, count: int) -> list[Part]:
    """The codes at positions offset … offset+count-1, segment by segment."""
    parts = []
    begin, end = offset, offset + count
    for run in found:
        size = run.size
        if begin < size and end > max(begin, 0):
            parts.append(run.part(max(begin, 0), min(end, size)))
        begin, end = begin - size, end - size
        if end <= 0:
            break
    return parts
