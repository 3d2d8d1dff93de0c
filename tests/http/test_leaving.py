"""Workers that are replaced: clients are sent away after an answer, and no request fails."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import requests

from terminology.http.leaving import Leaving
from terminology.http.server import SIGNAL
from tests.faults.bench import children
from tests.http.serving import PATIENCE, served
from tests.replicas import until

LOOKUP = "/r5/metadata?_summary=true"


def asking(url: str, statuses: list[int | str], stopped: threading.Event) -> Callable[[], None]:
    """A client that keeps its connection, asks without a pause, and does not ask again what failed."""
    host, _, port = url.removeprefix("http://").partition(":")

    def run() -> None:
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        while not stopped.is_set():
            try:
                connection.request("GET", LOOKUP)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                statuses.append(repr(error))
                connection.close()
        connection.close()

    return run


def test_no_request_fails_when_workers_are_replaced(database: str, tmp_path: Path) -> None:
    statuses: list[int | str] = []
    stopped = threading.Event()
    with served(database, tmp_path, workers=1) as server:
        before = children(server.process.pid)
        clients = [threading.Thread(target=asking(server.url, statuses, stopped)) for _ in range(4)]
        for client in clients:
            client.start()
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: not set(before) & set(children(server.process.pid)), 30)
        stopped.set()
        for client in clients:
            client.join()
    assert len(statuses) > 50
    assert set(statuses) == {200}


def test_a_worker_that_will_be_stopped_closes_connections_after_an_answer(database: str, tmp_path: Path) -> None:
    with served(database, tmp_path, workers=1) as server:
        (worker,) = children(server.process.pid)
        with requests.Session() as session:
            assert "Connection" not in session.get(server.url + LOOKUP, timeout=PATIENCE).headers
            os.kill(worker, SIGNAL)
            until(lambda: session.get(server.url + LOOKUP, timeout=PATIENCE).headers.get("Connection") == "close")


def test_an_application_answers_as_before_until_it_leaves() -> None:
    def application(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("A", "b")])
        return [b"answer"]

    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        said.append((status, headers))

    leaving = Leaving()
    assert list(leaving({}, start_response)) == []
    leaving.around(application)
    assert list(leaving({}, start_response)) == [b"answer"]
    leaving.leave()
    assert list(leaving({}, start_response)) == [b"answer"]
    assert said == [
        ("503 Service Unavailable", [("Content-Length", "0")]),
        ("200 OK", [("A", "b")]),
        ("200 OK", [("A", "b"), ("Connection", "close")]),
    ]
