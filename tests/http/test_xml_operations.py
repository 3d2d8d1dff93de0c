"""Every operation in XML, in and out, in each FHIR release: fhir.resources writes questions and reads answers.

It does not know that ids of elements are attributes in XML, so questions have none, and answers are compared without.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4_model_class
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.model.records import LoadOptions
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from terminology.store.opening import open_store
from tests.http.content import EVERYTHING, MAP, OLD, PROCEDURES, SYSTEM, VALUE_SET
from tests.operations.profiles import OBSERVATION, TERMINOLOGY

Json = dict[str, Any]
FHIR = "http://hl7.org/fhir"
XML, JSON = "application/fhir+xml", "application/fhir+json"
OID = "2.16.840.1.113883.19.5"
NAMING = {
    "resourceType": "NamingSystem", "id": "procedures", "name": "Procedures", "status": "active", "kind": "codesystem",
    "date": "2025-01-01", "uniqueId": [
        {"type": "uri", "value": SYSTEM, "preferred": True}, {"type": "oid", "value": OID, "preferred": True}],
}  # fmt: skip
CODING = {"system": SYSTEM, "code": "P1.1", "display": "Biopsy of skin"}


def given(name: str, value: Any, kind: str = "") -> Json:
    """A parameter; a dict is a Coding, or a resource."""
    if isinstance(value, dict) and "resourceType" in value:
        return {"name": name, "resource": value}
    kinds = {bool: "Boolean", int: "Integer", dict: "Coding", str: "Uri" if ":" in str(value) else "String"}
    return {"name": name, f"value{kind or kinds[type(value)]}": value}


VALIDATION = {"resourceType": "Parameters", "parameter": [given("coding", CODING)]}
OBSERVED = {"resourceType": "Observation", "status": "sleeping", "code": {"coding": [CODING]}}
WITHOUT_IDS = [
    {name: value for name, value in one.items() if name != "id"} for one in OBSERVATION["snapshot"]["element"]
]
DEFINITION = {**OBSERVATION, "snapshot": {"element": WITHOUT_IDS}}
RELEASES = {"/r4": "R4", "/r4b": "R4B", "/r5": "R5"}
ASKED: dict[str, list[Json]] = {
    "CodeSystem/$lookup": [given("coding", CODING), given("displayLanguage", "de", "Code")],
    "CodeSystem/$validate-code": [given("url", SYSTEM), given("codeableConcept", {"coding": [CODING, {"code": "x"}],
        "text": "a < b"}, "CodeableConcept")],
    "CodeSystem/$batch-validate-code": [given("validation", VALIDATION), given("url", SYSTEM)],
    "CodeSystem/$subsumes": [given("codingA", {"system": SYSTEM, "code": "P1"}), given("codingB", CODING)],
    "CodeSystem/$diff": [given("system", SYSTEM), given("from", "2024"), given("to", "2025")],
    "CodeSystem/$find-matches": [given("system", SYSTEM), given("exact", False), {"name": "property", "part": [
        given("code", "display", "Code"), given("value", "Biopsy")]}],
    "ValueSet/$expand": [given("url", VALUE_SET), given("includeDesignations", True), given("count", 5)],
    "ValueSet/$validate-code": [given("valueSet", EVERYTHING[1]), given("coding", CODING)],
    "ValueSet/$batch-validate-code": [given("validation", VALIDATION), given("url", VALUE_SET)],
    "ValueSet/$related": [given("thisUrl", VALUE_SET), given("otherUrl", "http://example.org/ValueSet/sutures")],
    "ConceptMap/$translate": [given("url", MAP), given("{coding}", {"system": OLD, "code": "7"})],
    "ConceptMap/$closure": [given("name", "xml")],
    "$closure": [given("name", "xml")],
    "NamingSystem/$preferred-id": [given("id", SYSTEM), given("type", "oid", "Code")],
    "NamingSystem/$translate-id": [given("id", SYSTEM), given("sourceType", "uri", "Code"),
        given("targetType", "oid", "Code")],
    "StructureDefinition/$validate-bindings": [given("resource", OBSERVED), given("tx-resource", DEFINITION)],
    "$validate-bindings": [given("resource", OBSERVED), given("tx-resource", DEFINITION)],
    "$versions": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("xml")
    older = {**PROCEDURES, "id": "older", "version": "2024", "concept": PROCEDURES["concept"][:1]}
    for number, resource in enumerate((*EVERYTHING, older, NAMING, OBSERVATION, *TERMINOLOGY)):
        (folder / f"{number}.json").write_text(json.dumps(resource))
    url = f"sqlite:///{folder / 'test.db'}"
    store = open_store(url)
    load(store, [str(file) for file in folder.glob("*.json")], LoadOptions())
    store.close()
    return create_app(database=url, insecure_writes=True).test_client()


def model(resource_type: str, release: str) -> Any:
    return (get_fhir_model_class if release == "R5" else get_r4_model_class)(resource_type)


def meant(resource: Any) -> Any:
    """What both formats must say: without what is made for the moment."""
    return _meant(json.loads(resource.model_dump_json()))


def _meant(value: Any) -> Any:
    if isinstance(value, list):
        return [_meant(one) for one in value]
    if not isinstance(value, dict):
        return value
    aside = {"timestamp", "identifier"} if "timestamp" in value else {"id"} if "path" in value else set()
    return {name: _meant(inner) for name, inner in value.items() if name not in aside}


def parameters(path: str, release: str) -> Json:
    coding = "sourceCoding" if release == "R5" else "coding"
    listed = [{**p, "name": p["name"].replace("{coding}", coding)} for p in ASKED[path]]
    return {"resourceType": "Parameters", **({"parameter": listed} if listed else {})}


def test_every_operation_is_asked() -> None:
    assert {*ASKED} == {operation.title for operation in OPERATIONS}


@pytest.mark.parametrize("endpoint", RELEASES)
@pytest.mark.parametrize("path", ASKED)
def test_an_operation_in_xml(client: FlaskClient, endpoint: str, path: str) -> None:
    release = RELEASES[endpoint]
    body = parameters(path, release)
    in_json = client.post(f"{endpoint}/{path}", data=json.dumps(body), content_type=JSON)
    written = model("Parameters", release).model_validate(body).model_dump_xml()
    in_xml = client.post(f"{endpoint}/{path}", data=written, content_type=XML, headers={"Accept": XML})
    assert (in_json.status_code, in_xml.status_code) == (200, 200), in_xml.text
    assert in_xml.content_type == f"{XML}; charset=utf-8"
    assert b"<!--" not in in_xml.data, "everything has its place in XML"
    answered = model(in_json.json["resourceType"], release)
    assert meant(answered.model_validate_xml(in_xml.data)) == meant(answered.model_validate(in_json.json))
    mixed = client.post(f"{endpoint}/{path}?_format=json", data=written, content_type=XML)
    assert mixed.json["resourceType"] == in_json.json["resourceType"]


@pytest.mark.parametrize("endpoint", RELEASES)
@pytest.mark.parametrize("path", [path for path in ASKED if path != "$versions"])
def test_errors_of_a_call_are_answered_in_xml(client: FlaskClient, endpoint: str, path: str) -> None:
    body = f'<Parameters xmlns="{FHIR}"><parameter><name value="x"/><valueCode value="y"/></parameter></Parameters>'
    refused = client.post(f"{endpoint}/{path}", data=body, content_type=XML, headers={"Accept": XML})
    assert refused.status_code in {400, 404}, refused.text
    outcome = model("OperationOutcome", RELEASES[endpoint]).model_validate_xml(refused.data)
    assert outcome.issue[0].severity == "error"
    assert outcome.issue[0].details.text


@pytest.mark.parametrize("endpoint", RELEASES)
@pytest.mark.parametrize("type_", RESOURCE_TYPES)
def test_every_type_of_resource_in_xml(client: FlaskClient, endpoint: str, type_: str) -> None:
    release = RELEASES[endpoint]
    found = client.get(f"{endpoint}/{type_}?_count=6", headers={"Accept": XML})
    assert b"<!--" not in found.data
    bundle = model("Bundle", release).model_validate_xml(found.data)
    assert bundle.entry
    for entry in client.get(f"{endpoint}/{type_}?_count=6").json["entry"]:
        place = f"{endpoint}/{type_}/{entry['resource']['id']}"
        read = model(type_, release).model_validate_xml(client.get(place, headers={"Accept": XML}).data)
        assert meant(read) == meant(model(type_, release).model_validate(client.get(place).json))


@pytest.mark.parametrize("endpoint", RELEASES)
def test_a_lone_resource_of_any_type_in_xml(client: FlaskClient, endpoint: str) -> None:
    told = client.post(f"{endpoint}/$validate-bindings", data=json.dumps(OBSERVED), content_type=JSON).json
    written = model("Observation", RELEASES[endpoint]).model_validate(OBSERVED).model_dump_xml()
    same = client.post(f"{endpoint}/$validate-bindings", data=written, content_type=XML)
    assert same.json == told
    assert "error" in {issue["severity"] for issue in told["issue"]}
