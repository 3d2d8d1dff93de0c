"""The sockets of a server: new ones or handed over, and how they stop taking connections without breaking any."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from terminology.http.connections import Connections
from terminology.http.listening import Listeners, handed_over
from tests.http.serving import PATIENCE, wait_for
from tests.http.test_draining import asking
from tests.replicas import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="connections and filters as Linux has them")


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    with closing(Listeners.new("127.0.0.1", 0, count=1, backlog=10)) as made:
        yield made


def client(listeners: Listeners, seconds: float = PATIENCE) -> socket.socket:
    return socket.create_connection(listeners.sockets[0].getsockname(), timeout=seconds)


def test_refusing_connections_still_serves_those_made_before(listeners: Listeners) -> None:
    with client(listeners) as early:
        listeners.refuse()
        with pytest.raises(TimeoutError):
            client(listeners, 0.2)
        early.sendall(b"asked")
        accepted, _ = listeners.sockets[0].accept()
        with accepted:
            assert accepted.recv(5) == b"asked"
            accepted.sendall(b"answer")
        assert early.recv(6) == b"answer"


def test_sockets_of_others_go_on_listening(listeners: Listeners) -> None:
    Listeners(listeners.sockets, handed_over=True).refuse()
    client(listeners, 5).close()


def test_several_listen_at_one_address(listeners: Listeners) -> None:
    (port,) = listeners.ports
    with closing(Listeners.new("127.0.0.1", port, count=2, backlog=10)) as more:
        assert more.ports == {port}
        assert [more.of_worker(index) for index in range(3)] == [*more.sockets, more.sockets[0]]


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:{}"), ("::1", "http://[::1]:{}")])
def test_where_they_are_reached_is_told_once(host: str, url: str) -> None:
    try:
        listeners = Listeners.new(host, 0, count=1, backlog=16)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    (port,) = listeners.ports
    twice = Listeners(listeners.sockets * 2)
    assert twice.urls == [url.format(port)]
    listeners.close()


def test_an_address_that_cannot_be_had_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        Listeners.new("192.0.2.1", 0, count=1, backlog=10)


def test_connected_and_waiting_clients_are_detected(listeners: Listeners) -> None:
    ports = listeners.ports
    assert Connections.to(ports) == Connections(connected=False, waiting=False)
    with client(listeners):
        assert Connections.to(ports) == Connections(connected=True, waiting=True)
        accepted, _ = listeners.sockets[0].accept()
        with accepted:
            assert Connections.to(ports) == Connections(connected=True, waiting=False)


def test_sockets_are_those_of_this_process_only() -> None:
    mine = {"LISTEN_FDS": "0", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": ""}
    others = {"LISTEN_FDS": "1", "LISTEN_PID": "1"}
    assert (handed_over(mine), handed_over(others), handed_over({})) == ((), (), ())
    assert (mine, others) == ({}, {})  # nothing that a worker or a job would take for its own


START = """
import os, sys
for number in range(2):
    os.dup2(int(sys.argv[1 + number]), 3 + number)
os.environ |= {"LISTEN_FDS": "2", "LISTEN_PID": str(os.getpid()), "TERMINOLOGY_DRAIN_SECONDS": "0.3"}
os.execv(sys.executable, [sys.executable, "-m", "terminology.http.server", "--database", sys.argv[3]])
"""


@contextmanager
def activated(listeners: Listeners, database: str, log: Path) -> Iterator[str]:
    """A server that was handed sockets, until the block is left; says where it is."""
    # Numbers that do not collide with those the sockets get in the server.
    numbers = [fcntl.fcntl(listener, fcntl.F_DUPFD, 50) for listener in listeners.sockets]
    command = [sys.executable, "-c", START, *map(str, numbers), database]
    with log.open("ab") as written:
        server = subprocess.Popen(command, stdout=written, stderr=written, pass_fds=numbers)
    for number in numbers:
        os.close(number)
    try:
        url = f"http://127.0.0.1:{next(iter(listeners.ports))}"
        wait_for(url + "/health/ready", server, log)
        yield url
    finally:
        server.terminate()
        assert server.wait(PATIENCE) == 0


def test_a_server_is_started_again_without_a_failed_request(database: str, tmp_path: Path) -> None:
    """As with systemd's sockets: clients wait for a moment, between the old server and the new one."""
    statuses: list[int | str] = []
    stopped = threading.Event()
    log = tmp_path / "server.log"
    with closing(Listeners.new("127.0.0.1", 0, count=2, backlog=100)) as listeners:
        with activated(listeners, database, log) as url:
            clients = [threading.Thread(target=asking(url, statuses, stopped)) for _ in range(4)]
            for client_ in clients:
                client_.start()
            until(lambda: len(statuses) > 20)
        with activated(listeners, database, log):
            before = len(statuses)
            until(lambda: len(statuses) > before + 20)
            stopped.set()
            for client_ in clients:
                client_.join()
    assert set(statuses) == {200}, log.read_text()
