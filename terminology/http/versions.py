"""Versions of a resource: vread, and the history of an instance (R5, 3.2.0.3 and 3.2.0.8).

The current version is read whole. Of earlier ones the store keeps what a row of it holds: value sets and naming systems
whole, code systems and concept maps without concepts and mappings, so that these are tagged SUBSETTED. A history
lists no deletions.
"""

from __future__ import annotations

from typing import cast

from terminology.fhir.json import Json
from terminology.http import builtin, delivering, paging, reading, shaping
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.protocol import ResourceEntry, ResourceType


def vread(terminology: Terminology, request: Request, type_: str, id_: str, version_id: str) -> Answer:
    """One version of a resource. Raises TerminologyError not-found."""
    current, earlier = _versions(terminology, type_, id_)
    if current is not None and str(current.version_id) == version_id:
        answer = reading.of_entry(terminology, request, current)
    else:
        entry = next((e for e in earlier if str(e.version_id) == version_id), None)
        if entry is None:
            raise TerminologyError.of("not-found", "RESOURCE_VERSION_NOT_FOUND", type=type_, id=id_, version=version_id)
        answer = Answer(_shown(request, entry), headers=shaping.validators(entry))
    if type_ in shaping.APART:  # of these, less is kept once they are replaced
        return answer
    return Answer(answer.resource, answer.status, (*answer.headers, ("Cache-Control", delivering.FOR_EVER)))


def history(terminology: Terminology, request: Request, type_: str, id_: str) -> Answer:
    """A Bundle of the headers of all versions, newest first. Raises TerminologyError not-found."""
    current, earlier = _versions(terminology, type_, id_)
    entries = [*([current] if current is not None else []), *earlier]
    page = paging.Page.of(request.query)
    url = f"{request.base}/{type_}/{id_}/_history"
    more = page.offset + page.count < len(entries)
    return Answer(
        {
            "resourceType": "Bundle",
            "type": "history",
            "total": len(entries),
            "link": page.links(url, request.query, more=more),
            "entry": [_entry(request, e) for e in entries[page.offset : page.offset + page.count]],
        }
    )


def _versions(terminology: Terminology, type_: str, id_: str) -> tuple[ResourceEntry | None, list[ResourceEntry]]:
    """The current version, if it was not deleted, and those before it."""
    kind = cast("ResourceType", type_)
    current, earlier = terminology.store.resource(kind, id_), terminology.store.history(kind, id_)
    if current is None and not earlier and type_ == "CodeSystem":
        current = builtin.find(id_)
    if current is None and not earlier:
        raise TerminologyError.of("not-found", "RESOURCE_NOT_FOUND", type=type_, id=id_)
    return current, earlier


def _entry(request: Request, entry: ResourceEntry) -> Json:
    path = f"{entry.type}/{entry.id}"
    return {
        "fullUrl": f"{request.base}/{path}",
        "resource": _shown(request, entry),
        "request": {"method": "PUT", "url": path},
        "response": {
            "status": "201" if entry.version_id == 1 else "200",
            "etag": shaping.etag(entry),
            "lastModified": entry.last_updated,
        },
    }


def _shown(request: Request, entry: ResourceEntry) -> Json:
    return shaping.header(shaping.Summary.of(request), entry)
