"""A worker that is about to be replaced says so to its clients: connections are closed after an answer, not before one.

HTTP lets either side close a connection that stays open between requests, but a client whose request crosses that loses
it. A new worker listens for a few seconds before the old one is stopped; those are enough to send all clients over.

Signals are waited for in a thread of their own: with many threads, the main one does not always wake up for Python's
handlers (seen in a fifth of all cases under load), and a worker that has not heard is killed in the end.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication

from granian.server.mp import MPServer

from terminology.http.server import SIGNAL

Environ = dict[str, Any]


TOLD_SECONDS = 0.1
"""How long workers have to hear it before they are stopped."""

HEARD = frozenset({SIGNAL, signal.SIGTERM})


class Leaving:
    """An application that can begin to send its clients away; `around` gives it what it is to carry out."""

    def __init__(self) -> None:
        self._inner: WSGIApplication = _nothing
        self._app: WSGIApplication = _nothing
        self._leaves = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._app(environ, start_response)

    def around(self, app: WSGIApplication) -> Self:
        """Itself, with an application."""
        self._inner = app
        self._app = self._last if self._leaves else app
        return self

    def listen(self) -> None:
        """Hear the signals to a worker from now on; call it in its main thread, before there are others."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        threading.Thread(target=self._hear, name="signals", daemon=True).start()

    def leave(self) -> None:
        """From now on, close each connection after its answer."""
        self._leaves = True
        self._app = self._last

    def _hear(self) -> None:
        while True:
            number = signal.sigwait(HEARD)
            self.leave()
            if number == signal.SIGTERM:
                stop = signal.getsignal(signal.SIGTERM)
                if not callable(stop):  # granian does not listen yet
                    os._exit(0)
                stop(number, None)

    def _last(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def started(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return self._inner(environ, started)


class Server(MPServer):
    """granian, which tells workers that they are about to be stopped."""

    def _respawn_workers(self, workers: Sequence[int], *arguments: Any, **options: Any) -> None:
        self._tell(workers)
        super()._respawn_workers(workers, *arguments, **options)

    def _stop_workers(self) -> None:
        self._tell(range(len(self.wrks)))
        time.sleep(TOLD_SECONDS)
        super()._stop_workers()  # type: ignore[no-untyped-call]

    def _tell(self, workers: Sequence[int]) -> None:
        for index in workers:
            with suppress(ProcessLookupError):
                os.kill(self.wrks[index].inner.pid, SIGNAL)


def _nothing(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []
