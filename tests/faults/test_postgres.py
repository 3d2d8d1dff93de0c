"""PostgreSQL's faults: a network that is cut (network namespaces), damaged pages, a server that crashes in a load."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import requests

from terminology.store.backups import restore_backup, write_backup
from terminology.store.opening import open_store
from tests import postgres
from tests.faults.bench import SYSTEM, Bench, wait_until_answered
from tests.http.serving import PATIENCE, Served, served
from tests.replicas import until

IMPATIENT = "?connect_timeout=2&tcp_user_timeout=1500"
"""What a url may say where 20 seconds of silence are too long."""
PAGE = 8192
CRASHES = 25
_networks = itertools.count(os.getpid() % 200)


@dataclass(frozen=True)
class Network:
    """A network namespace, and the link to it: the address there, and the one on this side."""

    name: str
    address: str
    near: str

    @property
    def within(self) -> tuple[str, ...]:
        return "ip", "netns", "exec", self.name

    def cut(self) -> None:
        """Nothing arrives any more, in either direction, and nobody is told."""
        ip("netns", "exec", self.name, "ip", "link", "set", f"{self.name}b", "down")

    def mend(self) -> None:
        ip("netns", "exec", self.name, "ip", "link", "set", f"{self.name}b", "up")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def network() -> Iterator[Network]:
    """A network with one address in it; skipped where one may not make networks."""
    number = next(_networks)
    made = Network(f"tf{number}", f"10.213.{number}.2", f"10.213.{number}.1")
    try:
        ip("netns", "add", made.name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to make network namespaces (root, iproute2)")
    try:
        ip("link", "add", f"{made.name}a", "type", "veth", "peer", "name", f"{made.name}b", "netns", made.name)
        ip("addr", "add", f"{made.near}/24", "dev", f"{made.name}a")
        ip("link", "set", f"{made.name}a", "up")
        ip("netns", "exec", made.name, "ip", "addr", "add", f"{made.address}/24", "dev", f"{made.name}b")
        made.mend()
        yield made
    finally:
        ip("netns", "del", made.name)


@pytest.fixture
def link() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture
def far(link: Network) -> Iterator[postgres.Cluster]:
    """A PostgreSQL on the other side of the link."""
    with postgres.cluster(address=link.address, within=link.within) as made:
        yield made


@pytest.fixture
def bench(far: postgres.Cluster, tmp_path: Path) -> Bench:
    made = Bench(tmp_path, tmp_path, url=far.new_database() + IMPATIENT)
    assert made.load() == 0, made.log()
    return made


def test_a_network_that_is_cut_for_long(bench: Bench, link: Network, tmp_path: Path) -> None:
    """Requests are refused within the url's times, a load says why it failed, and all is well when the link is back."""
    with served(bench.database, tmp_path, workers=2, kept_answers="0") as server:
        assert bench.asked(server.url, 1) == 200
        number, loader = bench.begin_work()
        time.sleep(bench.work_takes / 4)
        link.cut()
        try:
            began = time.monotonic()
            answer = requests.get(
                f"{server.url}/r5/CodeSystem/$lookup?system={SYSTEM.format(1)}&code=c1", timeout=PATIENCE
            )
            assert answer.status_code == 503
            assert answer.json()["resourceType"] == "OperationOutcome"
            assert time.monotonic() - began < 15
            if loader.wait(PATIENCE) == 0:
                bench.acknowledged.add(number)
            else:
                assert "does not answer" in bench.log() or "broke" in bench.log(), bench.log()
            assert "Traceback" not in bench.log()
        finally:
            link.mend()
        wait_until_answered(bench, server, 1)
        bench.verify(server)
        assert bench.load() == 0, bench.log()
        bench.verify(server)


@pytest.mark.slow
def test_a_network_that_is_cut_for_a_moment(bench: Bench, link: Network, tmp_path: Path) -> None:
    """What is shorter than the times of the url nobody notices, but for waiting."""
    with served(bench.database, tmp_path, workers=1, kept_answers="0") as server:
        number, loader = bench.begin_work()
        for _ in range(4):
            time.sleep(bench.work_takes / 8)
            link.cut()
            mending = threading.Timer(0.3, link.mend)
            mending.start()
            assert bench.asked(server.url, 1) in {200, 503}
            mending.join()
        settle(bench, server, number, loader)
        assert bench.load() == 0, bench.log()
        bench.verify(server)


