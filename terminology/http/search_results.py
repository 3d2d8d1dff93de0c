"""The matches of a search on one page: stored resources and built-in code systems.

Built-in ones come after the stored ones; if the search is sorted, in their place among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from terminology.http import builtin
from terminology.http.cursors import Cursor
from terminology.store.entries import ResourceEntry
from terminology.store.protocol import Store
from terminology.store.queries import Place, ResourceQuery


@dataclass(frozen=True, slots=True)
class Match:
    """A resource, the source it was found in, and its position there."""

    source: int
    place: Place
    entry: ResourceEntry


@dataclass(frozen=True, slots=True)
class Matches:
    """One page of matches, the total, and whether there are matches before and after it.

    `generation` is the one whose order the stored resources are in.
    """

    total: int
    generation: int
    found: Sequence[Match]
    earlier: bool
    later: bool


def page(store: Store, query: ResourceQuery, cursor: Cursor | None = None) -> Matches:
    """The page of a query, from its offset or from a cursor on."""
    return among(store, of_sources(query, cursor), query, cursor)


def of_sources(query: ResourceQuery, cursor: Cursor | None = None) -> ResourceQuery:
    """What each source is asked for a page of a query: one more match than it shows, and all before it if need be."""
    offset, skipped = _places(query, cursor)
    return replace(
        query,
        offset=offset - skipped,
        count=skipped + query.count + 1 if query.count else 0,
        backwards=cursor is not None and cursor.backwards,
        generation=None if cursor is None else cursor.generation,
    )


def _places(query: ResourceQuery, cursor: Cursor | None) -> tuple[int, int]:
    """Where a page begins, and how many matches before it are read because they come from several sources."""
    offset = 0 if cursor is not None else query.offset
    return offset, offset if query.type == "CodeSystem" else 0


def among(store: Store, wanted: ResourceQuery, query: ResourceQuery, cursor: Cursor | None = None) -> Matches:
    """The page of a query, of which it is known what the sources are asked (`of_sources`)."""
    sources = (store, builtin.store()) if query.type == "CodeSystem" else (store,)
    offset, skipped = _places(query, cursor)
    total, generation, gathered = 0, 0, list[Match]()
    for number, source in enumerate(sources):
        answer = source.resource_page(_from(wanted, number, cursor))
        total += answer.total
        generation = answer.generation if source is store else generation
        gathered += [Match(number, *both) for both in zip(answer.places, answer.entries, strict=True)]
    _put_in_order(gathered, query.sort)
    if wanted.backwards:
        found = gathered[-query.count :]
        return Matches(total, generation, found, earlier=len(gathered) > len(found), later=True)
    found = gathered[skipped : skipped + query.count]
    later = len(gathered) > skipped + len(found)
    return Matches(total, generation, found, earlier=bool(cursor or offset), later=later)


def _from(query: ResourceQuery, source: int, cursor: Cursor | None) -> ResourceQuery:
    """The query for one source. Of matches in the same place, those of the first source come first."""
    if cursor is None:
        return query
    if source != 0:
        query = replace(query, generation=None)  # nothing is written there
    if query.sort:
        inclusive = source < cursor.source if cursor.backwards else source > cursor.source
        return replace(query, beyond=cursor.place, inclusive=inclusive)
    if source == cursor.source:
        return replace(query, beyond=cursor.place)
    passed = source > cursor.source if cursor.backwards else source < cursor.source
    return replace(query, count=0) if passed else query


def _put_in_order(matches: list[Match], sort: Sequence[str]) -> None:
    """Sort matches of all sources as each sorts its own; without an order, one source follows the other."""
    if not sort:
        return
    matches.sort(key=lambda m: (m.place[len(sort) :], m.source))
    for number in reversed(range(len(sort))):  # sorting is stable: what decides first comes last
        matches.sort(key=lambda m: m.place[number] or "", reverse=sort[number].startswith("-"))
        matches.sort(key=lambda m: m.place[number] is None)
