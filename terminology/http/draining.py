"""Connection draining: a worker that will be stopped closes each connection after an answer, not before one.

HTTP lets either side close an idle keep-alive connection, but a request that is sent at that moment is lost. So workers
begin to send `Connection: close` some time before `master` stops them.

Signals are received in a thread of their own: in a process with many threads, the main one does not always run Python's
signal handlers in time (a fifth of all cases under load), and a worker that does not react is killed in the end.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication

from terminology.fhir.json import dumps
from terminology.http.environ import Environ
from terminology.http.fast_path import no_fast_path
from terminology.http.listening import stop_accepting
from terminology.http.prepared import Answer
from terminology.http.server import LEAVE, STOP

HEARD = frozenset({LEAVE, STOP, signal.SIGTERM})

REQUEST_SECONDS = 1.0
"""How long the request of an accepted connection may take to arrive when a worker is replaced. granian would close such
connections at once."""
READY = "/health/ready"
UNAVAILABLE = "503 Service Unavailable"
STOPPING = dumps({"status": "stopping"})


class Draining:
    """Wraps the application that `around` sets, and can begin to drain its connections."""

    def __init__(self) -> None:
        self._inner: WSGIApplication = _nothing
        self._app: WSGIApplication = _nothing
        self._drains = self._stops = self._replaced = False
        self.fast_path: Callable[[Environ], Answer | None] = no_fast_path
        """Asked before the application, unless connections are drained."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._app(environ, start_response)

    def around(self, app: WSGIApplication, fast_path: Callable[[Environ], Answer | None] = no_fast_path) -> Self:
        """Set the application and its fast path; returns self."""
        self._inner = app
        self._app = self._last if self._drains else app
        self.fast_path = no_fast_path if self._drains else fast_path
        return self

    def listen(self) -> None:
        """Receive the worker's signals from now on; call this in the main thread, before others are started."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        threading.Thread(target=self._hear, name="signals", daemon=True).start()

    def drain(self, *, stops: bool = False) -> None:
        """From now on, close each connection after its answer; if the server stops, also report not to be ready."""
        self._drains, self._stops = True, stops
        self._app = self._last
        self.fast_path = no_fast_path

    def _hear(self) -> None:
        while True:
            number = signal.sigwait(HEARD)
            self._replaced = self._replaced or number == LEAVE
            self.drain(stops=self._stops or number == STOP)
            if number == signal.SIGTERM:
                if self._replaced:  # another worker has the same listening socket, or will have it
                    stop_accepting()
                    time.sleep(REQUEST_SECONDS)
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
