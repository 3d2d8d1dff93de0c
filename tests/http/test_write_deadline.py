"""A write that takes too long is given up wherever it is, and leaves nothing."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.model import deadline
from tests.http.changing import PATCH, display, put, said
from tests.http.content import BIOPSIES, OLD_TO_NEW, PROCEDURES

NEW = {**PROCEDURES, "concept": [{"code": "P1", "display": "New"}, {"code": "P9", "display": "Other"}]}
PATH = "/r5/CodeSystem/procedures"
TITLE = [{"op": "add", "path": "/title", "value": "New"}]
TAG = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [{"code": "new"}]}}]}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [
        {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}} for r in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


WRITES = {
    "update": lambda client: client.put(PATH, json=NEW),
    "create": lambda client: client.post("/r5/CodeSystem", json={**NEW, "url": "http://example.org/created"}),
    "value set": lambda client: client.put("/r5/ValueSet/biopsies", json={**BIOPSIES, "title": "New"}),
    "patch": lambda client: client.patch(PATH, json=TITLE, content_type=PATCH),
    "tag": lambda client: client.post(f"{PATH}/$meta-add", json=TAG),
    "transaction": lambda client: client.post("/r5", json=bundle(NEW, {**BIOPSIES, "title": "New"}, OLD_TO_NEW)),
}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app = create_app(database=f"sqlite:///{tmp_path / 'written.db'}", insecure_writes=True, audit_log="")
    client = app.test_client()
    put(client, PROCEDURES)
    put(client, BIOPSIES)
    return client


def stored(client: FlaskClient) -> Any:
    """All that clients see, and how many rows there are of what they do not."""
    store = client.application.extensions["terminology"].store
    store.collect_garbage()
    seen = [
        client.get(f"/r5/{type_}?_count=50").json.get("entry") for type_ in ("CodeSystem", "ValueSet", "ConceptMap")
    ]
    hidden = [list(store._database.select(f"SELECT key FROM {t} WHERE state IN ('loading', 'spilled')"))
              for t in ("code_system_version", "part")]  # fmt: skip
    return seen, display(client), hidden


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_complete_or_undone_wherever_time_runs_out(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = stored(client)
    assert before[-1] == [[], []]
    for looks in itertools.count():
        clock = itertools.chain(itertools.repeat(0.0, 1 + looks), itertools.repeat(math.inf))  # the first sets it
        with monkeypatch.context() as patched:
            patched.setattr(deadline, "time", SimpleNamespace(monotonic=clock.__next__))
            response = WRITES[name](client)
        if response.status_code in {200, 201}:
            break
        status, code, text = said(response)
        assert (status, code, "nothing was stored" in text) == (422, "too-costly", True), response.text
        assert stored(client) == before, looks
    assert looks > 1
    assert stored(client) != before
    assert stored(client)[-1] == [[], []]


def test_the_setting_says_how_long(tmp_path: Path) -> None:
    client = create_app(database=f"sqlite:///{tmp_path / 'written.db'}", insecure_writes=True, write_seconds=0.0)
    assert said(client.test_client().put(PATH, json=NEW))[:2] == (422, "too-costly")
