"""The time of the database and the answers of upstream servers, as /metrics tells them."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from terminology.store.opening import open_store
from tests.http.content import SYSTEM
from tests.http.serving import PATIENCE, served
from tests.store.ticking import publish


def counted(url: str, name: str, label: str) -> float:
    text = requests.get(f"{url}/metrics", timeout=PATIENCE).text
    found = re.search(rf"^{re.escape(name)}_total{{{re.escape(label)}}} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_statements_are_timed_by_what_they_do() -> None:
    store = open_store()
    times = store.timed()
    assert times.statements == {"read": 0, "write": 0}
    publish(store, ["a"])
    assert times.statements["read"] > 0
    assert times.statements["write"] > 0
    before = dict(times.statements)
    assert store.versions()
    assert times.statements == {**before, "read": before["read"] + 1}
    assert all(seconds > 0 for seconds in times.seconds.values())
    store.close()


def test_the_time_of_the_database_and_upstream_servers_are_exported(database: str, tmp_path: Path) -> None:
    nowhere = {"upstream": "http://127.0.0.1:9/r5", "upstream_seconds": "1"}
    with served(database, tmp_path, workers=1, **nowhere) as server:
        before = counted(server.url, "terminology_store_statements", 'statement="read"')
        for code in ("P1", "P2", "P1"):
            requests.get(f"{server.url}/r5/CodeSystem/$lookup?system={SYSTEM}&code={code}", timeout=PATIENCE)
        assert counted(server.url, "terminology_store_statements", 'statement="read"') > before
        assert 0 < counted(server.url, "terminology_store_seconds", 'statement="read"') < 10
        unknown = "http://example.org/unknown"
        requests.get(f"{server.url}/r5/CodeSystem/$lookup?system={unknown}&code=a", timeout=PATIENCE)
        assert counted(server.url, "terminology_upstream_questions", 'outcome="failed"') == 1
