"""A server answers while a load goes on beside it, and shows the load all at once; what is too large it refuses."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.processes import AFTER, BEFORE, PATIENCE, SYSTEM, VALUE_SET, Bench, bench

CHUNK = b" " * 65536
HUNDRED_MEGABYTES = 100 * 1024 * 1024


@pytest.fixture
def loads(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def url(loads: Bench) -> Iterator[str]:
    """A served database."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with loads.start("serve", "--port", str(port), "--workers", "1") as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready", server)
            yield f"http://127.0.0.1:{port}/r5"
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE)


def wait_for(url: str, server: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, f"it does not start: {server.communicate()}"
        try:
            if requests.get(url, timeout=10).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    pytest.fail(f"not ready in {PATIENCE} s")


def asked(path: str, **parameters: str) -> dict[str, Any]:
    """What the server says, which must be an answer."""
    response = requests.get(path, parameters, timeout=PATIENCE)
    assert response.status_code == 200, response.text
    return dict(response.json())


def seen(url: str) -> tuple[int, str]:
    """How many codes there are, and how the root is called, asked in two requests of one kind each."""
    everything = {"url": VALUE_SET, "count": "1"}
    total = asked(f"{url}/ValueSet/$expand", **everything)["expansion"]["total"]
    parameters = asked(f"{url}/CodeSystem/$lookup", system=SYSTEM, code="root")["parameter"]
    return total, next(p["valueString"] for p in parameters if p["name"] == "display")


def test_readers_never_wait_and_see_a_load_at_once(loads: Bench, url: str) -> None:
    while_loading = set()
    with loads.start("load", loads.file("after.json")) as load:
        while load.poll() is None:
            while_loading.add(seen(url))
        assert load.returncode == 0, load.communicate()
    between_the_requests = (BEFORE, "After")
    assert (BEFORE, "Before") in while_loading
    assert while_loading <= {(BEFORE, "Before"), between_the_requests, (AFTER, "After")}
    assert seen(url) == (AFTER, "After")


def test_a_body_of_100_megabytes_is_refused_before_it_is_read(url: str) -> None:
    address = url.removeprefix("http://").removesuffix("/r5").partition(":")
    with socket.create_connection((address[0], int(address[2])), timeout=PATIENCE) as client:
        head = (
            f"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Type: application/fhir+json\r\n"
            f"Content-Length: {HUNDRED_MEGABYTES}\r\n\r\n"
        )
        client.sendall(head.encode() + CHUNK)
        answer = client.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413"), answer
    assert '"resourceType":"OperationOutcome"' in answer
    assert seen(url) == (BEFORE, "Before")
