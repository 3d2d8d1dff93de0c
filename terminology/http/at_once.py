"""What is answered before anything is carried out: questions whose answers are kept, or filled in by what is prepared.

Takes microseconds, and waits for nobody. Everything else is for the application, whose layers keep and prepare.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from terminology.http import bodies, keeping, prepared
from terminology.http.awaiting import Bodies, Coming
from terminology.http.circumstances import Circumstances, Epochs, Question, only_reads
from terminology.http.forwarded import take_address

Environ = dict[str, Any]
Answer = tuple[list[tuple[str, str]], bytes]
"""Headers and body; the status is 200."""


class AtOnce:
    """Called with each request. `count` is told the path, seconds and bytes of each that is answered."""

    def __init__(
        self,
        epochs: Epochs,
        count: Callable[[str, float, int], None],
        *,
        proxies: int = 0,
        awaited: Bodies | None = None,
    ) -> None:
        """`proxies` says how many there are in front (`forwarded`); `awaited` waits for bodies, if anybody has to."""
        self._epochs = epochs
        self._circumstances = epochs.circumstances
        self._keeps = epochs.keep_answers
        self._count = count
        self._proxies = proxies
        self._awaited = awaited

    def __call__(self, environ: Environ) -> Answer | None:
        """The answer, or None when there is none yet."""
        if environ["REQUEST_METHOD"] not in prepared.METHODS:
            return None
        began = perf_counter()
        if self._proxies:
            take_address(environ, self._proxies)
        circumstances = self._circumstances(environ)
        if circumstances is None:
            return None
        question = self._question(circumstances, environ)
        if question is None:
            return None
        found = keeping.found(question, environ) if self._keeps else None
        if found is None:
            found = prepared.at_once(self._epochs, circumstances, environ)
            if found is not None and self._keeps:
                keeping.keep(question, found)
        if found is not None:
            self._count(question[1], perf_counter() - began, len(found[1]))
        return found

    def _question(self, circumstances: Circumstances, environ: Environ) -> Question | None:
        """By what an answer may be kept; None for a body that is not worth looking at here, or has not come."""
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if environ["REQUEST_METHOD"] == "GET":
            return circumstances, path, query, b""
        if circumstances.personal or not only_reads(path) or not bodies.is_small(environ):
            return None
        if self._awaited is not None and self._awaited.await_(environ) is not Coming.WHOLE:
            return None
        body = bodies.small(environ)
        return None if body is None else (circumstances, path, query, body)


def never(_: Environ) -> Answer | None:
    """Where everything is carried out."""
    return None
