"""Shared by batches and transactions: entries of a Bundle as requests, and answers as entries."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

from orjson import Fragment

from terminology.fhir.elements import objects, resource_errors
from terminology.fhir.json import Json, dumps
from terminology.http import bodies
from terminology.http.errors import STATUS
from terminology.http.exchange import Answer, Request
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.operations.operation import Refused

MOST_ENTRIES = 1000
KEPT_HEADERS = frozenset({"accept-language", "prefer", "via", "x-cache-id", "x-request-id"})
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "ifMatch": "if-match",
        "ifNoneMatch": "if-none-match",
        "ifNoneExist": "if-none-exist",
        "ifModifiedSince": "if-modified-since",
    }
)
"""Bundle.entry.request → the equivalent header."""
PLAIN = frozenset({"method", "url"})
"""Members of a request without conditions."""
FROM_HEADERS: Mapping[str, str] = MappingProxyType({"Location": "location", "ETag": "etag"})


def read(request: Request) -> Json:
    """The Bundle in a request's body. Raises TerminologyError invalid for anything else."""
    body = bodies.read(request)
    type_ = body.get("resourceType") if isinstance(body, dict) else None
    if not isinstance(body, dict) or type_ != "Bundle":
        raise TerminologyError.of(
            "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a Bundle", found=f"a {type_}"
        )
    return body


def entries(bundle: Json) -> list[Json]:
    """The entries of a Bundle. Raises TerminologyError invalid, or too-large."""
    with resource_errors("Bundle"):
        found = objects(bundle, "entry")
    if len(found) > MOST_ENTRIES:
        raise TerminologyError.of("too-large", "BUNDLE_TOO_LARGE", limit=str(MOST_ENTRIES))
    return found


def request_of(outer: Request, entry: Json) -> Request:
    """The request of an entry, with the same caller; GET by default."""
    stated: Json = entry["request"] if isinstance(entry.get("request"), dict) else {}
    url = str(stated.get("url", "")).removeprefix(outer.base).partition("#")[0]
    path, _, query = url.partition("?")
    content_type, body, resource = _body(entry.get("resource"), str(stated.get("method")))
    headers = {name: value for name, value in outer.headers.items() if name in KEPT_HEADERS}
    if not PLAIN.issuperset(stated):
        headers |= {header: str(stated[name]) for name, header in CONDITIONS.items() if name in stated}
    return Request(
        method=str(stated.get("method", "GET")).upper(),
        release=outer.release,
        segments=_segments(path),
        base=outer.base,
        query=tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
        headers=headers | content_type,
        body=body,
        resource=resource,
        caller=outer.caller,
        address=outer.address,
        nested=True,
    )


@remembering(256)
def _segments(path: str) -> tuple[str, ...]:
    """The segments of a path: those of many entries are the same."""
    return tuple([unquote(part) for part in path.split("/") if part])


def _body(resource: Any, method: str) -> tuple[dict[str, str], bytes, Json | None]:
    """A resource as the body of its request; a patch is wrapped in a Binary (R5, 3.2.0.13)."""
    if not isinstance(resource, dict):
        return {}, b"", None
    if method.upper() != "PATCH" or resource.get("resourceType") != "Binary":
        return {}, dumps(resource), resource
    try:
        data = base64.b64decode(str(resource.get("data", "")), validate=True)
    except binascii.Error:
        data = b""
    return {"content-type": str(resource.get("contentType", ""))}, data, None


def entry_with(written: bytes | Refused) -> Json:
    """A resource, or what a refused request is told, that is written already as an entry of the response."""
    if isinstance(written, bytes):
        return {"resource": Fragment(written), "response": {"status": "200 OK"}}
    return {"response": {"status": _line(STATUS[written.kind]), "outcome": Fragment(written.body)}}


def entry_of(found: Answer) -> Json:
    """An answer as an entry of the response."""
    response: Json = {"status": _line(HTTPStatus(found.status))}
    response |= {FROM_HEADERS[name]: value for name, value in found.headers if name in FROM_HEADERS}
    if found.resource.get("resourceType") == "OperationOutcome":
        return {"response": {**response, "outcome": found.resource}}
    return {"resource": found.resource, "response": response} if found.resource else {"response": response}


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
