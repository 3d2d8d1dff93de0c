"""Clients that are slow, many, or both: others are answered meanwhile."""

from __future__ import annotations

import resource
import select
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.deploy.proxy import proxied
from tests.faults.bench import SYSTEM, Bench
from tests.http.serving import PATIENCE, served
from tests.replicas import until

REQUEST = b"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\n"

SMALL = REQUEST.replace(b"5000", b"500") + b'{"resourceType"'


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


def test_slow_bodies_hold_no_connection_to_postgres(tmp_path: Path, postgres_url: str) -> None:
    bench = Bench(tmp_path, tmp_path, url=postgres_url)
    assert bench.load() == 0, bench.log()
    with (
        served(bench.database, tmp_path, workers=1, database_connections="6", kept_answers="0") as server,
        ExitStack() as stack,
    ):
        for number in range(20):
            stack.enter_context(connections(server.url, 1, SMALL))
            for code in range(5):
                query = f"system={SYSTEM.format(1)}&code=c{5 * number + code}"
                answer = requests.get(f"{server.url}/r5/CodeSystem/$lookup?{query}", timeout=PATIENCE)
                assert answer.status_code == 200, answer.text


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
        proxied(server.url, folder=folder) as url,
        connections(url, 200, REQUEST),
    ):
        answered_meanwhile(bench, url)


def dripped_on(clients: list[socket.socket], flowing: socket.socket) -> float:
    """Send bytes now and then from each client until all are disconnected, and enough from one; returns the seconds."""
    began, left = time.monotonic(), list(clients)
    while left:
        assert time.monotonic() - began < PATIENCE, f"{len(left)} still drip"
        time.sleep(0.5)
        flowing.sendall(b" " * 16 * 1024)
        over, _, _ = select.select(left, [], [], 0)
        left = [client for client in left if client not in over]
        for client in left:
            with suppress(OSError):  # hung up on in this moment: seen in the next round
                client.sendall(b"x")
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel as Linux has it")
def test_clients_that_drip_lose_their_places(bench: Bench, tmp_path: Path) -> None:
    """Small bodies, files and headers that come a byte at a time; a body that comes slowly, but comes, is let be."""
    settings = {"request_seconds": "1", "write_seconds": "1", "insecure_writes": "yes"}
    size, body = 4 * 1024 * 1024, {"resourceType": "Parameters"}
    large = b"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % size
    upload = b"POST /r5/$load?name=a.json HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\n"
    with (
        served(bench.database, tmp_path, workers=1, **settings) as server,
        connections(server.url, 64, REQUEST) as small,
        connections(server.url, 4, upload) as files,
        connections(server.url, 1, b"GET /r5/metadata HTTP/1.1\r\nX-Name: ") as headers,
        connections(server.url, 1, large) as (flowing,),
    ):
        url = f"{server.url}/r5/CodeSystem/$validate-code"
        until(lambda: requests.post(url, json=body, timeout=PATIENCE).status_code == 503)  # all places are taken
        assert dripped_on([*small, *files], flowing) < 30
        answered_meanwhile(bench, server.url)
        assert requests.post(url, json=body, timeout=PATIENCE).status_code == 400, "an answer: nothing is asked in it"
        dripped_on(headers, flowing)
        assert not select.select([flowing], [], [], 0)[0]


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
