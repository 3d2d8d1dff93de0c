"""WSGI ⇄ the framework-free `Request` and `Response`, for a bare server and for Flask alike.

Handles what belongs to HTTP rather than to FHIR: size limits of bodies, HEAD, OPTIONS and CORS, request ids.
"""

from __future__ import annotations

import itertools
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote, unquote
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http import bodies, delivering, negotiation, uploads
from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.http.api import Api
from terminology.http.environ import Environ, chunks, content_length
from terminology.http.errors import HttpError
from terminology.http.exchange import Request, Response
from terminology.http.forwarded import client_of
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.model.requests import FhirRelease

ENDPOINTS: Mapping[str, FhirRelease] = MappingProxyType({"r4": "R4", "r4b": "R4B", "r5": "R5", "fhir": "R4"})
"""First path segment → FHIR release."""

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED = (
    "Content-Location, ETag, Last-Modified, Location, Retry-After, WWW-Authenticate, X-Answered-By, X-Not-Answered-By,"
    " X-Progress, X-Request-Id"
)
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", EXPOSED),
    ("Vary", "Accept, Accept-Encoding, Accept-Language, Authorization, X-API-Key, X-Cache-Id"),
)
PREFLIGHT = (
    *CORS,
    ("Access-Control-Allow-Methods", METHODS),
    (
        "Access-Control-Allow-Headers",
        (
            "Accept, Accept-Language, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist,"
            " If-None-Match, Prefer, X-API-Key, X-Cache-Id, X-Request-Id"
        ),
    ),
    ("Access-Control-Max-Age", "86400"),
    ("Allow", METHODS),
)
BASE = "terminology.base"
"""In the environ: the address of the application, where it is mounted in another one."""
REQUEST_ID = re.compile(r"[!-~]{1,128}")
_numbers = itertools.count(1)
OWN_ID = "terminology.request_id"
HEADERS = (
    ("HTTP_ACCEPT", "accept"),
    ("HTTP_ACCEPT_LANGUAGE", "accept-language"),
    ("CONTENT_TYPE", "content-type"),
    ("HTTP_ACCEPT_ENCODING", "accept-encoding"),
    ("HTTP_IF_NONE_MATCH", "if-none-match"),
    ("HTTP_IF_MATCH", "if-match"),
    ("HTTP_IF_NONE_EXIST", "if-none-exist"),
    ("HTTP_IF_MODIFIED_SINCE", "if-modified-since"),
    ("HTTP_PREFER", "prefer"),
    ("HTTP_VIA", "via"),
    ("HTTP_X_CACHE_ID", "x-cache-id"),
    ("HTTP_AUTHORIZATION", "authorization"),
    ("HTTP_X_API_KEY", "x-api-key"),
)
"""The headers that the code reads; servers put their whole environment beside them."""


def respond(api: Api, environ: Environ, endpoint: str, path: str, *, caller: Caller = ANONYMOUS) -> Response:
    """Answer a request for `path` below an endpoint. Never raises. `caller` is who asks, where that is known."""
    method = environ["REQUEST_METHOD"]
    request_id = ("X-Request-Id", request_id_of(environ))
    if method == "OPTIONS":
        return Response(HTTPStatus.NO_CONTENT, (*PREFLIGHT, request_id))
    request = request_of(api, environ, endpoint, path, public_base(api, environ), caller)
    try:
        if uploads.takes(request):
            api.guard.permit_writing(api.guard.admit(request), "u", "*")  # before a gigabyte is taken in
            request = uploads.received(request, environ, api.terminology.settings)
        else:
            request = with_body(request, environ, api.terminology.settings.max_body)
    except (TerminologyError, HttpError) as error:
        response = api.fail(error, request)
    else:
        response = api.respond(request)
    response = delivering.deliver(response, method, request.headers)
    headers = [*response.headers, *CORS, request_id]
    if response.status != HTTPStatus.NOT_MODIFIED:
        headers.append(("Content-Length", str(len(response.body))))
    body = b"" if method == "HEAD" else response.body
    return Response(response.status, tuple(headers), body)


def request_id_of(environ: Environ) -> str:
    """The client's id for its request, or a new one if it sent none, or one that could break a header or a log line."""
    found: str | None = environ.get(OWN_ID)
    if found is None:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        found = environ[OWN_ID] = given if given and REQUEST_ID.fullmatch(given) else new_request_id()
    return found


def new_request_id() -> str:
    """An id that is unique among all processes. Asking the system for each id would take longer."""
    return f"{_process.id}-{next(_numbers)}"


class _Process:
    """What tells this process from all others."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Choose an id, in a new process."""
        self.id = os.urandom(12).hex()


