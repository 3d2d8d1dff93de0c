"""The threads of a worker process, by the leader/followers pattern.

granian gives each request to any of a worker's threads. Two running threads compete for the interpreter, which costs
more than most answers do (docs/performance.md). So one thread, the leader, waits for requests and carries out the short
ones; a thread that has answered while another one leads becomes a follower and sleeps. If the leader's request takes
long, a watchdog promotes a follower. The leader also steps down by itself before it blocks (`admission`).

A thread holds a database session while it leads or carries out a request; followers hold none.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, Protocol

from granian.wsgi import ResponseIterWrap

from terminology.fhir import outcome
from terminology.fhir.json import dumps
from terminology.http.draining import Draining
from terminology.http.environ import Environ, Headers
from terminology.http.wsgi import request_id_of
from terminology.model.outcome import Issue
from terminology.store.protocol import Store

log = logging.getLogger(__name__)


IDLE_SECONDS = 600
"""After this time granian ends a thread that waits for requests, unless it is the first one: its maximum."""
RELIEF_SECONDS = 0.005
"""How long the leader may work on one request before it is replaced: a few times as long as most requests take."""
QUIET_ROUNDS = 50
"""The watchdog sleeps after this many rounds without a request in progress, until the next one begins."""


class WorkerThreads:
    """Up to `most` leaders at a time, and up to `places` other threads that carry out requests.

    As many database sessions are kept open as can be in use at a time.
    """

    def __init__(self, store: Store, most: int = 1, places: int = 0) -> None:
        self._take, self._lend = store.take, store.lend
        self._sessions: list[object] = []
        self._most_sessions = most + places
        self._most = most
        self._leaders: set[ThreadState] = set()
        self._followers: list[ThreadState] = []
        self._lock = threading.Lock()
        self._here = threading.local()
        self._looking = False
        self._look = threading.Event()
        threading.Thread(target=self._relieve_slow, name="relief", daemon=True).start()

    @property
    def leaders(self) -> int:
        """How many threads wait for requests, or will do so without being promoted."""
        return len(self._leaders)

    @property
    def followers(self) -> int:
        """How many threads sleep until they are promoted."""
        return len(self._followers)

    def enter(self) -> ThreadState:
        """Call this first with each request; returns the state of the calling thread."""
        state: ThreadState | None = getattr(self._here, "state", None)
        if state is None:
            state = self._here.state = ThreadState()
            self._here.ending = Ending(self, state)
        if state not in self._leaders:
            with self._lock:
                self._leaders.add(state)
            self.after_wait()
        return state

    def started(self, state: ThreadState) -> None:
        """From now on the request may take long."""
        state.since = monotonic()
        if not self._looking:
            self._look.set()

    def before_wait(self) -> None:
        """Call this before the calling thread blocks: it steps down as leader and gives up its session."""
        state: ThreadState | None = getattr(self._here, "state", None)
        if state is not None:
            self._step_down(state)
            self._release_session(state)

    def before_read(self) -> None:
        """Call this before the calling thread reads what a client may send slowly: it gives up its session."""
        state: ThreadState | None = getattr(self._here, "state", None)
        if state is not None:
            self._release_session(state)

    def after_wait(self) -> None:
        """Call this when the calling thread goes on: it gets a session again."""
        state: ThreadState | None = getattr(self._here, "state", None)
        if state is not None and not state.has_session:
            state.has_session = True
            with suppress(IndexError):  # it opens one when it needs it
                self._take(self._sessions.pop())

    def finished(self, state: ThreadState) -> None:
        """Call this when the answer was sent: leads again, or sleeps until it is promoted."""
        state.since = 0.0
        if state in self._leaders and len(self._leaders) <= self._most:
            return
        with self._lock:
            self._leaders.discard(state)
            stays = len(self._leaders) < self._most
            if stays:
                self._leaders.add(state)
        if not stays:
            self._release_session(state)
            with self._lock:
                self._followers.append(state)
                self._promote()
            state.called.acquire()
        self.after_wait()

    def _release_session(self, state: ThreadState) -> None:
        """Give up the session of the calling thread; surplus ones are closed."""
        if state.has_session:
            state.has_session = False
            session = self._lend()
            if len(self._sessions) < self._most_sessions:
                self._sessions.append(session)

    def _step_down(self, state: ThreadState) -> None:
        with self._lock:
            self._leaders.discard(state)
            self._promote()

    def _promote(self) -> None:
        """Wake followers to lead; if there are none, granian starts a thread with the next request."""
        while len(self._leaders) < self._most and self._followers:
            following = self._followers.pop()
            self._leaders.add(following)
            following.called.release()

    def _relieve_slow(self) -> None:
        """The watchdog: replace leaders whose requests take long."""
        quiet = 0
        while True:
            if quiet > QUIET_ROUNDS:
                self._looking = False
                if not any(state.since for state in tuple(self._leaders)):  # else a request began unseen
                    self._look.wait()
            self._look.clear()
            self._looking = True
            sleep(RELIEF_SECONDS)
            long_ago, quiet = monotonic() - RELIEF_SECONDS, quiet + 1
            for state in tuple(self._leaders):
                if state.since:
                    quiet = 0
                    if state.since < long_ago:
                        self._step_down(state)

    def ended(self, state: ThreadState) -> None:
        """A thread ended, and its session with it."""
        self._step_down(state)


class ThreadState:
    """The state of one thread: since when it works on a request (0: it does not), and whether it has a session."""

    __slots__ = ("called", "has_session", "since")

    def __init__(self) -> None:
        self.since = 0.0
        self.has_session = False
        self.called = threading.Lock()
        self.called.acquire()


class Ending:
    """A thread-local whose deletion tells that its thread has ended; granian, which started it, does not."""

    def __init__(self, threads: WorkerThreads, state: ThreadState) -> None:
        self._threads = threads
        self._state = state

    def __del__(self) -> None:
        self._threads.ended(self._state)


class Exchange(Protocol):
    """The object by which granian takes an answer."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_iter(self, status: int, headers: Headers, body: ResponseIterWrap) -> None:
        """Send an answer as it is made."""


