"""`$meta-add` and `$meta-delete`: what a resource is tagged with, changed by whoever may write it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.fhir import xml
from terminology.http.access import keys
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.changing import put, said
from tests.http.content import BIOPSIES, PROCEDURES
from tests.operations.calling import value

RED = {"system": "http://example.org/tags", "code": "red", "display": "Red"}
BLUE = {"system": "http://example.org/tags", "code": "blue"}
SECRET = {"system": "http://example.org/labels", "code": "R"}
PROFILE = "http://example.org/StructureDefinition/p"
SYSTEM, SET = "/r5/CodeSystem/procedures", "/r5/ValueSet/biopsies"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    client = create_app(database=f"sqlite:///{tmp_path / 'written.db'}", insecure_writes=True).test_client()
    put(client, PROCEDURES)
    put(client, {**BIOPSIES, "meta": {"tag": [RED]}})
    return client


def parameters(**meta: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}


def change(client: FlaskClient, path: str, name: str, headers: dict[str, str] | None = None, **meta: Any) -> Any:
    return client.post(f"{path}/${name}", json=parameters(**meta), headers=headers or {})


@pytest.mark.parametrize("release", ["r4", "r4b", "r5"])
@pytest.mark.parametrize("path", [SYSTEM, SET])
def test_a_tag_is_kept_from_meta_add_to_meta_delete(client: FlaskClient, release: str, path: str) -> None:
    path = path.replace("r5", release)
    before = client.get(path).json
    added = change(client, path, "meta-add", tag=[BLUE, RED], profile=[PROFILE], security=[SECRET])
    assert added.status_code == 200, added.text
    meta = value(added.json, "return")
    assert {tag["code"] for tag in meta["tag"]} == {"red", "blue"}
    assert (meta["profile"], meta["security"], meta["versionId"]) == ([PROFILE], [SECRET], "2")
    assert client.get(path).json == {**before, "meta": meta}
    assert value(client.get(f"{path}/$meta").json, "return") == meta
    without_display = {k: v for k, v in RED.items() if k != "display"}
    gone = change(client, path, "meta-delete", tag=[BLUE, without_display], profile=[PROFILE], security=[SECRET])
    assert {*value(gone.json, "return")} == {"versionId", "lastUpdated"}
    past = client.get(f"{path}/_history/2").json["meta"]["tag"]
    assert [tag for tag in past if tag["code"] != "SUBSETTED"] == meta["tag"]


def test_an_unchanged_meta_makes_no_new_version(client: FlaskClient) -> None:
    assert value(change(client, SET, "meta-add", tag=[{**RED, "display": "Rouge"}]).json, "return")["tag"] == [RED]
    assert value(change(client, SET, "meta-delete", tag=[BLUE]).json, "return")["versionId"] == "1"


def test_meta_add_works_in_xml(client: FlaskClient) -> None:
    body = xml.dumps(parameters(tag=[BLUE]), "R5")
    fhir_xml = "application/fhir+xml"
    answer = client.post(f"{SET}/$meta-add", data=body, content_type=fhir_xml, headers={"Accept": fhir_xml})
    assert value(xml.loads(answer.data, "R5"), "return")["tag"] == [RED, BLUE]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (SET, {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": "red"}}]}, 400),
        (SET, {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "red"}]}, 400),
        (SET, {"resourceType": "Parameters", "parameter": [{"name": "other", "valueString": "red"}]}, 400),
        (SET, BIOPSIES, 400),
        (SET, {}, 400),
        ("/r5/ValueSet/none", parameters(tag=[RED]), 404),
        ("/r5/CodeSystem/ucum", parameters(tag=[RED]), 409),
        ("/r5/ValueSet", parameters(tag=[RED]), 404),
        ("/r5", parameters(tag=[RED]), 404),
    ],
)
@pytest.mark.parametrize("name", ["meta-add", "meta-delete"])
def test_wrong_parameters_are_refused(client: FlaskClient, path: str, body: Any, status: int, name: str) -> None:
    assert said(client.post(f"{path}/${name}", json=body))[0] == status


def test_other_methods_and_versions_are_refused(client: FlaskClient) -> None:
    assert client.get(f"{SET}/$meta-add").status_code == 405
    assert change(client, SET, "meta-add", {"If-Match": 'W/"7"'}, tag=[BLUE]).status_code == 412
    assert change(client, SET, "meta-add", {"If-Match": 'W/"1"'}, tag=[BLUE]).status_code == 200
    client.delete(SET)
    assert change(client, SET, "meta-add", tag=[BLUE]).status_code == 410


@pytest.mark.usefixtures("client")
def test_it_needs_the_right_to_update(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'written.db'}"
    closed = create_app(database=url, audit_log=str(tmp_path / "audit.log")).test_client()
    assert said(change(closed, SET, "meta-add", tag=[BLUE]))[:2] == (401, "login")
    for scope, status in (("system/ValueSet.crds", 403), ("system/CodeSystem.u", 403), ("system/ValueSet.u", 200)):
        key, _ = keys.create(open_store(url), scope, (scope,), now=time.time())
        for name in ("meta-add", "meta-delete"):
            assert change(closed, SET, name, {"X-Api-Key": key}, tag=[BLUE]).status_code == status
    lines = (tmp_path / "audit.log").read_text().splitlines()
    assert sum('"ValueSet/biopsies"' in line for line in lines) == 2


def test_meta_add_works_in_a_batch(client: FlaskClient) -> None:
    entry = {"request": {"method": "POST", "url": "ValueSet/biopsies/$meta-add"}, "resource": parameters(tag=[BLUE])}
    (found,) = client.post("/r5", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json["entry"]
    assert value(found["resource"], "return")["tag"] == [RED, BLUE]
