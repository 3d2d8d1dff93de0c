"""Systems that this server does not hold are asked of another one, and what comes back is told from our own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from terminology.http.access import keys
from terminology.http.app import create_app
from terminology.http.keeping import Kept
from terminology.http.upstream import breaker, remote
from terminology.http.upstream.breaker import Breaker
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY, addresses
from terminology.model.outcome import TerminologyError
from terminology.store.opening import open_store
from tests.http.content import BIOPSIES, MAP, OLD, PROCEDURES, SYSTEM, VALUE_SET
from tests.http.far import Far, dribbling, far, fhir
from tests.http.publishing import publish
from tests.http.serving import PATIENCE, Served, served

HERE = {**PROCEDURES, "url": "http://example.org/CodeSystem/here", "id": "here"}
LOOKUP = f"CodeSystem/$lookup?system={SYSTEM}&code=P1"
QUESTIONS = [
    LOOKUP,
    f"CodeSystem/$validate-code?url={SYSTEM}&code=P1.1",
    f"CodeSystem/$validate-code?url={SYSTEM}&code=none",
    f"ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code=P1",
    f"CodeSystem/$subsumes?system={SYSTEM}&codeA=P1&codeB=P1.1",
    f"ConceptMap/$translate?url={MAP}&system={OLD}&code=7",
    f"ConceptMap/$translate?system={OLD}&code=7",
    f"ValueSet/$expand?url={VALUE_SET}",
]
ANSWER = {
    "resourceType": "Parameters",
    "parameter": [{"name": "name", "valueString": "Far"}, {"name": "display", "valueString": "Biopsy, far away"}],
}


@pytest.fixture(scope="session")
def other(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server that holds what the one under test does not."""
    with served(database, tmp_path_factory.mktemp("other"), workers=1) as server:
        yield server


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A database with a system of its own only."""
    url = f"sqlite:///{tmp_path / 'mine.db'}"
    store = open_store(url)
    publish(store, HERE)
    store.close()
    return url


@pytest.fixture
def fake() -> Iterator[Far]:
    with far(lambda _: fhir(ANSWER)) as server:
        yield server


def app_of(database: str, base: str, **settings: Any) -> Flask:
    urls = base if "=" in base else f"R4={base}/r4 R5={base}/r5"
    return create_app(database=database, audit_log="", upstream=urls, **settings)


def asking(database: str, base: str, **settings: Any) -> FlaskClient:
    return app_of(database, base, **settings).test_client()


def without_marks(response: TestResponse | requests.Response) -> Any:
    found = response.json() if isinstance(response, requests.Response) else response.json
    found.pop("meta", None)
    found.get("expansion", {}).pop("timestamp", None)
    found.get("expansion", {}).pop("identifier", None)
    return found


def texts(resource: dict[str, Any]) -> list[str]:
    issues: list[dict[str, Any]] = resource.get("issue", [])
    for parameter in resource.get("parameter", []):
        if parameter["name"] == "issues":
            issues = parameter["resource"]["issue"]
    return [issue["details"]["text"] for issue in issues if issue["severity"] == "information"]


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_that_of_the_server_that_knows(mine: str, other: Served, release: str, question: str) -> None:
    direct = requests.get(f"{other.url}/{release}/{question}", timeout=PATIENCE)
    answer = asking(mine, other.url).get(f"/{release}/{question}")
    assert (answer.status_code, answer.json["resourceType"]) == (200, direct.json()["resourceType"])
    assert answer.headers[ANSWERED_BY] == f"{other.url}/{release}"
    assert answer.json["meta"]["source"] == f"{other.url}/{release}"
    assert without_marks(answer) == without_marks(direct)


def test_what_is_held_is_answered_here(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    questions = [
        f"CodeSystem/$lookup?system={HERE['url']}&code=P1",
        f"CodeSystem/$lookup?system={HERE['url']}&code=none",
        f"CodeSystem/$validate-code?url={HERE['url']}&code=none",
        "CodeSystem/here/$lookup?code=P1",
        "CodeSystem/none/$lookup?code=P1",
        "CodeSystem/none",
        f"ValueSet?url={VALUE_SET}",
        f"CodeSystem/$lookup?system={SYSTEM}",
    ]
    for question in questions:
        answer = here.get(f"/r5/{question}")
        assert ANSWERED_BY not in answer.headers, question
        assert NOT_ANSWERED_BY not in answer.headers, question
    assert not fake.asked


def test_what_travels_with_a_request_is_held(mine: str, fake: Far) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "system", "valueUri": SYSTEM},
            {"name": "code", "valueCode": "P1"},
            {"name": "tx-resource", "resource": PROCEDURES},
        ],
    }
    answer = asking(mine, fake.url).post("/r5/CodeSystem/$lookup", json=body)
    assert {"name": "display", "valueString": "Biopsy"} in answer.json["parameter"]
    assert not fake.asked


def test_xml_in_and_out(mine: str, other: Served) -> None:
    body = (
        '<Parameters xmlns="http://hl7.org/fhir">'
        f'<parameter><name value="url"/><valueUri value="{VALUE_SET}"/></parameter></Parameters>'
    )
    headers = {"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    answer = asking(mine, other.url).post("/r4/ValueSet/$expand?_format=xml&_pretty=true", data=body, headers=headers)
    assert (answer.status_code, answer.headers[ANSWERED_BY]) == (200, f"{other.url}/r4")
    assert answer.text.startswith("<")
    assert 'display value="Biopsy of skin"' in answer.text


def test_forms_and_languages_are_passed_on(mine: str, other: Served) -> None:
    form = {"system": SYSTEM, "code": "P1.1"}
    answer = asking(mine, other.url).post("/r5/CodeSystem/$lookup", data=form, headers={"Accept-Language": "de"})
    assert {"name": "display", "valueString": "Hautbiopsie"} in answer.json["parameter"]


def test_nothing_of_the_caller_is_passed_on(mine: str, fake: Far) -> None:
    headers = {
        "Authorization": "Bearer theirs", "Cookie": "a=b", "X-Cache-Id-Not": "1", "X-Forwarded-For": "1.2.3.4",
        "User-Agent": "theirs", "Accept-Language": "de", "X-Request-Id": "ward-7",
    }  # fmt: skip
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "system", "valueUri": SYSTEM}, {"name": "code", "valueCode": "P1"},
            {"name": "cache-id", "valueId": "mine"},
        ],
    }  # fmt: skip
    here = asking(mine, fake.url, upstream_authorization="Bearer ours")
    assert here.post("/r4/CodeSystem/$lookup?_format=json", json=body, headers=headers).status_code == 200
    (asked,) = fake.asked
    assert (asked.path, asked.query_string) == ("/r4/CodeSystem/$lookup", b"")
    assert [p["name"] for p in json.loads(asked.get_data())["parameter"]] == ["system", "code"]
    got = {name: value for name, value in asked.headers.items() if "theirs" in value or value in {"a=b", "1.2.3.4"}}
    assert not got
    assert asked.headers["Authorization"] == "Bearer ours"
    assert (asked.headers["Accept-Language"], asked.headers["X-Request-Id"]) == ("de", "ward-7")


def test_entries_of_a_batch_are_marked_too(mine: str, other: Served) -> None:
    entries = [{"request": {"method": "GET", "url": LOOKUP}}]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answer = asking(mine, other.url).post("/r4", json=batch).json["entry"][0]
    assert answer["resource"]["meta"]["source"] == f"{other.url}/r4"


def test_neither_knows(mine: str, other: Served) -> None:
    here = asking(mine, other.url)
    unknown = here.get("/r5/CodeSystem/$lookup?system=http://example.org/none&code=1")
    assert unknown.status_code == 404
    assert unknown.json["issue"][0]["details"]["text"].startswith("The code system 'http://example.org/none'")
    assert texts(unknown.json) == [f"The upstream server {other.url}/r5 was asked, and does not know it either."]
    verdict = here.get("/r5/CodeSystem/$validate-code?url=http://example.org/none&code=1")
    assert (verdict.status_code, verdict.headers[NOT_ANSWERED_BY]) == (200, f"{other.url}/r5")
    assert texts(verdict.json) == texts(unknown.json)


def test_a_code_that_is_not_in_the_system_is_an_answer(mine: str, other: Served) -> None:
    answer = asking(mine, other.url).get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=none")
    assert (answer.status_code, answer.headers[ANSWERED_BY]) == (404, f"{other.url}/r5")
    assert "'none'" in answer.json["issue"][0]["details"]["text"]


def test_a_refusal_does_not_replace_a_verdict(mine: str, fake: Far) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid",
               "details": {"text": "No such value set"}}]}  # fmt: skip
    fake.answering = lambda _: fhir(outcome, 422)
    answer = asking(mine, fake.url).get(f"/r5/CodeSystem/$validate-code?url={SYSTEM}&code=P1")
    assert (answer.status_code, answer.headers[NOT_ANSWERED_BY]) == (200, f"{fake.url}/r5")
    assert texts(answer.json) == [f"The upstream server {fake.url}/r5 was asked, and refused: No such value set"]


BROKEN: dict[str, tuple[Any, str]] = {
    "500": (lambda _: fhir({"resourceType": "OperationOutcome"}, 500), "status 500"),
    "401": (lambda _: fhir({"resourceType": "OperationOutcome"}, 401), "status 401"),
    "elsewhere": (lambda _: fhir({}, 302, Location="http://127.0.0.1:9/"), "status 302"),
    "page": (lambda _: Response("<html>", content_type="text/html"), "other than FHIR"),
    "another resource": (lambda _: fhir({"resourceType": "Patient"}), "other than FHIR"),
    "plain 404": (lambda _: Response("not here", 404), "other than FHIR"),
    "array": (lambda _: fhir([{"resourceType": "Parameters"}]), "other than FHIR"),  # type: ignore[arg-type]
    "large": (lambda _: fhir({**ANSWER, "id": "x" * 200_000}), "too large"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_answer_leaves_ours_with_a_note(mine: str, fake: Far, case: str) -> None:
    fake.answering, reason = BROKEN[case]
    answer = asking(mine, fake.url, max_body=100_000).get(f"/r4/{LOOKUP}")
    assert (answer.status_code, answer.json["issue"][0]["severity"]) == (404, "error")
    (note,) = texts(answer.json)
    assert note.startswith(f"The upstream server {fake.url}/r4 could not be asked: ")
    assert reason in note


def test_nobody_there(mine: str) -> None:
    answer = asking(mine, "http://127.0.0.1:9").get(f"/r4/ConceptMap/$translate?system={OLD}&code=7")
    assert answer.status_code == 200
    message = next(p["valueString"] for p in answer.json["parameter"] if p["name"] == "message")
    assert message.endswith(
        "The upstream server http://127.0.0.1:9/r4 could not be asked: it cannot be reached, or broke off."
    )


def test_a_slow_server_is_not_waited_for(mine: str) -> None:
    with dribbling() as url:
        here = asking(mine, url, upstream_seconds=0.3)
        began = time.monotonic()
        answer = here.get(f"/r4/{LOOKUP}")
        assert time.monotonic() - began < 3
    assert "within 0.3 seconds" in texts(answer.json)[0]


def test_few_wait_for_it_at_a_time(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_AT_ONCE", 1)
    with dribbling() as url:
        here = asking(mine, url, upstream_seconds=0.2)
        first, second = (texts(here.get(f"/r4/{LOOKUP}&n={n}").json)[0] for n in (1, 2))
    assert "within 0.2 seconds" in first
    assert "too many requests wait" in second


def test_it_must_answer_within_the_time_of_the_request(mine: str) -> None:
    with dribbling() as url:
        answer = asking(mine, url, request_seconds=0.3).get(f"/r4/{LOOKUP}")
    assert "within 0.2" in texts(answer.json)[0]


def test_a_broken_server_is_left_alone_and_tried_again() -> None:
    now = [0.0]
    tested = Breaker(lambda: now[0])
    assert [tested.failed() for _ in range(breaker.MOST_FAILURES)] == [False, False, True]
    assert not tested.permits()
    now[0] += breaker.PAUSE_SECONDS
    assert [tested.permits(), tested.permits()] == [True, False]
    tested.failed()
    now[0] += breaker.PAUSE_SECONDS - 1
    assert not tested.permits()
    now[0] += 1
    assert tested.permits()
    tested.succeeded()
    assert [tested.permits(), tested.permits()] == [True, True]


def test_a_server_that_fails_is_not_asked_for_a_while(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    fake.answering = lambda _: fhir({}, 503)
    found = [here.get(f"/r4/{LOOKUP}&n={n}") for n in range(breaker.MOST_FAILURES + 2)]
    assert len(fake.asked) == breaker.MOST_FAILURES
    assert "left alone" in texts(found[-1].json)[0]
    assert here.get(f"/r5/{LOOKUP}").headers[NOT_ANSWERED_BY]  # another address, which may be well
    assert len(fake.asked) == breaker.MOST_FAILURES + 1


def test_refusals_are_no_reason_to_leave_it_alone(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    fake.answering = lambda _: fhir({"resourceType": "OperationOutcome", "issue": []}, 403)
    for n in range(breaker.MOST_FAILURES + 1):
        here.get(f"/r4/{LOOKUP}&n={n}")
    assert len(fake.asked) == breaker.MOST_FAILURES + 1


def test_answers_are_kept_for_a_time(fake: Far) -> None:
    now = [1000.0]
    tested = remote.Remote(fake.url, "R4", kept_seconds=60, clock=lambda: now[0])
    question = remote.Question("GET", "CodeSystem/$lookup", "code=1", "", b"", "", "Parameters")
    others = [remote.Question("GET", "CodeSystem/$lookup", "code=1", "", b"", "de", "Parameters")]
    for asked in (question, question, *others, *others):
        assert tested.ask(asked, {}, 5).resource == ANSWER
    assert len(fake.asked) == 2
    now[0] += 60
    tested.ask(question, {}, 5)
    assert len(fake.asked) == 3


def test_the_layer_of_kept_answers_keeps_none_of_another_server(mine: str, fake: Far) -> None:
    app = app_of(mine, fake.url, upstream_kept_seconds=0.0)
    layer, client = app.wsgi_app, app.test_client()
    assert isinstance(layer, Kept)
    for _ in range(2):
        assert client.get(f"/r4/{LOOKUP}").headers[ANSWERED_BY]
    assert len(fake.asked) == 2
    fake.answering = lambda _: fhir({}, 500)
    for _ in range(2):
        answer = client.get(f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code=P1")
        assert (answer.status_code, len(texts(answer.json))) == (200, 1)
    assert len(fake.asked) == 4
    assert not layer.answers.used
    client.get(f"/r4/CodeSystem/$lookup?system={HERE['url']}&code=P1")
    assert layer.answers.used


def test_two_servers_that_ask_each_other_end(mine: str, tmp_path: Path) -> None:
    with far(lambda _: Response()) as first, far(lambda _: Response()) as second:
        one = app_of(mine, second.url, upstream_kept_seconds=0.0)
        two = app_of(f"sqlite:///{tmp_path / 'two.db'}", first.url, upstream_kept_seconds=0.0)
        first.answering = lambda _: one
        second.answering = lambda _: two
        answer = requests.get(f"{first.url}/r4/{LOOKUP}", timeout=PATIENCE)
        assert answer.status_code == 404
        assert (len(first.asked), len(second.asked)) == (2, 1)
        batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": LOOKUP}}]}
        answer = requests.post(f"{first.url}/r4", json=batch, timeout=PATIENCE)
        assert answer.json()["entry"][0]["response"]["status"] == "404 Not Found"
        assert (len(first.asked), len(second.asked)) == (4, 2)


def test_a_request_of_many_hops_ends_here(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    assert here.get(f"/r4/{LOOKUP}", headers={"Via": "1.1 proxy"}).headers[ANSWERED_BY]
    assert fake.asked[0].headers["Via"].startswith("1.1 proxy, 1.1 terminology-")
    assert here.get(f"/r4/{LOOKUP}", headers={"Via": ", ".join(["1.1 x"] * 8)}).status_code == 404
    assert len(fake.asked) == 1


# Licences


def gated(database: str, base: str) -> tuple[FlaskClient, dict[str, str]]:
    licences = f"{SYSTEM}=procedures"
    store = open_store(database)
    secret, _ = keys.create(store, "ward", ["procedures"], now=0)
    store.close()
    return asking(database, base, licences=licences), {"Authorization": f"Bearer {secret}"}


def test_licensed_systems_are_asked_about_for_the_entitled_only(mine: str, fake: Far) -> None:
    here, entitled = gated(mine, fake.url)
    inline = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [{"system": SYSTEM}]}}
    body = {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": inline}]}
    here.get(f"/r4/{LOOKUP}")
    here.get(f"/r4/CodeSystem/$lookup?system={SYSTEM}|1&code=P1")
    here.get("/r4/CodeSystem/$lookup?system=urn:oid:1.2.3&code=P1")
    here.post("/r4/ValueSet/$expand", json=body)
    assert not fake.asked
    assert here.get(f"/r4/{LOOKUP}", headers=entitled).headers[ANSWERED_BY]
    assert not here.get(f"/r4/{LOOKUP}").headers.get(ANSWERED_BY)


def test_answers_with_licensed_systems_are_for_the_entitled_only(mine: str, other: Served) -> None:
    here, entitled = gated(mine, other.url)
    question = f"/r4/ValueSet/$expand?url={VALUE_SET}"
    assert here.get(question, headers=entitled).headers[ANSWERED_BY]
    closed = here.get(question)
    assert (closed.status_code, closed.headers.get(ANSWERED_BY)) == (404, None)
    assert "Biopsy" not in closed.text


# Settings


def test_addresses_say_their_release() -> None:
    assert addresses("") == {}
    assert addresses("https://a.org/r4/ https://b.org/fhir/r5") == {
        "R4": "https://a.org/r4", "R5": "https://b.org/fhir/r5",
    }  # fmt: skip
    assert addresses("https://a.org/fhir r4b=https://b.org/fhir") == {
        "R4": "https://a.org/fhir", "R4B": "https://b.org/fhir",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a.org/r4", "ftp://a.org/r4", "https://u:p@a.org/r4", "R6=https://a.org", "https://a.org/r4 https://b.org/r4",
     "https://a.org/r4?x"],
)  # fmt: skip
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(TerminologyError, match="base URLs"):
        addresses(text)


def test_a_release_without_a_server_is_answered_here(mine: str, fake: Far) -> None:
    answer = asking(mine, f"R4={fake.url}/r4").get(f"/r5/{LOOKUP}")
    assert (answer.status_code, len(answer.json["issue"])) == (404, 1)
    assert not fake.asked


def test_off_by_default(mine: str) -> None:
    answer = create_app(database=mine).test_client().get(f"/r4/ValueSet/$expand?url={BIOPSIES['url']}")
    assert (answer.status_code, len(answer.json["issue"])) == (404, 1)
    assert NOT_ANSWERED_BY not in answer.headers