class StartedResponse:
    """The `start_response` of one request, and what was written by the callable it returns (PEP 3333)."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        """Take status and headers; nothing has been sent yet, so a failure may still replace them."""
        self.status = int(status[:3])
        self.headers = headers
        return self.written.append


def granian_callback(app: Draining, threads: WorkerThreads) -> Callable[[Exchange, Environ], None]:
    """The function that granian calls with each request, in place of its own wrapper of a WSGI application.

    The answer is sent before the thread becomes a follower, which granian's wrapper does not allow, and the environ has
    the keys that WSGI requires, but not all variables of the process environment.
    """
    constants = {
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multiprocess": True,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }

    def answer(exchange: Exchange, environ: Environ) -> None:
        state = threads.enter()
        environ["SCRIPT_NAME"] = ""
        try:
            if environ["REQUEST_METHOD"] != "GET":  # its body may arrive slowly
                threads.started(state)
            try:
                found = app.fast_path(environ)
            except Exception:  # a fault of ours: the application answers without it, and counts what it answers
                log.exception("the fast path failed for request %s", request_id_of(environ))
                found = None
            if found is not None:
                exchange.response_bytes(*found)
            else:
                environ.update(constants)  # which the fast path does not need
                threads.started(state)
                begun = StartedResponse()
                _send(exchange, begun, app(environ, begun))
        except Exception:
            log.exception("request %s failed", request_id_of(environ))
            exchange.response_bytes(500, [("Content-Type", "application/fhir+json")], _failure(environ))
        finally:
            threads.finished(state)

    return answer


def _send(exchange: Exchange, begun: StartedResponse, body: Iterable[bytes]) -> None:
    if begun.written:
        body = [*begun.written, *body]
    if isinstance(body, list):
        exchange.response_bytes(begun.status, begun.headers, body[0] if len(body) == 1 else b"".join(body))
    else:
        exchange.response_iter(begun.status, begun.headers, ResponseIterWrap(body))  # type: ignore[no-untyped-call]


def _failure(environ: Environ) -> bytes:
    return dumps(outcome.render([Issue("fatal", "exception", "INTERNAL_ERROR", {"reference": request_id_of(environ)})]))