def request_of(api: Api, environ: Environ, endpoint: str, path: str, base: str, caller: Caller) -> Request:
    """The request without its body; WSGI has already decoded the path."""
    headers = {name: environ[variable] for variable, name in HEADERS if variable in environ}
    headers["x-request-id"] = request_id_of(environ)
    method = environ["REQUEST_METHOD"]
    return Request(
        method="GET" if method == "HEAD" else method,
        release=ENDPOINTS[endpoint],
        segments=tuple([part for part in path.split("/") if part]),
        base=f"{base}/{endpoint}",
        query=query_of(text_of(environ.get("QUERY_STRING", ""))),
        headers=headers,
        caller=caller,
        address=client_of(environ, api.terminology.settings.proxies),
    )


def query_of(text: str) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query string: like `parse_qsl`, in a quarter of the time."""
    pairs = []
    for pair in text.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append((decoded(name), decoded(value)))
    return tuple(pairs)


def decoded(text: str) -> str:
    """A name or value of a query without its escapes."""
    return _unquoted(text) if "%" in text or "+" in text else text


@remembering(2048)
def _unquoted(text: str) -> str:
    """Cached, since mostly the canonicals of a few systems need it."""
    return unquote(text.replace("+", " "))


def text_of(native: str) -> str:
    """The UTF-8 text of a WSGI string, whose characters are bytes (PEP 3333)."""
    return native if native.isascii() else native.encode("latin-1", "replace").decode(errors="replace")


def with_body(request: Request, environ: Environ, limit: int) -> Request:
    """The request with its body. Raises TerminologyError too-large, before reading if the length is stated."""
    if request.method in {"GET", "DELETE"}:
        return request
    length = content_length(environ)
    if length is not None and length > limit:
        raise _too_large(limit)
    if length is None and not environ.get("wsgi.input_terminated"):
        return request
    body = b"".join(chunks(environ["wsgi.input"], limit + 1 if length is None else length))
    body = unpacked(body, environ.get("HTTP_CONTENT_ENCODING", ""), limit)
    if len(body) > limit:
        raise _too_large(limit)
    return replace(request, body=body, resource=environ.get(bodies.RESOURCE))


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """A body without its content coding, up to one byte above the limit. Raises HttpError 415 for unknown codings."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in {"gzip", "deflate"}:
        raise HttpError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "CONTENT_CODING_UNSUPPORTED", found=encoding)
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise TerminologyError.of("invalid", "CONTENT_CODING_BROKEN", found=encoding, reason=str(error)) from None
    if len(plain) <= limit and not unpacker.eof:
        raise TerminologyError.of("invalid", "CONTENT_CODING_BROKEN", found=encoding, reason="it is cut off")
    return plain


def _too_large(limit: int) -> TerminologyError:
    return TerminologyError.of("too-large", "BODY_TOO_LARGE", limit=str(limit))


def public_base(api: Api, environ: Environ) -> str:
    """The address of the application as clients see it: BASE, or the setting, or else that of the request."""
    if (base := environ.get(BASE)) is not None:
        return str(base)
    configured: str = api.terminology.settings.base_url
    if configured:
        return configured.rstrip("/")
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{quote(environ.get('SCRIPT_NAME', ''))}".rstrip("/")


class FhirFirst:
    """A WSGI application that answers the FHIR endpoints itself and leaves everything else to another one.

    FHIR requests do not need Flask; bypassing it saves more time than most operations take. `pages` maps resource types
    to their web pages, to which browsers are redirected.
    """

    def __init__(self, api: Api, otherwise: WSGIApplication, pages: Mapping[str, str] | None = None) -> None:
        self.api = api
        self.otherwise = otherwise
        self.pages = pages or {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        _, _, path = text_of(environ.get("PATH_INFO", "")).partition("/")
        endpoint, _, rest = path.partition("/")
        if endpoint not in ENDPOINTS:
            return self.otherwise(environ, start_response)
        if page := self._page(environ, endpoint, rest):
            start_response("303 See Other", [("Location", page), ("Vary", "Accept"), ("Content-Length", "0")])
            return []
        response = respond(self.api, environ, endpoint, rest)
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", list(response.headers))
        return [response.body]

    def _page(self, environ: Environ, endpoint: str, path: str) -> str | None:
        """The page to which a browser is redirected, or None."""
        if "text/html" not in environ.get("HTTP_ACCEPT", "") or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        type_, _, id_ = path.strip("/").partition("/")
        if type_ not in self.pages or "/" in id_ or id_.startswith("$") or environ.get("QUERY_STRING"):
            return None
        try:
            wanted = negotiation.wanted(environ["HTTP_ACCEPT"], None, ENDPOINTS[endpoint], negotiation.READ)
        except HttpError:
            return None
        if wanted != "html":
            return None
        return f"{environ.get('SCRIPT_NAME', '')}{self.pages[type_]}/{quote(id_)}".rstrip("/") or "/"


_process = _Process()
os.register_at_fork(after_in_child=_process.renew)
