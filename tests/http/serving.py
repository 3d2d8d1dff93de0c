"""A real server process for tests, or an application in a thread of them, on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PATIENCE = 60
PROGRAM = ("-m", "terminology.http.server")


class Quiet(WSGIRequestHandler):
    """Writes no access log."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


@contextmanager
def at_a_port(app: WSGIApplication) -> Iterator[str]:
    """Serve an application in threads of the test until the block is left; says where it is."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class NotStartedError(AssertionError):
    """The server ended, or did not answer in time; with what it logged."""


@dataclass(frozen=True)
class Served:
    """A running server: where it is, its process, and the file it logs to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def served(
    database: str, folder: Path, workers: int = 2, *, program: Sequence[str] = PROGRAM, **settings: str
) -> Iterator[Served]:
    """Serve a database with settings (by name, in lower case) until the block is left."""
    port = free_port()
    line = [sys.executable, *program, "--database", database, "--port", str(port)]
    environment = os.environ | {f"TERMINOLOGY_{name.upper()}": value for name, value in settings.items()}
    log = folder / "server.log"
    with log.open("wb") as written:
        command = [*line, "--workers", str(workers)]
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", process, log)
        yield Served(f"http://127.0.0.1:{port}", process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an address answers with 200."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=10).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise NotStartedError(f"the server does not answer: {log.read_text()}")
