"""A Bundle of type batch: its entries are requests of their own (R5, 3.2.0.13).

Transactions are refused: nothing here writes.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from terminology.fhir.elements import objects, resource_errors
from terminology.fhir.json import Json, dumps
from terminology.http import bodies
from terminology.http.exchange import Answer, Request
from terminology.model.outcome import TerminologyError

if TYPE_CHECKING:  # a batch is answered by the endpoint it came to
    from terminology.http.api import Api

MOST_ENTRIES = 1000
KEPT_HEADERS = frozenset({"accept-language", "prefer", "x-cache-id", "x-request-id"})


def answer(api: Api, request: Request) -> Answer:
    """Answer every entry. Raises TerminologyError invalid or not-supported for a body that is no batch."""
    from terminology.http.api import failure  # noqa: PLC0415 - the two answer for each other

    body = bodies.read(request)
    type_ = body.get("resourceType") if isinstance(body, dict) else None
    if not isinstance(body, dict) or type_ != "Bundle":
        raise TerminologyError.of(
            "invalid", "BODY_NOT_RESOURCE", code="structure", expected="a Bundle", found=f"a {type_}"
        )
    if body.get("type") != "batch":
        raise TerminologyError.of("not-supported", "BUNDLE_TYPE_UNSUPPORTED", type=str(body.get("type")))
    with resource_errors("Bundle"):
        entries = objects(body, "entry")
    if len(entries) > MOST_ENTRIES:
        raise TerminologyError.of("too-large", "BUNDLE_TOO_LARGE", limit=str(MOST_ENTRIES))
    responses: list[Json] = []
    seconds = api.terminology.settings.request_seconds
    deadline = time.monotonic() + seconds
    for entry in entries:
        inner = _request(request, entry)
        try:
            if time.monotonic() > deadline:
                raise TerminologyError.of("too-costly", "BATCH_TOOK_TOO_LONG", seconds=str(seconds))  # noqa: TRY301 - answered like all others
            found = api.answer(inner)
        except Exception as error:  # noqa: BLE001 - one entry's failure is its own answer
            found = failure(error, inner)
        responses.append(_entry(found))
    return Answer({"resourceType": "Bundle", "type": "batch-response", "entry": responses})


def _request(outer: Request, entry: Json) -> Request:
    stated = entry.get("request") if isinstance(entry.get("request"), dict) else {}
    url = str((stated or {}).get("url", "")).removeprefix(outer.base).partition("#")[0]
    path, _, query = url.partition("?")
    resource = entry.get("resource")
    return Request(
        method=str((stated or {}).get("method", "GET")).upper(),
        release=outer.release,
        segments=tuple(unquote(part) for part in path.split("/") if part),
        base=outer.base,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers={name: value for name, value in outer.headers.items() if name in KEPT_HEADERS},
        body=dumps(resource) if isinstance(resource, dict) else b"",
    )


def _entry(found: Answer) -> Json:
    status = HTTPStatus(found.status)
    response: Json = {"status": f"{status.value} {status.phrase}"}
    if found.status >= HTTPStatus.BAD_REQUEST:
        response["outcome"] = found.resource
        return {"response": response}
    return {"resource": found.resource, "response": response}
