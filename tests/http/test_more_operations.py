"""`$closure`, `$find-matches`, `$preferred-id`, `$translate-id` and `$meta` as clients call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.store.opening import open_store
from tests.operations.calling import value, values

ANIMALS = "http://example.org/CodeSystem/animals"
OID = "2.16.840.1.113883.99.7"
ZOO: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "id": "animals",
    "meta": {"tag": [{"system": "http://example.org/tags", "code": "zoo"}], "profile": ["http://example.org/p"]},
    "url": ANIMALS,
    "version": "1",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{OID}"}],
    "name": "Animals",
    "status": "active",
    "caseSensitive": True,
    "content": "complete",
    "property": [{"code": "legs", "type": "integer"}, {"code": "wild", "type": "boolean"}],
    "concept": [
        {
            "code": "animal",
            "concept": [
                {
                    "code": "mammal",
                    "concept": [
                        {
                            "code": "cat",
                            "display": "Cat",
                            "property": [
                                {"code": "legs", "valueInteger": 4},
                                {"code": "wild", "valueBoolean": False},
                            ],
                        },
                        {"code": "lion", "property": [
                            {"code": "legs", "valueInteger": 4}, {"code": "wild", "valueBoolean": True}]},
                    ],
                },
                {"code": "bird", "property": [{"code": "legs", "valueInteger": 2}]},
            ],
        }
    ],
}  # fmt: skip
NAMED = "http://example.org/CodeSystem/named"
NAMING: dict[str, Any] = {
    "resourceType": "NamingSystem",
    "id": "named",
    "name": "Named",
    "status": "active",
    "kind": "codesystem",
    "date": "2025-01-01",
    "uniqueId": [
        {"type": "oid", "value": "1.2.3.4", "period": {"end": "2020-12-31"}},
        {"type": "oid", "value": "1.2.3.5", "period": {"start": "2021"}},
        {"type": "uri", "value": NAMED, "preferred": True},
        {"type": "uri", "value": "http://example.org/older-name"},
        {"type": "uuid", "value": "53e61f14-7b5e-4d3c-9a39-1f3e8b8f7a10"},
    ],
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("more") / "zoo.db"
    store = open_store(f"sqlite:///{path}")
    files = []
    for resource in (ZOO, NAMING):
        files.append(path.with_name(f"{resource['id']}.json"))
        files[-1].write_text(json.dumps(resource))
    load(store, files)
    store.close()
    return path


@pytest.fixture
def client(database: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{database}", insecure_writes=True).test_client()


def parameters(*given: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(given)}


# $closure


def close(client: FlaskClient, name: str, *codes: str, release: str = "r5", version: str | None = None) -> Any:
    given = [{"name": "concept", "valueCoding": {"system": ANIMALS, "code": code}} for code in codes]
    if version is not None:
        given.append({"name": "version", "valueString": version})
    body = parameters({"name": "name", "valueString": name}, *given)
    return client.post(f"/{release}/$closure", json=body, content_type="application/fhir+json")


def pairs(concept_map: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (element["code"], target.get("relationship") or target["equivalence"], target["code"])
        for group in concept_map.get("group", ())
        for element in group["element"]
        for target in element["target"]
    ]


NARROWER = "source-is-narrower-than-target"


def test_a_closure_grows_and_can_be_repeated(client: FlaskClient) -> None:
    begun = close(client, "patients").json
    assert (begun["resourceType"], begun["version"], pairs(begun)) == ("ConceptMap", "0", [])
    first = close(client, "patients", "cat", "animal").json
    assert (first["version"], pairs(first)) == ("1", [("cat", NARROWER, "animal")])
    assert first["group"][0]["source"] == f"{ANIMALS}|1"
    second = close(client, "patients", "mammal", "bird").json
    assert second["version"] == "2"
    assert set(pairs(second)) == {
        ("cat", NARROWER, "mammal"), ("mammal", NARROWER, "animal"), ("bird", NARROWER, "animal"),
    }  # fmt: skip
    assert pairs(close(client, "patients", "cat").json) == [], "it is there already"
    again = close(client, "patients", version="1").json
    assert set(pairs(again)) == set(pairs(second))
    assert len(pairs(close(client, "patients", version="0").json)) == 4


def test_r4_says_subsumes(client: FlaskClient) -> None:
    close(client, "old", release="r4")
    found = close(client, "old", "cat", "animal", release="r4").json
    assert pairs(found) == [("cat", "subsumes", "animal")]


def test_another_process_goes_on_with_a_closure(client: FlaskClient, database: Path) -> None:
    close(client, "shared")
    close(client, "shared", "cat")
    other = create_app(database=f"sqlite:///{database}", insecure_writes=True).test_client()
    assert pairs(close(other, "shared", "animal").json) == [("cat", NARROWER, "animal")]
    close(other, "shared")
    assert close(client, "shared", "cat").json["version"] == "1", "it began anew"


@pytest.mark.parametrize(
    ("name", "codes", "version", "status", "text"),
    [
        ("never-begun", ("cat",), None, 404, "Call $closure with the name only"),
        ("wrong", ("cow",), None, 404, "Unable to find code 'cow'"),
        ("wrong", (), "9", 404, "Call $closure with the name only"),
        ("wrong", (), "one", 400, "a version that $closure has answered"),
        ("n" * 300, (), None, 400, "up to 200 characters"),
    ],
)
def test_closure_refuses_unknown_codes_and_tables(
    client: FlaskClient, name, codes, version, status: int, text: str
) -> None:
    close(client, "wrong")
    refused = close(client, name, *codes, version=version)
    assert refused.status_code == status
    assert text in refused.json["issue"][0]["details"]["text"]


def test_a_closure_compares_in_one_version(client: FlaskClient) -> None:
    close(client, "versioned")
    close(client, "versioned", "cat")
    coding = {"system": ANIMALS, "version": "7", "code": "cat"}
    body = parameters({"name": "name", "valueString": "versioned"}, {"name": "concept", "valueCoding": coding})
    assert client.post("/r5/$closure", json=body).status_code == 404


def test_closure_refuses_get(client: FlaskClient) -> None:
    refused = client.get("/r5/$closure?name=x")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST, OPTIONS")
    assert client.post("/r5/ConceptMap/$closure", json=parameters({"name": "name", "valueString": "y"})).json["version"]


# $find-matches


def prop(code: str, **stated: Any) -> dict[str, Any]:
    return {"name": "property", "part": [{"name": "code", "valueCode": code}, {"name": "value", **stated}]}


def matches(client: FlaskClient, *given: dict[str, Any], exact: bool = True) -> Any:
    body = parameters({"name": "exact", "valueBoolean": exact}, *given)
    return client.post("/r4/CodeSystem/animals/$find-matches", json=body)


def test_find_matches_exact_needs_all_properties(client: FlaskClient) -> None:
    found = matches(client, prop("legs", valueInteger=4), prop("wild", valueBoolean=True)).json
    assert value(found, "match") == {"code": {"system": ANIMALS, "version": "1", "code": "lion"}}
    assert len(values(matches(client, prop("legs", valueString="4")).json, "match")) == 2
    assert values(matches(client, prop("legs", valueInteger=3)).json, "match") == []


def test_find_matches_without_exact_ranks_and_names_what_is_unmatched(client: FlaskClient) -> None:
    found = matches(client, prop("legs", valueInteger=4), prop("wild", valueBoolean=False), exact=False).json
    best, other = values(found, "match")
    assert best == {"code": {"system": ANIMALS, "version": "1", "code": "cat", "display": "Cat"}}
    assert other["code"]["code"] == "lion"
    assert other["unmatched"] == {"code": "wild", "value": False}
    assert other["comment"] == "Has 1 of 2 properties."
    unknown = matches(client, prop("colour", valueCode="red"), prop("legs", valueInteger=2), exact=False).json
    assert value(unknown, "match")["unmatched"] == {"code": "colour", "value": "red"}


@pytest.mark.parametrize(
    "given",
    [
        (),
        (prop("colour", valueCode="red"),),
        (prop("legs"),),
        ({"name": "property", "part": [{"name": "code", "valueCode": "g"}, {"name": "subproperty", "part": [
            {"name": "code", "valueCode": "a"}, {"name": "value", "valueCode": "b"}]}]},),
        ({"name": "property", "part": [{"name": "code", "valueCode": "g"}, {"name": "subproperty", "part": [1]}]},),
        (prop("legs", valueQuantity={"value": 3}),),
    ],
)  # fmt: skip
def test_properties_that_make_no_sense_are_refused(client: FlaskClient, given) -> None:
    refused = matches(client, *given)
    assert 400 <= refused.status_code < 500
    assert refused.json["resourceType"] == "OperationOutcome"


# Identifiers


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("id=1.2.3.5&type=uri", NAMED),
        ("id=urn:oid:1.2.3.5&type=uri", NAMED),
        (f"id={NAMED}&type=oid", "1.2.3.5"),
        (f"id={NAMED}&type=oid&date=2019-05-01", "1.2.3.4"),
        (f"id={NAMED}&type=uuid", "53e61f14-7b5e-4d3c-9a39-1f3e8b8f7a10"),
        (f"id={OID}&type=uri", ANIMALS),
        (f"id={ANIMALS}&type=oid", OID),
        ("id=http://unitsofmeasure.org&type=oid", "2.16.840.1.113883.6.8"),
    ],
)
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_preferred_ids(client: FlaskClient, release: str, query: str, expected: str) -> None:
    answer = client.get(f"/{release}/NamingSystem/$preferred-id?{query}")
    assert value(answer.json, "result") == expected, answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("id=9.9.9&type=uri", 404), (f"id={NAMED}&type=colour", 400), ("type=uri", 400), (f"id={NAMED}&type=other", 404)],
)
def test_ids_that_are_not_known(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/r5/NamingSystem/$preferred-id?{query}").status_code == status


def test_translating_ids(client: FlaskClient) -> None:
    url = "/r5/NamingSystem/$translate-id?sourceType=oid&targetType=uri&id="
    found = client.get(url + "1.2.3.5").json
    assert value(found, "result") is True
    assert values(found, "targetIdentifier") == [NAMED, "http://example.org/older-name"]
    assert values(found, "targetIdentifer.preferred") == [True, False]
    assert values(client.get(url + "1.2.3.5&preferredOnly=true").json, "targetIdentifier") == [NAMED]
    for none in (url + "9.9.9", url.replace("sourceType=oid", "sourceType=uri") + "1.2.3.5"):
        assert value(client.get(none).json, "result") is False
    dated = client.get(f"/r5/NamingSystem/$translate-id?id={NAMED}&sourceType=uri&targetType=oid&date=2024-02-01").json
    assert values(dated, "targetIdentifier.period") == [{"start": "2021"}]


# $meta


def test_meta_of_a_resource_of_a_type_and_of_all(client: FlaskClient) -> None:
    one = value(client.get("/r5/CodeSystem/animals/$meta").json, "return")
    assert (one["versionId"], one["profile"]) == ("1", ["http://example.org/p"])
    for path in ("/r4/CodeSystem/$meta", "/r5/$meta"):
        every = value(client.get(path).json, "return")
        assert every == {"profile": ["http://example.org/p"], "tag": ZOO["meta"]["tag"]}
    assert value(client.get("/r5/ValueSet/$meta").json, "return") == {}
    assert client.get("/r5/CodeSystem/none/$meta").status_code == 404
    assert client.post("/r5/CodeSystem/animals/$meta").status_code == 405
