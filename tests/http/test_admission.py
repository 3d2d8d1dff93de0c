"""Overload: requests wait for a short time, then they are refused; connections go with places, not with threads."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from terminology.http.admission import SPARE, AdmissionControl, Places, threads
from terminology.http.request_buffering import AT_A_TIME, RequestBuffer
from terminology.store.opening import open_store
from terminology.store.sqlstore import SqlStore
from tests.http.serving import PATIENCE, served
from tests.replicas import until
from tests.store.ticking import publish


class Slow:
    """An application that answers when it is told to, and reads the database."""

    def __init__(self, store: SqlStore) -> None:
        self.release = threading.Event()
        self.at_once = 0
        self.most_at_once = 0
        self._store = store
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self._store.versions()
        self.release.wait(PATIENCE)
        with self._lock:
            self.at_once -= 1
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterable[SqlStore]:
    database = (
        f"sqlite:///{tmp_path / 'a.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )
    opened = open_store(database)
    publish(opened, ["a"])
    yield opened
    opened.close()


def ask(layer: AdmissionControl, path: str = "/r5/metadata", body: bytes = b"") -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body."""
    begun: list[tuple[str, dict[str, str]]] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    answer = b"".join(layer(environ, lambda status, headers: begun.append((status, dict(headers)))))  # type: ignore[arg-type]
    return *begun[-1], answer


def test_requests_beyond_places_and_queue_are_refused_with_503(store: SqlStore) -> None:
    slow = Slow(store)
    admission = AdmissionControl(slow, RequestBuffer(10_000, 60), places=2, waiting=3, seconds=30)
    with ThreadPoolExecutor(5) as pool:
        asked = []
        for number in range(5):
            asked.append(pool.submit(ask, admission, body=b"%d" % number))
            until(lambda: slow.at_once + admission._places.waiting == len(asked))
        began = time.monotonic()
        status, headers, body = ask(admission)
        assert time.monotonic() - began < 5, "it is refused at once"
        assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "30")
        assert b'"transient"' in body
        assert b"Ask again in 30 seconds" in body
        slow.release.set()
        answers = [future.result() for future in asked]
    assert {status for status, _, _ in answers} == {"200 OK"}
    assert [body for _, _, body in answers] == [b"0", b"1", b"2", b"3", b"4"]
    assert slow.most_at_once == 2
    assert ask(admission)[0] == "200 OK"


def test_places_are_given_in_the_order_of_arrival() -> None:
    places = Places(1, 10, 30)
    held = places.get()
    assert held is not None
    came: list[int] = []

    def come(number: int) -> None:
        place = places.get()
        assert place is not None
        came.append(number)
        places.put(place)

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(come, number)
            until(lambda: places.waiting == number + 1)  # noqa: B023 - called at once
        places.put(held)
    assert came == [0, 1, 2, 3, 4]


def test_a_request_that_waits_too_long_is_refused_with_503(store: SqlStore) -> None:
    slow = Slow(store)
    admission = AdmissionControl(slow, RequestBuffer(10_000, 60), places=1, waiting=3, seconds=0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, admission)
        until(lambda: slow.at_once)
        assert ask(admission)[0].startswith("503")
        slow.release.set()
        assert first.result()[0] == "200 OK"


def test_health_and_metrics_are_answered_under_overload(store: SqlStore) -> None:
    slow = Slow(store)
    slow.release.set()
    admission = AdmissionControl(slow, RequestBuffer(10_000, 60), places=0, waiting=0)
    assert ask(admission)[0].startswith("503")
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert ask(admission, path)[0] == "200 OK"


def test_hooks_run_before_and_after_a_thread_waits(store: SqlStore) -> None:
    slow = Slow(store)
    told: list[str] = []
    admission = AdmissionControl(
        slow, RequestBuffer(10_000, 60), places=1, waiting=3, seconds=30, before_wait=lambda: told.append("hands on"),
        after_wait=lambda: told.append("goes on"),
    )  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, admission)
        until(lambda: slow.at_once)
        assert told == ["goes on"], "nobody was waited for"
        second = pool.submit(ask, admission)
        until(lambda: admission._places.waiting)
        assert told == ["goes on", "hands on"]
        slow.release.set()
        assert {first.result()[0], second.result()[0]} == {"200 OK"}
    assert told == ["goes on", "hands on", "goes on"]


def test_there_are_threads_for_requests_that_are_refused() -> None:
    assert threads(4, 10) == 14 + AT_A_TIME + SPARE
    assert threads(4, 0) == 4


BODY = b"POST /r5/CodeSystem/$validate-code HTTP/1.1\r\nHost: here\r\nContent-Length: 5000\r\n\r\n"


def test_a_server_with_slow_clients_and_many_of_them(database: str, tmp_path: Path) -> None:
    """Twice as many clients as it has places send half a body: others are answered. Then come more than can wait."""
    settings = {"threads": "2", "waiting": "8"}
    with served(database, tmp_path, workers=1, **settings) as server, ExitStack() as stack:
        host, _, port = server.url.removeprefix("http://").partition(":")

        def half_a_body() -> None:
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
            client.sendall(BODY)

        for _ in range(4):
            half_a_body()
        assert requests.get(f"{server.url}/r5/metadata", timeout=PATIENCE).status_code == 200
    log = server.log.read_text()
    assert "Python threads" not in log
    assert "Traceback" not in log


def test_a_flood_of_slow_requests_is_refused(database: str, tmp_path: Path) -> None:
    """Forty clients ask for what takes long: some are answered, the others told when to come again."""
    entries = [{"request": {"method": "GET", "url": f"CodeSystem?_count={count}"}} for count in range(100, 400)]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    with served(database, tmp_path, workers=1, threads="1", waiting="5", kept_answers="0") as server:

        def one(_: int) -> tuple[int, str | None]:
            answer = requests.post(f"{server.url}/r5", json=bundle, timeout=PATIENCE)
            return answer.status_code, answer.headers.get("Retry-After")

        with ThreadPoolExecutor(40) as pool:
            found = set(pool.map(one, range(40)))
        assert found == {(200, None), (503, "2")}
        assert requests.get(f"{server.url}/r5/metadata", timeout=PATIENCE).status_code == 200


def test_no_place_is_lost_or_given_twice() -> None:
    """Many threads come and go as fast as they can, with few places."""
    places = Places(3, 40, 30)
    inside, most, refused = 0, 0, 0
    counting = threading.Lock()

    def come() -> None:
        nonlocal inside, most, refused
        for _ in range(400):
            place = places.get()
            with counting:
                if place is None:
                    refused += 1
                    continue
                inside += 1
                most = max(most, inside)
            with counting:
                inside -= 1
            places.put(place)

    threads_ = [threading.Thread(target=come) for _ in range(16)]
    for thread in threads_:
        thread.start()
    for thread in threads_:
        thread.join(PATIENCE)
    assert (inside, refused) == (0, 0)
    assert most <= 3
    assert places.waiting == 0
    assert all(places.get() is not None for _ in range(3))
