"""What an answer depends on beside the question itself: found out once a request, for whoever keeps answers.

What is kept is kept for an `Epoch`: until something is published, or the day ends (which version is in effect). Nothing
of it can be found after that, whoever is still working on a request of before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any

from terminology.http.wsgi import ENDPOINTS
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.operations.operation import Prepared
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from terminology.store.cache import BoundedCache
from terminology.store.protocol import Store

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

READ = (
    "REQUEST_METHOD", "HTTP_HOST", "wsgi.url_scheme", "SCRIPT_NAME", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING", "HTTP_PREFER", "CONTENT_TYPE",
)  # fmt: skip
"""What an answer depends on beside its path and query; what proxies say of the address is in it (`forwarded`)."""
PERSONAL = (
    "HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_X_CACHE_ID", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_EXIST", "HTTP_CONTENT_ENCODING",
)  # fmt: skip
"""With one of these a request goes the whole way: it says who asks, or is about one exchange."""
LOOKED_AT = (*READ, *PERSONAL)
IMPERSONAL = (None,) * len(PERSONAL)
REMEMBERING = frozenset(f"${name}" for row in OPERATIONS if row.affects_state for name in (row.name, *row.aliases))
"""Last parts of the paths of operations that must be carried out each time."""
FOUND = "terminology.circumstances"
HEADER_BYTES = 1024 * 1024
HEADER_OVERHEAD = 500
"""Of headers by which clients are told apart, and what those of one kind of client cost beside their length."""
PLANNED_BYTES = 4 * 1024 * 1024
"""Of what is prepared, for each kind of question: operation, system or value set, other parameters, headers."""


class Circumstances:
    """An epoch, and the headers that are read of a request: one object for all that send the same ones."""

    __slots__ = ("epoch", "personal")

    def __init__(self, epoch: Epoch, headers: tuple[str | None, ...]) -> None:
        self.epoch = epoch
        self.personal = headers[-len(PERSONAL) :] != IMPERSONAL
        """Whether anybody else might get another answer."""


Question = tuple[Circumstances, str, str, bytes]
"""With the path, the query and the body."""
Kind = tuple[Hashable, ...]
"""The circumstances, the path, the pieces of the query or body without what varies, and the names of what does, in
order."""
Plan = tuple[Prepared, tuple[int | None, ...]]
"""What answers questions of a kind, and which of the values given each of what varies has."""


class Epoch:
    """What is kept of one generation of the database, on one day."""

    def __init__(self, generation: int, day: int, answers: int) -> None:
        """`answers` says how many bytes of answers are kept."""
        self.generation = generation
        self.day = day
        self.circumstances: BoundedCache[tuple[str | None, ...], Circumstances] = BoundedCache(HEADER_BYTES)
        self.answers: BoundedCache[Question, tuple[Headers, bytes]] = BoundedCache(answers)
        self.plans: BoundedCache[Kind, Plan | None] = BoundedCache(PLANNED_BYTES)

    def clear(self) -> None:
        """Let go of everything: circumstances refer to their epoch, so nothing would, for a long time."""
        for cache in (self.circumstances, self.answers, self.plans):
            cache.clear()


class Epochs:
    """One epoch after the other. Threads share it."""

    def __init__(self, store: Store, clock: Callable[[], datetime], answers: int) -> None:
        self._store = store
        self._clock = clock
        self._answers = answers
        self.now = Epoch(-1, 0, answers)
        self.keep_answers = answers > 0

    def current(self) -> Epoch | None:
        """The epoch of this moment; None where the database does not answer."""
        try:
            generation = self._store.generation()
        except TerminologyError:
            return None
        day, epoch = self._clock().toordinal(), self.now
        if generation != epoch.generation or day != epoch.day:
            self.now, before = Epoch(generation, day, self._answers), epoch
            before.clear()
            epoch = self.now
        return epoch

    def left(self, cache_id: str) -> tuple[str, ...] | None:
        """Digests of the resources that were left here under an id; None where the database does not answer."""
        try:
            return tuple(self._store.kept_travelling(cache_id) or ())
        except TerminologyError:
            return None

    def circumstances(self, environ: Environ) -> Circumstances | None:
        """Those of a request; None where the database does not answer: the way without anything kept says why."""
        found: Circumstances | None = environ.get(FOUND)
        if found is not None:
            return found
        epoch = self.current()
        if epoch is None:
            return None
        headers = tuple(map(environ.get, LOOKED_AT))
        kept = epoch.circumstances.get(headers)
        found = kept[0] if kept else _kept(epoch, headers)
        environ[FOUND] = found
        return found


def _kept(epoch: Epoch, headers: tuple[str | None, ...]) -> Circumstances:
    weight = HEADER_OVERHEAD + sum(len(header) for header in headers if header)
    return epoch.circumstances.put(headers, Circumstances(epoch, headers), weight)


@remembering(1024)
def only_reads(path: str) -> bool:
    """Whether a path is one of resources and operations that only read."""
    parts = path.split("/", 3)
    _, endpoint, type_, *_ = (*parts, "", "", "")
    return endpoint in ENDPOINTS and type_ in RESOURCE_TYPES and parts[-1].strip("/") not in REMEMBERING
