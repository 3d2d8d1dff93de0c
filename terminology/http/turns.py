"""Who waits for requests: one thread of a worker, which also carries out what does not take long.

granian gives each request to any of a worker's threads. Two that are awake take the interpreter from each other, which
costs more than most answers do (docs/performance.md), so whoever has answered stands aside while somebody else waits
for the next request. A thread whose request takes longer than others should wait is relieved: another one is called to
the front. It also hands on by itself, before it waits for anything that may be long in coming (`admitting`).

A thread has a session of the database as long as it waits for requests or carries one out; those aside have none.
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
from terminology.http.leaving import Leaving
from terminology.http.wsgi import request_id_of
from terminology.model.outcome import Issue
from terminology.store.protocol import Store

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

IDLE_SECONDS = 600
"""After which granian ends a thread that waits for requests, if it is not the first one: the most it allows."""
RELIEF_SECONDS = 0.005
"""How long a request may keep others from being taken: a few times as long as most take."""
QUIET_ROUNDS = 50
"""After so many times as long without a request that is carried out, nobody is looked after until the next one."""


class Turns:
    """The threads of a worker: up to `most` wait for requests at a time, or carry out what does not take long.

    Up to `places` others carry out requests; as many sessions of the database are kept for them.
    """

    def __init__(self, store: Store, most: int = 1, places: int = 0) -> None:
        self._take, self._lend = store.take, store.lend
        self._sessions: list[object] = []
        self._most_sessions = most + places
        self._most = most
        self._front: set[Turn] = set()
        self._aside: list[Turn] = []
        self._lock = threading.Lock()
        self._here = threading.local()
        self._looking = False
        self._look = threading.Event()
        threading.Thread(target=self._relieve, name="relief", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many wait for requests, or will go back to that without being asked."""
        return len(self._front)

    @property
    def aside(self) -> int:
        """How many stand aside."""
        return len(self._aside)

    def come(self) -> Turn:
        """The turn of the calling thread, which was given a request."""
        turn: Turn | None = getattr(self._here, "turn", None)
        if turn is None:
            turn = self._here.turn = Turn()
            self._here.ending = Ending(self, turn)
        if turn not in self._front:
            with self._lock:
                self._front.add(turn)
            self.go_on()
        return turn

    def begin(self, turn: Turn) -> None:
        """The request is carried out now, which may take long."""
        turn.since = monotonic()
        if not self._looking:
            self._look.set()

    def hand_on(self) -> None:
        """The calling thread is about to wait: let another one wait for requests, and others have its session."""
        turn: Turn | None = getattr(self._here, "turn", None)
        if turn is not None:
            self._leave(turn)
            self._give(turn)

    def go_on(self) -> None:
        """The calling thread has something to do: let it have a session."""
        turn: Turn | None = getattr(self._here, "turn", None)
        if turn is not None and not turn.has_session:
            turn.has_session = True
            with suppress(IndexError):  # then it opens one when it needs it
                self._take(self._sessions.pop())

    def done(self, turn: Turn) -> None:
        """The answer is out: go back to waiting for requests, or stand aside until that is wanted."""
        turn.since = 0.0
        if turn in self._front and len(self._front) <= self._most:
            return
        with self._lock:
            self._front.discard(turn)
            stays = len(self._front) < self._most
            if stays:
                self._front.add(turn)
        if not stays:
            self._give(turn)
            with self._lock:
                self._aside.append(turn)
                self._call()
            turn.called.acquire()
        self.go_on()

    def _give(self, turn: Turn) -> None:
        """Give up the session of the calling thread; one too many is closed."""
        if turn.has_session:
            turn.has_session = False
            session = self._lend()
            if len(self._sessions) < self._most_sessions:
                self._sessions.append(session)

    def _leave(self, turn: Turn) -> None:
        with self._lock:
            self._front.discard(turn)
            self._call()

    def _call(self) -> None:
        """Call threads to the front; where none stands aside, granian begins one when a request comes."""
        while len(self._front) < self._most and self._aside:
            following = self._aside.pop()
            self._front.add(following)
            following.called.release()

    def _relieve(self) -> None:
        """Look after those at the front as long as requests are carried out."""
        quiet = 0
        while True:
            if quiet > QUIET_ROUNDS:
                self._looking = False
                if not any(turn.since for turn in tuple(self._front)):  # else somebody began, and thinks he is seen
                    self._look.wait()
            self._look.clear()
            self._looking = True
            sleep(RELIEF_SECONDS)
            long_ago, quiet = monotonic() - RELIEF_SECONDS, quiet + 1
            for turn in tuple(self._front):
                if turn.since:
                    quiet = 0
                    if turn.since < long_ago:
                        self._leave(turn)

    def ended(self, turn: Turn) -> None:
        """A thread came to its end, and its session with it."""
        self._leave(turn)


class Turn:
    """One thread: since when it carries out a request (0: it does not), and whether it has a session."""

    __slots__ = ("called", "has_session", "since")

    def __init__(self) -> None:
        self.since = 0.0
        self.has_session = False
        self.called = threading.Lock()
        self.called.acquire()


class Ending:
    """Kept by a thread, to say that it ends: granian began it, and nothing else tells."""

    def __init__(self, turns: Turns, turn: Turn) -> None:
        self._turns = turns
        self._turn = turn

    def __del__(self) -> None:
        self._turns.ended(self._turn)


class Exchange(Protocol):
    """What granian takes an answer by."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_iter(self, status: int, headers: Headers, body: ResponseIterWrap) -> None:
        """Send an answer as it is made."""


class Begun:
    """The `start_response` of one request, and what is written by the callable it returns (PEP 3333)."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        """Take status and headers; nothing has been sent yet, so they may still be replaced by those of a failure."""
        self.status = int(status[:3])
        self.headers = headers
        return self.written.append


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
        try:
            if environ["REQUEST_METHOD"] != "GET":  # its body may be long in coming
                turns.begin(turn)
            if (found := app.fast_path(environ)) is not None:
                exchange.response_bytes(200, *found)
            else:
                turns.begin(turn)
                begun = Begun()
                _send(exchange, begun, app(environ, begun))
        except Exception:
            log.exception("request %s failed", request_id_of(environ))
            exchange.response_bytes(500, [("Content-Type", "application/fhir+json")], _failure(environ))
        turns.done(turn)

    return answer


def _send(exchange: Exchange, begun: Begun, body: Iterable[bytes]) -> None:
    if begun.written:
        body = [*begun.written, *body]
    if isinstance(body, list):
        exchange.response_bytes(begun.status, begun.headers, body[0] if len(body) == 1 else b"".join(body))
    else:
        exchange.response_iter(begun.status, begun.headers, ResponseIterWrap(body))  # type: ignore[no-untyped-call]


def _failure(environ: Environ) -> bytes:
    return dumps(outcome.render([Issue("fatal", "exception", "INTERNAL_ERROR", {"reference": request_id_of(environ)})]))
