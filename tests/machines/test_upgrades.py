"""Servers are upgraded one by one: one of the next version runs beside one of this version, over one database."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.docs.examples import DOCS
from tests.http.serving import served
from tests.machines.test_servers import READ, ask, asking, put, wait_for_a_round
from tests.store.test_rolling import ADDED, STEPS

NEXT_VERSION = """
import sys
from terminology.store import schema
from tests.store.test_rolling import ADDED, STEPS
schema.migrations = lambda: (*STEPS, ADDED)
from terminology.http.server import main
main()
"""
"""A program that knows one step more."""


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.slow), "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'x.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    store = open_store(url)
    ingest.load(store, [str(DOCS / "examples" / "clinic.json")], LoadOptions())
    store.close()
    return url


def test_a_server_of_the_version_before_goes_on_reading_and_says_that_it_does_not_write(
    database: str, tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    settings = {"insecure_writes": "yes", "jobs": "0", "kept_answers": "0"}
    with served(database, tmp_path, 1, **settings) as before:
        assert put(before, "first") == 201
        next_version = served(database, newer, 1, program=("-c", NEXT_VERSION), **settings)
        with asking([before], [ask(before, question) for question in READ]) as clients, next_version as after:
            assert put(after, "second") == 201
            assert requests.get(f"{before.url}/r5/ValueSet/second", timeout=20).status_code == 200
            assert put(before, "third") == 503
            assert requests.get(f"{after.url}/r5/ValueSet/third", timeout=20).status_code == 404
            ready = requests.get(f"{before.url}/health/ready", timeout=20)
            assert ready.status_code == 200
            assert ready.json()["writing"] == "refused: a newer version has changed the schema"
            wait_for_a_round(clients)
        assert [client.wrong for client in clients] == [[], []], "not one read failed"
    assert f"schema {ADDED.number}; this version knows {len(STEPS)}" in before.log.read_text()
