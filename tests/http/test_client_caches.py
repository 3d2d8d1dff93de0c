"""Resources that clients leave at the server and refer to later."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.content import OLD_TO_NEW, PROCEDURES
from tests.operations.calling import value

SYSTEM = "http://example.org/CodeSystem/left"
TRAVELLER = PROCEDURES | {"url": SYSTEM}
LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"


def parameters(*resources: dict[str, Any], **more: str) -> dict[str, Any]:
    entries = [{"name": "tx-resource", "resource": r} for r in resources]
    entries += [{"name": name.replace("_", "-"), "valueString": text} for name, text in more.items()]
    return {"resourceType": "Parameters", "parameter": entries}


@pytest.fixture
def other_worker(database: str) -> Flask:
    """Another process would look like this: nothing but the database in common."""
    return create_app(database=database)


def start(client: FlaskClient, *resources: dict[str, Any], endpoint: str = "r5") -> str:
    return value(client.post(f"/{endpoint}/$cache-control?mode=start", json=parameters(*resources)).json, "cache-id")


def test_a_cache_is_started_used_by_all_workers_and_ended(client: FlaskClient, other_worker: Flask) -> None:
    headers = {"X-Cache-Id": start(client, TRAVELLER)}
    for one in (client, other_worker.test_client()):
        assert value(one.get(LOOKUP, headers=headers).json, "display") == "Biopsy"
    assert client.get(LOOKUP).status_code == 404
    assert value(client.post("/r5/$cache-control?mode=end", json=parameters(), headers=headers).json, "result") is True
    gone = client.get(LOOKUP, headers=headers)
    assert gone.status_code == 404
    assert "is not known, or has expired" in gone.json["issue"][0]["details"]["text"]
    assert value(client.post("/r5/$cache-control?mode=end", headers=headers).json, "result") is False


def test_a_client_may_make_up_its_id(client: FlaskClient, other_worker: Flask) -> None:
    mine = {"cache_id": "mine", "system": SYSTEM, "code": "P2"}
    first = client.post("/r5/CodeSystem/$lookup", json=parameters(TRAVELLER, **mine))
    assert value(first.json, "display") == "Suture"
    for one in (client, other_worker.test_client()):
        later = one.post("/r5/CodeSystem/$lookup", json=parameters(**mine))
        assert value(later.json, "display") == "Suture"
    assert client.get(LOOKUP + "&cache-id=mine").status_code == 200
    assert client.get(LOOKUP + "&cache-id=theirs").status_code == 404


def test_a_cache_is_no_larger_than_what_may_be_sent_at_once(database: str) -> None:
    client = create_app(database=database, max_body=4_000).test_client()
    large = [TRAVELLER | {"url": f"{SYSTEM}-{number}", "text": None, "title": "x" * 2_000} for number in range(2)]
    mine = {"cache_id": "mine", "system": large[0]["url"], "code": "P2"}
    assert client.post("/r5/CodeSystem/$lookup", json=parameters(large[0], **mine)).status_code == 200
    refused = client.post("/r5/CodeSystem/$lookup", json=parameters(large[1], **mine))
    assert refused.status_code == 413
    assert "would have more than 4000 bytes" in refused.json["issue"][0]["details"]["text"]
    assert client.post("/r5/CodeSystem/$lookup", json=parameters(large[0], **mine)).status_code == 200


def test_supplied_resources_come_before_cached_ones(client: FlaskClient) -> None:
    headers = {"X-Cache-Id": start(client, TRAVELLER)}
    changed = TRAVELLER | {"concept": [{"code": "P1", "display": "Changed"}]}
    response = client.post(LOOKUP, json=parameters(changed), headers=headers)
    assert value(response.json, "display") == "Changed"


def test_resources_are_left_in_the_release_of_the_endpoint(client: FlaskClient) -> None:
    target = {"code": "P1", "equivalence": "wider"}
    r4_map = OLD_TO_NEW | {
        "url": "http://example.org/ConceptMap/r4",
        "group": [{"source": "http://example.org/s", "target": SYSTEM, "element": [{"code": "1", "target": [target]}]}],
    }
    headers = {"X-Cache-Id": start(client, r4_map, endpoint="r4")}
    found = client.get("/r5/ConceptMap/$translate?sourceCode=1&system=http://example.org/s", headers=headers)
    assert value(found.json, "match")["relationship"] == "source-is-narrower-than-target"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("$cache-control", 400, "'mode' must be start or end"),
        ("$cache-control?mode=pause", 400, "'mode' must be start or end"),
    ],
)
def test_wrong_modes_are_refused(client: FlaskClient, path: str, status: int, text: str) -> None:
    response = client.post(f"/r5/{path}", json=parameters())
    assert response.status_code == status
    assert text in response.json["issue"][0]["details"]["text"]


def test_broken_resources_are_refused_when_they_are_cached(client: FlaskClient) -> None:
    broken = {"resourceType": "CodeSystem", "url": 7, "status": "active", "content": "complete"}
    assert client.post("/r5/$cache-control?mode=start", json=parameters(broken)).status_code == 400
