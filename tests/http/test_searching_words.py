"""Searches for what is no column: identifiers, jurisdictions, references, scopes, texts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.fhir.searchable import words
from terminology.http.app import create_app

US = {"coding": [{"system": "urn:iso:std:iso:3166", "code": "US"}]}
VALUE_SET = {
    "resourceType": "ValueSet", "id": "one", "url": "http://example.org/vs/one", "name": "One", "status": "active",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}, {"value": "plain"}],
    "jurisdiction": [US],
    "description": "Séances of physiotherapy after surgery.",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Bending <b>knees</b></div>'},
    "compose": {
        "include": [{"system": "http://example.org/cs", "version": "2"}, {"valueSet": ["http://example.org/vs/other"]}],
        "exclude": [{"system": "http://example.org/excluded"}],
    },
}  # fmt: skip
OTHER = {
    "resourceType": "ValueSet", "id": "two", "url": "http://example.org/vs/two", "name": "Two", "status": "active",
    "compose": {
        "include": [{"system": "http://example.org/cs", "concept": [{"code": "a"}, {"code": "b"}]}],
        "exclude": [{"system": "http://example.org/cs", "concept": [{"code": "b"}, {"code": "c"}]}],
    },
    "expansion": {"timestamp": "2025-01-01", "contains": [
        {"abstract": True, "display": "Group", "contains": [{"system": "http://example.org/in", "code": "d"}]}]},
}  # fmt: skip
MAP = {
    "resourceType": "ConceptMap", "id": "map", "url": "http://example.org/map", "status": "active",
    "sourceScopeUri": "http://example.org/vs/one", "targetScopeCanonical": "http://example.org/vs/two",
    "group": [{"source": "http://a", "target": "http://b", "element": [
        {"code": "1", "target": [{"code": "2", "relationship": "equivalent"}]}]}],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder: Path = tmp_path_factory.mktemp("words")
    made = create_app(database=f"sqlite:///{folder / 'words.db'}", insecure_writes=True).test_client()
    for resource in (VALUE_SET, OTHER, MAP):
        response = made.put(f"/r5/{resource['resourceType']}/{resource['id']}", json=resource)
        assert response.status_code == 201, response.text
    return made


def found(client: FlaskClient, path: str) -> set[str]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return {entry["resource"]["id"] for entry in response.json.get("entry", ())}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("code=a", {"two"}),
        ("code=http://example.org/cs|a", {"two"}),
        ("code=http://example.org/other|a", set()),
        ("code=d,x", {"two"}),
        ("code=c", set()),
        ("code:not=a", {"one"}),
        ("code:missing=true", {"one"}),
        ("identifier=urn:oid:1.2.3", {"one"}),
        ("identifier=urn:ietf:rfc:3986|urn:oid:1.2.3", {"one"}),
        ("identifier=other|urn:oid:1.2.3", set()),
        ("identifier=|plain", {"one"}),
        ("identifier=urn:ietf:rfc:3986|", {"one"}),
        ("identifier=urn:other|", set()),
        ("code=http://example.org/cs|", {"two"}),
        ("identifier:missing=true", {"two"}),
        ("identifier:not=plain", {"two"}),
        ("jurisdiction=US", {"one"}),
        ("jurisdiction=urn:iso:std:iso:3166|US,urn:iso:std:iso:3166|DE", {"one"}),
        ("jurisdiction=DE", set()),
        ("reference=http://example.org/cs", {"one", "two"}),
        ("reference=http://example.org/cs|2", {"one"}),
        ("reference=http://example.org/vs/other", {"one"}),
        ("reference=http://example.org/excluded", {"one"}),
        ("description=seances", {"one"}),
        ("description=surgery", set()),
        ("description:contains=PHYSIO", {"one"}),
        ("_text=knees bending", {"one"}),
        ("_text=div", set()),
        ("_content=surgery two", set()),
        ("_content=physiotherapy http://example.org/excluded", {"one"}),
        ("_content=100%25", set()),
    ],
)
def test_value_sets(client: FlaskClient, asked: str, expected: set[str]) -> None:
    assert found(client, f"/r5/ValueSet?{asked}") == expected


@pytest.mark.parametrize("name", ["source-scope", "source-scope-uri", "source", "source-uri"])
def test_maps_are_found_by_their_source_scope(client: FlaskClient, name: str) -> None:
    assert found(client, f"/r4/ConceptMap?{name}=http://example.org/vs/one") == {"map"}
    assert found(client, f"/r4/ConceptMap?{name}=http://example.org/vs/two") == set()


@pytest.mark.parametrize("name", ["target-scope", "target-scope-uri", "target", "target-uri"])
def test_maps_are_found_by_their_target_scope(client: FlaskClient, name: str) -> None:
    assert found(client, f"/r5/ConceptMap?{name}=http://example.org/vs/two") == {"map"}


def coded(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"
MARKED = {
    "resourceType": "ValueSet", "id": "marked", "url": "http://example.org/vs/marked", "status": "active",
    "meta": {
        "tag": [{"system": "http://t", "code": "reviewed"}], "security": [{"system": "http://l", "code": "R"}],
        "profile": ["http://p|1"], "source": "http://example.org/from#1",
    },
    "language": "de-AT",
    "useContext": [
        {"code": {"system": CONTEXT, "code": "focus"}, "valueCodeableConcept": coded("http://s", "knee", "leg")},
        {"code": {"system": CONTEXT, "code": "age"}, "valueQuantity": {"value": 7}},
    ],
    "effectivePeriod": {"start": "2024-03", "end": "2025"},
    "topic": [coded("http://topics", "surgery")],
    "relatedArtifact": [
        {"type": "derived-from", "resource": "http://example.org/base|2"},
        {"type": "predecessor", "resource": "http://example.org/old"},
        {"type": "citation", "resource": "http://example.org/cited"},
    ],
    "expansion": {"timestamp": "2025-01-01", "identifier": "urn:uuid:expanded"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("_tag=reviewed", True), ("_tag=http://t|reviewed", True), ("_tag=http://u|reviewed", False),
        ("_tag:not=reviewed", False), ("_tag:missing=true", False),
        ("_security=http://l|R", True), ("_security=N", False),
        ("_profile=http://p", True), ("_profile=http://p|1", True), ("_profile=http://p|2", False),
        ("_source=http://example.org/from%231", True), ("_source=http://example.org/from", False),
        ("_language=de-AT", True), ("_language=de", False),
        ("context=knee", True), ("context=http://s|leg", True), ("context=http://x|leg", False),
        ("context-type=age", True), (f"context-type={CONTEXT}|focus", True), ("context-type=venue", False),
        ("context-type-value=focus$knee", True), (f"context-type-value={CONTEXT}|focus$http://s|leg", True),
        ("context-type-value=age$knee", False), ("context-type-value=focus$http://x|knee", False),
        ("effective=2024-06", False), ("effective=ap2024-06", True), ("effective=ge2026", False),
        ("effective=gt2024-01&effective=lt2026", True), ("effective:missing=true", False),
        ("effective=sa2024-02", True), ("effective=sa2024-04", False),
        ("topic=surgery", True), ("topic=http://topics|other", False),
        ("derived-from=http://example.org/base", True), ("derived-from=http://example.org/base|2", True),
        ("derived-from=http://example.org/base|3", False), ("derived-from=http://example.org/cited", False),
        ("predecessor=http://example.org/old", True), ("predecessor=http://example.org/base", False),
        ("expansion=urn:uuid:expanded", True), ("expansion=urn:uuid:other", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_resources_are_found_by_identifiers_contexts_and_texts(
    client: FlaskClient, release: str, asked: str, is_found: bool
) -> None:
    if client.get("/r5/ValueSet/marked").status_code == 404:
        assert client.put("/r5/ValueSet/marked", json=MARKED).status_code == 201
    assert ("marked" in found(client, f"/{release}/ValueSet?{asked}")) is is_found


def test_a_tag_that_was_added_is_found(client: FlaskClient) -> None:
    tag = {"system": "http://t", "code": "added"}
    body = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [tag]}}]}
    assert client.post("/r5/ConceptMap/map/$meta-add", json=body).status_code == 200
    assert found(client, "/r4/ConceptMap?_tag=http://t|added") == {"map"}
    assert client.post("/r5/ConceptMap/map/$meta-delete", json=body).status_code == 200
    assert found(client, "/r4/ConceptMap?_tag=http://t|added") == set()


NAMING = {
    "resourceType": "NamingSystem", "id": "naming", "name": "Naming", "status": "active", "kind": "identifier",
    "date": "2024", "type": coded("http://v2", "MR"), "responsible": "Österreichische Stelle",
    "contact": [{"name": "Ada", "telecom": [{"system": "email", "value": "ada@example.org"}]}],
    "uniqueId": [{"type": "oid", "value": "2.999.1", "period": {"start": "2020"}}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("kind=identifier", True), ("kind=root", False), ("type=MR", True), ("type=http://v2|MR", True),
        ("type=http://v3|MR", False), ("value=2.999", True), ("value=999", False), ("value:contains=999", True),
        ("id-type=oid", True), ("id-type=uri", False), ("period=gt2030", True), ("period=lt2020", False),
        ("responsible=OSTERR", True), ("contact=ada", True), ("contact=bob", False),
        ("telecom=ada@example.org", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_naming_systems(client: FlaskClient, release: str, asked: str, is_found: bool) -> None:
    if client.get("/r5/NamingSystem/naming").status_code == 404:
        assert client.put("/r5/NamingSystem/naming", json=NAMING).status_code == 201
    assert found(client, f"/{release}/NamingSystem?{asked}") == ({"naming"} if is_found else set())


def test_languages_of_code_systems_and_maps_for_the_rest(client: FlaskClient) -> None:
    german = {"language": "de", "value": "Knie"}
    system = {
        "resourceType": "CodeSystem", "id": "spoken", "url": "http://example.org/spoken", "status": "active",
        "content": "complete", "concept": [{"code": "k", "display": "Knee", "designation": [german]}],
    }  # fmt: skip
    assert client.put("/r5/CodeSystem/spoken", json=system).status_code == 201
    assert found(client, "/r4/CodeSystem?language=de&url=http://example.org/spoken") == {"spoken"}
    assert found(client, "/r4/CodeSystem?language=fr&url=http://example.org/spoken") == set()
    rest = MAP["group"][0] | {"unmapped": {"mode": "other-map", "otherMap": "http://example.org/rest|1"}}
    other = MAP | {
        "id": "with-rest", "url": "http://example.org/with-rest", "group": [rest],
        "property": [{"code": "p", "uri": "http://example.org/priority", "type": "string"}],
    }  # fmt: skip
    assert client.put("/r5/ConceptMap/with-rest", json=other).status_code == 201
    for asked in ("other-map=http://example.org/rest", "other=http://example.org/rest|1"):
        assert found(client, f"/r5/ConceptMap?{asked}") == {"with-rest"}
    assert found(client, "/r5/ConceptMap?mapping-property=http://example.org/priority") == {"with-rest"}


@pytest.mark.parametrize("asked", ["_has:ConceptMap:source:url=x", "_list=1", "_filter=a", "context-quantity=7"])
def test_what_is_not_searched_for_is_refused_or_passed_over(client: FlaskClient, asked: str) -> None:
    refused = client.get(f"/r4/ValueSet?{asked}")
    assert (refused.status_code, refused.json["issue"][0]["code"]) == (400, "not-supported")
    lenient = client.get(f"/r4/ValueSet?{asked}", headers={"Prefer": "handling=lenient"})
    assert lenient.status_code == 200
    assert asked.partition("=")[0] not in lenient.json["link"][0]["url"]


def test_a_resource_that_changed_is_found_by_its_new_words_only(client: FlaskClient) -> None:
    changed = {**OTHER, "id": "three", "url": "http://example.org/vs/three", "description": "First"}
    client.put("/r5/ValueSet/three", json=changed)
    client.put("/r5/ValueSet/three", json={**changed, "description": "Second"})
    assert found(client, "/r5/ValueSet?description=first") == set()
    assert found(client, "/r5/ValueSet?description=second") == {"three"}
    client.delete("/r5/ValueSet/three")
    assert found(client, "/r5/ValueSet?description=second") == set()


def test_elements_of_wrong_types_give_no_words() -> None:
    assert {word.name for word in words({"resourceType": "ValueSet"})} == {"content"}
    odd = {"identifier": "x", "jurisdiction": [{"coding": "x"}], "compose": {"include": "x"}, "text": "x"}
    assert {word.name for word in words(odd)} == {"content"}


def test_a_narrative_of_nothing_but_angle_brackets_is_read_once() -> None:
    began = time.monotonic()
    assert ("text", "", "<" * 20_000) in words({"resourceType": "ValueSet", "text": {"div": "<" * 100_000}})
    assert time.monotonic() - began < 1
