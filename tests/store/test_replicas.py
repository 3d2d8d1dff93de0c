"""Reading from a streaming replica: what was written is seen, a dead server is passed over, and it comes back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from terminology.model.outcome import TerminologyError
from terminology.store import postgres_readers as backend
from terminology.store.opening import open_store
from tests import postgres
from tests.replicas import Pair, pair, until, wait_for_replay
from tests.store.test_sqlite import in_child
from tests.store.ticking import HOUR, MEGABYTE, publish, value_set

WHERE = "SELECT current_setting('port')"


@pytest.fixture(scope="module")
def lasting() -> Iterator[Pair]:
    """For tests that leave both servers running."""
    with pair() as made:
        yield made


@pytest.fixture
def servers(lasting: Pair) -> Pair:
    postgres.empty(lasting.writing)
    wait_for_replay(lasting)
    return lasting


@pytest.fixture
def store(servers: Pair):
    opened = open_store(servers.writing, replicas=[servers.reading])
    yield opened
    opened.close()


@pytest.fixture
def second(servers: Pair) -> Iterator[postgres.Cluster]:
    """Another replica."""
    made = servers.primary.standby()
    yield made
    postgres.remove(made)


@pytest.fixture
def reading_two(servers: Pair, second: postgres.Cluster):
    opened = open_store(servers.writing, replicas=[servers.reading, second.url(servers.name)])
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a dead server again soon, and take none for dead because a busy machine holds it up for seconds."""
    monkeypatch.setattr("terminology.store.postgres_server.REST_SECONDS", (0.2,))
    monkeypatch.setattr("terminology.store.postgres_server.CONNECT_SECONDS", 20)
    monkeypatch.setattr(backend, "REPLICA_SECONDS", 20)


def port(store) -> int:
    return int(store._database.first(WHERE)[0])


