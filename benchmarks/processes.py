"""Servers under measurement: start, wait, drive with wrk, read their memory."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

FOLDER = Path(__file__).parent
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    base: str
    pid: int
    seconds_to_start: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What wrk saw; latencies in milliseconds."""

    requests: int
    rate: float
    p50: float
    p95: float
    p99: float
    errors: int


@contextlib.contextmanager
def running(command: Sequence[str], ready: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Start a server with `{port}` filled into its command, wait until `ready` answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    filled = [part.format(port=port) for part in command]
    with tempfile.TemporaryFile() as log:
        variables = os.environ | (environment or {})
        process = subprocess.Popen(filled, stdout=log, stderr=log, env=variables, cwd=FOLDER.parent)
        try:
            while True:
                if process.poll() is not None:
                    log.seek(0)
                    raise RuntimeError(log.read().decode())
                with contextlib.suppress(requests.ConnectionError):
                    requests.get(base + ready, timeout=30).raise_for_status()
                    break
                time.sleep(0.02)
            yield Server(base, process.pid, time.monotonic() - started)
        finally:
            process.terminate()
            process.wait(timeout=30)


def terminology_server(database: str, *, kept_answers: int) -> contextlib.AbstractContextManager[Server]:
    """The product as a user starts it, but for the bytes of answers it keeps: 0 has each request carried out."""
    command = [sys.executable, "-m", "terminology.cli", "serve", "--database", database, "--port", "{port}"]
    return running(
        [*command, "--workers", str(WORKERS)], "/r4/metadata", {"TERMINOLOGY_KEPT_ANSWERS": str(kept_answers)}
    )


def control_server(body_bytes: int) -> contextlib.AbstractContextManager[Server]:
    """The same WSGI server with a constant body of the given size."""
    command = [
        "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", str(WORKERS),
        "--no-ws", "--log-level", "warning", "benchmarks.control:application",
    ]  # fmt: skip
    program = str(Path(sys.executable).parent / "granian")
    return running([program, *command[1:]], "/", {"CONTROL_BYTES": str(body_bytes)})


def posted(path: str, body: object) -> str:
    """A request with a body, as `wrk` takes it."""
    return f"{path}\t{json.dumps(body)}"


def to_control(request: str) -> str:
    """The same request to the control, which has one path."""
    _, tab, body = request.partition("\t")
    return f"/{tab}{body}"


def ask(server: Server, request: str) -> bytes:
    """The answer to one request as `wrk` takes them."""
    path, _, body = request.partition("\t")
    headers = {"Content-Type": "application/fhir+json"} if body else {}
    method = "POST" if body else "GET"
    answer = requests.request(method, server.base + path, data=body or None, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.content


def wrk(
    server: Server, paths: Sequence[str], *, seconds: int, connections: int = 10, accepted: str | None = None
) -> Measured:
    """Drive a server with requests, each a path, or one that something is posted to (`posted`), in turn."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as urls:
        urls.write("\n".join(paths))
        urls.flush()
        threads = min(2, connections)
        command = [
            "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(FOLDER / "urls.lua"), server.base,
        ]  # fmt: skip
        if accepted:
            command[-1:-1] = ["-H", f"Accept: {accepted}"]
        environment = os.environ | {"URLS": urls.name}
        output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    count, micros, p50, p95, p99, errors = (int(field) for field in line.split()[1:])
    return Measured(count, count / micros * 1e6, p50 / 1e3, p95 / 1e3, p99 / 1e3, errors)


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of a process: its own, and pages of files (the database above all), which processes share."""

    own: float
    mapped: float


def memory_of_workers(server: Server) -> list[Memory]:
    """The memory of each worker process (the children; the process itself when it has none)."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [memory_of(pid) for pid in children or [str(server.pid)]]


def memory_of(pid: str) -> Memory:
    """The memory of a process; `self` is this one."""
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    sizes = {words[0]: int(words[1]) / 1024 for words in lines if words and words[0] in {"RssAnon:", "RssFile:"}}
    return Memory(sizes.get("RssAnon:", 0), sizes.get("RssFile:", 0))
