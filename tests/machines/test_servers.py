"""Servers of several machines on one PostgreSQL and its replica answer as one on SQLite, and outlive the primary."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store import moving
from terminology.store.opening import open_database, open_store
from tests.docs.examples import DOCS, Curl, blocks, curl
from tests.http.serving import Served, served
from tests.replicas import Pair, pair

SERVERS = 3
COMMANDS = [curl(block.text) for block in blocks("operations.md") if block.text.startswith("curl ")]
EXAMPLES = [command for command in COMMANDS if "$closure" not in command.path]  # each asks for what is new since then
LOOKUP = "/r5/CodeSystem/$lookup?system=http://example.org/CodeSystem/clinic-procedures&code=BIO"
MADE_UP = ("identifier", "timestamp")
"""What an expansion has anew each time."""


@dataclass(frozen=True)
class Site:
    """A database on SQLite with its server, and the same one on PostgreSQL with several."""

    databases: Pair
    alone: Served
    together: list[Served]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    sqlite = f"sqlite:///{tmp_path / 'clinic.db'}"
    store = open_store(sqlite)
    ingest.load(store, [str(DOCS / "examples" / "clinic.json")], LoadOptions())
    store.close()
    settings = {
        "base_url": "http://terminology.example.org",
        "insecure_writes": "yes",
        "jobs": "0",
        "kept_answers": "0",
    }
    with pair() as databases, ExitStack() as stack:
        moving.move(open_database(sqlite), open_database(databases.writing, replicas=[databases.reading]))
        (tmp_path / "alone").mkdir()
        alone = stack.enter_context(served(sqlite, tmp_path / "alone", 1, **settings))
        together = []
        for n in range(SERVERS):
            folder = tmp_path / f"server{n}"
            folder.mkdir()
            reading = {"database_read": databases.reading}
            together.append(stack.enter_context(served(databases.any_primary, folder, 1, **settings, **reading)))
        yield Site(databases, alone, together)


def ask(server: Served, asked: Curl) -> tuple[int, object]:
    response = requests.request(
        asked.method, f"{server.url}{asked.path}", headers=asked.headers, data=asked.body, timeout=20
    )
    answer = response.json()
    for name in MADE_UP:
        answer.get("expansion", {}).pop(name, None)
    return response.status_code, answer


def value_set(id_: str) -> dict[str, object]:
    return {
        "resourceType": "ValueSet", "id": id_, "url": f"http://example.org/{id_}", "status": "active",
        "compose": {"include": [{"system": "http://example.org/CodeSystem/clinic-procedures"}]},
    }  # fmt: skip


def put(server: Served, id_: str) -> int:
    url = f"{server.url}/r5/ValueSet/{id_}"
    headers = {"Content-Type": "application/fhir+json"}
    return requests.put(url, json=value_set(id_), headers=headers, timeout=30).status_code


@dataclass
class Client:
    """Asks one server again and again."""

    server: Served
    statuses: list[int] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with requests.Session() as session:
            while not self.stopped.is_set():
                try:
                    self.statuses.append(session.get(f"{self.server.url}{LOOKUP}", timeout=20).status_code)
                except requests.RequestException:
                    self.statuses.append(0)


@contextmanager
def asking(servers: Sequence[Served]) -> Iterator[list[Client]]:
    """A client at each server, until the block is left."""
    clients = [Client(server) for server in servers]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        for client, thread in zip(clients, threads, strict=True):
            client.stopped.set()
            thread.join()


def test_servers_on_postgres_answer_as_one_on_sqlite_and_outlive_the_primary(site: Site) -> None:
    for example in EXAMPLES:
        expected = ask(site.alone, example)
        assert [ask(server, example) for server in site.together] == [expected] * SERVERS, example.path

    for number, server in enumerate(site.together):
        assert put(server, f"written{number}") == 201
        for reader in site.together:
            read = requests.get(f"{reader.url}/r5/ValueSet/written{number}", timeout=20)
            assert read.status_code == 200, "what was written at one server is read at each"

    with asking(site.together) as clients:
        site.databases.primary.kill()
        assert [put(server, "while-it-is-down") for server in site.together] == [503] * SERVERS
        ready = requests.get(f"{site.together[0].url}/health/ready", timeout=20)
        assert ready.status_code == 200, site.together[0].log.read_text()
        site.databases.replica.promote()
        deadline = time.monotonic() + 30
        while (status := put(site.together[0], "afterwards")) == 503:
            assert time.monotonic() < deadline
        assert status == 201
        assert [put(server, f"afterwards{number}") for number, server in enumerate(site.together)] == [201] * SERVERS
    for client in clients:
        assert len(client.statuses) > 5
        assert set(client.statuses) == {200}, "not one read failed"
    for server in site.together:
        missing = requests.get(f"{server.url}/r5/ValueSet/while-it-is-down", timeout=20)
        assert missing.status_code == 404, "a write that failed left nothing"
