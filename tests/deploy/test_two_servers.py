"""Two servers on one PostgreSQL behind the nginx of deploy/nginx: one is killed under load, and nobody notices."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests import postgres
from tests.deploy.proxy import proxied
from tests.docs.examples import DOCS
from tests.http.serving import PATIENCE, Served, served
from tests.replicas import until

SYSTEM = "http://example.org/CodeSystem/clinic-procedures"
COUNTER = "terminology_request_seconds_count"
FHIR = {"Content-Type": "application/fhir+json"}
ROUNDS = 100
"""Questions that each client asks before the kill, and again after it."""

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx (Debian's nginx-light)")


@dataclass
class Client:
    """Looks a code up, by turns with GET and with POST; no answer may come from the proxy's cache."""

    url: str
    number: int
    answers: int = 0
    wrong: list[object] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with requests.Session() as session:
            for posted in cycle((False, True)):
                if self.stopped.is_set():
                    return
                try:
                    answer = self._ask(session, posted=posted)
                except requests.RequestException as error:
                    self.wrong.append(error)
                else:
                    if answer.status_code != 200 or "Punch biopsy of skin" not in answer.text:
                        self.wrong.append((answer.status_code, answer.text))
                self.answers += 1

    def _ask(self, session: requests.Session, *, posted: bool) -> requests.Response:
        address = f"{self.url}/r5/CodeSystem/$lookup"
        if not posted:
            distinct = f"&property=none-{self.number}-{self.answers}"
            return session.get(f"{address}?system={SYSTEM}&code=BIO-SKIN{distinct}", timeout=PATIENCE)
        parameter = [{"name": "system", "valueUri": SYSTEM}, {"name": "code", "valueCode": "BIO-SKIN"}]
        body = {"resourceType": "Parameters", "parameter": parameter}
        return session.post(address, json=body, headers=FHIR, timeout=PATIENCE)


@contextmanager
def asking(url: str) -> Iterator[list[Client]]:
    """Clients that ask until the block is left."""
    clients = [Client(url, number) for number in range(4)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        for client, thread in zip(clients, threads, strict=True):
            client.stopped.set()
            thread.join()


def wait_for_answers(clients: list[Client]) -> None:
    before = [client.answers for client in clients]
    until(lambda: all(c.answers > count + ROUNDS for c, count in zip(clients, before, strict=True)), PATIENCE)


def kill(server: Served) -> None:
    """End the master and its workers at once, as a machine that loses its power does."""
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, workers)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    server.process.wait(PATIENCE)


def looked_up(server: Served) -> int:
    """How many `$lookup`s a server has counted."""
    lines = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith(COUNTER) and "$lookup" in line)


def test_one_of_two_servers_is_killed_under_load_without_a_failed_request(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "nginx")]
    for folder in folders:
        folder.mkdir()
    with postgres.cluster() as cluster:
        database = cluster.new_database()
        store = open_store(database)
        ingest.load(store, [str(DOCS / "examples" / "clinic.json")], LoadOptions())
        store.close()
        with (
            served(database, folders[0], 1, proxies="1") as one,
            served(database, folders[1], 1, proxies="1") as two,
            proxied(one.url, two.url, folder=folders[2], changes={"rate=500r/s": "rate=50000r/s"}) as url,
        ):
            with asking(url) as clients:
                wait_for_answers(clients)
                assert min(looked_up(one), looked_up(two)) > ROUNDS, "both servers are asked"
                kill(one)
                wait_for_answers(clients)
            assert [client.wrong for client in clients] == [[]] * len(clients)
            named = requests.get(f"{url}/r5/ValueSet/clinic-biopsies/_history/1", timeout=PATIENCE)
            again = requests.get(f"{url}/r5/ValueSet/clinic-biopsies/_history/1", timeout=PATIENCE)
            assert (named.status_code, again.headers["X-Proxy-Cache"]) == (200, "HIT")
            kill(two)
            kept = requests.get(f"{url}/r5/ValueSet/clinic-biopsies/_history/1", timeout=PATIENCE)
            assert kept.content == named.content, "what never changes is answered without any server"
