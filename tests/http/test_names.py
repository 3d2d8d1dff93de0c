"""OIDs and URNs of a system work wherever its canonical does, by naming systems and by what systems call themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.store.opening import open_store
from tests.http.test_more_operations import ANIMALS, NAMED, NAMING, OID, ZOO
from tests.operations.calling import value

BY_NAMING_SYSTEM, BY_ITSELF = "urn:oid:1.2.3.5", f"urn:oid:{OID}"
OTHER: dict[str, Any] = {**ZOO, "id": "other", "url": NAMED, "identifier": []}


def concept_map(id_: str, source: str, target: str, code: str, translated: str) -> dict[str, Any]:
    target_code = {"code": translated, "relationship": "equivalent"}
    return {
        "resourceType": "ConceptMap", "id": id_, "url": f"http://example.org/{id_}", "status": "active",
        "group": [{"source": source, "target": target, "element": [{"code": code, "target": [target_code]}]}],
    }  # fmt: skip


VALUE_SET: dict[str, Any] = {
    "resourceType": "ValueSet", "id": "mammals", "url": "http://example.org/mammals", "status": "active",
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.9.9"}],
    "compose": {"include": [{
        "system": BY_NAMING_SYSTEM, "filter": [{"property": "concept", "op": "is-a", "value": "mammal"}]}]},
}  # fmt: skip
MORE: dict[str, Any] = {
    "resourceType": "CodeSystem", "id": "more", "url": "http://example.org/more", "status": "active",
    "content": "supplement", "supplements": BY_NAMING_SYSTEM, "concept": [{"code": "cat", "display": "Mieze"}],
}  # fmt: skip
OID_OF_MAP = "urn:oid:1.9.8"
MAPS = (
    {**concept_map("by-url", NAMED, ANIMALS, "cat", "lion"), "identifier": [{"value": OID_OF_MAP}]},
    concept_map("by-oid", BY_NAMING_SYSTEM, BY_ITSELF, "lion", "cat"),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("names")
    file = folder / "all.json"
    entries = [{"resource": resource} for resource in (ZOO, NAMING, OTHER, VALUE_SET, MORE, *MAPS)]
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(f"sqlite:///{folder / 'names.db'}")
    load(store, [file])
    store.close()
    return create_app(database=f"sqlite:///{folder / 'names.db'}").test_client()


NAMES = pytest.mark.parametrize(("name", "canonical"), [(BY_NAMING_SYSTEM, NAMED), (BY_ITSELF, ANIMALS)])


def parameters(*given: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(given)}


@NAMES
def test_operations_on_code_systems(client: FlaskClient, name: str, canonical: str) -> None:
    at = "/r5/CodeSystem/"
    assert value(client.get(f"{at}$lookup?system={name}&code=cat").json, "system") == canonical
    assert value(client.get(f"{at}$validate-code?url={name}&code=cat").json, "result") is True
    assert value(client.get(f"{at}$subsumes?system={name}&codeA=mammal&codeB=cat").json, "outcome") == "subsumes"
    mixed = parameters(
        {"name": "codingA", "valueCoding": {"system": name, "code": "mammal"}},
        {"name": "codingB", "valueCoding": {"system": canonical, "code": "cat"}},
    )
    assert value(client.post(f"{at}$subsumes", json=mixed).json, "outcome") == "subsumes"
    assert client.get(f"{at}$diff?system={name}&from=1&to=1").status_code == 200


@NAMES
def test_searches(client: FlaskClient, name: str, canonical: str) -> None:
    def ids(query: str) -> list[str]:
        return [e["resource"]["id"] for e in client.get(f"/r5/{query}").json.get("entry", ())]

    wanted = {NAMED: "other", ANIMALS: "animals"}[canonical]
    assert ids(f"CodeSystem?url={name}") == ids(f"CodeSystem?system={name}") == [wanted]
    assert ids(f"CodeSystem?url={name}|1") == [wanted]
    assert ids(f"CodeSystem?url={name}|7") == []
    side = "source" if canonical == NAMED else "target"
    code = "cat" if canonical == NAMED else "lion"
    assert ids(f"ConceptMap?{side}-group-system={name}") == ids(f"ConceptMap?{side}-group-system={canonical}")
    assert len(ids(f"ConceptMap?{side}-group-system={name}")) == 2
    assert ids(f"ConceptMap?{side}-code={name}|{code}") == ["by-url"]
    assert ids(f"CodeSystem?supplements={name}") == ids(f"CodeSystem?supplements={canonical}")
    assert ids(f"CodeSystem?supplements={name}") == (["more"] if canonical == NAMED else [])
    assert ids(f"ValueSet?reference={name}") == (["mammals"] if canonical == NAMED else [])


def test_value_sets(client: FlaskClient) -> None:
    by_name = client.get("/r5/ValueSet/$expand?url=urn:oid:1.9.9&excludeNested=true").json
    assert {c["code"] for c in by_name["expansion"]["contains"]} == {"mammal", "cat", "lion"}
    assert {c["system"] for c in by_name["expansion"]["contains"]} == {NAMED}
    assert client.get("/r5/ValueSet?url=urn:oid:1.9.9").json["total"] == 1
    for system in (NAMED, BY_NAMING_SYSTEM):
        query = f"url=http://example.org/mammals&system={system}&code="
        assert value(client.get(f"/r5/ValueSet/$validate-code?{query}cat").json, "result") is True
        assert value(client.get(f"/r5/ValueSet/$validate-code?{query}bird").json, "result") is False


@pytest.mark.parametrize("release", ["r4", "r5"])
def test_concept_maps(client: FlaskClient, release: str) -> None:
    ask = f"/{release}/ConceptMap/$translate?system={NAMED}&code=cat&url="
    by_name = client.get(f"{ask}{OID_OF_MAP}")
    assert by_name.json == client.get(f"{ask}http://example.org/by-url").json
    assert value(by_name.json, "result") is True
    assert client.get(f"{ask}{OID_OF_MAP}|7").status_code == client.get(f"{ask}urn:oid:1.9.7").status_code == 404


@pytest.mark.parametrize(("include", "exclude"), [(NAMED, BY_NAMING_SYSTEM), (BY_NAMING_SYSTEM, NAMED)])
@pytest.mark.parametrize(
    "rule",
    [
        {"concept": [{"code": "cat"}]},
        {"filter": [{"property": "concept", "op": "=", "value": "cat"}]},
    ],
)
def test_an_exclude_by_another_name_excludes(client: FlaskClient, include: str, exclude: str, rule: Any) -> None:
    value_set = VALUE_SET | {"compose": {"include": [{"system": include}], "exclude": [{"system": exclude, **rule}]}}
    found = client.post("/r5/ValueSet/$expand?excludeNested=true", json=value_set).json["expansion"]["contains"]
    assert {c["code"] for c in found} == {"animal", "mammal", "lion", "bird"}


@pytest.mark.parametrize("system", [NAMED, BY_NAMING_SYSTEM])
@pytest.mark.parametrize(("code", "translated"), [("cat", "lion"), ("lion", "cat")])
@pytest.mark.parametrize("target", [ANIMALS, BY_ITSELF])
def test_translations(client: FlaskClient, system: str, code: str, translated: str, target: str) -> None:
    query = f"system={system}&sourceCode={code}&targetSystem={target}"
    (found,) = [p for p in client.get(f"/r5/ConceptMap/$translate?{query}").json["parameter"] if p["name"] == "match"]
    assert next(p["valueCoding"]["code"] for p in found["part"] if p["name"] == "concept") == translated
    backwards = f"targetSystem={target}&targetCode={translated}&sourceSystem={system}"
    assert value(client.get(f"/r5/ConceptMap/$translate?{backwards}").json, "result") is True


def test_resources_that_travel_along(client: FlaskClient) -> None:
    newer = OTHER | {"version": "2", "concept": [{"code": "new"}]}
    body = parameters(
        {"name": "tx-resource", "resource": newer},
        {"name": "system", "valueUri": BY_NAMING_SYSTEM},
        {"name": "code", "valueCode": "new"},
    )
    assert value(client.post("/r5/CodeSystem/$lookup", json=body).json, "version") == "2"
    own = newer | {
        "url": "http://example.org/own",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:7.7.7"}],
    }
    body["parameter"][:2] = [{"name": "tx-resource", "resource": own}, {"name": "system", "valueUri": "urn:oid:7.7.7"}]
    assert value(client.post("/r5/CodeSystem/$lookup", json=body).json, "system") == "http://example.org/own"


def test_a_package_has_what_names_its_system_otherwise(client: FlaskClient, tmp_path: Path) -> None:
    terminology, file = client.application.extensions["terminology"], tmp_path / "package.tgz"
    with file.open("wb") as out:
        told = terminology.export(BY_NAMING_SYSTEM, out, form="package")
    assert (told.url, told.value_sets, told.concept_maps, told.supplements) == (NAMED, 1, 2, 1)
