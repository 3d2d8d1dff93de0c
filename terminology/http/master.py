"""The process that starts, replaces and stops the workers of a server: granian's, with sockets of its own.

No request is lost where HTTP allows that. The exception is a client that sends a request over a kept-alive connection
at the very moment it is closed. So clients are told first, by `Connection: close` with an answer, and have some time to
react.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

from granian._granian import SocketHolder
from granian.server import mp
from granian.server.mp import MPServer, WorkerProcess

from terminology.http.connections import Connections
from terminology.http.draining import HEARD
from terminology.http.listening import Listeners
from terminology.http.server import BACKLOG, LEAVE, STOP
from terminology.http.software import NAME, software_version

log = logging.getLogger(__name__)

ENDED = "it has ended"
POLL_SECONDS = 0.02
TAKEN_SECONDS = 1.0
"""How long connections may wait to be accepted by a worker."""


class Server(MPServer):
    """granian's server, which warns workers before it stops them and waits up to `drain` seconds for clients to go."""

    def __init__(self, *arguments: Any, listeners: Listeners, drain: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._listeners = listeners
        self._drain_seconds = drain
        self._hurry = threading.Event()
        self._reason = ENDED

    def startup(self, *arguments: Any) -> None:
        """Also tell where it serves, and what."""
        super().startup(*arguments)  # type: ignore[no-untyped-call]
        where = ", ".join(self._listeners.urls)
        log.info("%s %s serves %s with %d workers", NAME, software_version(), where, self.workers)

    def signal_handler_interrupt(self, number: int = signal.SIGINT, *_: object) -> None:
        """`SIGTERM` gives clients time to go. Ctrl-C does not, nor does any second signal."""
        if number != signal.SIGTERM or self.interrupt_signal:
            self._hurry.set()
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _init_shared_socket(self) -> None:
        self._sso = self._ssp = self._shd = None

    def _drop_shared_socket(self) -> None:
        """Do nothing: it is called before the workers are stopped, which still have connections to accept."""

    def _spawn_worker(self, idx: int, **options: Any) -> WorkerProcess:  # type: ignore[override]
        self._sso = self._listeners.of_worker(idx)
        made = super()._spawn_worker(idx=idx, **options)
        made.is_alive = partial(alive, made.inner)  # type: ignore[method-assign]
        if multiprocessing.get_start_method() != "fork":
            made.start = partial(_start_with_signals_blocked, made.start)  # type: ignore[method-assign]
        return made

    def _reload(self, *arguments: Any) -> None:
        with self._because("SIGHUP"):
            super()._reload(*arguments)  # type: ignore[no-untyped-call]

    def _handle_rss_signal(self, *arguments: Any) -> None:
        with self._because(f"it has more than {(self.workers_rss or 0) >> 20} MiB (worker_memory)"):
            super()._handle_rss_signal(*arguments)  # type: ignore[no-untyped-call]

    @contextmanager
    def _because(self, reason: str) -> Iterator[None]:
        """Log a reason for workers that are replaced inside."""
        self._reason = reason
        try:
            yield
        finally:
            self._reason = ENDED

    def _respawn_workers(self, workers: Sequence[int], *arguments: Any, **options: Any) -> None:
        for index in workers:
            log.info("worker %d is replaced: %s", index + 1, self._reason)
        self._tell(workers, LEAVE)
        super()._respawn_workers(workers, *arguments, **options)

    def _stop_workers(self) -> None:
        log.info("stopping; clients have up to %g seconds to leave", self._drain_seconds)
        for worker in self.wrks:
            worker.interrupt_by_parent = True  # one that does not listen for the signal yet ends by it
        self._tell(range(len(self.wrks)), STOP)
        if self._listeners.handed_over:  # the next server's workers replace these
            self._tell(range(len(self.wrks)), LEAVE)
        self._wait_while(lambda now: now.connected, self._drain_seconds)
        self._listeners.refuse()
        if not self._listeners.handed_over:
            self._wait_while(lambda now: now.waiting, TAKEN_SECONDS)
        super()._stop_workers()  # type: ignore[no-untyped-call]
        self._listeners.close()

    def _wait_while(self, so: Callable[[Connections], bool], seconds: float) -> None:
        """Wait until a condition on connections is false, at most some seconds; that long where nothing is known."""
        ports, end = self._listeners.ports, time.monotonic() + seconds
        while time.monotonic() < end and not self._hurry.is_set():
            now = Connections.to(ports)
            if now is not None and not so(now):
                return
            self._hurry.wait(POLL_SECONDS)

    def _tell(self, workers: Sequence[int], number: signal.Signals) -> None:
        for index in workers:
            with suppress(ProcessLookupError):
                os.kill(self.wrks[index].inner.pid, number)


def _start_with_signals_blocked(start: Callable[[], None]) -> None:
    """Start a process that inherits the blocked signals.

    A process that is not forked imports modules, whose libraries may start threads, before its own code can block a
    signal. Such a thread would receive signals that `draining` waits for, and nobody would react to them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def alive(process: BaseProcess) -> bool:
    """Whether a process is running.

    multiprocessing still says so after another thread has waited for its end, as granian's do, which then logged that a
    worker had to be killed although it had ended in time.
    """
    try:
        os.kill(process.pid or 0, 0)
    except ProcessLookupError:
        return False
    return process.is_alive()


def worker(number: int, name: str | None, loader: Callable[..., Any], sockets: Any, *options: Any) -> None:
    """The main function of a worker process; its socket is one of Python's, which can be passed to a new process.

    What `loader` returns is called with each request directly, without granian's own wrapper (`worker_threads`).
    """
    mp._wsgi_call_wrap = lambda callback, *_: callback  # type: ignore[attr-defined]  # noqa: SLF001 - it has no setting
    _, listener = sockets
    # Three arguments: granian describes the class of another system to type checkers.
    holder = SocketHolder(listener.detach(), False, BACKLOG)  # type: ignore[call-arg]
    MPServer._spawn_wsgi_worker(number, name, loader, ((None, holder), None), *options)  # noqa: SLF001 - granian's own
