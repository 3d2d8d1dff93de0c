"""One thread leads, the others sleep until a request takes long; no request is lost."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from terminology.http.draining import Draining
from terminology.http.worker_threads import Headers, WorkerThreads, granian_callback
from terminology.store.opening import open_store
from terminology.store.sqlstore import SqlStore
from tests.http.serving import PATIENCE, served
from tests.replicas import until
from tests.store.ticking import publish


class Answered:
    """A request and what came back, as granian would send it."""

    def __init__(self, path: str) -> None:
        self.environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": ""}
        self.status = 0
        self.body = b""
        self.thread: str | None = None
        self.there = threading.Event()

    def response_bytes(self, status: int, _headers: Headers, body: bytes) -> None:
        self.status, self.body, self.thread = status, body, threading.current_thread().name
        self.there.set()

    def response_iter(self, status: int, headers: Headers, body: Any) -> None:
        chunks = []
        while True:
            try:
                chunks.append(body.__next__())
            except StopIteration:
                break
        self.response_bytes(status, headers, b"".join(chunks))


class Pool:
    """Threads that take requests from one queue, as granian's do."""

    def __init__(self, answer: Callable[[Any, dict[str, Any]], None], count: int) -> None:
        self._queue: queue.Queue[Answered | None] = queue.Queue()
        self._answer = answer
        for number in range(count):
            threading.Thread(target=self._run, name=f"t{number}", daemon=True).start()

    def _run(self) -> None:
        while (request := self._queue.get()) is not None:
            self._answer(request, request.environ)

    def ask(self, path: str) -> Answered:
        request = Answered(path)
        self._queue.put(request)
        return request

    def answer(self, path: str) -> Answered:
        request = self.ask(path)
        assert request.there.wait(PATIENCE)
        return request

    def end_one(self) -> None:
        self._queue.put(None)


PLACES = 2


class World:
    """Worker threads, and an application that takes long for `/long`, and says that it waits for `/waiting`."""

    def __init__(self, store: SqlStore, threads: int, most: int = 1) -> None:
        self.store = store
        self.threads = WorkerThreads(store, most, PLACES)
        self.release = threading.Event()
        self.inside = 0
        self.sessions: set[int] = set()
        self.pool = Pool(granian_callback(Draining().around(self.app, self.fast_path), self.threads), threads)

    def fast_path(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes] | None:
        if environ["PATH_INFO"] == "/pieces-after-a-fault":
            raise RuntimeError("on the fast path")
        if environ["PATH_INFO"] != "/quick":
            return None
        self.sessions.add(self.session())
        return 200, [], b"quick"

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("a secret")
        write = start_response("201 Created", [])
        if environ["PATH_INFO"] == "/written":
            write(b"writ")
            return [b"ten"]
        if environ["PATH_INFO"].startswith("/pieces"):
            return iter([b"pie", b"ces"])
        if environ["PATH_INFO"] == "/waiting":
            self.threads.before_wait()
        if environ["PATH_INFO"] in {"/long", "/waiting"}:
            self.inside += 1
            self.release.wait(PATIENCE)
        self.threads.after_wait()
        self.sessions.add(self.session())
        return [b"long"]

    def session(self) -> int:
        """That of this thread, by which something is read."""
        assert self.store.versions()
        session = self.store.lend()
        self.store.take(session)
        return id(session[0])  # type: ignore[index]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    publish(opened, ["a"])
    yield opened
    opened.close()


def all_came(world: World, threads: int) -> None:
    """Give each thread something to do, until all but one stand aside."""
    until(lambda: world.pool.answer("/quick") and world.threads.followers == threads - 1)


def test_one_thread_answers_while_nothing_is_long(store: SqlStore) -> None:
    world = World(store, threads=5)
    all_came(world, 5)
    assert world.threads.leaders == 1
    assert len({world.pool.answer("/quick").thread for _ in range(50)}) == 1


@pytest.mark.parametrize("path", ["/long", "/waiting"])
def test_another_one_takes_over_when_something_is_long(store: SqlStore, path: str) -> None:
    world = World(store, threads=4)
    all_came(world, 4)
    long = [world.pool.ask(path) for _ in range(3)]
    until(lambda: world.inside == 3)
    assert [world.pool.answer("/quick").body for _ in range(20)] == [b"quick"] * 20
    world.release.set()
    assert [one.there.wait(PATIENCE) for one in long] == [True] * 3
    assert {(one.status, one.body) for one in long} == {(201, b"long")}
    until(lambda: world.threads.followers == 3)
    assert world.threads.leaders == 1


