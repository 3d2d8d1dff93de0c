"""Systems that this server does not hold are asked of another one, and what comes back is told from our own."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
import requests
from werkzeug.wrappers import Response

from terminology.http.app import create_app
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.store.opening import open_store
from tests.http.content import BIOPSIES, MAP, OLD, PROCEDURES, SYSTEM, VALUE_SET
from tests.http.publishing import publish
from tests.http.serving import PATIENCE, Served
from tests.http.upstream.asking import HERE, LOOKUP, app_of, asking, texts, without_marks
from tests.http.upstream.far import Far, far, fhir

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


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_that_of_the_server_that_knows(mine: str, other: Served, release: str, question: str) -> None:
    direct = requests.get(f"{other.url}/{release}/{question}", timeout=PATIENCE)
    answer = asking(mine, other.url).get(f"/{release}/{question}")
    assert (answer.status_code, answer.json["resourceType"]) == (200, direct.json()["resourceType"])
    assert answer.headers[ANSWERED_BY] == f"{other.url}/{release}"
    assert answer.json["meta"]["source"] == f"{other.url}/{release}"
    assert without_marks(answer) == without_marks(direct)


def test_questions_about_our_own_systems_are_answered_here(mine: str, fake: Far) -> None:
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


@pytest.mark.parametrize("system", [SYSTEM, "http://snomed.info/sct", "http://id.who.int/icd/release/11/mms"])
def test_a_system_without_content_counts_as_not_here(mine: str, fake: Far, system: str) -> None:
    """FHIR's own packages have such headers of the great systems, which must not make all their codes unknown ones."""
    with closing(open_store(mine)) as store:
        publish(store, {**HERE, "id": "header", "url": system, "content": "not-present", "concept": []})
    questions = [
        f"CodeSystem/$lookup?system={system}&code=73211009",
        f"CodeSystem/$validate-code?url={system}&code=73211009",
        f"CodeSystem/$subsumes?system={system}&codeA=73211009&codeB=44054006",
    ]
    for question in questions:
        alone = create_app(database=mine).test_client().get(f"/r5/{question}")
        assert "content" in alone.text, question
        assert "Unknown code" not in alone.text, question
        assert asking(mine, fake.url).get(f"/r5/{question}").headers[ANSWERED_BY], question


def test_supplied_resources_count_as_our_own(mine: str, fake: Far) -> None:
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


def test_the_answer_says_when_neither_server_knows(mine: str, other: Served) -> None:
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


def test_a_release_without_a_server_is_answered_here(mine: str, fake: Far) -> None:
    answer = asking(mine, f"R4={fake.url}/r4").get(f"/r5/{LOOKUP}")
    assert (answer.status_code, len(answer.json["issue"])) == (404, 1)
    assert not fake.asked


def test_off_by_default(mine: str) -> None:
    answer = create_app(database=mine).test_client().get(f"/r4/ValueSet/$expand?url={BIOPSIES['url']}")
    assert (answer.status_code, len(answer.json["issue"])) == (404, 1)
    assert NOT_ANSWERED_BY not in answer.headers