@contextmanager
def paused(servers: Pair) -> Iterator[None]:
    """A replica that falls behind."""
    with psycopg.connect(servers.reading, autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        until(lambda: connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",))
        try:
            yield
        finally:
            connection.execute("SELECT pg_wal_replay_resume()")


def test_reads_go_to_the_replica_and_writes_to_the_primary(store, servers: Pair):
    assert port(store) == servers.replica.port
    with store.writing():
        assert port(store) == servers.primary.port
    with store._database.transaction():
        assert port(store) == servers.primary.port
    with store._database.snapshot():
        assert port(store) == servers.replica.port
    assert port(store) == servers.replica.port


def test_whoever_has_written_reads_it_anywhere(store, servers: Pair):
    other = open_store(servers.writing, replicas=[servers.reading])
    for n in range(1, 20):
        publish(store, [f"c{n}"], version=str(n), id_=f"cs{n}")
        assert other.generation() == n
        assert len(other.versions()) == n
        store.keep_in_client_cache(f"cache{n}", [("1", b"one")], HOUR, MEGABYTE)
        assert other.client_cache(f"cache{n}") == ["1"]
    other.close()


def test_a_replica_that_lags_is_waited_for_only_so_long(store, servers: Pair, monkeypatch, caplog):
    publish(store, ["a"])
    monkeypatch.setattr(backend, "REPLICA_SECONDS", 0.2)
    with paused(servers):
        with caplog.at_level(logging.WARNING), store.writing():
            publish(store, ["b"])
        assert "does not show yet what was just written" in caplog.text
        assert port(store) == servers.primary.port, "whoever wrote here reads here what was written"
        assert store.generation() == 2
        other = open_store(servers.writing, replicas=[servers.reading])
        assert other.generation() == 1, "another process reads the replica: its own generation, so that all fits"
        assert other.version(other.versions()[0].key).row("a") is not None
        with other.writing():
            assert other.generation() == 2
        until(lambda: time.sleep(0.3) or store.generation() == 2)  # tried again meanwhile, and still behind
        assert port(store) == servers.primary.port
    until(lambda: port(store) == servers.replica.port)
    assert store.generation() == 2
    until(lambda: other.generation() == 2)
    other.close()


def test_a_replica_that_lagged_is_waited_for_after_the_next_write(store, servers: Pair, monkeypatch):
    """Also while this process does not read it: others do."""
    publish(store, ["a"])
    monkeypatch.setattr("terminology.store.postgres_server.REST_SECONDS", (3600,))
    monkeypatch.setattr(backend, "REPLICA_SECONDS", 0.2)
    with paused(servers):
        publish(store, ["b"], version="2", id_="cs2")
    monkeypatch.setattr(backend, "REPLICA_SECONDS", 20)
    other = open_store(servers.writing, replicas=[servers.reading])
    publish(store, ["c"], version="3", id_="cs3")
    assert port(other) == servers.replica.port
    assert other.generation() == store.generation()
    assert port(store) == servers.primary.port
    other.close()


def test_a_dead_replica_is_passed_over_and_comes_back(store, servers: Pair):
    reader = publish(store, ["a"])
    servers.replica.stop()
    try:
        assert reader.row("a") is not None
        assert port(store) == servers.primary.port
        publish(store, ["b"], version="2", id_="cs2")
        assert len(store.versions()) == 2
    finally:
        servers.replica.start()
    until(lambda: port(store) == servers.replica.port)
    until(lambda: len(store.versions()) == 2)


@pytest.mark.parametrize("sql", ["SELECT 1", f"SELECT 1 -- {'long' * 1000}"])
def test_a_replica_that_stands_still_is_passed_over_and_comes_back(servers: Pair, monkeypatch, sql):
    monkeypatch.setattr("terminology.store.postgres.ANSWER_SECONDS", 0.5)
    monkeypatch.setattr("terminology.store.postgres_server.CONNECT_SECONDS", 2)
    store = open_store(servers.writing, replicas=[servers.reading])
    assert store._database.select(sql) == [(1,)]
    assert port(store) == servers.replica.port
    with servers.replica.stopped():
        assert store._database.select(sql) == [(1,)]
        assert port(store) == servers.primary.port
        publish(store, ["a"])
        assert store.generation() == 1
    until(lambda: port(store) == servers.replica.port)
    store.close()


def test_a_replica_that_comes_back_while_the_primary_stands_still_is_read(store, servers: Pair, monkeypatch):
    monkeypatch.setattr(backend, "ANSWER_SECONDS", 0.5)
    reader = publish(store, ["a"])
    servers.replica.stop()
    try:
        assert port(store) == servers.primary.port
    finally:
        servers.replica.start()
    with servers.primary.stopped():
        time.sleep(0.3)  # until it is asked again
        assert port(store) == servers.replica.port
        assert reader.row("a") is not None


def test_processes_begin_with_any_of_the_replicas(reading_two):
    ports: set[bytes] = set()
    until(lambda: ports.add(in_child(lambda: str(port(reading_two)).encode())) or len(ports) == 2)


def test_of_several_replicas_the_next_one_is_read_and_the_primary_last(reading_two, second, servers: Pair):
    replicas = {each.port: each for each in (servers.replica, second)}
    publish(reading_two, ["a"])
    first = port(reading_two)
    (other,) = replicas.keys() - {first}
    replicas[first].stop()
    assert port(reading_two) == other
    publish(reading_two, ["b"], version="2", id_="cs2")
    assert len(reading_two.versions()) == 2
    replicas[other].stop()
    assert port(reading_two) == servers.primary.port
    assert len(reading_two.versions()) == 2
    for replica in replicas.values():
        replica.start()
    until(lambda: port(reading_two) == first)


def test_a_replica_that_comes_back_is_read_when_it_has_caught_up(store, servers: Pair):
    publish(store, ["a"])
    with psycopg.connect(servers.reading, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET recovery_min_apply_delay = '2s'")
    servers.replica.stop("fast")
    try:
        assert publish(store, ["b"], version="2", id_="cs2") is not None
    finally:
        servers.replica.start()
    seen = []
    until(lambda: seen.append(store.generation()) or port(store) == servers.replica.port)
    assert set(seen) == {2}, "what was seen once is seen from then on"
    with psycopg.connect(servers.reading, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET recovery_min_apply_delay")
        connection.execute("SELECT pg_reload_conf()")


def test_a_snapshot_does_not_change_its_server(store, servers: Pair):
    publish(store, ["a"])
    with store._database.snapshot():
        before = store.generation()
        publish_elsewhere(servers)
        assert store.generation() == before == 1
    assert store.generation() == 2


def publish_elsewhere(servers: Pair) -> None:
    other = open_store(servers.writing, replicas=[servers.reading])
    thread = threading.Thread(target=publish, args=(other, ["b"]))
    thread.start()
    thread.join()
    other.close()


class Reading(threading.Thread):
    """Reads without a pause, and keeps what failed."""

    def __init__(self, store, reader) -> None:
        super().__init__()
        self.failures: list[BaseException] = []
        self.done = 0
        self.stopped = threading.Event()
        self._store, self._reader = store, reader

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                assert self._reader.row("a") is not None
                assert self._store.generation() >= 1
                self.done += 1
            except BaseException as error:  # noqa: BLE001 - handed to the test's thread
                self.failures.append(error)
        self._store.close()


@contextmanager
def reading(store, reader) -> Iterator[list[Reading]]:
    """Threads that read until the end, whatever happens meanwhile."""
    threads = [Reading(store, reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(thread.done for thread in threads))
        yield threads
    finally:
        for thread in threads:
            thread.stopped.set()
        for thread in threads:
            thread.join()


def test_a_killed_primary_costs_no_read_and_writes_resume_after_promotion():
    with pair() as servers:
        store = open_store(servers.any_primary, replicas=[servers.reading])
        with reading(store, publish(store, ["a"])) as threads:
            with pytest.raises(TerminologyError) as caught:
                publish_through_a_kill(store, servers.primary)
            assert caught.value.kind == "unavailable"
            for _ in range(3):
                with pytest.raises(TerminologyError, match="does not answer") as caught:
                    publish(store, ["b"], version="2", id_="cs2")
                assert caught.value.kind == "unavailable"
            late = open_store(servers.any_primary, replicas=[servers.reading])
            assert late.version(late.versions()[0].key).row("a") is not None, "a server can be started meanwhile"
            late.close()
            servers.replica.promote()
            publish(store, ["b"], version="2", id_="cs2")
            assert [version.version for version in store.versions()] == ["1", "2"]
            assert store.resource("ValueSet", "vs") is None
            before = [thread.done for thread in threads]
            until(lambda: all(thread.done > count for thread, count in zip(threads, before, strict=True)))
        assert [thread.failures for thread in threads] == [[], [], []]
        store.close()


def publish_through_a_kill(store, primary: postgres.Cluster) -> None:
    with store.publication() as publication:
        primary.kill()
        publication.put_resource(value_set())


def test_writing_to_a_replica_says_that_it_is_one(servers: Pair):
    wait_for_replay(servers)
    store = open_store(servers.reading)
    with pytest.raises(TerminologyError, match="It is a replica") as caught:
        publish(store, ["a"])
    assert caught.value.kind == "unavailable"
    store.close()
