"""Cached answers are those that would be given anyway, and nothing else is cached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology import ingest
from terminology.http.app import create_app
from terminology.http.response_cache import ResponseCache
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.http.content import EVERYTHING, MAP, SYSTEM, VALUE_SET
from tests.http.publishing import database_with

LOOKUP = f"/r4/CodeSystem/$lookup?system={SYSTEM}&code=P1"
QUESTIONS = [
    LOOKUP,
    f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1",
    f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code=P1.1",
    f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code=none",
    f"/r4/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P2",
    f"/r5/CodeSystem/$subsumes?system={SYSTEM}&codeA=P1&codeB=P1.1",
    f"/r4/ConceptMap/$translate?url={MAP}&system=http://example.org/CodeSystem/old&code=1",
    "/r5/CodeSystem/procedures",
    "/r5/ValueSet?name=nothing",
    "/r4/metadata",
    "/r5/metadata?mode=terminology",
]
HEADERS: list[dict[str, str]] = [
    {}, {"Accept": "application/fhir+xml"}, {"Accept-Language": "de"}, {"Accept-Encoding": "gzip"},
    {"Host": "other.example.org"}, {"Prefer": "handling=strict"},
]  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> str:
    return database_with(tmp_path, *EVERYTHING)


@pytest.fixture
def app(database: str) -> Flask:
    return create_app(database=database, insecure_writes=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def layer(app: Flask) -> ResponseCache:
    kept = app.wsgi_app
    assert isinstance(kept, ResponseCache)
    return kept


def hits(app: Flask) -> int:
    return layer(app).epochs.now.answers.hits


def without_id(response: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in response.headers if name != "X-Request-Id"}
    return response.status_code, headers, response.data


@pytest.mark.parametrize("headers", HEADERS, ids=lambda h: "".join(h) or "plain")
@pytest.mark.parametrize("question", QUESTIONS)
def test_cached_answers_equal_uncached_ones(database: str, app: Flask, question: str, headers: dict[str, str]) -> None:
    uncached = create_app(database=database, insecure_writes=True, kept_answers=0).test_client()
    client = app.test_client()
    for other in HEADERS:
        client.get(question, headers=other)
    found = {without_id(client.get(question, headers=headers))[2] for _ in range(2)}
    assert found == {without_id(uncached.get(question, headers=headers))[2]}
    assert (
        without_id(client.get(question, headers=headers))[:2] == without_id(uncached.get(question, headers=headers))[:2]
    )


def test_a_repeated_question_asks_the_database_for_the_generation_only(app: Flask, client: FlaskClient) -> None:
    client.get(LOOKUP)
    with counting(app.extensions["terminology"].store) as statements:
        client.get(LOOKUP)
    assert len(statements) == 1
    assert "generation" in statements[0]


@pytest.mark.parametrize("path", ["/r4/metadata", "/r5/metadata?mode=terminology"])
def test_what_the_server_can_do_is_told_anew_after_a_publication(
    tmp_path: Path, database: str, app: Flask, client: FlaskClient, path: str
) -> None:
    assert client.get(path).data == client.get(path).data
    assert hits(app) == 1
    other = {**EVERYTHING[0], "id": "new", "url": "http://example.org/CodeSystem/new"}
    (tmp_path / "new.json").write_text(json.dumps(other))
    store = open_store(database)
    ingest.load(store, [str(tmp_path / "new.json")])
    store.close()
    assert ("http://example.org/CodeSystem/new" in client.get(path).text) == ("mode" in path)


def test_each_answer_has_a_request_id_of_its_own(client: FlaskClient) -> None:
    ids = {client.get(LOOKUP).headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert client.get(LOOKUP, headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] == "mine"


def test_a_load_of_another_process_is_seen_at_once(tmp_path: Path, database: str, client: FlaskClient) -> None:
    assert "Biopsy" in client.get(LOOKUP).text
    changed = {**EVERYTHING[0], "concept": [{"code": "P1", "display": "Renamed"}]}
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    other = open_store(database)
    ingest.load(other, [str(tmp_path / "changed.json")])
    other.close()
    assert "Renamed" in client.get(LOOKUP).text


def test_questions_in_bodies(app: Flask, client: FlaskClient) -> None:
    def ask(code: str) -> Any:
        given = [{"name": "system", "valueUri": SYSTEM}, {"name": "code", "valueCode": code}]
        return client.post("/r5/CodeSystem/$lookup", json={"resourceType": "Parameters", "parameter": given})

    assert ask("P1").data == ask("P1").data != ask("P2").data
    assert hits(app) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "x"},
        {"X-Cache-Id": "abc"},
        {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"},
    ],
    ids=lambda h: next(iter(h)),
)
def test_requests_with_such_headers_are_not_cached(app: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    client.get(LOOKUP)
    client.get(LOOKUP, headers=headers)
    client.get(LOOKUP, headers=headers)
    assert hits(app) == 0


def test_who_has_a_cached_answer_is_told_so(database: str, app: Flask, client: FlaskClient) -> None:
    uncached = create_app(database=database, insecure_writes=True, kept_answers=0).test_client()
    for question in QUESTIONS:
        tag = client.get(question).headers["ETag"]
        for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*", '"x"', ""):
            for headers in ({"If-None-Match": known}, {"If-None-Match": known, "Accept-Encoding": "gzip"}):
                found = without_id(client.get(question, headers=headers))
                assert found == without_id(uncached.get(question, headers=headers)), (question, headers)
                assert found[0] == (200 if known in {'"x"', ""} else 304)
        assert client.get(question).status_code == 200, "what is kept is the answer"
    assert hits(app) > 0


@pytest.mark.parametrize(
    "path",
    ["/r5/CodeSystem/none", "/r5/_jobs", "/r5/$documents", "/", "/health/ready",
     f"{LOOKUP}&cache-id=x", f"{LOOKUP}&cache%2Did=x", f"{LOOKUP}&%63ache-id=x"],
)  # fmt: skip
def test_answers_of_such_paths_are_not_cached(app: Flask, client: FlaskClient, path: str) -> None:
    for _ in range(3):
        client.get(path)
    assert hits(app) == 0


def test_large_bodies_and_writes_are_not_kept(app: Flask, client: FlaskClient) -> None:
    large = {"resourceType": "Parameters", "parameter": [{"name": "system", "valueUri": SYSTEM}] * 2000}
    for _ in range(2):
        client.post("/r5/CodeSystem/$lookup", json=large)
        client.put("/r5/ValueSet/x", json={"resourceType": "ValueSet", "id": "x"})
    assert hits(app) == 0


def test_resources_left_at_the_server_are_found_however_their_parameter_is_written(
    app: Flask, client: FlaskClient
) -> None:
    left = b'{"resourceType": "Parameters", "parameter": [{"name": "cache\\u002did", "valueId": "x"}]}'
    for body, kind in ((left, "application/fhir+json"), (b"cache%2did=x", "application/x-www-form-urlencoded")):
        for _ in range(2):
            assert client.post(LOOKUP, data=body, content_type=kind).status_code == 200
    assert hits(app) == 0


def test_bodies_in_xml_are_not_kept(app: Flask, client: FlaskClient) -> None:
    body = '<?xml version="1.0" encoding="UTF-16"?><Parameters xmlns="http://hl7.org/fhir"/>'.encode("utf-16")
    for _ in range(2):
        assert client.post(LOOKUP, data=body, content_type="application/fhir+xml").status_code == 200
    assert hits(app) == 0


@pytest.mark.parametrize("path", ["/r4/ConceptMap/$closure", "/r4/ConceptMap//$closure/"])
def test_a_closure_table_begins_anew_each_time_it_is_asked_to(client: FlaskClient, path: str) -> None:
    def version(*codes: str) -> Any:
        concepts = [{"name": "concept", "valueCoding": {"system": SYSTEM, "code": code}} for code in codes]
        given = [{"name": "name", "valueString": "mine"}, *concepts]
        return client.post(path, json={"resourceType": "Parameters", "parameter": given}).get_json()["version"]

    first = [version(), version("P1"), version("P2")]
    assert len(set(first)) == 3
    assert [version(), version("P1.1"), version("P1")] == first


def test_the_cache_stays_within_kept_answers(database: str) -> None:
    app = create_app(database=database, kept_answers=20_000)
    client = app.test_client()
    for number in range(100):
        assert client.get(f"{LOOKUP}&_x={number}").status_code == 200
    assert 0 < layer(app).epochs.now.answers.used <= 20_000


def test_there_is_no_cache_where_the_settings_turn_it_off(database: str) -> None:
    assert not isinstance(create_app(database=database, kept_answers=0).wsgi_app, ResponseCache)
