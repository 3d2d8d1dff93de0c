"""Searching a resource type (R5, 3.2.1), with paging by `_count` and `_offset`.

Matches come as headers: a CodeSystem without concepts and a ConceptMap without groups are tagged SUBSETTED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast
from urllib.parse import urlencode

from terminology.fhir.elements import describe, integer_of
from terminology.fhir.json import Json
from terminology.http import bodies, builtin, shaping
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
DEFAULT_COUNT = 50
MOST = 1000
APART: frozenset[str] = frozenset({"CodeSystem", "ConceptMap"})
"""Types whose contents are stored apart from their headers."""


def answer(terminology: Terminology, request: Request, type_: str) -> Answer:
    """A searchset Bundle. Raises TerminologyError invalid for parameters that are unknown or make no sense."""
    pairs = _pairs(request)
    summary = shaping.Summary.of(request)
    query = _query(type_, pairs, lenient="handling=lenient" in request.headers.get("prefer", ""))
    if summary.mode == "count":
        query = _paged(query, 0, 0)
    total, entries = _found(terminology, query)
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    bundle["link"] = _links(request, type_, pairs, query, total)
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
    return _paged(
        ResourceQuery(type=cast("ResourceType", type_), exact=exact, **fields),  # type: ignore[arg-type]
        _number(pairs, "_offset", 0),
        min(_number(pairs, "_count", DEFAULT_COUNT), MOST),
    )


def _value(name: str, value: str) -> str:
    """A token may come with its system (`http://hl7.org/fhir/publication-status|active`)."""
    return value.rpartition("|")[2] if name in {"status", "version", "_id"} else value


def _paged(query: ResourceQuery, offset: int, count: int) -> ResourceQuery:
    return replace(query, offset=offset, count=count)


def _number(pairs: list[tuple[str, str]], name: str, default: int) -> int:
    text = next((value for key, value in pairs if key == name), "")
    if not text:
        return default
    number = integer_of(text)
    if number is None or number < 0:
        raise TerminologyError.of(
            "invalid",
            "PARAMETER_WRONG_TYPE",
            code="value",
            name=name,
            expected="an integer of 0 or more",
            value=describe(text),
        )
    return number


def _links(request: Request, type_: str, pairs: list[tuple[str, str]], query: ResourceQuery, total: int) -> list[Json]:
    asked = [(key, value) for key, value in pairs if key not in {"_offset", "_count"}]

    def link(relation: str, offset: int) -> Json:
        parameters = [*asked, ("_count", str(query.count))]
        if offset:
            parameters.append(("_offset", str(offset)))
        return {"relation": relation, "url": f"{request.base}/{type_}?{urlencode(parameters)}"}

    links = [link("self", query.offset)]
    if query.count and query.offset + query.count < total:
        links.append(link("next", query.offset + query.count))
    if query.count and query.offset:
        links.append(link("previous", max(0, query.offset - query.count)))
    return links


def _entry(request: Request, summary: shaping.Summary, entry: ResourceEntry) -> Json:
    resource = summary.apply(shaping.with_meta(entry))
    if entry.type in APART and not summary.cuts:
        resource = shaping.subsetted(resource)
    return {
        "fullUrl": f"{request.base}/{entry.type}/{entry.id}",
        "resource": resource,
        "search": {"mode": "match"},
    }


def _unknown(type_: str, name: str) -> TerminologyError:
    known = ", ".join(sorted(FIELDS))
    return TerminologyError.of(
        "invalid", "SEARCH_PARAMETER_UNKNOWN", code="not-supported", name=name, type=type_, known=known
    )
