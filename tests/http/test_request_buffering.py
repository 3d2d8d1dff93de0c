"""Bodies are read before a request takes a place: a limited number at a time, fewer large ones, for a limited time."""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import requests

from terminology.http import request_buffering, slow_connections
from terminology.http.request_buffering import (
    LARGE_AT_A_TIME,
    SMALL,
    SMALL_AT_A_TIME,
    UPLOADS_AT_A_TIME,
    Buffered,
    RequestBuffer,
)
from terminology.http.slow_connections import SlowConnections
from tests.http.serving import PATIENCE, served
from tests.replicas import until

MOST = 2 * SMALL


def environ(body: bytes, size: int | None = None, **more: str) -> dict[str, Any]:
    stated = {} if size is None else {"CONTENT_LENGTH": str(size)}
    return {"wsgi.input": io.BytesIO(body), **stated, **more}


@pytest.mark.parametrize("size", [0, 5, SMALL, SMALL + 1, MOST])
def test_a_body_that_is_whole_is_handed_on(size: int) -> None:
    body = b"x" * size
    given = environ(body, size)
    assert RequestBuffer(MOST, 60).fill(given) is Buffered.WHOLE
    assert given["wsgi.input"].read() == body


@pytest.mark.parametrize("size", [5, MOST + 1])
def test_a_body_of_unknown_size_is_read_to_one_byte_over_the_limit(size: int) -> None:
    given = environ(b"x" * (size + 7), HTTP_TRANSFER_ENCODING="chunked")
    assert RequestBuffer(MOST, 60).fill(given) is Buffered.WHOLE
    assert len(given["wsgi.input"].read()) == min(size + 7, MOST + 1)


def test_a_body_that_will_be_refused_for_its_size_is_not_read() -> None:
    given = environ(b"beginning", MOST + 1)
    stream = given["wsgi.input"]
    assert RequestBuffer(MOST, 60).fill(given) is Buffered.WHOLE
    assert given["wsgi.input"] is stream


@pytest.mark.parametrize("size", [5, SMALL + 1])
def test_an_incomplete_body_is_cut_off(size: int) -> None:
    assert RequestBuffer(MOST, 60).fill(environ(b"x", size)) is Buffered.CUT_OFF


class Never(io.BytesIO):
    """A body that comes when it is told to."""

    def __init__(self, come: threading.Event) -> None:
        super().__init__(b"x" * MOST)
        self._come = come

    def read(self, size: int | None = -1, /) -> bytes:
        self._come.wait(PATIENCE)
        return super().read(size)


@pytest.mark.parametrize(("size", "at_a_time"), [(5, SMALL_AT_A_TIME), (MOST, LARGE_AT_A_TIME)])
def test_the_number_of_bodies_awaited_at_a_time_is_limited(size: int, at_a_time: int) -> None:
    buffer = RequestBuffer(MOST, 60)
    come = threading.Event()
    slow = [{"wsgi.input": Never(come), "CONTENT_LENGTH": str(size)} for _ in range(at_a_time)]
    threads = [threading.Thread(target=buffer.fill, args=(each,)) for each in slow]
    for thread in threads:
        thread.start()
    until(lambda: len(buffer._began) == at_a_time)
    assert buffer.fill(environ(b"x" * size, size)) is Buffered.BUSY
    assert buffer.fill(environ(b"")) is Buffered.WHOLE
    come.set()
    for thread in threads:
        thread.join()
    assert buffer.fill(environ(b"x" * size, size)) is Buffered.WHOLE


def test_the_number_of_files_received_at_a_time_is_limited() -> None:
    buffer = RequestBuffer(MOST, 60)
    with ExitStack() as stack:
        for _ in range(UPLOADS_AT_A_TIME):
            assert stack.enter_context(buffer.upload({}))
        assert not stack.enter_context(buffer.upload({}))
    with buffer.upload({}) as may:
        assert may


@pytest.fixture
def accepted() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client's end of a connection, and the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), PATIENCE)
        server, _ = listener.accept()
        with client, server:
            yield client, server


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel as Linux has it")
def test_a_silent_connection_is_closed(
    accepted: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, server = accepted
    monkeypatch.setattr(request_buffering, "LOOK_SECONDS", 0.05)
    client.sendall(b"half")
    with closing(server.makefile("rb")) as stream:
        given = {"wsgi.input": stream, "CONTENT_LENGTH": "8", "SERVER_PORT": str(server.getsockname()[1])}
        assert RequestBuffer(MOST, slow_seconds=0.2).fill(given) is Buffered.CUT_OFF
    server.sendall(b"408")
    assert client.recv(3) == b"408", "it is told so"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel as Linux has it")
def test_answered_connections_and_those_to_other_ports_are_left_open(
    accepted: tuple[socket.socket, socket.socket],
) -> None:
    client, server = accepted
    port = server.getsockname()[1]
    client.sendall(b"question")
    assert server.recv(8) == b"question"
    here, elsewhere = SlowConnections(0.05), SlowConnections(0.05)
    assert (here.shut_down({port}), elsewhere.shut_down({port + 1})) == (0, 0), "not for so long"
    threading.Event().wait(0.1)
    assert (here.shut_down({port}), elsewhere.shut_down({port + 1})) == (1, 0)
    server.sendall(b"answer")
    for _ in range(2):
        threading.Event().wait(0.1)
        assert here.shut_down({port}) == 0, "it has its answer"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel as Linux has it")
def test_connections_that_drip_are_closed_and_active_ones_are_not(
    accepted: tuple[socket.socket, socket.socket],
) -> None:
    client, server = accepted
    open_before = len([*Path(slow_connections.DESCRIPTORS).iterdir()])
    ports = {server.getsockname()[1]}
    watch = SlowConnections(0.4)

    def send(data: bytes, times: int) -> int:
        hung_up = 0
        for _ in range(times):
            client.sendall(data)
            threading.Event().wait(0.1)
            hung_up += watch.shut_down(ports)
        return hung_up

    assert send(b"x" * 4096, 12) == 0, "40 KiB a second"
    for _ in range(4):
        assert send(b"question", 2) == 0
        server.sendall(b"answer")
    assert send(b"x", 8) == 1
    assert len([*Path(slow_connections.DESCRIPTORS).iterdir()]) == open_before


def test_an_incomplete_body_of_a_client_that_leaves_is_not_processed(database: str, tmp_path: Path) -> None:
    """And large ones keep no places: more than there are come at a time."""
    with served(database, tmp_path, workers=1, threads="1") as server, ExitStack() as stack:
        host, _, port = server.url.removeprefix("http://").partition(":")
        head = b"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n{"
        clients = [stack.enter_context(socket.create_connection((host, int(port)), PATIENCE)) for _ in range(3)]
        for client in clients:
            client.sendall(head % (SMALL + 1))
        assert requests.get(f"{server.url}/r5/metadata", timeout=PATIENCE).status_code == 200
        small = clients[0]
        small.shutdown(socket.SHUT_WR)
        assert small.recv(100).partition(b"\r\n")[0] in {b"", b"HTTP/1.1 408 Request Timeout"}
    assert "Traceback" not in server.log.read_text()
