"""Reading the body of a request, once: a FHIR resource, or a form.

A small body may be looked at before it belongs to a `Request`: for whoever knows the answer already.
"""

from __future__ import annotations

import io
from urllib.parse import parse_qsl

from terminology.fhir import xml
from terminology.fhir.json import Json, loads_object
from terminology.http import negotiation
from terminology.http.environ import Environ, content_length
from terminology.http.exchange import Request
from terminology.model.outcome import TerminologyError

READABLE: tuple[negotiation.Format, ...] = ("json", "xml")

Form = tuple[tuple[str, str], ...]

LARGEST = 32 * 1024
"""Bytes of a small body: larger ones are hardly sent twice."""
MOST = 256 * 1024
"""Bytes of a body in which something is looked for that makes it like others."""
SMALL, RESOURCE = "terminology.body", "terminology.resource"
"""Where a body is found that is not too large, and the resource in it, once they were read."""


def small(environ: Environ, most: int = LARGEST) -> bytes | None:
    """The body, if it has at most `most` bytes, a known length and is not XML, else None. It can be read again."""
    found: bytes | None = environ.get(SMALL)
    return take(environ) if found is None and is_small(environ, most) else found


def take(environ: Environ) -> bytes:
    """A body that is known to be small; it can be read again."""
    return keep(environ, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))


def keep(environ: Environ, body: bytes) -> bytes:
    """Keep a small body that was read, which can be read again; returns it."""
    environ[SMALL], environ["wsgi.input"] = body, io.BytesIO(body)
    return body


def is_small(environ: Environ, most: int = LARGEST) -> bool:
    """Whether `small` would read the body."""
    return small_size(environ, most) is not None


def small_size(environ: Environ, most: int = LARGEST) -> int | None:
    """The stated length of a body that `small` would read; None for others."""
    length = content_length(environ)
    if length is None or length > most or "xml" in environ.get("CONTENT_TYPE", "").lower():
        return None
    return length


def resource(environ: Environ) -> Json | None:
    """The JSON object in the body, parsed once; None if there is none, or the body is too large or broken."""
    if RESOURCE not in environ:
        body = small(environ, MOST)
        try:
            environ[RESOURCE] = loads_object(body) if body is not None and body.startswith(b"{") else None
        except TerminologyError:  # the usual way says it
            environ[RESOURCE] = None
    found: Json | None = environ[RESOURCE]
    return found


def read(request: Request) -> Json | Form:
    """The resource in the body, or the pairs of a form (none for an empty body).

    Raises HttpError 415, or TerminologyError invalid for what is not JSON or XML, or no resource.
    """
    format_ = negotiation.sent(request.headers.get("content-type", ""), request.release, READABLE)
    if not request.body.strip():
        return ()
    if format_ == "form":
        return tuple(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    if format_ == "xml":
        body = xml.loads(request.body, request.release)
    else:
        body = loads_object(request.body) if request.resource is None else request.resource
    if not isinstance(body.get("resourceType"), str):
        raise TerminologyError.of(
            "invalid",
            "BODY_NOT_RESOURCE",
            code="structure",
            expected="a FHIR resource",
            found="not one",
        )
    return body
