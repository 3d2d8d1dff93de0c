"""The response cache: repeats the answer to a question as long as nothing is published.

A WSGI layer around the FHIR endpoints. The cache key is all that an answer depends on: request line, relevant headers,
body, standing of the caller, generation of the database and day (which decides what version is in effect). Not cached:
answers to callers whose credentials were not checked lately, about resources that a client left at the server (but
what is prepared of those that a header refers to), of operations that change something (`$closure`), that another
server gave or failed to give, and anything but a plain 200 or a refusal that was prepared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http import bodies
from terminology.http.cache_context import CacheKey, Epochs, only_reads
from terminology.http.environ import Environ, Headers
from terminology.http.prepared import LINES, OK, Answer, unless_known
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.http.wsgi import request_id_of

ELSEWHERE = re.compile(rb"cache-id|%(?:2[dD]|[46][1-9A-Fa-f]|[57][0-9Aa])|\\u00|\0")
"""Matches a parameter that refers to resources left at the server, and needless escapes that could hide it."""
OVERHEAD = 1500
"""Bytes that an entry costs besides its body and key."""
PASSING = frozenset({ANSWERED_BY, NOT_ANSWERED_BY})
"""Headers of answers that may differ for the next request although nothing here has changed."""
REQUEST_ID = "X-Request-Id"
MISSED = "terminology.no_kept_answer"
"""Set in the environ of a request for which no cached answer was found."""


class ResponseCache:
    """Wraps an application and caches its answers, each in the epoch to which it belongs."""

    def __init__(self, app: WSGIApplication, epochs: Epochs) -> None:
        self._app = app
        self.epochs = epochs

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        key = self._key(environ)
        if key is None:
            return self._app(environ, start_response)
        kept = None if MISSED in environ else lookup(key, environ)
        if kept is not None and self.epochs.is_within_limit(environ):
            status, headers, body = unless_known(kept, environ)
            start_response(LINES[status], headers)
            return [body]
        if key[0].personal or key[0].left or _refers_elsewhere(key[2], key[3]):
            return self._app(environ, start_response)
        return self._answered(environ, start_response, key)

    def _key(self, environ: Environ) -> CacheKey | None:
        """The cache key of a request, or None if its answer is not cached."""
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
            _put(key, (OK, headers, body))
        return [body]


def lookup(key: CacheKey, environ: Environ) -> Answer | None:
    """The cached answer for a key, or None."""
    kept = key[0].epoch.answers.get(key)
    if kept is None:
        environ[MISSED] = True
        return None
    status, headers, body = kept[0]
    return status, [*headers, (REQUEST_ID, request_id_of(environ))], body


def store(key: CacheKey, answer: Answer) -> None:
    """Cache an answer of the fast path, which may be a refusal."""
    if not _refers_elsewhere(key[2], key[3]):
        _put(key, answer)


def _put(key: CacheKey, answer: Answer) -> None:
    status, headers, body = answer
    kept = [pair for pair in headers if pair[0] != REQUEST_ID]
    size = len(body) + len(key[1]) + len(key[2]) + len(key[3]) + OVERHEAD
    key[0].epoch.answers.put(key, (status, kept, body), size)


def _refers_elsewhere(query: str, body: bytes) -> bool:
    return ELSEWHERE.search(query.encode("latin-1", "replace")) is not None or ELSEWHERE.search(body) is not None
