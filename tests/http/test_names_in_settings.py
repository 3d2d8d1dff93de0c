"""OIDs where no operation has a parameter for them: settings, implicit value sets, scopes of maps, coded elements."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.store.opening import open_store
from tests.operations.calling import value

S, BY_ITSELF, BY_NAMING_SYSTEM = "http://example.org/CodeSystem/s", "urn:oid:1.2.3.4", "urn:oid:1.2.3.5"
V, OID_OF_V = "http://example.org/ValueSet/v", "urn:oid:1.2.3.6"
UCUM, OID_OF_UCUM = "http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8"
LOINC, OID_OF_LOINC = "http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"
SNOMED, OID_OF_SNOMED = "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"
NAMES = (S, BY_ITSELF, BY_NAMING_SYSTEM)


def system(version: str, url: str = S, oid: str = BY_ITSELF, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem", "id": f"{oid[8:]}-{version}", "url": url, "version": version, "status": "active",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": oid}], "content": "complete",
        "concept": [{"code": "top", "concept": [{"code": "a"}, {"code": f"only-{version}"}]}],
    } | more  # fmt: skip


def value_set(version: str) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet", "id": f"v-{version}", "url": V, "version": version, "status": "active",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": OID_OF_V}],
        "compose": {"include": [{"system": S, "version": version}]},
    }  # fmt: skip


CONTENT: list[dict[str, Any]] = [
    system("1"), system("2"), value_set("1"), value_set("2"),
    system("1", LOINC, OID_OF_LOINC, concept=[{"code": "LL1-9"}]),
    system(f"{SNOMED}/900000000000207008/version/20250101", SNOMED, OID_OF_SNOMED,
           id="snomed", concept=[{"code": "138875005", "concept": [{"code": "71388002"}]}]),
    {"resourceType": "NamingSystem", "id": "n", "name": "N", "status": "active", "kind": "codesystem", "date": "2025",
     "uniqueId": [{"type": "oid", "value": BY_NAMING_SYSTEM[8:]}, {"type": "uri", "value": S, "preferred": True}]},
    {"resourceType": "ConceptMap", "id": "m", "url": "http://example.org/m", "status": "active",
     "sourceScopeUri": V, "targetScopeUri": OID_OF_V,
     "group": [{"source": S, "target": LOINC, "element": [
         {"code": "a", "target": [{"code": "LL1-9", "relationship": "equivalent"}]}]}]},
    {"resourceType": "StructureDefinition", "id": "p", "url": "http://example.org/p", "name": "P", "status": "active",
     "kind": "resource", "abstract": False, "type": "Basic", "derivation": "constraint",
     "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Basic",
     "snapshot": {"element": [
         {"id": "Basic", "path": "Basic"},
         {"id": "Basic.code", "path": "Basic.code", "type": [{"code": "CodeableConcept"}],
          "binding": {"strength": "required", "valueSet": OID_OF_V}}]}},
]  # fmt: skip

Open = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    folder = tmp_path_factory.mktemp("settings")
    file, url = folder / "all.json", f"sqlite:///{folder / 'all.db'}"
    entries = [{"resource": resource} for resource in CONTENT]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(url)
    assert not load(store, [file]).failed
    store.close()
    return lambda **settings: create_app(database=url, **settings).test_client()


@pytest.mark.parametrize("pinned", NAMES)
@pytest.mark.parametrize("asked", NAMES)
def test_a_version_that_is_the_default(opened: Open, pinned: str, asked: str) -> None:
    client = opened(default_versions=f"{pinned}|1")
    assert value(client.get(f"/r5/CodeSystem/$lookup?system={asked}&code=top").json, "version") == "1"
    assert value(opened().get(f"/r5/CodeSystem/$lookup?system={asked}&code=top").json, "version") == "2"


@pytest.mark.parametrize("pinned", [V, OID_OF_V])
@pytest.mark.parametrize("asked", [V, OID_OF_V])
def test_a_version_of_a_value_set_that_is_the_default(opened: Open, pinned: str, asked: str) -> None:
    client = opened(default_versions=f"{pinned}|1")
    assert client.get(f"/r5/ValueSet/$expand?url={asked}").json["version"] == "1"


@pytest.mark.parametrize("gated", NAMES)
@pytest.mark.parametrize("asked", NAMES)
def test_a_licensed_system(opened: Open, gated: str, asked: str) -> None:
    client = opened(licences=f"{gated}=mine")
    for question in (
        f"CodeSystem/$lookup?system={asked}&code=a",
        f"CodeSystem/$subsumes?system={asked}&codeA=top&codeB=a",
        f"ValueSet/$expand?url={V}",
        f"ConceptMap/$translate?system={asked}&sourceCode=a&targetSystem={LOINC}",
        "CodeSystem/1.2.3.4-1",
    ):
        response = client.get(f"/r5/{question}")
        assert (response.status_code, response.json["resourceType"]) == (403, "OperationOutcome"), question
    assert client.get(f"/r5/CodeSystem?url={asked}").json["total"] == 0
    assert client.get(f"/r5/CodeSystem/$lookup?system={UCUM}&code=mg").status_code == 200


@pytest.mark.parametrize("gated", [V, OID_OF_V])
@pytest.mark.parametrize("asked", [V, OID_OF_V])
def test_a_licensed_value_set(opened: Open, gated: str, asked: str) -> None:
    client = opened(licences=f"{gated}=mine")
    assert client.get(f"/r5/ValueSet/$expand?url={asked}").status_code == 403
    assert client.get(f"/r5/ValueSet/$validate-code?url={asked}&system={S}&code=a").status_code == 403
    assert client.get(f"/r5/ValueSet?url={asked}").json["total"] == 0


@pytest.mark.parametrize(
    ("canonical", "oid", "rest", "code"),
    [
        (SNOMED, OID_OF_SNOMED, "?fhir_vs", "71388002"),
        (SNOMED, OID_OF_SNOMED, "?fhir_vs=isa/138875005", "71388002"),
    ],
)
def test_implicit_value_sets(opened: Open, canonical: str, oid: str, rest: str, code: str) -> None:
    client, found = opened(), []
    for system_ in (canonical, oid):
        query = {"url": f"{system_}{rest}", "excludeNested": "true"}
        expansion = client.get("/r5/ValueSet/$expand", query_string=query).json["expansion"]
        found.append([(c["system"], c["code"]) for c in expansion["contains"]])
        asked = query | {"system": system_, "code": code}
        assert value(client.get("/r5/ValueSet/$validate-code", query_string=asked).json, "result") is True
    assert found[0] == found[1]
    assert (canonical, code) in found[0]


@pytest.mark.parametrize("scope", ["source", "target"])
@pytest.mark.parametrize(("asked", "result"), [(V, True), (OID_OF_V, True), ("urn:oid:9.9", False), (S, False)])
def test_scopes_of_maps(opened: Open, scope: str, asked: str, result: bool) -> None:
    for path, name in (("r5", f"{scope}Scope"), ("r4", scope)):
        code = "sourceCode" if path == "r5" else "code"
        found = opened().get(f"/{path}/ConceptMap/$translate?system={S}&{code}=a&{name}={asked}").json
        assert value(found, "result") is result
    searched = opened().get(f"/r5/ConceptMap?{scope}-scope={OID_OF_V}").json["total"]
    assert searched == 1


@pytest.mark.parametrize("name", NAMES)
def test_coded_elements(opened: Open, name: str) -> None:
    def issues(code: str) -> list[str]:
        resource = {"resourceType": "Basic", "code": {"coding": [{"system": name, "code": code}]}}
        body = {"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": resource}, {"name": "profile", "valueCanonical": "http://example.org/p"},
        ]}  # fmt: skip
        found = opened().post("/r5/$validate-bindings", json=body).json
        return [issue["severity"] for issue in found["issue"]]

    assert issues("a") == ["information"]
    assert "error" in issues("nothing")


@pytest.mark.parametrize("name", [UCUM, OID_OF_UCUM])
def test_what_is_built_in(opened: Open, name: str) -> None:
    found = opened().get("/r5/CodeSystem/$validate-code", query_string={"url": name, "code": "mg"}).json
    assert value(found, "result") is True
    assert opened(licences=f"{name}=units").get(f"/r5/CodeSystem/$lookup?system={UCUM}&code=mg").status_code == 403
