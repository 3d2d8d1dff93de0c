"""`/openapi.json`: a description of the endpoint in OpenAPI 3.0, made from the tables that the server runs by.

For gateways, generated clients and API browsers. Lists requests, parameters and responses; FHIR's own definitions
describe resources. Jobs and uploads are not described.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from terminology.fhir.json import Json, dumps
from terminology.http import client_caches, meta_operations, patching, search_parameters
from terminology.http.exchange import Request, Response
from terminology.http.software import NAME, software_version
from terminology.model.requests import FhirRelease
from terminology.operations import table
from terminology.operations.operation import Operation, Parameter

PATH = ("openapi.json",)
JSON = "application/fhir+json"
XML = "application/fhir+xml"
FORM = "application/x-www-form-urlencoded"
ID: Json = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}
RESULTS: tuple[tuple[str, Json, str], ...] = (
    ("_count", {"type": "integer", "minimum": 0, "maximum": 2147483647}, "Most matches in a page."),
    ("_offset", {"type": "integer", "minimum": 0, "maximum": 2147483647}, "How many matches to leave out."),
    ("_sort", {"type": "string"}, "What to sort by, with `-` for descending."),
    ("_total", {"type": "string", "enum": [*search_parameters.TOTALS]}, "Whether to count."),
    ("_summary", {"type": "string", "enum": ["true", "text", "data", "count", "false"]}, "How much of each."),
    ("_elements", {"type": "string"}, "Elements to return."),
)
SUMMARIES = RESULTS[4:]


def response(request: Request) -> Response:
    """The description of the requested endpoint."""
    return Response(200, (("Content-Type", "application/json"),), dumps(document(request.base, request.release)))


def document(base: str, release: FhirRelease) -> Json:
    """The description."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{NAME}, FHIR {release}",
            "version": software_version(),
            "description": "Code systems, value sets and concept maps with their operations.",
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": dict(_paths()),
        "components": {"schemas": {"Resource": _schema(), "OperationOutcome": _schema("OperationOutcome")}},
    }


def _paths() -> Iterator[tuple[str, Json]]:
    yield "/metadata", {"get": _get("capabilities", "What the server can do.", [_mode()])}
    bundle = _action("bundle", "A batch or transaction.", body={JSON: _ref(), XML: {}})
    yield "/", {"post": bundle}
    yield (
        f"/${client_caches.NAME}",
        {"post": _action("cache-control", "Leaves resources for later requests.", [_start()])},
    )
    yield f"/${meta_operations.NAME}", {"get": _get("meta", meta_operations.DOCUMENTATION[meta_operations.NAME])}
    yield from _operations(None)
    for type_ in table.RESOURCE_TYPES:
        yield from _interactions(type_)
        yield from _operations(type_)


def _interactions(type_: str) -> Iterator[tuple[str, Json]]:
    resource = {JSON: _ref(), XML: {}}
    search = [*_searching(type_), *(_query(name, schema, text) for name, schema, text in RESULTS)]
    fields = {p["name"]: p["schema"] for p in search}
    one = [_id()]
    yield (
        f"/{type_}",
        {
            "get": _get(f"search{type_}", f"Searches {type_} resources.", search),
            "post": _action(f"create{type_}", f"Creates a {type_}.", body=resource, statuses=("200", "201")),
        },
    )
    form = {FORM: {"schema": {"type": "object", "properties": fields}}}
    yield f"/{type_}/_search", {"post": _action(f"searchForm{type_}", "Searches by a form.", body=form, required=False)}
    yield f"/{type_}/_history", {"get": _get(f"historyOf{type_}", "What was written.")}
    cut = [_query(name, schema, text) for name, schema, text in SUMMARIES]
    patch = {patching.MEDIA_TYPE: {"schema": {"type": "array", "items": {"type": "object"}}}}
    yield (
        f"/{type_}/{{id}}",
        {
            "get": _get(f"read{type_}", "Reads a resource.", [*one, *cut]),
            "put": _action(f"update{type_}", "Writes a resource.", one, body=resource, statuses=("200", "201")),
            "patch": _action(f"patch{type_}", "Patches a resource.", one, body=patch),
            "delete": _action(f"delete{type_}", "Deletes a resource.", one, statuses=("200", "204")),
        },
    )
    yield f"/{type_}/{{id}}/_history", {"get": _get(f"history{type_}", "The versions of a resource.", one)}
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"},
    }
    yield f"/{type_}/{{id}}/_history/{{version}}", {"get": _get(f"vread{type_}", "One version.", [*one, version])}
    for suffix, name, parameters in (("", "metaOf", []), ("/{id}", "meta", one)):
        yield (
            f"/{type_}{suffix}/${meta_operations.NAME}",
            {"get": _get(f"{name}{type_}", meta_operations.DOCUMENTATION[meta_operations.NAME], parameters)},
        )
    sent = {JSON: _ref("Parameters"), XML: {}}
    for name in sorted(meta_operations.CHANGING):
        changing = _action(f"{name}{type_}", meta_operations.DOCUMENTATION[name], one, body=sent)
        yield f"/{type_}/{{id}}/${name}", {"post": changing}


