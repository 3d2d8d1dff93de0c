"""The client of one upstream server, with time limits, a cache and a circuit breaker.

Does not know why it is asked. The result is a status and a resource (as R5), or `Unanswered` with the reason.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from terminology.fhir import r4
from terminology.fhir.json import Json, loads_object
from terminology.http.upstream.breaker import Breaker
from terminology.model.outcome import TerminologyError
from terminology.model.requests import FhirRelease
from terminology.store.cache import BoundedCache

if TYPE_CHECKING:  # most servers need it never
    import requests

log = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
MOST_AT_ONCE = 8
"""The most requests of a worker that may wait for the server, so that others are still answered."""
KEPT_BYTES = 16 * 1024 * 1024
OVERHEAD = 1000
"""Bytes that a kept answer costs beside its body."""
CHUNK = 65536
REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Statuses that are answers to the question."""
OUTCOMES = ("answered", "kept", "failed", "not asked", "left alone")
"""Outcomes of questions. All are present from the start, so that readers never see the dict grow."""


class Unanswered(Exception):  # noqa: N818 - a reason, which is told to whoever asked
    """No answer, with the reason. `outage`: any question would fail the same way."""

    def __init__(self, reason: str, *, outage: bool = True) -> None:
        super().__init__(reason)
        self.outage = outage


@dataclass(frozen=True, slots=True)
class Question:
    """A question: everything that the answer depends on. `type_` is the expected resource type."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes
    language: str
    type_: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's answer: 200, or a refusal with an OperationOutcome."""

    status: int
    resource: Json


class Remote:
    """A server at a base URL. Threads share it."""

    def __init__(
        self,
        base: str,
        release: FhirRelease,
        *,
        authorization: str = "",
        kept_seconds: float = 0.0,
        largest: int = 32 * 1024 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base = base
        self._release = release
        self._authorization = authorization
        self._kept_seconds = kept_seconds
        self._largest = largest
        self._clock = clock
        self._breaker = Breaker(clock)
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        """Counts of answers, cached answers and failures, for metrics."""
        self._counting = threading.Lock()
        self._kept: BoundedCache[tuple[Question, int], Reply] = BoundedCache(KEPT_BYTES)

    def ask(self, question: Question, headers: dict[str, str], seconds: float) -> Reply:
        """The answer, cached or new. `headers` are about the exchange. Raises Unanswered."""
        age = int(self._clock() // self._kept_seconds) if self._kept_seconds > 0 else None
        if age is not None and (kept := self._kept.get((question, age))) is not None:
            self._count("kept")
            return kept[0]
        if not self._breaker.permits():
            self._count("left alone")
            raise Unanswered("it failed several times in a row and is left alone for a while")
        try:
            reply, size = self._in_time(question, headers, seconds)
        except Unanswered as reason:
            self._count("failed" if reason.outage else "not asked")
            if reason.outage and self._breaker.failed():
                log.warning("the upstream server %s is left alone for a while: %s", self.base, reason)
            raise
        self._count("answered")
        self._breaker.succeeded()
        if age is not None:
            self._kept.put((question, age), reply, size + len(question.body) + OVERHEAD)
        return reply

    def _count(self, outcome: str) -> None:
        with self._counting:
            self.outcomes[outcome] += 1

    def _in_time(self, question: Question, headers: dict[str, str], seconds: float) -> tuple[Reply, int]:
        """Ask in a thread with a total time limit, since a slow server can stay within every socket timeout."""
        if seconds <= 0:
            raise Unanswered("there was no time left", outage=False)
        if not self._slots.acquire(blocking=False):
            raise Unanswered("too many requests wait for it already", outage=False)
        found: SimpleQueue[tuple[Reply, int] | Unanswered] = SimpleQueue()

        def exchange() -> None:
            try:
                found.put(self._exchange(question, headers, seconds))
            except Unanswered as reason:
                found.put(reason)
            except Exception:  # what others send must not end in a fault of ours
                log.exception("an answer of the upstream server %s could not be read", self.base)
                found.put(Unanswered("its answer cannot be read"))
            finally:
                self._slots.release()

        threading.Thread(target=exchange, daemon=True, name="upstream").start()
        try:
            answer = found.get(timeout=seconds)
        except Empty:
            raise Unanswered(f"it did not answer within {seconds:.3g} seconds") from None
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    def _exchange(self, question: Question, headers: dict[str, str], seconds: float) -> tuple[Reply, int]:
        import requests  # noqa: PLC0415 - most servers need it never

        until = time.monotonic() + seconds
        sent = {**headers, "Accept": "application/fhir+json"}
        if question.content_type:
            sent["Content-Type"] = question.content_type
        if question.language:
            sent["Accept-Language"] = question.language
        url = f"{self.base}/{question.path}" + (f"?{question.query}" if question.query else "")
        try:
            with self._session.request(
                question.method, url, data=question.body or None, headers=sent, auth=self._signed, stream=True,
                timeout=(min(CONNECT_SECONDS, seconds), seconds), allow_redirects=False,
            ) as response:  # fmt: skip
                _check(response.status_code)
                body = self._limited(response, until)
        except requests.Timeout:
            raise Unanswered("it did not answer in time") from None
        except requests.RequestException:  # their texts name addresses inside
            raise Unanswered("it cannot be reached, or broke off") from None
        return self._read(response.status_code, body, question), len(body)

    def _limited(self, response: requests.Response, until: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(CHUNK):
            size += len(chunk)
            if size > self._largest:
                raise Unanswered("its answer is too large", outage=False)
            if time.monotonic() > until:
                raise Unanswered("it did not answer in time")
            chunks.append(chunk)
        return b"".join(chunks)

    def _read(self, status: int, body: bytes, question: Question) -> Reply:
        try:
            resource = loads_object(body)
        except TerminologyError:
            raise Unanswered("it answered with something other than FHIR") from None
        wanted = question.type_ if status == HTTPStatus.OK else "OperationOutcome"
        if resource.get("resourceType") != wanted:
            raise Unanswered("it answered with something other than FHIR")
        return Reply(status, resource if self._release == "R5" else r4.to_r5(resource))

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the setting's credentials; without this, `requests` would look for some in ~/.netrc."""
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        return request

    @cached_property
    def _session(self) -> requests.Session:
        """A session with persistent connections, but without cookies, which would link different callers."""
        import requests  # noqa: PLC0415 - most servers need it never

        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session


def _check(status: int) -> None:
    """Raise Unanswered for statuses that are not an answer to the question."""
    if status == HTTPStatus.OK or status in REFUSALS:
        return
    outage = status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    raise Unanswered(f"it answered with status {status}", outage=outage or status == HTTPStatus.TOO_MANY_REQUESTS)
