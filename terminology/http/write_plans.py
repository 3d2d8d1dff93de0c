"""Plans writes: one plan for each interaction, carried out later.

Reads the body, finds the resource that is meant and checks the conditions. A transaction makes all its plans before it
carries out any. Permissions are checked before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from terminology.fhir.elements import describe
from terminology.fhir.json import Json
from terminology.http import bodies, builtin, conditions, licensed, patching, shaping
from terminology.http.errors import HttpError
from terminology.http.exchange import Request
from terminology.ingest import Delete, Put, Write
from terminology.ingest.ids import Ids
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.entries import ResourceEntry, ResourceType

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request writes, and the status of its answer; without a `write`, nothing is to be done."""

    type: ResourceType
    id: str
    write: Write | None
    status: HTTPStatus


class Planner:
    """Makes the plans of one request, or of all entries of a transaction, which get distinct new ids."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._ids = Ids(terminology.store)
        self._leaving: set[tuple[str, str]] = set()

    def plan(self, request: Request, type_: str, id_: str | None = None) -> Plan:
        """The plan of a POST, PUT, PATCH or DELETE, which is conditional if it names no id.

        Raises HttpError 409, 412, 415, 422, and what `bodies.read` raises.
        """
        kind = cast("ResourceType", type_)
        match request.method:
            case "POST":
                return self._create(request, kind)
            case "PUT":
                return self._update(request, kind, id_)
            case "PATCH":
                return self._patch(request, kind, id_)
        return self._delete(request, kind, id_)

    def _create(self, request: Request, type_: ResourceType) -> Plan:
        resource = _body(request, type_)
        if wanted := request.headers.get("if-none-exist"):
            found = conditions.match(self._terminology, type_, conditions.criteria(wanted), "create")
            if found is not None:
                return Plan(type_, found.id, None, HTTPStatus.OK)
        return self._new(type_, resource)

    def _new(self, type_: ResourceType, resource: Json) -> Plan:
        """The plan of a resource whose id the server chooses."""
        url, version = _text(resource, "url"), _text(resource, "version")
        for entry in self._terminology.store.resources_by_url(type_, url or ""):
            if entry.version == version and (type_, entry.id) not in self._leaving:
                canonical = f"{url}|{version}" if version else str(url)
                raise HttpError(
                    HTTPStatus.CONFLICT, "WRITE_CANONICAL_EXISTS", type=type_, id=entry.id, canonical=canonical
                )
        id_ = self._ids.new(type_, url, version, _text(resource, "name"))
        return Plan(type_, id_, Put(type_, id_, 0, {**resource, "id": id_}), HTTPStatus.CREATED)

    def _update(self, request: Request, type_: ResourceType, id_: str | None) -> Plan:
        resource = _body(request, type_)
        own = _text(resource, "id")
        if id_ is None:
            found = self._meant(request, type_, "update")
            if found is None and own is None:
                return self._new(type_, resource)
            if found is not None and own not in {None, found.id}:
                raise HttpError(
                    HTTPStatus.BAD_REQUEST, "CRITERIA_ID_DIFFERS", criteria=conditions.written(request.query),
                    type=type_, id=found.id, found=str(own),
                )  # fmt: skip
            id_ = found.id if found is not None else str(own)
        elif own is None:
            raise HttpError(HTTPStatus.BAD_REQUEST, "WRITE_ID_MISSING", id=id_)
        elif own != id_:
            raise HttpError(HTTPStatus.BAD_REQUEST, "WRITE_ID_DIFFERS", id=id_, found=own)
        if not ID.fullmatch(id_):
            raise HttpError(HTTPStatus.BAD_REQUEST, "WRITE_ID_INVALID", id=id_)
        return self._put(request, type_, id_, resource)

    def _put(self, request: Request, type_: ResourceType, id_: str, resource: Json) -> Plan:
        entry = self._stored(request, type_, id_)
        conditions.check_version(request.headers, type_, id_, entry)
        seen = entry.version_id if entry is not None else 0
        status = HTTPStatus.OK if entry is not None else HTTPStatus.CREATED
        return Plan(type_, id_, Put(type_, id_, seen, {**resource, "id": id_}), status)

    def _patch(self, request: Request, type_: ResourceType, id_: str | None) -> Plan:
        entry = self._meant(request, type_, "patch") if id_ is None else self._stored(request, type_, id_)
        if entry is None:
            raise _not_there(request, type_, id_)
        conditions.check_version(request.headers, type_, entry.id, entry)
        resource = patching.patched(self._terminology, request, entry)
        _check_type(resource, type_)
        if resource.get("id") != entry.id:
            raise HttpError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "WRITE_ID_DIFFERS", id=entry.id, found=str(resource.get("id"))
            )
        return Plan(type_, entry.id, Put(type_, entry.id, entry.version_id, _cleaned(resource)), HTTPStatus.OK)

    def _delete(self, request: Request, type_: ResourceType, id_: str | None) -> Plan:
        entry = self._meant(request, type_, "delete") if id_ is None else self._stored(request, type_, id_)
        if entry is None:
            if type_ == "CodeSystem" and id_ is not None and builtin.find(id_) is not None:
                raise HttpError(HTTPStatus.CONFLICT, "WRITE_BUILT_IN", type=type_, id=id_)
            conditions.check_version(request.headers, type_, id_ or "", None)
            return Plan(type_, id_ or "", None, HTTPStatus.NO_CONTENT)
        conditions.check_version(request.headers, type_, entry.id, entry)
        self._leaving.add((type_, entry.id))
        return Plan(type_, entry.id, Delete(type_, entry.id, entry.version_id), HTTPStatus.NO_CONTENT)

    def _stored(self, request: Request, type_: ResourceType, id_: str) -> ResourceEntry | None:
        """The stored resource. Raises TerminologyError forbidden when the caller has no licence for it."""
        entry = self._terminology.store.resource(type_, id_)
        if entry is not None:
            licensed.check(self._terminology, request, entry)
        return entry

    def _meant(self, request: Request, type_: ResourceType, what: str) -> ResourceEntry | None:
        found = conditions.match(self._terminology, type_, request.query, what)
        return self._stored(request, type_, found.id) if found is not None else None


def _body(request: Request, type_: str) -> Json:
    """The resource in the body.

    Raises HttpError for a missing one, another type, or one that was cut when it was read.
    """
    body = bodies.read(request)
    if isinstance(body, tuple):
        raise HttpError(HTTPStatus.BAD_REQUEST, "WRITE_BODY_MISSING", type=type_)
    _check_type(body, type_)
    return _cleaned(body)


def _check_type(resource: Json, type_: str) -> None:
    found = resource.get("resourceType")
    if found != type_:
        raise HttpError(HTTPStatus.BAD_REQUEST, "WRITE_TYPE_DIFFERS", wanted=type_, found=describe(found))


def _cleaned(resource: Json) -> Json:
    """The resource without the server's own metadata. Raises HttpError 422 for a resource with parts left out."""
    meta = resource.get("meta")
    if not isinstance(meta, dict):
        return resource
    tags = meta.get("tag")
    if any(isinstance(tag, dict) and tag.get("code") == shaping.SUBSETTED["code"] for tag in _list(tags)):
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, "WRITE_SUBSETTED")
    kept = {name: value for name, value in meta.items() if name not in {"versionId", "lastUpdated"}}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": kept} if kept else rest


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(resource: Json, name: str) -> str | None:
    """A text element; validation reports other types."""
    value = resource.get(name)
    return value if isinstance(value, str) and value else None


def _not_there(request: Request, type_: str, id_: str | None) -> TerminologyError:
    if id_ is None:
        written = conditions.written(request.query)
        return TerminologyError.of("not-found", "CRITERIA_NOTHING", type=type_, criteria=written)
    return TerminologyError.of("not-found", "RESOURCE_NOT_FOUND", type=type_, id=id_)
