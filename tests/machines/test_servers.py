"""Servers of several machines on one PostgreSQL and its replica answer as one on SQLite, and outlive the primary."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store import moving
from terminology.store.opening import open_database, open_store
from tests.docs.examples import DOCS, Curl, blocks, curl
from tests.http.serving import Served, served
from tests.replicas import Pair, pair, until

SERVERS = 3
COMMANDS = [curl(block.text) for block in blocks("operations.md") if block.text.startswith("curl ")]
EXAMPLES = [command for command in COMMANDS if "$closure" not in command.path]  # each asks for what is new since then
READ = [example for example in EXAMPLES if example.method == "GET" and "$diff" not in example.path]
"""Reads with answers that do not change with the value sets that are written meanwhile."""
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
        "cached_sets": "0",
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
    """Asks one server all the questions, again and again; keeps what went wrong."""

    server: Served
    expected: Sequence[tuple[int, object]]
    answers: int = 0
    wrong: list[object] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for question, expected in cycle(zip(READ, self.expected, strict=True)):
            if self.stopped.is_set():
                return
            try:
                answer = ask(self.server, question)
            except requests.RequestException as error:
                self.wrong.append(error)
            else:
                if answer != expected:
                    self.wrong.append((question.path, answer))
            self.answers += 1


@contextmanager
def asking(servers: Sequence[Served], expected: Sequence[tuple[int, object]]) -> Iterator[list[Client]]:
    """Two clients at each server, until the block is left."""
    clients = [Client(server, expected) for server in servers for _ in range(2)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        for client, thread in zip(clients, threads, strict=True):
            client.stopped.set()
            thread.join()


def wait_for_a_round(clients: Sequence[Client]) -> None:
    """Wait until each client has asked all the questions once more."""
    before = [client.answers for client in clients]
    until(lambda: all(client.answers > count + len(READ) for client, count in zip(clients, before, strict=True)), 60)


def test_servers_on_postgres_answer_as_one_on_sqlite_and_outlive_the_primary(site: Site) -> None:
    for example in EXAMPLES:
        expected = ask(site.alone, example)
        assert [ask(server, example) for server in site.together] == [expected] * SERVERS, example.path

    for number, server in enumerate(site.together):
        assert put(server, f"written{number}") == 201
        for reader in site.together:
            read = requests.get(f"{reader.url}/r5/ValueSet/written{number}", timeout=20)
            assert read.status_code == 200, "what was written at one server is read at each"

    with asking(site.together, [ask(site.alone, question) for question in READ]) as clients:
        site.databases.primary.kill()
        assert [put(server, "while-it-is-down") for server in site.together] == [503] * SERVERS
        ready = requests.get(f"{site.together[0].url}/health/ready", timeout=20)
        assert ready.status_code == 200, site.together[0].log.read_text()
        wait_for_a_round(clients)
        site.databases.replica.promote()
        deadline = time.monotonic() + 30
        while (status := put(site.together[0], "afterwards")) == 503:
            assert time.monotonic() < deadline
        assert status == 201
        assert [put(server, f"afterwards{number}") for number, server in enumerate(site.together)] == [201] * SERVERS
        wait_for_a_round(clients)
    for client in clients:
        assert not client.wrong, "every read was answered as before"
    for server in site.together:
        missing = requests.get(f"{server.url}/r5/ValueSet/while-it-is-down", timeout=20)
        assert missing.status_code == 404, "a write that failed left nothing"
