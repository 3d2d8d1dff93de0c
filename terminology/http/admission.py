"""Admission control: a limited number of requests is carried out at a time, some more wait shortly, others get 503.

A WSGI layer around everything else. The server has more threads than requests are admitted, so that each request is
seen and can be refused at once, instead of waiting in a queue inside the server.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir import outcome
from terminology.fhir.json import dumps
from terminology.http.environ import Environ
from terminology.http.request_buffering import AT_A_TIME, UPLOAD, Buffered, RequestBuffer, is_small
from terminology.http.wsgi import CORS, request_id_of
from terminology.model.outcome import Issue

WAIT_SECONDS = 2.0
"""How long a request may wait for a place, and the `Retry-After` of those that are refused."""
SPARE = 2
"""Threads that are needed to refuse requests."""
APART = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Always admitted: these paths are how overload is monitored."""
CUT_OFF = f"{HTTPStatus.REQUEST_TIMEOUT.value} {HTTPStatus.REQUEST_TIMEOUT.phrase}"
REFUSED = f"{HTTPStatus.SERVICE_UNAVAILABLE.value} {HTTPStatus.SERVICE_UNAVAILABLE.phrase}"


def threads(places: int, waiting: int) -> int:
    """How many threads a worker needs."""
    return places + waiting + AT_A_TIME + SPARE if waiting else places


class AdmissionControl:
    """Wraps an application: carries out `places` requests at a time, while up to `waiting` more wait.

    `before_wait` is called before the thread may block for long, and `after_wait` after that (`worker_threads`).
    """

    def __init__(
        self,
        app: WSGIApplication,
        buffer: RequestBuffer,
        *,
        places: int,
        waiting: int,
        seconds: float = WAIT_SECONDS,
        before_wait: Callable[[], None] = lambda: None,
        after_wait: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._buffer = buffer
        self._places = Places(places, waiting, seconds)
        self._before_wait, self._after_wait = before_wait, after_wait

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path in APART:
            return self._app(environ, start_response)
        if environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING"):
            if path.endswith(UPLOAD):
                return self._upload(environ, start_response)
            if not is_small(environ):
                self._before_wait()
            match self._buffer.fill(environ):
                case Buffered.BUSY:
                    return self._refused(environ, start_response)
                case Buffered.CUT_OFF:
                    return self._cut_off(environ, start_response)
        place = self._places.try_get()
        if place is None:
            self._before_wait()
            place = self._places.get()
            if place is None:
                return self._refused(environ, start_response)
        self._after_wait()
        try:
            return self._app(environ, start_response)
        finally:
            self._places.put(place)

    def _upload(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._before_wait()
        with self._buffer.upload(environ) as may:
            if not may:
                return self._refused(environ, start_response)
            self._after_wait()
            return self._app(environ, start_response)

    def _refused(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seconds = f"{max(1, round(self._places.seconds))}"
        issue = Issue("error", "transient", "OVERLOADED", {"seconds": seconds})
        return _said(environ, start_response, REFUSED, issue, ("Retry-After", seconds))

    def _cut_off(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        issue = Issue("error", "incomplete", "BODY_CUT_OFF", {"expected": environ.get("CONTENT_LENGTH", "some")})
        return _said(environ, start_response, CUT_OFF, issue, ("Connection", "close"))


def _said(
    environ: Environ, start_response: StartResponse, status: str, issue: Issue, header: tuple[str, str]
) -> Iterable[bytes]:
    body = dumps(outcome.render([issue]))
    headers = [
        ("Content-Type", "application/fhir+json"),
        ("Content-Length", str(len(body))),
        ("X-Request-Id", request_id_of(environ)),
        header,
        *CORS,
    ]
    start_response(status, headers)
    return [body]


@dataclass(slots=True, eq=False)
class Place:
    """The right to carry out one request."""


class Waiter:
    """A request that waits for a place."""

    __slots__ = ("_place", "_told")

    def __init__(self) -> None:
        self._told = threading.Lock()
        self._told.acquire()
        self._place: Place | None = None

    def give(self, place: Place) -> None:
        """Give it a place, and wake its thread."""
        self._place = place
        self._told.release()

    def wait(self, seconds: float) -> Place | None:
        """The place, or None when none was given in time."""
        self._told.acquire(timeout=seconds)
        return self._place


class Places:
    """Places, given to requests in the order they came. Without waiting requests no lock is taken."""

    def __init__(self, count: int, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self._free = [Place() for _ in range(count)]
        self._most = waiting
        self._queue: deque[Waiter] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._queue)

    def try_get(self) -> Place | None:
        """A place, or None if none is free or other requests wait for it."""
        try:
            return None if self._queue else self._free.pop()
        except IndexError:
            return None

    def get(self) -> Place | None:
        """A place, waited for if need be; None if too many requests wait, or none became free in time."""
        return self.try_get() or self._in_turn()

    def put(self, place: Place) -> None:
        """Return a place, or pass it on to the request that has waited longest."""
        self._free.append(place)
        if self._queue:  # checked after the append, as waiters check for free places after they have joined the queue
            with self._lock:
                self._give_free()

    def _in_turn(self) -> Place | None:
        with self._lock:
            if len(self._queue) >= self._most:
                return None
            waiter = Waiter()
            self._queue.append(waiter)
            self._give_free()
        if (place := waiter.wait(self.seconds)) is not None:
            return place
        with self._lock:
            if waiter in self._queue:
                self._queue.remove(waiter)
                return None
        return waiter.wait(self.seconds)  # it was given one at this very moment

    def _give_free(self) -> None:
        """Give free places to waiting requests."""
        while self._queue:
            try:
                place = self._free.pop()
            except IndexError:  # taken by a request that did not see the queue
                return
            self._queue.popleft().give(place)
