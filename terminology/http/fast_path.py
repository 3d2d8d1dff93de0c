"""The fast path: answers cached or prepared questions in microseconds, before the application is called.

It never blocks. Anything else goes to the application, whose layers fill the cache and prepare answers.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from terminology.http import bodies, prepared, response_cache
from terminology.http.cache_context import Epochs, only_reads
from terminology.http.environ import Environ
from terminology.http.forwarded import take_address
from terminology.http.prepared import OK, Answer, Known
from terminology.http.request_buffering import RequestBuffer
from terminology.model.remembering import LONGEST, Memo

Count = Callable[[float, int], None]
"""Counts an answer by its duration in seconds and its size."""

PATHS = 1024
"""Paths of which it is remembered what they are."""


def not_counted(_path: str, _status: int) -> Count:
    """For servers without metrics."""
    return lambda _seconds, _size: None


class Place(NamedTuple):
    """What is at a path: whether requests only read, what gives prepared answers, what counts those that succeed."""

    only_reads: bool
    known: Known | None
    counts: Count


class FastPath:
    """Called with each request. `counter` gives for a path and a status what counts such answers."""

    def __init__(
        self,
        epochs: Epochs,
        counter: Callable[[str, int], Count] = not_counted,
        *,
        proxies: int = 0,
        buffer: RequestBuffer | None = None,
    ) -> None:
        """`proxies` is the number of trusted proxies in front (`forwarded`); `buffer` buffers bodies, if given."""
        self._epochs = epochs
        self._context = epochs.context
        self._keeps, self._limited, self._presumes = epochs.keep_answers, epochs.are_limited, epochs.presumes
        self._places: Memo[str, Place] = Memo(
            lambda path: Place(only_reads(path), prepared.known_at(path), counter(path, OK)), PATHS
        )
        self._counter = counter
        self._proxies = proxies
        self._buffer = buffer

    def __call__(self, environ: Environ) -> Answer | None:
        """The answer, or None if the application has to give it."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method not in prepared.METHODS or len(path) > LONGEST:
            return None
        began = perf_counter()
        if self._proxies:
            take_address(environ, self._proxies)
        context = self._context(environ, self._presumes)
        if context is None or context.personal:
            return None
        place = self._places[path]
        if not place.only_reads:
            return None
        body = b"" if method == "GET" else self._body(environ)
        if body is None:
            return None
        key = context, path, environ["QUERY_STRING"], body
        found = kept = response_cache.lookup(key, environ) if self._keeps else None
        if kept is None and place.known is not None:
            found = place.known(self._epochs, context, environ)
        if found is None or (self._presumes and not self._epochs.holds(context)):
            return None
        if self._limited and not self._epochs.is_within_limit(environ):
            return None
        status, _, content = found
        if self._keeps and kept is None:
            response_cache.store(key, found)
        if "HTTP_IF_NONE_MATCH" in environ:
            found = status, _, content = prepared.unless_known(found, environ)
        counts = place.counts if status == OK else self._counter(path, status)
        counts(perf_counter() - began, len(content))
        return found

    def _body(self, environ: Environ) -> bytes | None:
        """The body of a request; None if it is too large for the fast path or has not arrived."""
        size = bodies.small_size(environ)
        if size is None:
            return None
        if self._buffer is None:
            return bodies.take(environ)
        body = self._buffer.small(environ, size)
        return None if body is None else bodies.keep(environ, body)


def no_fast_path(_: Environ) -> Answer | None:
    """Leave every request to the application."""
    return None
