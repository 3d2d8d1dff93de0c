"""The fast path: answers cached or prepared questions in microseconds, before the application is called.

It never blocks. Anything else goes to the application, whose layers fill the cache and prepare answers.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from terminology.http import bodies, prepared, response_cache
from terminology.http.cache_context import CacheContext, CacheKey, Epochs, only_reads
from terminology.http.environ import Environ
from terminology.http.forwarded import take_address
from terminology.http.prepared import Answer
from terminology.http.request_buffering import Buffered, RequestBuffer


class FastPath:
    """Called with each request. `count` gets the path, duration in seconds and size of each answer."""

    def __init__(
        self,
        epochs: Epochs,
        count: Callable[[str, float, int], None],
        *,
        proxies: int = 0,
        buffer: RequestBuffer | None = None,
    ) -> None:
        """`proxies` is the number of trusted proxies in front (`forwarded`); `buffer` buffers bodies, if given."""
        self._epochs = epochs
        self._context = epochs.context
        self._keeps = epochs.keep_answers
        self._count = count
        self._proxies = proxies
        self._buffer = buffer

    def __call__(self, environ: Environ) -> Answer | None:
        """The answer, or None if the application has to give it."""
        if environ["REQUEST_METHOD"] not in prepared.METHODS:
            return None
        began = perf_counter()
        if self._proxies:
            take_address(environ, self._proxies)
        context = self._context(environ)
        if context is None:
            return None
        key = self._key(context, environ)
        if key is None:
            return None
        found = response_cache.lookup(key, environ) if self._keeps else None
        if found is None:
            found = prepared.known_answer(self._epochs, context, environ)
            if found is not None and self._keeps:
                response_cache.store(key, found)
        if found is not None:
            self._count(key[1], perf_counter() - began, len(found[1]))
        return found

    def _key(self, context: CacheContext, environ: Environ) -> CacheKey | None:
        """The cache key of a request; None if its body is too large for the fast path or has not arrived."""
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if environ["REQUEST_METHOD"] == "GET":
            return context, path, query, b""
        if context.personal or not only_reads(path) or not bodies.is_small(environ):
            return None
        if self._buffer is not None and self._buffer.fill(environ) is not Buffered.WHOLE:
            return None
        return context, path, query, bodies.take(environ)


def no_fast_path(_: Environ) -> Answer | None:
    """Leave every request to the application."""
    return None
