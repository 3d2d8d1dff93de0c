"""Answers that are kept and given again: for anybody's repeated question, as long as nothing was published.

A WSGI layer around the FHIR endpoints. An answer is found by all it depends on: the request line, the headers that are
read, the body, the generation of the database and the day (which version is in effect). Not kept: what callers with
credentials or limits get, what refers to resources left at the server, what operations answer that change
something (`$closure`), what another server answered or should have, and anything but a plain 200.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http.circumstances import Circumstances, circumstances
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.http.wsgi import request_id_of
from terminology.library import Terminology
from terminology.store.cache import BoundedCache

Environ = dict[str, Any]
Key = tuple[Circumstances, str, bytes]
Headers = list[tuple[str, str]]

LARGEST_BODY = 32 * 1024
"""Bytes of a request's body: larger ones are hardly sent twice."""
ELSEWHERE = re.compile(rb"cache-id|%(?:2[dD]|[46][1-9A-Fa-f]|[57][0-9Aa])|\\u00|\0")
"""A parameter that refers to what was left at the server before, or needless escapes, which may hide it."""
OVERHEAD = 1500
"""Bytes that an answer costs beside its body."""
PASSING = frozenset({ANSWERED_BY, NOT_ANSWERED_BY})
"""Headers of answers that the next request may get otherwise, though nothing here changed."""
REQUEST_ID = "X-Request-Id"


class Kept:
    """An application whose answers are kept within a number of bytes."""

    def __init__(self, app: WSGIApplication, terminology: Terminology, limit: int) -> None:
        self._app = app
        self._terminology = terminology
        self.answers: BoundedCache[Key, tuple[Headers, bytes]] = BoundedCache(limit)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        key = self._key(environ)
        if key is None:
            return self._app(environ, start_response)
        if (kept := self.answers.get(key)) is not None:  # only ever put there for a request that may be kept
            headers, body = kept[0]
            start_response("200 OK", [*headers, (REQUEST_ID, request_id_of(environ))])
            return [body]
        if key[0].personal or _refers_elsewhere(key[1], key[2]):
            return self._app(environ, start_response)
        return self._answered(environ, start_response, key)

    def _key(self, environ: Environ) -> Key | None:
        """By what an answer would be found, or None for a request whose answer is not kept."""
        found = circumstances(self._terminology, environ)
        if found is None:
            return None
        method = environ["REQUEST_METHOD"]
        body = b"" if method == "GET" else _small_body(environ) if method == "POST" else None
        return None if body is None else (found, environ["QUERY_STRING"], body)

    def _answered(self, environ: Environ, start_response: StartResponse, key: Key) -> Iterable[bytes]:
        begun: list[tuple[str, Headers]] = []

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        body = b"".join(self._app(environ, begin))
        status, headers = begun[-1]
        if status.startswith("200 ") and PASSING.isdisjoint([name for name, _ in headers]):
            kept = [pair for pair in headers if pair[0] != REQUEST_ID]
            self.answers.put(key, (kept, body), len(body) + len(key[1]) + len(key[2]) + OVERHEAD)
        return [body]


def _refers_elsewhere(query: str, body: bytes) -> bool:
    return ELSEWHERE.search(query.encode("latin-1", "replace")) is not None or ELSEWHERE.search(body) is not None


def _small_body(environ: Environ) -> bytes | None:
    """The body, which can be read again; None for one that is large, of unknown length, or XML in any encoding."""
    if "xml" in environ.get("CONTENT_TYPE", "").lower():
        return None
    stated = environ.get("CONTENT_LENGTH") or ""
    if not (stated.isascii() and stated.isdigit()) or int(stated[:9]) > LARGEST_BODY:
        return None
    body: bytes = environ["wsgi.input"].read(int(stated))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
