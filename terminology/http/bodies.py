"""Reading the body of a request, once: a FHIR resource, or a form."""

from __future__ import annotations

from urllib.parse import parse_qsl

from terminology.fhir import xml
from terminology.fhir.json import Json, loads_object
from terminology.http import negotiation
from terminology.http.exchange import Request
from terminology.model.outcome import TerminologyError

READABLE: tuple[negotiation.Format, ...] = ("json", "xml")

Form = tuple[tuple[str, str], ...]


def read(request: Request) -> Json | Form:
    """The resource in the body, or the pairs of a form (none for an empty body).

    Raises HttpError 415, or TerminologyError invalid for what is not JSON or XML, or no resource.
    """
    format_ = negotiation.sent(request.headers.get("content-type", ""), request.release, READABLE)
    if not request.body.strip():
        return ()
    if format_ == "form":
        return tuple(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    body = xml.loads(request.body, request.release) if format_ == "xml" else loads_object(request.body)
    if not isinstance(body.get("resourceType"), str):
        raise TerminologyError.of(
            "invalid",
            "BODY_NOT_RESOURCE",
            code="structure",
            expected="a FHIR resource",
            found="not one",
        )
    return body
