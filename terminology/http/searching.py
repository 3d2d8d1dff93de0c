"""Searches a resource type (R5, 3.2.1), with paging by `_count` and stable links (`cursors`).

The matches of a page together hold as many concepts and mappings as one resource that is read. A match with more than
its share is returned as a header: a CodeSystem without concepts, a ConceptMap without groups, tagged SUBSETTED.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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


def answer(terminology: Terminology, request: Request, type_: str) -> Answer:
    """A searchset Bundle. Raises TerminologyError invalid for unknown or invalid parameters."""
    pairs = _pairs(request)
    summary = shaping.Summary.of(replace(request, query=tuple(pairs)))
    lenient = "handling=lenient" in request.headers.get("prefer", "")
    query = search_parameters.query(type_, pairs, lenient=lenient)
    pairs = search_parameters.taken(type_, pairs)
    query = naming.by_all_names(terminology.catalogue(terminology.context(release=request.release)), query)
    query = replace(query, conditions=(*query.conditions, *licensed.conditions(terminology, request, query.type)))
    if summary.mode == "count":
        query = replace(query, offset=0, count=0)
    cursor = cursors.of(pairs, len(query.sort) + 3)
    found = search_results.page(terminology.store, query, cursor)
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if search_parameters.total(pairs) or summary.mode == "count":
        bundle["total"] = found.total
    bundle["link"] = list(_links(f"{request.base}/{type_}", pairs, query, cursor, found))
    if found.found:
        most = reading.MOST_CONCEPTS // len(found.found)
        bundle["entry"] = [_entry(terminology, request, summary, match.entry, most) for match in found.found]
    return Answer(bundle)


def _links(url: str, pairs: Pairs, query: ResourceQuery, cursor: Cursor | None, found: Matches) -> Iterator[Json]:
    """`self`, and `first`, `previous` and `next` where there are such pages."""
    count = query.count
    yield paging.link("self", url, pairs, count, _cursor=cursor, _offset=0 if cursor else query.offset)
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


def _entry(
    terminology: Terminology, request: Request, summary: shaping.Summary, entry: ResourceEntry, most: int
) -> Json:
    if licensed.withholds(terminology, request, entry):
        summary = shaping.WITHHELD
    return {
        "fullUrl": f"{request.base}/{entry.type}/{entry.id}",
        "resource": reading.match(terminology, entry, summary, most),
        "search": {"mode": "match"},
    }
