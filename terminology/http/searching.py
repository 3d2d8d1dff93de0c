"""Searching a resource type (R5, 3.2.1), with paging by `_count` and `_offset`.

The matches of a page hold as many concepts and mappings as one resource that is read. One that would have more than its
share comes as a header: a CodeSystem without concepts, a ConceptMap without groups, tagged SUBSETTED.
"""

from __future__ import annotations

from dataclasses import replace

from terminology.fhir.json import Json
from terminology.http import bodies, builtin, licensed, naming, paging, reading, search_parameters, shaping
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.protocol import ResourceEntry, ResourceQuery


def answer(terminology: Terminology, request: Request, type_: str) -> Answer:
    """A searchset Bundle. Raises TerminologyError invalid for parameters that are unknown or make no sense."""
    pairs = _pairs(request)
    summary = shaping.Summary.of(replace(request, query=tuple(pairs)))
    lenient = "handling=lenient" in request.headers.get("prefer", "")
    query = search_parameters.query(type_, pairs, lenient=lenient)
    query = naming.by_all_names(terminology.catalogue(terminology.context(release=request.release)), query)
    query = replace(query, conditions=(*query.conditions, *licensed.conditions(terminology, request, query.type)))
    if summary.mode == "count":
        query = replace(query, offset=0, count=0)
    counted = search_parameters.total(pairs) or summary.mode == "count"
    total, entries = found(terminology, query)
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if counted:
        bundle["total"] = total
    page = paging.Page(query.offset, query.count)
    bundle["link"] = page.links(f"{request.base}/{type_}", pairs, more=query.offset + query.count < total)
    if entries:
        most = reading.MOST_CONCEPTS // len(entries)
        bundle["entry"] = [_entry(terminology, request, summary, entry, most) for entry in entries]
    return Answer(bundle)


def found(terminology: Terminology, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
    """Stored resources, and what is built in: after them, or where it belongs when an order is asked for."""
    if query.type != "CodeSystem":
        return terminology.store.resources(query)
    if query.sort and query.count:
        return _sorted(terminology, query)
    total, entries = terminology.store.resources(query)
    rest = replace(query, offset=max(0, query.offset - total), count=query.count - len(entries))
    more, others = builtin.search(rest)
    return total + more, [*entries, *others]


def _sorted(terminology: Terminology, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
    """Both sources together: a page cannot begin behind what either has up to its end."""
    end = query.offset + query.count
    total, stored = terminology.store.resources(replace(query, offset=0, count=end))
    more, others = builtin.search(replace(query, offset=0, count=end))
    return total + more, builtin.in_order([*stored, *others], query.sort)[query.offset : end]


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
