"""What an answer depends on besides the question: determined once per request, for all caches of answers.

Callers with credentials share what others of their standing asked (`access.standing`).

Entries live for one `Epoch`: until something is published or the day ends (which decides what version is in effect).
They cannot be found after that, not even by requests that began before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from terminology.http.access.callers import ANONYMOUS, Caller
from terminology.http.access.guard import Guard
from terminology.http.access.standing import CALLER, Standing
from terminology.http.environ import Environ, Headers
from terminology.http.wsgi import ENDPOINTS
from terminology.model.outcome import TerminologyError
from terminology.model.remembering import remembering
from terminology.operations.inputs import Inputs
from terminology.operations.operation import Prepared
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from terminology.store.cache import BoundedCache
from terminology.store.protocol import Store

READ = (
    "REQUEST_METHOD", "HTTP_HOST", "wsgi.url_scheme", "SCRIPT_NAME", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING", "HTTP_PREFER", "CONTENT_TYPE",
)  # fmt: skip
"""What an answer depends on besides its path and query; includes what proxies say of the address (`forwarded`)."""
PERSONAL = ("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_EXIST", "HTTP_CONTENT_ENCODING")
"""A request with one of these is not cached: they concern this one exchange.

Of credentials it counts what they permit (`access.standing`). `If-None-Match` does not count: whether the client has
the answer already is seen when there is one.
"""
CACHE_ID = "HTTP_X_CACHE_ID"
"""Names what the client left here before, of which the digests count."""
OF_CALLERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", CALLER, CACHE_ID)
"""What only some clients send: credentials, which an application around this one may have checked, and a cache id."""
LOOKED_AT = (*OF_CALLERS, *READ, *PERSONAL)
ANYBODY = (None,) * len(OF_CALLERS)
IMPERSONAL = (None,) * len(PERSONAL)
NOTHING_LEFT: tuple[str, ...] = ()
REMEMBERING = frozenset(f"${name}" for row in OPERATIONS if row.affects_state for name in (row.name, *row.aliases))
"""Last path segments of operations that must be carried out each time."""
METADATA = "metadata"
FOUND = "terminology.cache_context"
NO_ENTITLEMENTS = frozenset[str]()
HEADER_BYTES = 1024 * 1024
HEADER_OVERHEAD = 500
"""Memory for the headers that tell kinds of clients apart, and what each entry costs besides their length."""
PLANNED_BYTES = 8 * 1024 * 1024
"""Memory for plans, one for each kind of question: operation, system or value set, other parameters, headers."""
WRITTEN_BYTES = 4 * 1024 * 1024
"""Memory for matches of searches as they were written, which many answers show."""
FOUND_BYTES = 2 * 1024 * 1024
"""Memory for what searches found, by kind and values."""
SEARCHES_BYTES = 2 * 1024 * 1024
"""Memory for what searches of a kind have in common: type, names of parameters, headers."""
FAMILIES_BYTES = 1024 * 1024
"""Memory for what kinds of questions have in common that differ in their subject alone, as value sets of $expand."""
SHAPED_BYTES = 4 * 1024 * 1024
"""Memory for shapes of bodies with their plans, which mostly are those of questions as well."""


class CacheContext:
    """The epoch, the relevant headers and the standing of a request: one object for all that have the same ones."""

    __slots__ = ("caller", "epoch", "left", "personal")

    def __init__(
        self,
        epoch: Epoch,
        entitlements: frozenset[str] = NO_ENTITLEMENTS,
        left: tuple[str, ...] = NOTHING_LEFT,
        *,
        personal: bool = True,
    ) -> None:
        self.epoch = epoch
        self.left = left
        """Digests of the resources that the client left here before, and refers to by a header."""
        self.personal = personal
        """Whether the answer may be meant for this caller only."""
        self.caller = Caller(scopes=entitlements) if entitlements else ANONYMOUS
        """Anybody with these entitlements: prepared answers are those to such a caller."""


CacheKey = tuple[CacheContext, str, str, bytes]
"""The context, path, query and body."""
Kind = tuple[Hashable, ...]
"""The context, the path, the constant pieces of the query or body, and the names of the varying ones, in order."""
Plan = tuple[Prepared, tuple[int, ...]]
"""What answers questions of a kind, and which given value each varying part takes; -1 for none."""
MatchKey = tuple[str, int, str, int, int]
"""The form in which a match is written, its source, id and version, and how many concepts it may have."""


class Shape(NamedTuple):
    """A shape of bodies that was learned (`shapes`): what is around their texts, and the plan that answers them.

    There are no pieces where resources come along. The context and the path belong to the shape.
    """

    context: CacheContext
    path: str
    pieces: tuple[bytes, ...]
    plan: Plan


class Family(NamedTuple):
    """Kinds of questions that differ in their subject alone: the parameters of one of them, and what makes plans.

    `make` prepares a request about another subject; `places` are those of all their plans.
    """

    inputs: Inputs
    make: Callable[[Any], Prepared | None]
    places: tuple[int, ...]


class Search(Protocol):
    """What answers searches of a kind (`prepared_searches`)."""

    def answer(self, values: Sequence[str], *, at_once: bool) -> bytes | None:
        """The answer to a search with these values; None, or TerminologyError, where the usual way has to give it."""


class Epoch:
    """The caches that are valid for one generation of the database on one day."""

    def __init__(self, generation: int, day: int, answers: int) -> None:
        """`answers` is the size of the response cache in bytes."""
        self.generation = generation
        self.day = day
        self.contexts: BoundedCache[tuple[Hashable, ...], CacheContext] = BoundedCache(HEADER_BYTES)
        self.personal = CacheContext(self)
        """The context of whatever has to go the usual way."""
        self.answers: BoundedCache[CacheKey, tuple[int, Headers, bytes]] = BoundedCache(answers)
        self.plans: BoundedCache[Kind, Plan | None] = BoundedCache(PLANNED_BYTES)
        self.families: BoundedCache[Kind, Family] = BoundedCache(FAMILIES_BYTES)
        self.shapes: BoundedCache[Kind, Shape] = BoundedCache(SHAPED_BYTES)
        self.latest_shape: Shape | None = None
        """Clients send many bodies of the same shape after one another."""
        self.searches: BoundedCache[Kind, Search | None] = BoundedCache(SEARCHES_BYTES)
        self.found: BoundedCache[tuple[Search, tuple[str, ...]], Any] = BoundedCache(FOUND_BYTES)
        self.written: BoundedCache[MatchKey, bytes] = BoundedCache(WRITTEN_BYTES)

    def clear(self) -> None:
        """Drop all entries: contexts and their epoch refer to each other, so they would stay in memory for long."""
        prepared = self.plans, self.families, self.shapes, self.searches
        for cache in (self.contexts, self.answers, self.found, self.written, *prepared):
            cache.clear()
        self.latest_shape = None


class Epochs:
    """Provides the current epoch. Shared by threads."""

    def __init__(self, store: Store, clock: Callable[[], datetime], guard: Guard, answers: int) -> None:
        self._store = store
        self._guard = guard
        self._clock = clock
        self._answers = answers
        self.now = Epoch(-1, 0, answers)
        self.keep_answers, self.are_limited = answers > 0, guard.limits
        self.presumes = store.distant

    def current(self) -> Epoch | None:
        """The current epoch; None if the database does not answer."""
        try:
            generation = self._store.generation()
        except TerminologyError:
            return None
        day, epoch = self._clock().toordinal(), self.now
        if generation != epoch.generation or day != epoch.day:
            before, epoch = epoch, Epoch(generation, day, self._answers)
            epoch.answers.count_on(before.answers)
            self.now = epoch
            before.clear()
        return epoch

    def client_cache(self, cache_id: str) -> tuple[str, ...] | None:
        """Digests of the resources that a client left under a cache id; None if the database does not answer."""
        try:
            return tuple(self._store.client_cache(cache_id) or ())
        except TerminologyError:
            return None

    def started_cache(self, cache_id: str) -> tuple[str, ...] | None:
        """The same of a cache that was started here; None also if there is no such cache, or no longer."""
        try:
            digests = self._store.client_cache(cache_id)
        except TerminologyError:
            return None
        return None if digests is None else tuple(digests)

    def context(self, environ: Environ, presumed: bool = False) -> CacheContext | None:
        """The context of a request; None if the database does not answer, which the application then reports.

        A `presumed` one is that of the epoch that was seen last. Whether that still is the current one is read along
        with the next statement, which saves a round trip; whoever has an answer then asks whether the context `holds`.
        """
        found: CacheContext | None = environ.get(FOUND)
        if found is not None:
            return found
        if presumed:
            self._store.read_generation_along()
        epoch = self.now if presumed else self.current()
        if epoch is None:
            return None
        headers = tuple(map(environ.get, LOOKED_AT))
        kept = epoch.contexts.get(headers)
        found = kept[0] if kept else self._context(environ, epoch, headers)
        if not presumed:
            environ[FOUND] = found
        return found

    def _context(self, environ: Environ, epoch: Epoch, headers: tuple[Any, ...]) -> CacheContext:
        """The context of a request with these headers; those of anybody's, who may read everything, are kept by them.

        Those of others are kept by what they may do, and what they left here.
        """
        others = headers[len(OF_CALLERS) :]
        anybody = self._guard.anonymous
        standing: Standing | None = anybody
        left: tuple[str, ...] | None = NOTHING_LEFT
        *credentials, cache_id = headers[: len(OF_CALLERS)]
        if any(one is not None for one in credentials):
            standing = self._guard.standing_at_once(environ, epoch.generation)
        if cache_id:
            left = self.started_cache(cache_id)
        if standing is None or left is None or not standing.may_read(_type_at(environ["PATH_INFO"])):
            return epoch.personal
        entitlements = standing.entitlements
        is_anybodys = anybody.reads is None and not entitlements and not left
        key: Kind = (*ANYBODY, *others) if is_anybodys else (entitlements, left, others)
        if (kept := epoch.contexts.get(key)) is not None:
            return kept[0]
        weight = HEADER_OVERHEAD + sum(map(len, filter(None, (*others, *entitlements, *left))))
        personal = others[-len(PERSONAL) :] != IMPERSONAL
        return epoch.contexts.put(key, CacheContext(epoch, entitlements, left, personal=personal), weight)

    def holds(self, context: CacheContext) -> bool:
        """Whether a presumed context is that of the current epoch."""
        return self.current() is context.epoch

    def is_within_limit(self, environ: Environ) -> bool:
        """Count a request that has an answer already; False leaves it to the application, which refuses it."""
        return self._guard.is_within_limit(environ, self.now.generation)


@remembering(1024)
def _type_at(path: str) -> str:
    """The resource type in a path."""
    return path.split("/", 3)[2] if path.count("/") > 1 else ""


@remembering(1024)
def only_reads(path: str) -> bool:
    """Whether a path belongs to resources or operations that only read, or says what the server can do."""
    parts = path.split("/", 3)
    _, endpoint, type_, *_ = (*parts, "", "", "")
    if parts[2:] == [METADATA]:
        return endpoint in ENDPOINTS
    return endpoint in ENDPOINTS and type_ in RESOURCE_TYPES and parts[-1].strip("/") not in REMEMBERING
