"""Versions of resources: vread, and the history of an instance or a type (R5, 3.2.0.3 and 3.2.0.8).

The current version is returned whole. Earlier code systems and concept maps are stored without concepts and mappings,
and so tagged SUBSETTED; earlier value sets and naming systems are stored whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import cast

from terminology.fhir.json import Json
from terminology.http import builtin, delivering, licensed, paging, reading, shaping
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.operations.inputs import wrong_type
from terminology.store import dates
from terminology.store.entries import HistoryEntry, ResourceEntry, ResourceType
from terminology.store.queries import HistoryQuery


def answer(terminology: Terminology, request: Request, type_: str, rest: Sequence[str]) -> Answer:
    """The answer to a path below a type: `_history`, `[id]/_history` or `[id]/_history/[version]`."""
    match rest:
        case [id_, _, version_id]:
            return vread(terminology, request, type_, id_, version_id)
        case [id_, _]:
            return history(terminology, request, type_, id_)
    return history(terminology, request, type_)


def vread(terminology: Terminology, request: Request, type_: str, id_: str, version_id: str) -> Answer:
    """One version of a resource. Raises TerminologyError not-found, HttpError 410 for a deletion."""
    current = _current(terminology, type_, id_)
    if current is not None and str(current.version_id) == version_id:
        found = reading.of_entry(terminology, request, current)
    else:
        entry = _earlier(terminology, type_, id_, version_id)
        licensed.check(terminology, request, entry)
        found = Answer(_shown(terminology, request, entry), headers=shaping.validators(entry))
    if type_ in shaping.APART:  # of these, less is stored once they are replaced
        return found
    return Answer(found.resource, found.status, (*found.headers, ("Cache-Control", delivering.FOR_EVER)))


def history(terminology: Terminology, request: Request, type_: str, id_: str | None = None) -> Answer:
    """A Bundle of versions (headers only) and deletions, newest first, of one resource or of a type.

    `_since` and `_at` limit it, `_count` pages. Raises TerminologyError not-found, and invalid for wrong parameters.
    """
    page = paging.Page.of(request.query)
    kind = cast("ResourceType", type_)
    query = HistoryQuery(
        type=kind,
        id=id_,
        since=_moment(request, "_since"),
        at=_period(request, "_at"),
        conditions=tuple(c for c in licensed.conditions(terminology, request, kind) if c.field == "below"),
        generation=page.generation if page.generation is not None else terminology.store.generation(),
        offset=page.offset,
        count=page.count,
    )
    total, entries = terminology.store.history_page(query)
    if not total and id_ is not None:
        total, entries = _of_others(terminology, query, page)
    url = f"{request.base}/{type_}/_history" if id_ is None else f"{request.base}/{type_}/{id_}/_history"
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "history",
        "total": total,
        "link": list(_links(url, request, query, total)),
    }
    return Answer({**bundle, "entry": [_entry(terminology, request, e) for e in entries]} if entries else bundle)


def _links(url: str, request: Request, query: HistoryQuery, total: int) -> Iterator[Json]:
    """`self`, and `next` and `previous` where there are such pages."""

    def link(relation: str, offset: int, generation: int | None = query.generation) -> Json:
        place = {"_offset": offset, paging.GENERATION: generation}
        return paging.link(relation, url, request.query, query.count, **place)

    stated = query.generation if request.parameter(paging.GENERATION) else None
    yield link("self", query.offset, stated)  # as it was asked for: the same as long as nothing changes
    if query.count and query.offset + query.count < total:
        yield link("next", query.offset + query.count)
    if query.count and query.offset:
        yield link("previous", max(0, query.offset - query.count))


def _current(terminology: Terminology, type_: str, id_: str) -> ResourceEntry | None:
    return terminology.store.resource(cast("ResourceType", type_), id_) or (
        builtin.find(id_) if type_ == "CodeSystem" else None
    )


def _earlier(terminology: Terminology, type_: str, id_: str, version_id: str) -> ResourceEntry:
    kind = cast("ResourceType", type_)
    if version_id.isascii() and version_id.isdigit() and len(version_id) < 18:
        _, found = terminology.store.history_page(HistoryQuery(type=kind, id=id_, version_id=int(version_id)))
        for entry, deleted in found:
            if deleted:
                raise HttpError(HTTPStatus.GONE, "RESOURCE_DELETED", type=type_, id=id_)
            return entry
    reading.known(terminology, type_, id_)
    raise TerminologyError.of("not-found", "RESOURCE_VERSION_NOT_FOUND", type=type_, id=id_, version=version_id)


def _of_others(terminology: Terminology, query: HistoryQuery, page: paging.Page) -> tuple[int, list[HistoryEntry]]:
    """The history of a resource that is not stored: built-in ones have one version."""
    id_ = str(query.id)
    if terminology.store.history_page(HistoryQuery(type=query.type, id=id_, count=0))[0]:
        return 0, []
    entry = builtin.find(id_) if query.type == "CodeSystem" else None
    if entry is None:
        raise TerminologyError.of("not-found", "RESOURCE_NOT_FOUND", type=query.type, id=id_)
    return 1, [HistoryEntry(entry, deleted=False)][page.offset : page.offset + page.count]


def _moment(request: Request, name: str) -> str | None:
    """The first moment of a parameter that is an instant."""
    found = _period(request, name)
    return found[0] if found is not None else None


def _period(request: Request, name: str) -> dates.Period | None:
    text = request.parameter(name)
    if not text:
        return None
    try:
        return dates.period(text.replace(" ", "+"))  # an offset's + arrives as a blank when it is not encoded
    except ValueError:
        raise wrong_type(name, "a date or instant", text) from None


def _entry(terminology: Terminology, request: Request, found: HistoryEntry) -> Json:
    entry, deleted = found
    path = f"{entry.type}/{entry.id}"
    status = HTTPStatus.NO_CONTENT if deleted else HTTPStatus.CREATED if entry.version_id == 1 else HTTPStatus.OK
    shown: Json = {} if deleted else {"resource": _shown(terminology, request, entry)}
    return {
        "fullUrl": f"{request.base}/{path}",
        **shown,
        "request": {"method": "DELETE" if deleted else "PUT", "url": path},
        "response": {
            "status": str(status.value),
            "etag": shaping.etag(entry),
            "lastModified": entry.last_updated,
        },
    }


def _shown(terminology: Terminology, request: Request, entry: ResourceEntry) -> Json:
    hidden = licensed.withholds(terminology, request, entry)
    return shaping.header(shaping.WITHHELD if hidden else shaping.Summary.of(request), entry)
