"""Workers that are replaced: clients are sent away after an answer, and no request fails."""

from __future__ import annotations

import http.client
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

from terminology.http.draining import Draining
from terminology.http.master import alive
from terminology.http.server import LEAVE
from tests.faults.bench import children
from tests.http.serving import PATIENCE, served
from tests.replicas import until

LOOKUP = "/r5/metadata?_summary=true"


def asking(url: str, statuses: list[int | str], stopped: threading.Event) -> Callable[[], None]:
    """A client that keeps its connection, asks without a pause, and does not ask again what failed.

    It ends when nobody listens, before it has asked anything.
    """
    host, _, port = url.removeprefix("http://").partition(":")

    def run() -> None:
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        while not stopped.is_set():
            try:
                connection.request("GET", LOOKUP)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            except ConnectionRefusedError:
                break
            except (OSError, http.client.HTTPException) as error:
                statuses.append(repr(error))
                connection.close()
        connection.close()

    return run


def asking_slowly(url: str, statuses: list[int | str], stopped: threading.Event) -> Callable[[], None]:
    """A client whose request arrives a while after it has connected, as over a slow network."""
    host, _, port = url.removeprefix("http://").partition(":")

    def run() -> None:
        while not stopped.is_set():
            connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
            connection.connect()
            time.sleep(0.3)
            try:
                connection.request("GET", LOOKUP, headers={"Connection": "close"})
                statuses.append(connection.getresponse().status)
            except (OSError, http.client.HTTPException) as error:
                statuses.append(repr(error))
            connection.close()

    return run


@pytest.mark.parametrize(("client", "count"), [(asking, 4), (asking_slowly, 8)])
def test_no_request_fails_when_workers_are_replaced(
    client: Callable[..., Callable[[], None]], count: int, database: str, tmp_path: Path
) -> None:
    statuses: list[int | str] = []
    stopped = threading.Event()
    with served(database, tmp_path, workers=1) as server:
        before = children(server.process.pid)
        clients = [threading.Thread(target=client(server.url, statuses, stopped)) for _ in range(count)]
        for thread in clients:
            thread.start()
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: not set(before) & set(children(server.process.pid)), 30)
        stopped.set()
        for thread in clients:
            thread.join()
    assert len(statuses) > 50
    assert set(statuses) == {200}


SAMPLED_OFTEN = """
from terminology.http import master, server
begin = master.Server.startup
def startup(self, *arguments):
    self.rss_sample_interval = 1
    begin(self, *arguments)
master.Server.startup = startup
server.main()
"""


def test_no_request_fails_when_a_worker_is_replaced_for_its_memory(database: str, tmp_path: Path) -> None:
    statuses: list[int | str] = []
    stopped = threading.Event()
    with served(database, tmp_path, workers=1, program=("-c", SAMPLED_OFTEN), worker_memory="20") as server:
        before = children(server.process.pid)
        clients = [threading.Thread(target=asking(server.url, statuses, stopped)) for _ in range(4)]
        for thread in clients:
            thread.start()
        until(lambda: not set(before) & set(children(server.process.pid)), 30)
        stopped.set()
        for thread in clients:
            thread.join()
    assert len(statuses) > 50
    assert set(statuses) == {200}
    assert "worker 1 is replaced: it has more than 20 MiB (worker_memory)" in server.log.read_text()


SPAWNING = "import multiprocessing as m; m.set_start_method('spawn'); from terminology.http.server import main; main()"


def test_workers_that_are_not_forked_end_when_they_are_replaced(database: str, tmp_path: Path) -> None:
    """As Python starts processes from 3.14 on: libraries have threads before the worker's own code begins."""
    with served(database, tmp_path, workers=1, program=("-c", SPAWNING)) as server:
        before = children(server.process.pid)
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: len(set(before) & set(children(server.process.pid))) < len(before), 30)
        assert requests.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
    assert "refused to gracefully stop" not in server.log.read_text()


def test_no_request_fails_when_a_server_is_stopped(database: str, tmp_path: Path) -> None:
    """None that was sent: at the end, clients hear that nobody listens, instead of waiting for an answer."""
    statuses: list[int | str] = []
    with served(database, tmp_path, workers=2, drain_seconds="0.5") as server:
        clients = [threading.Thread(target=asking(server.url, statuses, threading.Event())) for _ in range(8)]
        for client in clients:
            client.start()
        until(lambda: len(statuses) > 50)
        server.process.terminate()
        server.process.wait(PATIENCE)
        for client in clients:
            client.join()
    assert set(statuses) == {200}


def test_a_server_that_is_stopped_says_so_to_balancers_and_does_not_wait_when_told_twice(
    database: str, tmp_path: Path
) -> None:
    with served(database, tmp_path, workers=1, drain_seconds="60") as server, requests.Session() as session:
        ready = server.url + "/health/ready"
        assert session.get(ready, timeout=PATIENCE).json() == {"status": "ready"}
        server.process.terminate()
        with requests.Session() as other:  # the first one keeps its connection, so the server waits
            until(lambda: other.get(ready, timeout=PATIENCE).json() == {"status": "stopping"})
            answer = other.get(ready, timeout=PATIENCE)
            assert (answer.status_code, answer.headers["Connection"]) == (503, "close")
            assert other.get(server.url + LOOKUP, timeout=PATIENCE).status_code == 200
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0


def test_a_worker_that_will_be_stopped_closes_connections_after_an_answer(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=1) as server:
        (worker,) = children(server.process.pid)
        with requests.Session() as session:
            assert "Connection" not in session.get(server.url + LOOKUP, timeout=PATIENCE).headers
            os.kill(worker, LEAVE)
            until(lambda: session.get(server.url + LOOKUP, timeout=PATIENCE).headers.get("Connection") == "close")


def test_an_application_answers_as_before_until_it_drains() -> None:
    def application(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("A", "b")])
        return [b"answer"]

    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        said.append((status, headers))

    draining = Draining()
    assert list(draining({}, start_response)) == []
    draining.around(application)
    assert list(draining({}, start_response)) == [b"answer"]
    draining.drain()
    assert list(draining({"PATH_INFO": "/health/ready"}, start_response)) == [b"answer"]
    assert said == [
        ("503 Service Unavailable", [("Content-Length", "0")]),
        ("200 OK", [("A", "b")]),
        ("200 OK", [("A", "b"), ("Connection", "close")]),
    ]


def test_a_worker_that_was_already_reaped_is_not_alive() -> None:
    process = multiprocessing.get_context("spawn").Process(target=os.getpid)
    process.start()
    assert alive(process)
    assert process.pid is not None
    os.waitpid(process.pid, 0)
    assert process.is_alive(), "as multiprocessing sees it"
    assert not alive(process)
    process.join()