def test_a_waiting_request_is_taken_by_the_first_free_thread(store: SqlStore) -> None:
    world = World(store, threads=2)
    all_came(world, 2)
    long = [world.pool.ask("/long") for _ in range(2)]
    until(lambda: world.inside == 2)
    later = world.pool.ask("/quick")
    assert not later.there.wait(0.05)
    world.release.set()
    assert later.there.wait(PATIENCE)
    assert all(one.there.wait(PATIENCE) for one in long)
    until(lambda: (world.threads.leaders, world.threads.followers) == (1, 1))


@pytest.mark.parametrize("most", [1, 3])
def test_many_quick_and_long_requests_are_all_answered(store: SqlStore, most: int) -> None:
    world = World(store, threads=8, most=most)
    world.release.set()
    paths = ["/quick", "/long", "/written", "/broken", "/waiting", "/pieces"] * 300
    asked = [world.pool.ask(path) for path in paths]
    assert all(one.there.wait(PATIENCE) for one in asked)
    bodies = {"/quick": b"quick", "/long": b"long", "/waiting": b"long", "/pieces": b"pieces", "/written": b"written"}
    assert all(one.body == bodies.get(path, one.body) for one, path in zip(asked, paths, strict=True))
    until(lambda: (world.threads.leaders, world.threads.followers) == (most, 8 - most))


def test_a_fault_is_said_as_an_outcome(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    world = World(store, threads=1)
    assert world.pool.answer("/pieces-after-a-fault").body == b"pieces", "a fault of the fast path costs only its speed"
    assert "on the fast path" in caplog.text
    failed = world.pool.answer("/broken")
    assert failed.status == 500
    assert json.loads(failed.body)["resourceType"] == "OperationOutcome"
    assert "a secret" not in failed.body.decode()
    assert "a secret" in caplog.text
    assert world.pool.answer("/quick").status == 200


def test_a_thread_that_ends_is_not_waited_for(store: SqlStore) -> None:
    """granian ends threads that had nothing to do for long; then it begins another one, which must not stand aside."""
    world = World(store, threads=1)
    world.pool.answer("/quick")
    assert world.threads.leaders == 1
    world.pool.end_one()
    until(lambda: world.threads.leaders == 0)
    Pool(world.pool._answer, 1).answer("/quick")
    assert (world.threads.leaders, world.threads.followers) == (1, 0)


def test_many_threads_share_few_database_sessions(store: SqlStore) -> None:
    """A thread that stands aside, or waits for its turn, leaves its session to others."""
    world = World(store, threads=6)
    all_came(world, 6)
    world.sessions.clear()
    threads = set()
    for number in range(12):
        world.release.clear()
        long = world.pool.ask("/long" if number % 2 else "/waiting")
        until(lambda: world.inside == number + 1)  # noqa: B023 - called at once
        threads.add(world.pool.answer("/quick").thread)
        world.release.set()
        assert long.there.wait(PATIENCE)
        until(lambda: world.threads.followers == 5)
    assert len(threads) > 1
    assert len(world.sessions) <= 1 + PLACES
    assert len(world.threads._sessions) <= PLACES


def test_a_leader_relieved_while_answering_steps_down_after_its_next_answer(store: SqlStore) -> None:
    world = World(store, threads=3)
    all_came(world, 3)
    (front,) = world.threads._leaders
    world.threads._step_down(front)  # the thread waits for requests and does not know of it
    assert world.threads.leaders == 1
    until(lambda: world.pool.answer("/quick") and world.threads.followers == 2)
    assert world.threads.leaders == 1


def test_a_server_answers_quick_questions_beside_long_ones(database: str, tmp_path: Path) -> None:
    """More clients than it has threads, which all want something else."""
    entries = [{"request": {"method": "GET", "url": f"CodeSystem?_count={count}"}} for count in range(100, 200)]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    with served(database, tmp_path, workers=1, threads="2", waiting="6") as server:
        kept = f"{server.url}/r5/CodeSystem?_count=1"
        assert requests.get(kept, timeout=PATIENCE).status_code == 200
        quick_ones: list[int] = []
        long_ones: list[int] = []

        def long() -> None:
            for _ in range(3):
                long_ones.append(requests.post(f"{server.url}/r5", json=bundle, timeout=PATIENCE).status_code)  # noqa: PERF401 - as they come

        def quick() -> None:
            with requests.Session() as session:
                for _ in range(40):
                    quick_ones.append(session.get(kept, timeout=PATIENCE).status_code)  # noqa: PERF401

        clients = [threading.Thread(target=target) for target in (long, quick, long, quick, long, quick, long)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(PATIENCE)
        assert quick_ones == [200] * 3 * 40
        assert len(long_ones) == 4 * 3
        assert 200 in long_ones
        assert set(long_ones) <= {200, 503}, "they may have to wait for too long"
        assert requests.get(f"{server.url}/nowhere", timeout=PATIENCE).status_code == 404
    assert "Traceback" not in server.log.read_text()