@pytest.mark.slow
def test_a_network_to_a_replica_that_is_cut(link: Network, tmp_path: Path) -> None:
    """Reads go on from the primary, also of what is loaded meanwhile; later the replica is read again."""
    with postgres.cluster(address=link.near) as primary:
        bench = Bench(tmp_path, tmp_path, url=primary.new_database() + IMPATIENT)
        assert bench.load() == 0, bench.log()
        replica = primary.standby(link.address, link.within)
        try:
            reading = replica.url(bench.url.removesuffix(IMPATIENT).rpartition("/")[2])
            with served(
                bench.database, tmp_path, workers=1, kept_answers="0", database_read=reading + IMPATIENT
            ) as server:
                until(lambda: readers(reading) > 0 and bench.asked(server.url, 1) == 200)
                link.cut()
                try:
                    began = time.monotonic()
                    assert {bench.asked(server.url, 1) for _ in range(20)} == {200}
                    assert time.monotonic() - began < 30
                    assert bench.load() == 0, bench.log()
                    bench.verify(server)
                finally:
                    link.mend()
                until(lambda: bench.asked(server.url, 2) == 200 and readers(reading) > 0, PATIENCE)
                assert bench.load() == 0, bench.log()
                bench.verify(server)
        finally:
            postgres.remove(replica)


def readers(url: str) -> int:
    """Connections of servers to a replica; none where it cannot be reached."""
    try:
        with psycopg.connect(url + IMPATIENT, autocommit=True, application_name="test") as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = 'terminology' AND state_change > now() - interval '2 seconds'"
            ).fetchone()
    except psycopg.OperationalError:
        return 0
    return int(row[0]) if row else 0


def settle(bench: Bench, server: Served, number: int, loader: subprocess.Popen[bytes]) -> None:
    """A load that was begun ends well or with a message, the server answers again, and nothing acknowledged is lost."""
    if loader.wait(PATIENCE) == 0:
        bench.acknowledged.add(number)
    assert "Traceback" not in bench.log()
    wait_until_answered(bench, server, 1)
    bench.verify(server)


@pytest.mark.slow
def test_servers_that_crash_while_loads_go_on(tmp_path: Path) -> None:
    """At random points: each load is there as a whole, or not at all."""
    with postgres.cluster() as cluster:
        bench = Bench(tmp_path, tmp_path, url=cluster.new_database())
        assert bench.load() == 0, bench.log()
        with served(bench.database, tmp_path, workers=1) as server:
            for _ in range(CRASHES):
                number, loader = bench.begin_work()
                time.sleep(random.uniform(0, bench.work_takes))
                cluster.crash()
                settle(bench, server, number, loader)
            assert bench.load() == 0, bench.log()
            bench.verify(server)


def damage(cluster: postgres.Cluster, url: str, table: str) -> None:
    """Write over the second half of a table's pages, while the server is stopped."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT pg_relation_filepath(%s)", (table,)).fetchone()
    assert row is not None
    cluster.stop("fast")
    path = cluster.data / row[0]
    pages = path.stat().st_size // PAGE
    assert pages >= 4
    with path.open("r+b") as file:
        for page in range(pages // 2, pages):
            file.seek(page * PAGE + PAGE // 2)
            file.write(b"\xa5" * 64)
    cluster.start()


@pytest.mark.slow
@pytest.mark.parametrize("table", ["concept", "bitmap"])
def test_pages_that_were_damaged(tmp_path: Path, table: str) -> None:
    """Data checksums find it: what is damaged is refused, the check names it, a new database takes a backup."""
    with postgres.cluster("--data-checksums") as cluster:
        bench = Bench(tmp_path, tmp_path, url=cluster.new_database())
        for _ in range(3):
            assert bench.load() == 0, bench.log()
        store = open_store(bench.database)
        write_backup(store, tmp_path / "backup.db")
        store.close()
        damage(cluster, bench.database, table)
        with served(bench.database, tmp_path, workers=1) as server:
            statuses = set()
            for number in (1, 2, 3):
                for code in ("c1", "c399"):
                    query = f"system={SYSTEM.format(number)}&code={code}"
                    answer = requests.get(f"{server.url}/r5/CodeSystem/$lookup?{query}", timeout=PATIENCE)
                    statuses.add(answer.status_code)
                    assert answer.json()["resourceType"] in {"Parameters", "OperationOutcome"}
                    assert str(cluster.folder) not in answer.text
            assert statuses <= {200, 503}
            assert 503 in statuses or table == "bitmap"
        program = [sys.executable, "-m", "terminology.cli", "check", "--database", bench.database]
        checked = subprocess.run(program, capture_output=True, text=True, check=False)
        assert checked.returncode == 1
        assert "damaged" in checked.stdout + checked.stderr, checked.stdout + checked.stderr
        assert "Traceback" not in checked.stderr
        bench.url = cluster.new_database()
        restored = open_store(bench.database)
        restore_backup(restored, tmp_path / "backup.db")
        restored.close()
        bench.verify()
