"""Who waits for requests: one thread of a worker, which answers what takes no time. Before anything long, it hands on.

granian gives each request to any of a worker's threads. Two that are awake take the interpreter from each other, which
costs more than most answers do (docs/performance.md), so whoever has answered stands aside while somebody else
waits for the next request. Which requests are long, others decide (`admitting`): they call `hand_on`. The session of
the database by which requests are answered at once goes along.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

from granian.wsgi import ResponseIterWrap

from terminology.fhir import outcome
from terminology.fhir.json import dumps
from terminology.http.leaving import Leaving
from terminology.http.wsgi import request_id_of
from terminology.model.outcome import Issue
from terminology.store.protocol import Store

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

IDLE_SECONDS = 600
"""After which granian ends a thread that waits for requests, if it is not the first one: the most it allows."""


class Turns:
    """The threads of a worker: up to `most` wait for requests at a time, or answer what they can at once."""

    def __init__(self, store: Store, most: int = 1) -> None:
        self._take, self._lend = store.take, store.lend
        self._sessions: list[object] = []
        self._most = most
        self._waiting = 0
        self._aside: list[Turn] = []
        self._lock = threading.Lock()
        self._here = threading.local()

    @property
    def waiting(self) -> int:
        """How many wait for requests, or will go back to that without being asked."""
        return self._waiting

    @property
    def aside(self) -> int:
        """How many stand aside."""
        return len(self._aside)

    def come(self) -> Turn:
        """The turn of the calling thread, which was given a request."""
        turn: Turn | None = getattr(self._here, "turn", None)
        if turn is None:
            turn = self._here.turn = Turn(self)
        if not turn.waits:
            with self._lock:
                turn.waits = True
                self._waiting += 1
            self._begin()
        return turn

    def hand_on(self) -> None:
        """What the calling thread does from now on may take long: let another one wait for requests."""
        turn: Turn | None = getattr(self._here, "turn", None)
        if turn is not None and turn.waits:
            self._leave(turn)

    def done(self, turn: Turn) -> None:
        """The answer is out: go back to waiting for requests, or stand aside until that is wanted."""
        if turn.waits and self._waiting <= self._most:
            return
        if turn.waits:
            self._end()
        with self._lock:
            others = self._waiting - turn.waits
            turn.waits = others < self._most
            self._waiting = others + turn.waits
            if not turn.waits:
                self._aside.append(turn)
        if not turn.waits:
            turn.called.acquire()
        self._begin()

    def _begin(self) -> None:
        """Go on with a session by which others answered before."""
        with suppress(IndexError):
            self._take(self._sessions.pop())

    def _end(self) -> None:
        session = self._lend()
        if len(self._sessions) < self._most:  # else it is closed
            self._sessions.append(session)

    def _leave(self, turn: Turn) -> None:
        self._end()
        with self._lock:
            turn.waits = False
            self._waiting -= 1
            if self._waiting < self._most and self._aside:  # else granian begins a thread when a request comes
                following = self._aside.pop()
                following.waits = True
                self._waiting += 1
                following.called.release()

    def ended(self, turn: Turn) -> None:
        """A thread came to its end, and its session with it."""
        if turn.waits:
            with self._lock:
                self._waiting -= 1


class Turn:
    """What one thread does: it waits for requests (or has one that may be answered at once), or it does not."""

    __slots__ = ("_turns", "called", "waits")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.waits = False
        self.called = threading.Lock()
        self.called.acquire()

    def __del__(self) -> None:
        """Nothing else tells that a thread ends: granian began it."""
        self._turns.ended(self)


class Exchange(Protocol):
    """What granian takes an answer by."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_iter(self, status: int, headers: Headers, body: ResponseIterWrap) -> None:
        """Send an answer as it is made."""


class Begun:
    """The `start_response` of one request."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []

    def __call__(self, status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        """See PEP 3333; what `write` is for, nothing here needs."""
        self.status = int(status[:3])
        self.headers = headers
        return _no_write


def answering(app: Leaving, turns: Turns) -> Callable[[Exchange, Environ], None]:
    """What granian calls with each request, in place of its own wrapper of an application.

    An answer goes out before the thread stands aside, for which granian's wrapper leaves no room, and requests are told
    what WSGI wants of their surroundings, not all variables of the environment.
    """
    surroundings = {
        "SCRIPT_NAME": "",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multiprocess": True,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }

    def answer(exchange: Exchange, environ: Environ) -> None:
        turn = turns.come()
        environ.update(surroundings)
        if (found := app.at_once(environ)) is not None:
            exchange.response_bytes(200, *found)
            turns.done(turn)
            return
        begun = Begun()
        try:
            _send(exchange, begun, app(environ, begun))
        except Exception:
            log.exception("request %s failed", request_id_of(environ))
            exchange.response_bytes(500, [("Content-Type", "application/fhir+json")], _failure(environ))
        turns.done(turn)

    return answer


def _send(exchange: Exchange, begun: Begun, body: Iterable[bytes]) -> None:
    if isinstance(body, list):
        exchange.response_bytes(begun.status, begun.headers, body[0] if len(body) == 1 else b"".join(body))
    else:
        exchange.response_iter(begun.status, begun.headers, ResponseIterWrap(body))  # type: ignore[no-untyped-call]


def _failure(environ: Environ) -> bytes:
    return dumps(outcome.render([Issue("fatal", "exception", "INTERNAL_ERROR", {"reference": request_id_of(environ)})]))


def _no_write(_: bytes) -> None:
    raise NotImplementedError("applications here return what they answer")
