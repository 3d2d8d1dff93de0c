"""What is answered before anything is carried out: questions whose answers are kept, or filled in by what is prepared.

Takes microseconds, and waits for nobody. Everything else is for the application, whose layers keep and prepare.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from terminology.http import keeping, prepared
from terminology.http.circumstances import Epochs
from terminology.http.forwarded import take_address

Environ = dict[str, Any]
Answer = tuple[list[tuple[str, str]], bytes]
"""Headers and body; the status is 200."""


class AtOnce:
    """Called with each request. `count` is told the path, seconds and bytes of each that is answered."""

    def __init__(self, epochs: Epochs, count: Callable[[str, float, int], None], *, proxies: int = 0) -> None:
        """`proxies` says how many there are in front (`forwarded`)."""
        self._circumstances = epochs.circumstances
        self._keeps = epochs.keep_answers
        self._count = count
        self._proxies = proxies

    def __call__(self, environ: Environ) -> Answer | None:
        """The answer, or None when there is none yet."""
        if environ["REQUEST_METHOD"] != "GET":
            return None
        began = perf_counter()
        if self._proxies:
            take_address(environ, self._proxies)
        circumstances = self._circumstances(environ)
        if circumstances is None:
            return None
        path = environ["PATH_INFO"]
        question = circumstances, path, environ["QUERY_STRING"], b""
        found = keeping.found(question, environ) if self._keeps else None
        if found is None:
            found = prepared.at_once(circumstances, environ)
            if found is not None and self._keeps:
                keeping.keep(question, found)
        if found is not None:
            self._count(path, perf_counter() - began, len(found[1]))
        return found


def never(_: Environ) -> Answer | None:
    """Where everything is carried out."""
    return None
