"""Serving with granian: worker processes that each make their own application after they are forked.

Nothing stays open in the parent process, so that no database connection is shared. `python -m terminology.http.server`
serves without the command line tool.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging.config
import os
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

from flask import Flask

from terminology.http import admission, listening, logs, preflight
from terminology.http.access import limits
from terminology.http.fast_path import Count, FastPath, no_fast_path, not_counted
from terminology.http.listening import Listeners
from terminology.http.prepared import Answer
from terminology.http.request_buffering import RequestBuffer
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.cache import BoundedCache
from terminology.store.opening import is_remote

if TYPE_CHECKING:  # imported in the worker, after the fork
    from terminology.http.draining import Draining
    from terminology.http.environ import Environ
    from terminology.http.worker_threads import Exchange

COUNTERS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client finds the counters of all workers."""

CONNECTIONS = 8192
"""Connections each worker takes. An idle one costs a few kilobytes; with few, clients that only hold theirs open would
keep all others out."""

BACKLOG = 4096
"""Connections that wait to be taken."""

ORPHAN_SECONDS = 1.0
"""How soon a worker notices that its parent was killed."""

LEAVE = signal.SIGURG
"""Tells a worker that it will be replaced (`draining`); ignored by workers that are still starting."""
STOP = signal.SIGUSR2
"""Tells a worker that the server will be stopped; one that does not listen for it yet ends."""

M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
"""What mallopt(3) calls its settings."""
ARENAS = 2
LARGE = 512 * 1024
"""Bytes: arrays that a constraint is worked out with, not what is kept."""

SLOW_SECONDS = 10.0
"""How much longer than the longest answer takes a client may be slow before it has said all it wanted."""

STOP_SECONDS = 10
"""Seconds a worker may take to finish what it does; then it is killed."""


def serve(settings: Settings) -> None:
    """Serve until interrupted.

    Raises TerminologyError: unavailable when the port is taken, the address wrong or the database unusable; what
    `store.opening.open_store` raises for a wrong url.
    """
    from granian.constants import Interfaces  # noqa: PLC0415 - only who serves pays for loading the server
    from granian.log import LogLevels  # noqa: PLC0415

    from terminology.http.master import Server, worker  # noqa: PLC0415
    from terminology.http.worker_threads import IDLE_SECONDS  # noqa: PLC0415

    handed = listening.handed_over(os.environ)
    preflight.check(settings, listens=bool(handed))
    _allow_many_files()
    listeners = (
        Listeners(handed, handed_over=True)
        if handed
        else Listeners.new(settings.host, settings.port, count=settings.workers, backlog=BACKLOG)
    )
    logging_ = logs.configuration(settings.log_format)
    server = Server(
        "terminology.http.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=admission.threads(settings.threads, settings.waiting),
        blocking_threads_idle_timeout=IDLE_SECONDS,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        workers_max_rss=settings.worker_memory or None,
        log_level=LogLevels.warning,
        log_dictconfig=logging_,
        websockets=False,
        listeners=listeners,
        drain=settings.drain_seconds,
    )
    with shared_counters(enabled=settings.metrics), limits.shared(enabled=settings.rate_limit > 0):
        # A partial of a module's function, since workers may be spawned rather than forked and then unpickle it.
        loader = partial(_load, dict(settings.values))
        server.serve(spawn_target=worker, target_loader=loader, wrap_loader=False)


@contextmanager
def shared_counters(*, enabled: bool) -> Iterator[None]:
    """A folder through which workers add up what they count, for as long as the server runs."""
    if not enabled:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="terminology-metrics-") as folder:
        os.environ[COUNTERS] = folder
        try:
            yield
        finally:
            del os.environ[COUNTERS]


def _load(values: Mapping[str, Any]) -> Callable[..., None]:
    # Until granian listens for signals, a worker has its parent's handlers, which would swallow a request to stop.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    from terminology.http.draining import Draining  # noqa: PLC0415 - in the worker, after the fork

    _keep_memory_small()
    take_turns()
    draining = Draining()
    draining.listen()
    threading.Thread(target=_stop_without, args=(os.getppid(),), daemon=True).start()
    from terminology.http.app import create_app  # noqa: PLC0415 - in the worker, after the fork

    settings = Settings(values)
    logging.config.dictConfig(logs.configuration(settings.log_format))
    app = create_app(settings)
    app.extensions["terminology_jobs"].begin()
    seldom_collect_garbage()
    return answering(app, settings, draining)


