"""Bundles have one time for all their entries: no entry has one of its own beyond it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.api import Api
from terminology.http.app import create_app
from terminology.http.exchange import Answer, Request
from terminology.model.deadline import check, ends_in, within
from tests.http.content import SUTURES

GET = {"request": {"method": "GET", "url": "ValueSet/none"}}
SLOW = {"request": {"method": "GET", "url": "ValueSet/slow"}}
PUT = {"request": {"method": "PUT", "url": "ValueSet/sutures"}, "resource": SUTURES}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A server on which one request takes as long as it may, of a time of its own that is far too long."""
    answer = Api.answer

    def slowly(api: Api, request: Request) -> Answer:
        if request.segments[-1:] == ("slow",):
            with within(ends_in(30), "EXPANSION_DEADLINE"):
                while True:
                    check()
                    time.sleep(0.01)
        return answer(api, request)

    database = f"sqlite:///{tmp_path / 'a.db'}"
    warm = create_app(database=database, insecure_writes=True, audit_log="").test_client()
    assert warm.put("/r5/ValueSet/sutures", json=SUTURES).status_code == 201, "what validates is loaded"
    monkeypatch.setattr(Api, "answer", slowly)
    app = create_app(
        database=database,
        insecure_writes=True,
        request_seconds=0.3,
        write_seconds=1.0,
        audit_log="",
    )
    return app.test_client()


def statuses(client: FlaskClient, type_: str, *entries: dict[str, Any]) -> list[str]:
    body = {"resourceType": "Bundle", "type": type_, "entry": list(entries)}
    return [e["response"]["status"][:3] for e in client.post("/r5", json=body).json["entry"]]


def test_a_batch_answers_what_it_could(client: FlaskClient) -> None:
    begun = time.monotonic()
    assert statuses(client, "batch", GET, SLOW, GET, SLOW) == ["404", "422", "422", "422"]
    assert time.monotonic() - begun < 3
    assert statuses(client, "batch", GET, GET) == ["404", "404"], "the next one has a time of its own"


def test_a_batch_that_writes_has_the_time_of_a_write(client: FlaskClient) -> None:
    begun = time.monotonic()
    assert statuses(client, "batch", PUT, SLOW, PUT) == ["200", "422", "422"]
    assert time.monotonic() - begun > 1


def test_reads_of_a_transaction_have_one_time(client: FlaskClient) -> None:
    assert statuses(client, "transaction", GET, SLOW, PUT, GET) == ["404", "422", "200", "422"]
    assert client.get("/r5/ValueSet/sutures").status_code == 200
