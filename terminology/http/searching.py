"""Searches a resource type (R5, 3.2.1), with paging by `_count` and stable links (`cursors`).

The matches of a page together hold as many concepts and mappings as one resource that is read. A match with more than
its share is returned as a header: a CodeSystem without concepts, a ConceptMap without groups, tagged SUBSETTED.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from terminology.fhir.json import Json
from terminology.http import (
    bodies,
    cursors,
    licensed,
    naming,
    paging,
    reading,
    search_parameters,
    search_results,
    shaping,
)
from terminology.http.cursors import Cursor
from terminology.http.exchange import Answer, Request
from terminology.http.search_results import Matches
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.entries import ResourceEntry
from terminology.store.queries import ResourceQuery

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was read: `pairs` are what it stated, without what a lenient search ignores.

    `query` has no condition that licences or other names add. `total`: the number of matches is wanted.
    """

    pairs: Pairs
    query: ResourceQuery
    summary: shaping.Summary
    cursor: Cursor | None
    total: bool


def read(request: Request, type_: str) -> Search:
    """The search in a request. Raises TerminologyError invalid for unknown or invalid parameters."""
    pairs = _pairs(request)
    summary = shaping.Summary.of(replace(request, query=tuple(pairs)))
    lenient = "handling=lenient" in request.headers.get("prefer", "")
    query = search_parameters.query(type_, pairs, lenient=lenient)
    pairs = search_parameters.taken(type_, pairs)
    counts = summary.mode == "count"
    if counts:
        query = replace(query, offset=0, count=0)
    total = search_parameters.total(pairs) or counts
    return Search(pairs, query, summary, cursors.of(pairs, len(query.sort) + 3), total)


def answer(terminology: Terminology, request: Request, type_: str) -> Answer:
    """A searchset Bundle. Raises TerminologyError invalid for unknown or invalid parameters."""
    search = read(request, type_)
    catalogue = terminology.catalogue(terminology.context(release=request.release))
    conditions = naming.widened(catalogue, search.query.type, search.query.conditions)
    visible = licensed.conditions(terminology, request, search.query.type)
    query = replace(search.query, conditions=(*conditions, *visible))
    found = search_results.page(terminology.store, query, search.cursor)
    entries = []
    if found.found:
        most = most_of_each(found)
        entries = [entry(terminology, request, search.summary, match.entry, most) for match in found.found]
    return Answer(bundle(found.total if search.total else None, [*links(request, search, found)], entries))


def bundle(total: int | None, links: Sequence[Json], entries: Sequence[Json]) -> Json:
    """The Bundle with these entries."""
    made: Json = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        made["total"] = total
    made["link"] = links
    if entries:
        made["entry"] = entries
    return made


def most_of_each(found: Matches) -> int:
    """How many concepts or mappings each match of a page may have."""
    return reading.MOST_CONCEPTS // len(found.found)


def links(request: Request, search: Search, found: Matches) -> Iterator[Json]:
    """`self`, and `first`, `previous` and `next` where there are such pages."""
    url, pairs, cursor, count = f"{request.base}/{search.query.type}", search.pairs, search.cursor, search.query.count
    yield paging.link("self", url, pairs, count, _cursor=cursor, _offset=0 if cursor else search.query.offset)
    if not found.found:
        return
    if found.earlier:
        start = found.found[0]
        back = Cursor(found.generation, start.source, start.place, backwards=True)
        yield paging.link("first", url, pairs, count)
        yield paging.link("previous", url, pairs, count, _cursor=back)
    if found.later:
        end = found.found[-1]
        yield paging.link("next", url, pairs, count, _cursor=Cursor(found.generation, end.source, end.place))


def _pairs(request: Request) -> list[tuple[str, str]]:
    if request.method != "POST":
        return list(request.query)
    body = bodies.read(request)
    if isinstance(body, tuple):
        return [*request.query, *body]
    raise TerminologyError.of(
        "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a form", found=f"a {body['resourceType']} resource"
    )


def entry(
    terminology: Terminology, request: Request, summary: shaping.Summary, found: ResourceEntry, most: int
) -> Json:
    """A match with at most so many concepts or mappings; with more, or where a licence withholds them, its header."""
    if licensed.withholds(terminology, request, found):
        summary = shaping.WITHHELD
    return {
        "fullUrl": f"{request.base}/{found.type}/{found.id}",
        "resource": reading.match(terminology, found, summary, most),
        "search": {"mode": "match"},
    }
