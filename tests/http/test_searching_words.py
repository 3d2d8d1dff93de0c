"""Searches for what is no column: identifiers, jurisdictions, references, scopes, texts."""

from __future__ import annotations

import time
from pathlib import Path

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
def test_what_maps_are_from(client: FlaskClient, name: str) -> None:
    assert found(client, f"/r4/ConceptMap?{name}=http://example.org/vs/one") == {"map"}
    assert found(client, f"/r4/ConceptMap?{name}=http://example.org/vs/two") == set()


@pytest.mark.parametrize("name", ["target-scope", "target-scope-uri", "target", "target-uri"])
def test_what_maps_are_to(client: FlaskClient, name: str) -> None:
    assert found(client, f"/r5/ConceptMap?{name}=http://example.org/vs/two") == {"map"}


def test_a_resource_that_changed_is_found_by_its_new_words_only(client: FlaskClient) -> None:
    changed = {**OTHER, "id": "three", "url": "http://example.org/vs/three", "description": "First"}
    client.put("/r5/ValueSet/three", json=changed)
    client.put("/r5/ValueSet/three", json={**changed, "description": "Second"})
    assert found(client, "/r5/ValueSet?description=first") == set()
    assert found(client, "/r5/ValueSet?description=second") == {"three"}
    client.delete("/r5/ValueSet/three")
    assert found(client, "/r5/ValueSet?description=second") == set()


def test_odd_resources_have_no_words_that_they_do_not_say() -> None:
    assert {word.name for word in words({"resourceType": "ValueSet"})} == {"content"}
    odd = {"identifier": "x", "jurisdiction": [{"coding": "x"}], "compose": {"include": "x"}, "text": "x"}
    assert {word.name for word in words(odd)} == {"content"}


def test_a_narrative_of_nothing_but_angle_brackets_is_read_once() -> None:
    began = time.monotonic()
    assert ("text", "", "<" * 20_000) in words({"resourceType": "ValueSet", "text": {"div": "<" * 100_000}})
    assert time.monotonic() - began < 1
