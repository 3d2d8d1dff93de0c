"""Clients that are slow, many, or both: others are answered meanwhile."""

from __future__ import annotations

import resource
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.deploy.proxy import proxied
from tests.faults.bench import Bench
from tests.http.serving import PATIENCE, served

REQUEST = b"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path, tmp_path)
    assert made.load() == 0, made.log()
    return made


@contextmanager
def connections(url: str, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Open connections that each say something and then nothing."""
    host, _, port = url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
            client.sendall(said)
            opened.append(client)
        yield opened


def answered_meanwhile(bench: Bench, url: str) -> None:
    """Others get their answers, and not after the slow ones."""
    took = []
    for _ in range(20):
        began = time.monotonic()
        assert bench.asked(url, 1) == 200
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 5, "others wait for those who say nothing"


@pytest.mark.parametrize("said", [b"", b"GET /r5/meta"], ids=["nothing", "half a line"])
def test_slow_clients_keep_nobody_waiting(bench: Bench, tmp_path: Path, said: bytes) -> None:
    with served(bench.database, tmp_path, workers=2) as server, connections(server.url, 200, said):
        answered_meanwhile(bench, server.url)


def test_slow_bodies_keep_nobody_waiting(bench: Bench, tmp_path: Path) -> None:
    """More than are awaited: who sends a body, too, is asked to come again; all others are answered."""
    with served(bench.database, tmp_path, workers=1) as server, connections(server.url, 300, REQUEST):
        answered_meanwhile(bench, server.url)
        body = {"resourceType": "Parameters"}
        refused = requests.post(f"{server.url}/r5/CodeSystem/$validate-code", json=body, timeout=PATIENCE)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
def test_slow_bodies_wait_in_the_proxy(bench: Bench, tmp_path: Path) -> None:
    """The proxy passes on what is whole."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with (
        served(bench.database, tmp_path, workers=1) as server,
        proxied(server.url, folder) as url,
        connections(url, 200, REQUEST),
    ):
        answered_meanwhile(bench, url)


@pytest.mark.slow
def test_ten_thousand_connections(bench: Bench, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 12_000
    if hard < wanted:
        pytest.skip(f"needs {wanted} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    try:
        with served(bench.database, tmp_path, workers=2) as server, connections(server.url, 10_000, b"GET /r5/meta"):
            for _ in range(50):
                assert bench.asked(server.url, 1) == 200
            bench.verify(server)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
