"""A worker that is about to be stopped says so to its clients: connections are closed after an answer, not before one.

HTTP lets either side close a connection that stays open between requests, but a client whose request crosses that loses
it. `master` gives clients some time between the one and the other.

Signals are waited for in a thread of their own: with many threads, the main one does not always wake up for Python's
handlers (seen in a fifth of all cases under load), and a worker that has not heard is killed in the end.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir.json import dumps
from terminology.http.fast_path import Answer, no_fast_path
from terminology.http.server import LEAVE, STOP

Environ = dict[str, Any]

HEARD = frozenset({LEAVE, STOP, signal.SIGTERM})

READY = "/health/ready"
UNAVAILABLE = "503 Service Unavailable"
STOPPING = dumps({"status": "stopping"})


class Leaving:
    """An application that can begin to send its clients away; `around` gives it what it is to carry out."""

    def __init__(self) -> None:
        self._inner: WSGIApplication = _nothing
        self._app: WSGIApplication = _nothing
        self._leaves = self._stops = False
        self.fast_path: Callable[[Environ], Answer | None] = no_fast_path
        """Asked before the application, as long as connections stay open."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._app(environ, start_response)

    def around(self, app: WSGIApplication, fast_path: Callable[[Environ], Answer | None] = no_fast_path) -> Self:
        """Itself, with an application."""
        self._inner = app
        self._app = self._last if self._leaves else app
        self.fast_path = no_fast_path if self._leaves else fast_path
        return self

    def listen(self) -> None:
        """Hear the signals to a worker from now on; call it in its main thread, before there are others."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        threading.Thread(target=self._hear, name="signals", daemon=True).start()

    def leave(self, *, stops: bool = False) -> None:
        """From now on, close each connection after its answer; be not ready for more when the server stops."""
        self._leaves, self._stops = True, stops
        self._app = self._last
        self.fast_path = no_fast_path

    def _hear(self) -> None:
        while True:
            number = signal.sigwait(HEARD)
            self.leave(stops=number == STOP)
            if number == signal.SIGTERM:
                stop = signal.getsignal(signal.SIGTERM)
                if not callable(stop):  # granian does not listen yet
                    os._exit(0)
                stop(number, None)

    def _last(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._stops and environ.get("PATH_INFO") == READY:
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(STOPPING)))]
            start_response(UNAVAILABLE, [*headers, ("Cache-Control", "no-store"), ("Connection", "close")])
            return [STOPPING]

        def started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return self._inner(environ, started)


def _nothing(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response(UNAVAILABLE, [("Content-Length", "0")])
    return []