def _operations(type_: str | None) -> Iterator[tuple[str, Json]]:
    for operation in table.on(type_):
        for name in (operation.name, *operation.aliases):
            place = f"/{type_}" if type_ else ""
            yield f"{place}/${name}", _operation(operation, name, ())
            if operation.on_instance:
                yield f"{place}/{{id}}/${name}", _operation(operation, f"{name}On", (_id(),))


def _operation(operation: Operation, name: str, place: Iterable[Json]) -> Json:
    id_ = f"{name}{operation.resource or ''}"
    body = {JSON: _ref("Parameters"), XML: {}, FORM: {"schema": {"type": "object"}}}
    described: Json = {"post": _action(f"{id_}ByPost", operation.documentation, [*place], body=body)}
    if not operation.affects_state:
        given = [_query(p.name, _type(p), p.documentation) for p in operation.parameters if p.primitive]
        described["get"] = _get(id_, operation.documentation, [*place, *given])
    return described


def _searching(type_: str) -> list[Json]:
    known = search_parameters.of_type(type_).values()
    return [_query(p.name, {"type": "string"}, f"Search parameter of type {p.type}.") for p in known]


def _type(parameter: Parameter) -> Json:
    schema: Json = {"type": "string"}
    if parameter.type == "boolean":
        schema = {"type": "boolean"}
    elif parameter.type == "integer":
        schema = {"type": "integer", "format": "int32"}
    return schema if parameter.max == 1 else {"type": "array", "items": schema}


def _query(name: str, schema: Json, text: str) -> Json:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _id() -> Json:
    return {"name": "id", "in": "path", "required": True, "schema": ID}


def _mode() -> Json:
    return _query("mode", {"type": "string", "enum": ["full", "normative", "terminology"]}, "Which statement.")


def _start() -> Json:
    return _query("mode", {"type": "string", "enum": ["start", "end"]}, "Whether to begin or to end.")


def _get(id_: str, text: str, parameters: Iterable[Json] = ()) -> Json:
    return {"operationId": id_, "summary": text, "parameters": [*parameters], "responses": _responses(("200", "304"))}


def _action(
    id_: str,
    text: str,
    parameters: Iterable[Json] = (),
    *,
    body: Json | None = None,
    statuses: tuple[str, ...] = ("200",),
    required: bool = True,
) -> Json:
    action = {"operationId": id_, "summary": text, "parameters": [*parameters], "responses": _responses(statuses)}
    return {**action, "requestBody": {"required": required, "content": body}} if body else action


def _responses(statuses: Iterable[str]) -> Json:
    found: Json = {status: {"description": "Done.", "content": {JSON: _ref(), XML: {}}} for status in statuses}
    for empty in ("204", "304"):
        if empty in found:
            found[empty] = {"description": "Nothing to say."}
    failed = {"description": "An OperationOutcome says why not.", "content": {JSON: _ref("OperationOutcome"), XML: {}}}
    return {**found, "4XX": failed, "503": failed}


def _ref(name: str = "Resource") -> Json:
    if name == "Parameters":
        return {"schema": _schema(name)}
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def _schema(type_: str | None = None) -> Json:
    stated: dict[str, Any] = {"type": "string"} | ({"enum": [type_]} if type_ else {})
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": stated}}
