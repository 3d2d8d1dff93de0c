"""`$meta`, `$meta-add` and `$meta-delete` (R5, 3.2.0.13): profiles, tags and security labels.

`$meta` returns those of one resource, of a type, or of all resources. A change makes a new version of the resource,
like any write; past versions cannot be changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from http import HTTPStatus
from types import MappingProxyType
from typing import cast

from terminology.fhir import check
from terminology.fhir.elements import choice, objects
from terminology.fhir.json import Json, dumps, loads_object
from terminology.http import bodies, builtin, conditions, licensed, patching, reading, shaping
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.http.write_plans import Plan
from terminology.ingest import Put
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.operations.rendering import Output
from terminology.operations.table import RESOURCE_TYPES
from terminology.store.entries import ResourceEntry, ResourceType
from terminology.store.paging import every
from terminology.store.queries import ResourceQuery

NAME, ADD, DELETE = "meta", "meta-add", "meta-delete"
CHANGING = frozenset({ADD, DELETE})
DOCUMENTATION = MappingProxyType(
    {
        NAME: "Profiles, tags and security labels of a resource, or of all of them.",
        ADD: "Adds profiles, tags and security labels to a resource.",
        DELETE: "Takes profiles, tags and security labels from a resource.",
    }
)
DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-"
SETS = ("profile", "security", "tag")


def answer(terminology: Terminology, request: Request, type_: str | None = None, id_: str | None = None) -> Answer:
    """The requested meta, as far as the caller may see it. Raises TerminologyError not-found, forbidden."""
    if type_ is not None and id_ is not None:
        entry = reading.required(terminology, type_, id_)
        licensed.check(terminology, request, entry)
        return _answered(shaping.with_meta(entry)["meta"])
    types = RESOURCE_TYPES if type_ is None else (type_,)
    entries = (entry for name in types for entry in _stating(terminology, name))
    return _answered(_united(entry for entry in entries if not licensed.withholds(terminology, request, entry)))


def plan(terminology: Terminology, request: Request, type_: str, id_: str, name: str) -> Plan:
    """The plan of `$meta-add` or `$meta-delete`; adding existing or deleting missing values changes nothing.

    Raises HttpError 400, 409, 410, 412 or 422, TerminologyError not-found, forbidden.
    """
    meta = _sent(request, name)
    entry = reading.required(terminology, type_, id_)
    if entry.source == builtin.SOURCE:
        raise HttpError(HTTPStatus.CONFLICT, "WRITE_BUILT_IN", type=type_, id=id_)
    licensed.check(terminology, request, entry)
    conditions.check_version(request.headers, type_, id_, entry)
    whole = reading.whole(terminology, entry, most=patching.MOST)
    if not whole.whole:
        raise patching.too_large(entry)
    resource = whole.resource
    stated = {k: v for k, v in resource.get("meta", {}).items() if k not in {"versionId", "lastUpdated"}}
    after = _changed(stated, meta, adds=name == ADD)
    rest = {k: v for k, v in resource.items() if k != "meta"}
    write = Put(entry.type, id_, entry.version_id, {**rest, "meta": after} if after else rest)
    return Plan(entry.type, id_, write if after != stated else None, HTTPStatus.OK)


def _sent(request: Request, name: str) -> Json:
    """The parameter `meta`. Raises HttpError 400 for a body without one, or with a wrong one."""
    body = bodies.read(request)
    if isinstance(body, tuple) or body["resourceType"] != "Parameters":
        found = "nothing" if isinstance(body, tuple) else f"a {body['resourceType']}"
        raise TerminologyError.of(
            "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a Parameters resource", found=found
        )
    if issues := check.check(body, request.release):
        raise HttpError.of(HTTPStatus.BAD_REQUEST, tuple(issues))
    for parameter in objects(body, "parameter"):
        kind, value = choice(parameter, "value") or ("", None)
        if parameter["name"] == "meta" and kind == "Meta" and isinstance(value, dict):
            return value
    raise TerminologyError.of("invalid", "PARAMETER_REQUIRED", code="required", name="meta", operation=name)


def _changed(stated: Json, meta: Json, *, adds: bool) -> Json:
    after = dict(stated)
    for name in SETS:
        mine, given = stated.get(name, []), meta.get(name, [])
        known = {_identity(value) for value in (mine if adds else given)}
        values = (
            [*mine, *(v for v in given if _identity(v) not in known)]
            if adds
            else [v for v in mine if _identity(v) not in known]
        )
        after.pop(name, None)
        if values:
            after[name] = values
    return after


def _identity(value: Json | str) -> Hashable:
    """What makes two tags, or two profiles, the same."""
    return (value.get("system"), value.get("code")) if isinstance(value, dict) else value


def _answered(meta: Json) -> Answer:
    return Answer(Output().add("return", "Meta", meta).resource())


def _stating(terminology: Terminology, type_: str) -> Iterator[ResourceEntry]:
    """The resources of a type that have a meta; the others are not read."""
    return every(terminology.store, ResourceQuery(type=cast("ResourceType", type_), mentions='"meta"'))


def _united(entries: Iterable[ResourceEntry]) -> Json:
    """The union of their metas."""
    found: dict[str, dict[bytes, object]] = {name: {} for name in SETS}
    for entry in entries:
        meta = loads_object(entry.body).get("meta")
        for name in SETS:
            values = meta.get(name) if isinstance(meta, dict) else None
            for value in values if isinstance(values, list) else ():
                found[name].setdefault(dumps({"value": value}), value)
    return {name: list(values.values()) for name, values in found.items() if values}
