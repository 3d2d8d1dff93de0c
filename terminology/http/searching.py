"""Searching a resource type (R5, 3.2.1), with paging by `_count` and `_offset`.

Matches come as headers: a CodeSystem without concepts and a ConceptMap without groups are tagged SUBSETTED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast

from terminology.fhir.json import Json
from terminology.http import bodies, builtin, paging, shaping
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.protocol import ResourceEntry, ResourceQuery, ResourceType

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "_id": "id", "url": "url", "version": "version", "name": "name", "title": "title", "status": "status",
        "date": "date", "publisher": "publisher",
    }
)  # fmt: skip
"""Search parameters of all types, and the field of ResourceQuery each asks."""
STRINGS = frozenset({"name", "title", "publisher"})
RESULT_PARAMETERS = frozenset({"_count", "_offset", "_summary", "_elements", "_total", "_format", "_pretty"})


def answer(terminology: Terminology, request: Request, type_: str) -> Answer:
    """A searchset Bundle. Raises TerminologyError invalid for parameters that are unknown or make no sense."""
    pairs = _pairs(request)
    summary = shaping.Summary.of(request)
    query = _query(type_, pairs, lenient="handling=lenient" in request.headers.get("prefer", ""))
    if summary.mode == "count":
        query = replace(query, offset=0, count=0)
    total, entries = _found(terminology, query)
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    page = paging.Page(query.offset, query.count)
    bundle["link"] = page.links(f"{request.base}/{type_}", pairs, more=query.offset + query.count < total)
    if entries:
        bundle["entry"] = [_entry(request, summary, entry) for entry in entries]
    return Answer(bundle)


def _found(terminology: Terminology, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
    """Stored resources, and after them what is built in."""
    total, entries = terminology.store.resources(query)
    if query.type != "CodeSystem":
        return total, entries
    rest = replace(query, offset=max(0, query.offset - total), count=query.count - len(entries))
    more, others = builtin.search(rest)
    return total + more, [*entries, *others]


def _pairs(request: Request) -> list[tuple[str, str]]:
    if request.method != "POST":
        return list(request.query)
    body = bodies.read(request)
    if isinstance(body, tuple):
        return [*request.query, *body]
    raise TerminologyError.of(
        "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a form", found=f"a {body['resourceType']} resource"
    )


def _query(type_: str, pairs: list[tuple[str, str]], *, lenient: bool) -> ResourceQuery:
    fields: dict[str, str] = {}
    exact = False
    for key, value in pairs:
        if key in RESULT_PARAMETERS or not value:
            continue
        name, _, modifier = key.partition(":")
        field = FIELDS.get(name)
        known_modifier = not modifier or (modifier == "exact" and name in STRINGS)
        if field is None or not known_modifier:
            if lenient:
                continue
            raise _unknown(type_, key)
        if field in fields:
            raise TerminologyError.of("invalid", "PARAMETER_REPEATED", name=name, count="2")
        exact = exact or modifier == "exact"
        fields[field] = _value(name, value)
    if "|" in fields.get("url", ""):
        fields["url"], _, version = fields["url"].partition("|")
        fields.setdefault("version", version)
    page = paging.Page.of(pairs)
    return ResourceQuery(
        type=cast("ResourceType", type_),
        exact=exact,
        offset=page.offset,
        count=page.count,
        **fields,
    )


def _value(name: str, value: str) -> str:
    """A token may come with its system (`http://hl7.org/fhir/publication-status|active`)."""
    return value.rpartition("|")[2] if name in {"status", "version", "_id"} else value


def _entry(request: Request, summary: shaping.Summary, entry: ResourceEntry) -> Json:
    return {
        "fullUrl": f"{request.base}/{entry.type}/{entry.id}",
        "resource": shaping.header(summary, entry),
        "search": {"mode": "match"},
    }


def _unknown(type_: str, name: str) -> TerminologyError:
    known = ", ".join(sorted(FIELDS))
    return TerminologyError.of(
        "invalid", "SEARCH_PARAMETER_UNKNOWN", code="not-supported", name=name, type=type_, known=known
    )
