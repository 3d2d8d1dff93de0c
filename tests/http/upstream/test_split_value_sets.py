"""Value sets over a system that is here and one that is only there: answered together, by lists and by validations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.upstream import value_set_parts
from terminology.http.upstream.forwarding import ANSWERED_BY, NOT_ANSWERED_BY
from terminology.ingest import load
from terminology.store.opening import open_store
from tests.http.content import PROCEDURES, SYSTEM
from tests.http.serving import Served, served
from tests.http.upstream.asking import HERE, asking, texts
from tests.http.upstream.far import Far, fhir
from tests.operations.calling import value

Json = dict[str, Any]
MINE = HERE["url"]
GATED = "http://example.org/CodeSystem/gated"
BASE = "http://example.org/ValueSet/"


def value_set(id_: str, *include: Json, exclude: Json | None = None) -> Json:
    compose = {"include": list(include), **({"exclude": [exclude]} if exclude else {})}
    return {"resourceType": "ValueSet", "id": id_, "url": BASE + id_, "status": "active", "compose": compose}


BELOW = {"property": "concept", "op": "is-a", "value": "P1"}
SETS = {
    "lists": value_set("lists", {"system": MINE, "concept": [{"code": "P2"}]}, {"system": SYSTEM, "filter": [BELOW]}),
    "inner": value_set("inner", {"system": SYSTEM}),
    "outer": value_set("outer", {"system": MINE, "filter": [BELOW]}, {"valueSet": [BASE + "inner"]}),
    "without": value_set(
        "without", {"system": MINE}, {"system": SYSTEM}, exclude={"system": SYSTEM, "concept": [{"code": "P1"}]}
    ),
    "crossed": value_set("crossed", {"system": MINE}, {"system": SYSTEM, "valueSet": [BASE + "lists"]}),
    "nothing": value_set(
        "nothing", {"system": MINE, "concept": [{"code": "P2"}]},
        {"system": SYSTEM, "filter": [{"property": "code", "op": "regex", "value": "none"}]},
    ),
}  # fmt: skip
EXPANDED = {
    "lists": [(MINE, "P2"), (SYSTEM, "P1"), (SYSTEM, "P1.1")],
    "outer": [(MINE, "P1"), (MINE, "P1.1"), (SYSTEM, "P1"), (SYSTEM, "P1.1"), (SYSTEM, "P2")],
    "without": [(MINE, "P1"), (MINE, "P1.1"), (MINE, "P2"), (SYSTEM, "P1.1"), (SYSTEM, "P2")],
    "crossed": [(MINE, "P1"), (MINE, "P1.1"), (MINE, "P2"), (SYSTEM, "P1"), (SYSTEM, "P1.1")],
    "nothing": [(MINE, "P2")],
}


def loaded(folder: Path, *resources: Json) -> str:
    """A database that has hierarchies and words of these resources, as loading makes them."""
    file, url = folder / "all.json", f"sqlite:///{folder / 'all.db'}"
    entries = [{"resource": resource} for resource in resources]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    with closing(open_store(url)) as store:
        load(store, [file])
    return url


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> str:
    gated = {**HERE, "url": GATED, "id": "gated"}
    three = value_set("three", {"system": MINE, "concept": [{"code": "P2"}]}, {"system": SYSTEM}, {"system": GATED})
    return loaded(tmp_path_factory.mktemp("mine"), HERE, gated, three, *SETS.values())


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = loaded(tmp_path_factory.mktemp("there"), PROCEDURES)
    with served(database, tmp_path_factory.mktemp("other"), workers=1) as server:
        yield server


@pytest.fixture
def here(mine: str, other: Served) -> FlaskClient:
    return asking(mine, other.url)


def listed(expanded: Json) -> list[tuple[str, str]]:
    return [(entry["system"], entry["code"]) for entry in expanded["expansion"].get("contains", ())]


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize("name", EXPANDED)
def test_an_expansion_has_the_codes_of_both(here: FlaskClient, release: str, name: str) -> None:
    response = here.get(f"/{release}/ValueSet/$expand?url={BASE}{name}&excludeNested=true")
    assert (response.status_code, listed(response.json)) == (200, EXPANDED[name])
    assert response.headers[ANSWERED_BY]
    assert (response.json["url"], response.json["expansion"]["total"]) == (BASE + name, len(EXPANDED[name]))
    assert here.get(f"/{release}/ValueSet/{name}/$expand?count=1").json["expansion"]["total"] == len(EXPANDED[name])


def test_expansions_of_both_servers_support_filter_paging_and_languages(here: FlaskClient) -> None:
    def expanded(query: str) -> Json:
        return here.get(f"/r5/ValueSet/$expand?url={BASE}without&excludeNested=true&{query}").json

    assert listed(expanded("filter=skin")) == [(MINE, "P1.1"), (SYSTEM, "P1.1")]
    assert listed(expanded("offset=2&count=2")) == EXPANDED["without"][2:4]
    german = expanded("filter=Hautbiopsie&displayLanguage=de&includeDesignations=true")["expansion"]["contains"]
    assert [entry["display"] for entry in german] == ["Hautbiopsie"] * 2
    assert german[1]["designation"]
    assert expanded("includeDefinition=true")["compose"] == SETS["without"]["compose"]


@pytest.mark.parametrize("release", ["r4", "r5"])
@pytest.mark.parametrize("name", EXPANDED)
def test_a_code_is_validated_by_who_holds_it(here: FlaskClient, release: str, name: str) -> None:
    for system in (MINE, SYSTEM):
        for code in ("P1", "P1.1", "P2", "P9"):
            query = f"url={BASE}{name}&system={system}&code={code}"
            found = here.get(f"/{release}/ValueSet/$validate-code?{query}").json
            if (name, system) != ("nothing", SYSTEM):
                assert value(found, "result") is ((system, code) in EXPANDED[name]), (query, found)
                assert not any("could not be asked" in text for text in texts(found)), found


@pytest.mark.parametrize(
    ("codings", "result"),
    [
        ([(MINE, "P1"), (SYSTEM, "P1")], True),
        ([(MINE, "P2"), (SYSTEM, "P2")], True),
        ([(SYSTEM, "P2"), (MINE, "P1")], False),
        ([(SYSTEM, "P9"), (MINE, "P9")], False),
    ],
)
def test_a_concept_with_codes_of_both(here: FlaskClient, codings: list[tuple[str, str]], result: bool) -> None:
    concept = {"coding": [{"system": system, "code": code} for system, code in codings], "text": "Some"}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "url", "valueUri": BASE + "lists"},
            {"name": "codeableConcept", "valueCodeableConcept": concept},
        ],
    }
    found = here.post("/r5/ValueSet/$validate-code", json=body).json
    assert value(found, "result") is result
    assert value(found, "codeableConcept") == concept
    if not result:
        issues = next(p["resource"]["issue"] for p in found["parameter"] if p["name"] == "issues")
        places = {place for issue in issues for place in issue.get("expression", ())}
        assert {place.partition(".code")[0] for place in places} <= {
            "CodeableConcept",
            "CodeableConcept.coding[0]",
            "CodeableConcept.coding[1]",
        }
        assert value(found, "message")


def test_a_batch_validates_codes_of_both_servers(here: FlaskClient) -> None:
    validations = [
        {"name": "validation", "resource": {"resourceType": "Parameters", "parameter": [
            {"name": "coding", "valueCoding": {"system": system, "code": code}}]}}
        for system in (MINE, SYSTEM) for code in ("P1", "P2")
    ]  # fmt: skip
    body = {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": BASE + "lists"}, *validations]}
    response = here.post("/r5/ValueSet/$batch-validate-code", json=body)
    assert [value(p["resource"], "result") for p in response.json["parameter"]] == [False, True, True, False]
    assert response.headers[ANSWERED_BY]


def test_when_the_other_server_does_not_answer(mine: str, fake: Far) -> None:
    here = asking(mine, fake.url)
    fake.answering = lambda _: fhir({"resourceType": "Basic"}, 503)
    for question in (f"$expand?url={BASE}lists", f"$validate-code?url={BASE}lists&system={SYSTEM}&code=P1"):
        response = here.get(f"/r5/ValueSet/{question}")
        assert response.headers[NOT_ANSWERED_BY]
        assert any("could not be asked: it answered with status 503" in text for text in texts(response.json))
    mine_only = here.get(f"/r5/ValueSet/$validate-code?url={BASE}lists&system={MINE}&code=P1")
    assert value(mine_only.json, "result") is False
    assert not texts(mine_only.json)
    assert not {ANSWERED_BY, NOT_ANSWERED_BY} & {*mine_only.headers.keys()}


def test_the_version_that_was_used_is_that_of_the_codes(mine: str, fake: Far) -> None:
    entry = {"system": SYSTEM, "code": "P1", "display": "Far away"}
    used = [{"name": "used-codesystem", "valueUri": f"{SYSTEM}|2031"}]
    expansion = {"parameter": used, "contains": [{"abstract": True, "display": "All", "contains": [entry]}]}
    fake.answering = lambda _: fhir({"resourceType": "ValueSet", "expansion": expansion})
    query = f"url={BASE}lists&force-system-version={SYSTEM}|2031"
    expanded = asking(mine, fake.url).get(f"/r5/ValueSet/$expand?{query}").json["expansion"]
    assert [(c["system"], c["code"], c["display"]) for c in expanded["contains"]] == [
        (MINE, "P2", "Suture"),
        (SYSTEM, "P1", "Far away"),
    ]
    assert any(p.get("valueUri") == f"{SYSTEM}|2031" for p in expanded["parameter"])


def test_an_upstream_part_that_is_too_large_is_refused(mine: str, fake: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_set_parts, "MOST_CODES", 2)
    entries = [{"system": SYSTEM, "code": f"P{n}"} for n in range(3)]
    fake.answering = lambda _: fhir({"resourceType": "ValueSet", "expansion": {"total": 3, "contains": entries}})
    response = asking(mine, fake.url).get(f"/r5/ValueSet/$expand?url={BASE}lists")
    assert response.status_code == 404
    assert any("has more than 2 codes" in text for text in texts(response.json))


def test_a_part_that_is_licensed(mine: str, other: Served) -> None:
    here = asking(mine, other.url, licences=f"{SYSTEM}=mine")
    response = here.get(f"/r5/ValueSet/$expand?url={BASE}lists")
    assert response.status_code >= 400
    assert "Biopsy" not in response.text


def test_a_part_that_is_here_and_withheld(mine: str, other: Served) -> None:
    here = asking(mine, other.url, licences=f"{GATED}=mine")
    for system, code, result in ((MINE, "P1", False), (MINE, "P2", True), (SYSTEM, "P1", True), (SYSTEM, "P9", False)):
        found = here.get(f"/r5/ValueSet/$validate-code?url={BASE}three&system={system}&code={code}")
        assert (found.status_code, value(found.json, "result")) == (200, result), (system, code)
    assert here.get(f"/r5/ValueSet/$validate-code?url={BASE}three&system={GATED}&code=P1").status_code == 403
    assert here.get(f"/r5/ValueSet/$expand?url={BASE}three").status_code == 403
