"""A manifest's versions and expansion parameters hold where a request says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.ingest import load
from terminology.store.opening import open_store

S, V, M = "http://example.org/s", "http://example.org/v", "http://example.org/Library/m"


def system(version: str, codes: str) -> dict[str, Any]:
    return {
        "resourceType": "CodeSystem", "id": f"s{version}", "url": S, "version": version, "status": "active",
        "content": "complete", "caseSensitive": True,
        "concept": [{"code": code, "designation": [{"language": "de", "value": code * 2}]} for code in codes],
    }  # fmt: skip


def value_set(version: str, **include: Any) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet", "id": f"v{version}", "url": V, "version": version, "status": "active",
        "compose": {"include": [{"system": S, **include}]},
    }  # fmt: skip


def library(*versions: str, parameters: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Library", "url": M, "version": "1", "status": "active",
        "type": {"coding": [{"code": "asset-collection"}]},
        "contained": [{"resourceType": "Parameters", "id": "exp", "parameter": list(parameters)}],
        "extension": [{
            "url": "http://hl7.org/fhir/StructureDefinition/cqf-expansionParameters",
            "valueReference": {"reference": "#exp"},
        }],
        "relatedArtifact": [{"type": "depends-on", "resource": version} for version in versions],
        **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manifest")
    stored = [system("1", "a"), system("2", "ab"), value_set("1"), value_set("2", concept=[{"code": "b"}])]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in stored]}
    (folder / "all.json").write_text(json.dumps(bundle))
    store = open_store(f"sqlite:///{folder / 'm.db'}")
    load(store, [str(folder / "all.json")])
    store.close()
    return folder / "m.db"


@pytest.fixture
def client(database: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{database}").test_client()


def ask(client: FlaskClient, operation: str, *parameters: dict[str, Any], release: str = "r5") -> dict[str, Any]:
    body = {"resourceType": "Parameters", "parameter": list(parameters)}
    answer: dict[str, Any] = client.post(f"/{release}/ValueSet/${operation}", json=body).get_json()
    return answer


def named(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "valueUri": value}


def brought(resource: dict[str, Any]) -> dict[str, Any]:
    return {"name": "tx-resource", "resource": resource}


def codes(answer: dict[str, Any]) -> list[str]:
    return [entry["code"] for entry in answer["expansion"].get("contains", ())]


MANIFEST = named("manifest", M)


@pytest.mark.parametrize("release", ["r5", "r4"])
def test_it_binds_versions_of_code_systems_and_value_sets(client: FlaskClient, release: str) -> None:
    url = named("url", f"{V}|1")
    assert codes(ask(client, "expand", url, release=release)) == ["a", "b"]
    assert codes(ask(client, "expand", url, MANIFEST, brought(library(f"{S}|1")), release=release)) == ["a"]
    assert codes(ask(client, "expand", named("url", V), release=release)) == ["b"]
    bound = library(f"{V}|1", f"{S}|1")
    assert codes(ask(client, "expand", named("url", V), MANIFEST, brought(bound), release=release)) == ["a"]


def test_what_the_request_says_comes_first(client: FlaskClient) -> None:
    own = named("system-version", f"{S}|2")
    for manifest in (library(f"{S}|1"), library(parameters=(named("system-version", f"{S}|1"),))):
        assert codes(ask(client, "expand", named("url", f"{V}|1"), own, MANIFEST, brought(manifest))) == ["a", "b"]


def test_its_expansion_parameters_are_defaults(client: FlaskClient) -> None:
    manifest = brought(library(parameters=(named("system-version", f"{S}|1"), named("displayLanguage", "de"))))
    asked = named("url", f"{V}|1"), MANIFEST, manifest
    for own, displays in (((), ["aa"]), ((named("displayLanguage", "en"),), [None])):
        contains = ask(client, "expand", *asked, *own)["expansion"]["contains"]
        assert [entry.get("display") for entry in contains] == displays


def test_artifacts_without_a_version_and_of_other_kinds_bind_nothing(client: FlaskClient) -> None:
    other = library(relatedArtifact=[
        {"type": "depends-on", "resource": S}, {"type": "documentation", "resource": f"{S}|1"},
    ])  # fmt: skip
    assert codes(ask(client, "expand", named("url", f"{V}|1"), MANIFEST, brought(other))) == ["a", "b"]


def result(answer: dict[str, Any]) -> Any:
    return next(p["valueBoolean"] for p in answer["parameter"] if p["name"] == "result")


def test_validations(client: FlaskClient) -> None:
    asked = (named("url", f"{V}|1"), named("system", S), {"name": "code", "valueCode": "b"})
    assert result(ask(client, "validate-code", *asked)) is True
    assert result(ask(client, "validate-code", *asked, MANIFEST, brought(library(f"{S}|1")))) is False


@pytest.mark.parametrize("where", ["call", "validation"])
def test_validations_of_a_batch(client: FlaskClient, where: str) -> None:
    own = [named("url", f"{V}|1"), named("system", S), {"name": "code", "valueCode": "b"}]
    inner = {"resourceType": "Parameters", "parameter": [*own, MANIFEST] if where == "validation" else own}
    outer = [brought(library(f"{S}|1")), *([MANIFEST] if where == "call" else [])]
    answer = ask(client, "batch-validate-code", {"name": "validation", "resource": inner}, *outer)
    assert result(answer["parameter"][0]["resource"]) is False


def test_one_that_was_left_here(client: FlaskClient) -> None:
    cache = {"name": "cache-id", "valueId": "of-this-test"}
    ask(client, "expand", named("url", f"{V}|1"), cache, brought(library(f"{S}|1")))
    assert codes(ask(client, "expand", named("url", f"{V}|1"), cache, MANIFEST)) == ["a"]


def test_one_that_is_not_here_is_an_error(client: FlaskClient) -> None:
    for manifest in (M + "x", f"{M}|2"):
        answer = ask(client, "expand", named("url", V), named("manifest", manifest), brought(library()))
        assert answer["issue"][0]["code"] == "not-found"
        assert manifest in answer["issue"][0]["details"]["text"]
    assert client.get(f"/r5/ValueSet/$expand?url={V}&manifest={M}").status_code == 404


def test_one_that_cannot_be_read_names_what_is_wrong(client: FlaskClient) -> None:
    answer = ask(
        client,
        "expand",
        named("url", V),
        MANIFEST,
        brought({"resourceType": "Library", "url": M, "relatedArtifact": [1]}),
    )
    assert answer["issue"][0]["code"] in {"invalid", "structure", "value"}
    assert "relatedArtifact" in json.dumps(answer)