def answering(app: Flask, settings: Settings, draining: Draining) -> Callable[[Exchange, Environ], None]:
    """What granian calls with each request to a worker: the application with its fast path and its threads."""
    from terminology.http.worker_threads import WorkerThreads, granian_callback  # noqa: PLC0415 - as above

    threads = WorkerThreads(app.extensions["terminology"].store, _leaders(settings), settings.threads)
    before_read = threads.before_read if is_remote(settings.database) else None
    around, fast_path = observed(app, settings, threads.before_wait, threads.after_wait, before_read)
    return granian_callback(draining.around(around, fast_path), threads)


def _leaders(settings: Settings) -> int:
    """How many threads of a worker wait for requests: more than one only if they wait for another process."""
    return settings.threads if is_remote(settings.database) or not settings.waiting else 1


def _keep_memory_small() -> None:
    """Let threads take memory from few arenas, which keep what they once had, and give large pieces back at once.

    Left alone, glibc makes an arena for each thread, and takes ever larger pieces from them.
    """
    with suppress(AttributeError, OSError):  # another C library
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, ARENAS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def take_turns() -> None:
    """Let a thread of this process that wakes wait for its turn, instead of interrupting the one that runs.

    A request passes through two threads, that of the sockets and that of Python. With Linux's usual policy they
    interrupt each other at every arrival, which costs a fifth of a worker's requests (docs/performance.md). Where there
    is no other policy, or it may not be chosen, nothing changes. Threads and processes started later inherit it.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def seldom_collect_garbage() -> None:
    """Look for garbage seldom, which takes a twentieth of the time: what is there stays, and answers hold no cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _stop_without(parent: int) -> None:
    """End this worker when its parent is gone: else it would hold the port, and no new server could start."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _allow_many_files() -> None:
    """Connections are files: take as many as the system lets this user have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 4 * CONNECTIONS
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def observed(
    app: Flask,
    settings: Settings,
    before_wait: Callable[[], None] = lambda: None,
    after_wait: Callable[[], None] = lambda: None,
    before_read: Callable[[], None] | None = None,
) -> tuple[WSGIApplication, Callable[[dict[str, Any]], Answer | None]]:
    """The application with admission control, tracing and metrics as set, and its fast path.

    `before_wait` is called before a thread may block for long, and `after_wait` after that. `before_read`, if given, is
    called before any body is read, also one that hardly ever takes long: connections to another process are few.
    """
    layered: WSGIApplication = app.wsgi_app  # which Flask itself would only hand on to
    store = app.extensions["terminology"].store
    buffer: RequestBuffer | None = None
    if settings.waiting:
        longest = max(settings.request_seconds, settings.write_seconds)
        after_read = None if before_read is None else after_wait
        buffer = RequestBuffer(settings.max_body, longest + SLOW_SECONDS, before_read, after_read)
        layered = admission.AdmissionControl(
            layered,
            buffer,
            places=settings.threads,
            waiting=settings.waiting,
            before_wait=before_wait,
            after_wait=after_wait,
        )
    if settings.tracing:
        from terminology.http.tracing import traced  # noqa: PLC0415 - its libraries are an extra

        layered = traced(layered)
    counter: Callable[[str, int], Count] = not_counted
    if settings.metrics:
        from terminology.http.counter_export import other_counters  # noqa: PLC0415
        from terminology.http.metrics import Meters, MetricsLayer  # noqa: PLC0415 - looks for its folder when imported
        from terminology.http.store_metrics import StoreMetrics  # noqa: PLC0415

        caches = partial(_caches, app)
        meters = Meters(caches, Path(os.environ[COUNTERS]), other_counters(app), [StoreMetrics(store)])
        layered, counter = MetricsLayer(layered, meters, log_requests=settings.log_requests), meters.fast_path_counter
    if settings.tracing or settings.log_requests:
        return layered, no_fast_path  # these are layers of the application, which each request has to go through
    return layered, FastPath(app.extensions["terminology_epochs"], counter, proxies=settings.proxies, buffer=buffer)


def _caches(app: Flask) -> Mapping[str, BoundedCache[Any, Any]]:
    """The caches that are counted, as they are now."""
    answers: Mapping[str, BoundedCache[Any, Any]] = {"answers": app.extensions["terminology_epochs"].now.answers}
    return {**app.extensions["terminology"].store.caches, **answers}


def main() -> None:
    """Serve a database: for developers, without the command line tool."""
    parser = argparse.ArgumentParser(prog="python -m terminology.http.server", description=main.__doc__)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--database", help="database URL or path of a SQLite file")
    given = vars(parser.parse_args())
    try:
        serve(Settings.load(**given))
    except TerminologyError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
