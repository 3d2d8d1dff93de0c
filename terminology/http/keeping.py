"""Answers that are kept and given again: for anybody's repeated key, as long as nothing was published.

A WSGI layer around the FHIR endpoints. An answer is found by all it depends on: the request line, the headers that are
read, the body, the generation of the database and the day (which version is in effect). Not kept: what callers with
credentials or limits get, what refers to resources left at the server, what operations answer that change
something (`$closure`), what another server answered or should have, and anything but a plain 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http import bodies
from terminology.http.cache_context import CacheKey, Epochs, only_reads
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.http.wsgi import request_id_of

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

ELSEWHERE = re.compile(rb"cache-id|%(?:2[dD]|[46][1-9A-Fa-f]|[57][0-9Aa])|\\u00|\0")
"""A parameter that refers to what was left at the server before, or needless escapes, which may hide it."""
OVERHEAD = 1500
"""Bytes that an answer costs beside its body."""
PASSING = frozenset({ANSWERED_BY, NOT_ANSWERED_BY})
"""Headers of answers that the next request may get otherwise, though nothing here changed."""
REQUEST_ID = "X-Request-Id"


class Kept:
    """An application whose answers are kept, in the epochs to which they belong."""

    def __init__(self, app: WSGIApplication, epochs: Epochs) -> None:
        self._app = app
        self.epochs = epochs

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        key = self._key(environ)
        if key is None:
            return self._app(environ, start_response)
        if (kept := found(key, environ)) is not None:
            start_response("200 OK", kept[0])
            return [kept[1]]
        if key[0].personal or _refers_elsewhere(key[2], key[3]):
            return self._app(environ, start_response)
        return self._answered(environ, start_response, key)

    def _key(self, environ: Environ) -> CacheKey | None:
        """By what an answer would be found, or None for a request whose answer is not kept."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not only_reads(path):
            return None
        context = self.epochs.context(environ)
        if context is None:
            return None
        body = b"" if method == "GET" else bodies.small(environ) if method == "POST" else None
        return None if body is None else (context, path, environ["QUERY_STRING"], body)

    def _answered(self, environ: Environ, start_response: StartResponse, key: CacheKey) -> Iterable[bytes]:
        begun: list[tuple[str, Headers]] = []

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        body = b"".join(self._app(environ, begin))
        status, headers = begun[-1]
        if status.startswith("200 ") and PASSING.isdisjoint([name for name, _ in headers]):
            _put(key, headers, body)
        return [body]


def found(key: CacheKey, environ: Environ) -> tuple[Headers, bytes] | None:
    """The answer that is kept of a question; only those of requests that may be kept ever are."""
    kept = key[0].epoch.answers.get(key)
    if kept is None:
        return None
    headers, body = kept[0]
    return [*headers, (REQUEST_ID, request_id_of(environ))], body


def keep(key: CacheKey, answer: tuple[Headers, bytes]) -> None:
    """Keep an answer that was given with nothing carried out, and to nobody in particular."""
    if not _refers_elsewhere(key[2], key[3]):
        _put(key, *answer)


def _put(key: CacheKey, headers: Headers, body: bytes) -> None:
    kept = [pair for pair in headers if pair[0] != REQUEST_ID]
    size = len(body) + len(key[1]) + len(key[2]) + len(key[3]) + OVERHEAD
    key[0].epoch.answers.put(key, (kept, body), size)


def _refers_elsewhere(query: str, body: bytes) -> bool:
    return ELSEWHERE.search(query.encode("latin-1", "replace")) is not None or ELSEWHERE.search(body) is not None
