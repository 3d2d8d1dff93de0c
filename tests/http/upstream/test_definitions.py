"""Value sets that are here over systems that are elsewhere; instances; batches, each validation by who holds it."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.store.opening import open_store
from tests.http.content import MAP, OLD, SYSTEM
from tests.http.publishing import publish
from tests.http.serving import Served
from tests.http.upstream.asking import HERE, asking, texts
from tests.http.upstream.far import Far, fhir

Json = dict[str, Any]
OWN = {
    "resourceType": "ValueSet", "id": "own", "url": "http://example.org/ValueSet/own", "version": "1",
    "status": "active", "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "P1.1"}]}]},
}  # fmt: skip
OUTER = OWN | {"id": "outer", "url": OWN["url"] + "-outer", "compose": {"include": [{"valueSet": [OWN["url"]]}]}}
HEADER = HERE | {"id": "header", "url": SYSTEM, "content": "not-present", "concept": []}
OWN_MAP = {
    "resourceType": "ConceptMap", "id": "own-map", "url": MAP + "/own", "version": "1", "status": "active",
    "group": [{"source": OLD, "target": SYSTEM, "element": []}],
}  # fmt: skip


@pytest.fixture
def mine(mine: str) -> str:
    with closing(open_store(mine)) as store:
        publish(store, OWN, OUTER, HEADER, OWN_MAP)
    return mine


@pytest.fixture
def here(mine: str, other: Served) -> FlaskClient:
    return asking(mine, other.url)


def result(answer: Json) -> tuple[bool, str | None]:
    """The result of a validation, and who found it."""
    (found,) = (p["valueBoolean"] for p in answer["parameter"] if p["name"] == "result")
    return found, answer.get("meta", {}).get("source")


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize("asked", [f"url={OWN['url']}", f"url={OUTER['url']}|1", "own", "outer"])
def test_a_value_set_goes_along_with_its_definition(here: FlaskClient, release: str, asked: str) -> None:
    place = f"/{release}/ValueSet/{'' if '=' in asked else f'{asked}/'}"
    query = asked if "=" in asked else ""
    expanded = here.get(f"{place}$expand?{query}&count=5&includeDesignations=true")
    assert expanded.headers[ANSWERED_BY]
    (listed,) = expanded.json["expansion"]["contains"]
    assert (listed["code"], listed["display"]) == ("P1.1", "Biopsy of skin")
    assert listed["designation"][0]["value"] == "Hautbiopsie"
    assert expanded.json["url"] in {OWN["url"], OUTER["url"]}
    for code, expected in (("P1.1", True), ("P1", False)):
        verdict = here.get(f"{place}$validate-code?{query}&system={SYSTEM}&code={code}")
        assert result(verdict.json)[0] is expected
        assert verdict.headers[ANSWERED_BY]
    form = {"url": OWN["url"]} if "=" in asked else {}
    assert here.post(f"{place}$expand", data={**form, "filter": "skin"}).headers[ANSWERED_BY]


def test_our_definition_of_a_value_set_is_sent_along(mine: str, fake: Far) -> None:
    fake.answering = lambda _: fhir({"resourceType": "ValueSet", "expansion": {}})
    sent = {
        **OWN,
        "compose": {"include": [{"valueSet": [OUTER["url"], OUTER["url"] + "/came"]}]},
        "url": "http://x.org",
    }
    came = {**OWN, "url": OUTER["url"] + "/came"}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "valueSet", "resource": sent},
            {"name": "count", "valueInteger": 3},
            {"name": "tx-resource", "resource": came},
        ],
    }
    assert asking(mine, fake.url).post("/r4/ValueSet/$expand?activeOnly=true", json=body).status_code == 200
    (asked,) = fake.asked
    assert (asked.path, asked.query_string) == ("/r4/ValueSet/$expand", b"")
    parameters = json.loads(asked.get_data())["parameter"]
    assert {"name": "activeOnly", "valueBoolean": True} in parameters
    assert {"name": "count", "valueInteger": 3} in parameters
    resources = [(p["name"], p["resource"]["url"]) for p in parameters if "resource" in p]
    assert sorted(resources) == sorted([
        ("tx-resource", came["url"]), ("valueSet", sent["url"]), ("tx-resource", OUTER["url"]),
        ("tx-resource", OWN["url"]),
    ])  # fmt: skip


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("$lookup?code=P1.1", "Biopsy of skin"),
        ("$validate-code?code=P1.1", "Biopsy of skin"),
        ("$subsumes?codeA=P1&codeB=P1.1", '"outcome"'),
    ],
)
def test_a_system_of_which_only_the_header_is_here_is_read_from_upstream(
    here: FlaskClient, release: str, asked: str, text: str
) -> None:
    answer = here.get(f"/{release}/CodeSystem/header/{asked}")
    assert (answer.status_code, ANSWERED_BY in answer.headers) == (200, True)
    assert text in answer.text


def test_a_map_that_is_here_translates_by_itself(here: FlaskClient) -> None:
    answer = here.get(f"/r4/ConceptMap/own-map/$translate?system={OLD}&code=7")
    assert result(answer.json) == (False, None)
    assert ANSWERED_BY not in answer.headers


def batch(*validations: Json, **shared: str) -> Json:
    """A `$batch-validate-code` with codings."""
    parameters: list[Json] = [{"name": name, "valueUri": value} for name, value in shared.items()]
    for one in validations:
        inner = [{"name": name, f"value{'Coding' if name == 'coding' else 'Uri'}": v} for name, v in one.items()]
        parameters.append({"name": "validation", "resource": {"resourceType": "Parameters", "parameter": inner}})
    return {"resourceType": "Parameters", "parameter": parameters}


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_each_validation_of_a_batch_is_answered_by_the_server_with_the_system(
    here: FlaskClient, other: Served, release: str
) -> None:
    far = f"{other.url}/{release}"
    body = batch(
        {"coding": {"system": SYSTEM, "code": "P1.1"}},
        {"coding": {"system": HERE["url"], "code": "P1"}},
        {"coding": {"system": SYSTEM, "code": "none"}},
        {"coding": {"system": HERE["url"], "code": "none"}},
    )
    answer = here.post(f"/{release}/CodeSystem/$batch-validate-code", json=body)
    assert answer.headers[ANSWERED_BY] == far
    verdicts = [result(p["resource"]) for p in answer.json["parameter"]]
    assert verdicts == [(True, far), (True, None), (False, far), (False, None)]


def test_a_batch_about_value_sets(here: FlaskClient) -> None:
    body = batch(
        {"coding": {"system": SYSTEM, "code": "P1.1"}},
        {"coding": {"system": SYSTEM, "code": "P1"}},
        {"url": OUTER["url"], "coding": {"system": SYSTEM, "code": "P1.1"}},
        {"url": "http://example.org/ValueSet/nowhere", "coding": {"system": SYSTEM, "code": "P1.1"}},
        url=OWN["url"],
    )
    answer = here.post("/r5/ValueSet/$batch-validate-code", json=body)
    *verdicts, unknown = [p["resource"] for p in answer.json["parameter"]]
    assert [result(one)[0] for one in verdicts] == [True, False, True]
    assert all(result(one)[1] for one in verdicts)
    assert "does not know it either" in texts(unknown)[0]
    assert {ANSWERED_BY, NOT_ANSWERED_BY} <= {name for name, _ in answer.headers}


def test_a_batch_about_our_own_systems_does_not_ask_upstream(mine: str, fake: Far) -> None:
    body = batch({"coding": {"system": HERE["url"], "code": "P1"}})
    answer = asking(mine, fake.url).post("/r5/CodeSystem/$batch-validate-code", json=body)
    assert result(answer.json["parameter"][0]["resource"]) == (True, None)
    assert not fake.asked


def test_a_large_batch_ends_in_time(mine: str, fake: Far) -> None:
    fake.answering = lambda _: fhir({}, 500)
    body = batch(*({"coding": {"system": SYSTEM, "code": f"X{n}"}} for n in range(50)))
    answer = asking(mine, fake.url).post("/r5/CodeSystem/$batch-validate-code", json=body)
    assert len(answer.json["parameter"]) == 50
    assert all(result(p["resource"]) == (False, None) for p in answer.json["parameter"])
    assert len(fake.asked) < 10, "a server that fails is left alone"
