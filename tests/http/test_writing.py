"""Creating, updating and deleting over HTTP, in every format and release, and what is refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.fhir import xml
from terminology.fhir.json import dumps
from terminology.http import writing
from terminology.http.app import create_app
from tests.http.changing import PATCH, display, put, said
from tests.http.content import BIOPSIES, OLD_TO_NEW, PROCEDURES, SYSTEM, VALUE_SET

NAMES = {
    "resourceType": "NamingSystem",
    "name": "Procedures",
    "status": "active",
    "kind": "codesystem",
    "date": "2025",
    "uniqueId": [
        {"type": "oid", "value": "2.999.1"},
        {"type": "uri", "value": SYSTEM, "preferred": True},
    ],
}


def without_meta(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "meta"}


@pytest.mark.parametrize(
    "resource", [PROCEDURES, BIOPSIES, OLD_TO_NEW, {**NAMES, "id": "names"}], ids=lambda r: r["id"]
)
def test_what_is_put_comes_back_and_can_be_replaced_and_deleted(
    writable: FlaskClient, resource: dict[str, Any]
) -> None:
    path = f"/r5/{resource['resourceType']}/{resource['id']}"
    created = writable.put(path, json=resource)
    assert created.status_code == 201
    assert created.headers["Location"].endswith(f"{path}/_history/1")
    assert created.headers["ETag"] == 'W/"1"'
    assert without_meta(created.json) == resource
    assert writable.get(path).json == created.json
    again = writable.put(path, json=created.json)
    assert (again.status_code, again.headers["ETag"]) == (200, 'W/"1"'), "nothing changed"
    changed = writable.put(path, json={**created.json, "status": "retired"})
    assert (changed.status_code, changed.headers["ETag"], changed.json["status"]) == (200, 'W/"2"', "retired")
    assert writable.delete(path).status_code == 204
    assert writable.get(path).status_code == 410
    assert writable.delete(path).status_code == 204, "once more changes nothing"
    back = writable.put(path, json=resource)
    assert (back.status_code, back.headers["ETag"]) == (201, 'W/"4"')
    methods = [entry["request"]["method"] for entry in writable.get(f"{path}/_history").json["entry"]]
    assert methods == ["PUT", "DELETE", "PUT", "PUT"]


def test_what_is_written_is_answered_from_at_once(filled: FlaskClient) -> None:
    assert display(filled, "P1.1") == "Biopsy of skin"
    found = filled.get(f"/r4/ValueSet/$expand?url={VALUE_SET}").json["expansion"]["contains"]
    assert [c["display"] for c in found] == ["Biopsy", "Biopsy of skin"]
    translated = filled.get("/r4/ConceptMap/$translate?system=http://example.org/CodeSystem/old&code=7").json
    assert translated["parameter"][0]["valueBoolean"] is True
    put(filled, {**PROCEDURES, "concept": [{"code": "P1", "display": "Taking a sample"}]})
    assert display(filled) == "Taking a sample"
    assert display(filled, "P2") is None


def test_a_naming_system_gives_a_system_another_name(filled: FlaskClient) -> None:
    assert filled.post("/r5/NamingSystem", json=NAMES).status_code == 201
    assert display(filled, system="urn:oid:2.999.1") == "Biopsy"


def test_post_makes_an_id(writable: FlaskClient) -> None:
    response = writable.post("/r5/ValueSet", json=BIOPSIES)
    assert response.status_code == 201
    id_ = response.json["id"]
    assert response.headers["Location"] == f"http://localhost/r5/ValueSet/{id_}/_history/1"
    assert said(writable.post("/r5/ValueSet", json=BIOPSIES)) == (
        409,
        "duplicate",
        f"{VALUE_SET}|1 is there already as ValueSet/{id_}. Update that one (PUT), or create another version.",
    )
    other = writable.post("/r5/ValueSet", json={**BIOPSIES, "version": "2"})
    assert other.status_code == 201
    assert other.json["id"] != id_


def test_new_ids_are_never_those_of_other_resources(writable: FlaskClient) -> None:
    def create(resource: dict[str, Any]) -> tuple[str, str]:
        response = writable.post(f"/r5/{resource['resourceType']}", json=resource)
        assert response.status_code == 201, response.text
        return response.json["id"], response.headers["ETag"]

    assert [create(NAMES)[0] for _ in range(3)] == ["Procedures", "Procedures-2", "Procedures-3"]
    first, _ = create(BIOPSIES)
    writable.delete(f"/r5/ValueSet/{first}")
    other, etag = create({**BIOPSIES, "url": VALUE_SET.replace("example.org", "example.com")})
    assert (other == first, etag) == (False, 'W/"1"'), "the history of another one is not its own"
    assert create(BIOPSIES) == (first, 'W/"3"'), "but that of the same canonical goes on"


def test_versions_of_one_system_live_side_by_side(filled: FlaskClient) -> None:
    newer = {**PROCEDURES, "id": "newer", "version": "2026", "concept": [{"code": "P1", "display": "Sample"}]}
    put(filled, newer)
    assert (display(filled, version="2025"), display(filled, version="2026")) == ("Biopsy", "Sample")
    assert filled.get(f"/r5/CodeSystem?url={SYSTEM}").json["total"] == 2
    filled.delete("/r5/CodeSystem/newer")
    assert (display(filled), display(filled, version="2026")) == ("Biopsy", None)


def test_a_resource_can_change_its_version(filled: FlaskClient) -> None:
    assert put(filled, {**PROCEDURES, "version": "2026"}).headers["ETag"] == 'W/"2"'
    assert (display(filled, version="2025"), display(filled, version="2026")) == (None, "Biopsy")
    history = filled.get("/r5/CodeSystem/procedures/_history").json["entry"]
    assert [e["resource"]["version"] for e in history] == ["2026", "2025"]
    assert put(filled, {**BIOPSIES, "url": VALUE_SET + "-renamed"}).headers["ETag"] == 'W/"2"'
    assert filled.get(f"/r5/ValueSet/$expand?url={VALUE_SET}").status_code == 404
    assert filled.get(f"/r5/ValueSet/$expand?url={VALUE_SET}-renamed").status_code == 200


@pytest.mark.parametrize("resource", [PROCEDURES, BIOPSIES], ids=lambda r: r["id"])
def test_a_canonical_belongs_to_one_id(filled: FlaskClient, resource: dict[str, Any]) -> None:
    path = f"/r5/{resource['resourceType']}/another"
    status, code, text = said(filled.put(path, json={**resource, "id": "another"}))
    assert (status, code) == (409, "conflict")
    assert f"belongs to {resource['resourceType']}/{resource['id']} already" in text
    assert filled.get(path).status_code == 404


@pytest.mark.parametrize("release", ["R4", "R4B", "R5"])
def test_xml_is_written_in_every_release(writable: FlaskClient, release: Any) -> None:
    body = xml.dumps(PROCEDURES, release)
    path = f"/{release.lower()}/CodeSystem/procedures"
    sent = {"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    response = writable.put(path, data=body, headers=sent)
    assert response.status_code == 201, response.text
    assert response.content_type.startswith("application/fhir+xml")
    assert without_meta(writable.get("/r5/CodeSystem/procedures").json) == PROCEDURES


def test_an_r4_map_is_an_r5_map(writable: FlaskClient) -> None:
    in_r4 = {
        **OLD_TO_NEW,
        "group": [
            {
                "source": SYSTEM,
                "target": SYSTEM + "-2",
                "element": [{"code": "P1", "target": [{"code": "Q", "equivalence": "wider"}]}],
            }
        ],
    }
    assert without_meta(writable.put("/r4/ConceptMap/old-to-new", json=in_r4).json) == in_r4
    (target,) = writable.get("/r5/ConceptMap/old-to-new").json["group"][0]["element"][0]["target"]
    assert target["relationship"] == "source-is-narrower-than-target"
    status, _, text = said(writable.put("/r5/ConceptMap/old-to-new", json=in_r4))
    assert (status, "equivalence: this release of FHIR has no such element" in text) == (422, True)


def test_prefer_says_what_comes_back(writable: FlaskClient) -> None:
    minimal = put(writable, BIOPSIES, Prefer="return=minimal")
    assert (minimal.data, minimal.headers["ETag"], minimal.headers["Content-Length"]) == (b"", 'W/"1"', "0")
    outcome = put(writable, {**BIOPSIES, "title": "x"}, Prefer="handling=strict; return=OperationOutcome")
    assert outcome.json["issue"][0]["details"]["text"] == "ValueSet/biopsies is stored as version 2."
    assert put(writable, BIOPSIES, Prefer="return=representation").json["title"] == BIOPSIES["title"]
    headers = {"Prefer": "return=OperationOutcome"}
    gone = [writable.delete("/r5/ValueSet/biopsies", headers=headers) for _ in range(2)]
    assert [g.json["issue"][0]["details"]["text"].partition(".")[0] for g in gone] == [
        "ValueSet/biopsies was deleted",
        "ValueSet/biopsies is not there, so there was nothing to delete",
    ]


def test_if_match_protects_what_others_wrote(filled: FlaskClient) -> None:
    stale = {"If-Match": 'W/"7"'}
    path = "/r5/ValueSet/biopsies"
    change = json.dumps([{"op": "remove", "path": "/title"}])
    for response in (
        filled.put(path, json=BIOPSIES, headers=stale),
        filled.delete(path, headers=stale),
        filled.patch(path, data=change, headers=stale, content_type=PATCH),
    ):
        status, code, text = said(response)
        assert (status, code) == (412, "conflict")
        assert "is in version 1, not in the one that If-Match names" in text
    assert said(filled.put("/r5/ValueSet/new", json={**BIOPSIES, "id": "new"}, headers=stale))[0] == 412
    assert said(filled.delete("/r5/ValueSet/new", headers=stale))[0] == 412
    assert said(filled.put(path, json=BIOPSIES, headers={"If-None-Match": "*"}))[0] == 412
    assert put(filled, {**BIOPSIES, "title": "x"}, If_Match='W/"1"').headers["ETag"] == 'W/"2"'
    assert put(filled, BIOPSIES, If_Match="*").headers["ETag"] == 'W/"3"'


@pytest.mark.parametrize(
    ("condition", "status"), [({"If-Match": 'W/"1"'}, 412), ({"If-None-Match": "*"}, 412), ({}, 409)]
)
def test_a_race_that_is_lost_breaks_the_condition_if_there_is_one(
    filled: FlaskClient, monkeypatch: pytest.MonkeyPatch, condition: dict[str, str], status: int
) -> None:
    id_ = "new" if "If-None-Match" in condition else "biopsies"
    mine, theirs = ({**BIOPSIES, "id": id_, "url": f"{VALUE_SET}-{id_}", "title": title} for title in "ab")
    carry_out = writing.carry_out

    def slowly(*given: Any) -> None:
        monkeypatch.setattr(writing, "carry_out", carry_out)
        put(filled, theirs)
        carry_out(*given)

    entry = {"resource": mine, "request": {"method": "PUT", "url": f"ValueSet/{id_}"}}
    names = {"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch"}
    entry["request"] |= {names[name]: value for name, value in condition.items()}
    for send in (
        lambda: filled.put(f"/r5/ValueSet/{id_}", json=mine, headers=condition),
        lambda: filled.post("/r5", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]}),
    ):
        monkeypatch.setattr(writing, "carry_out", slowly)
        found, _, text = said(send())
        assert (found, "at the same time" in text) == (status, True)
        assert filled.get(f"/r5/ValueSet/{id_}").json["title"] == "b"
        filled.delete(f"/r5/ValueSet/{id_}")
        if id_ == "biopsies":
            monkeypatch.undo()
            break


def test_create_only_when_nothing_matches(filled: FlaskClient) -> None:
    criteria = {"If-None-Exist": f"url={VALUE_SET}&version=1"}
    there = filled.post("/r5/ValueSet", json={**BIOPSIES, "title": "x"}, headers=criteria)
    assert (there.status_code, there.json["title"]) == (200, BIOPSIES["title"])
    assert there.headers["Location"].endswith("/ValueSet/biopsies/_history/1")
    other = {**BIOPSIES, "version": "2"}
    criteria = {"If-None-Exist": f"url={VALUE_SET}&version=2"}
    assert filled.post("/r5/ValueSet", json=other, headers=criteria).status_code == 201
    third, criteria = {**BIOPSIES, "version": "3"}, {"If-None-Exist": "name=Biopsies"}
    status, code, text = said(filled.post("/r5/ValueSet", json=third, headers=criteria))
    assert (status, code) == (412, "conflict")
    assert text == "2 resources match 'name=Biopsies'; a conditional create must match one at most."


def test_update_by_criteria(filled: FlaskClient) -> None:
    by_url = f"/r5/ValueSet?url={VALUE_SET}"
    one = filled.put(by_url, json={**BIOPSIES, "title": "x"})
    assert (one.status_code, one.json["id"], one.headers["ETag"]) == (200, "biopsies", 'W/"2"')
    unnamed = {name: value for name, value in BIOPSIES.items() if name != "id"}
    assert filled.put(by_url, json=unnamed).headers["ETag"] == 'W/"3"'
    none = filled.put("/r5/ValueSet?url=http://x/none", json={**unnamed, "url": "http://x/none"})
    assert none.status_code == 201
    chosen = filled.put("/r5/ValueSet?url=http://x/own", json={**BIOPSIES, "id": "own", "url": "http://x/own"})
    assert (chosen.status_code, chosen.json["id"]) == (201, "own")
    assert said(filled.put(by_url, json={**BIOPSIES, "id": "other"}))[:2] == (400, "invalid")
    assert said(filled.put("/r5/ValueSet?status=draft", json=BIOPSIES))[0] == 412
    assert said(filled.put("/r5/ValueSet", json=BIOPSIES))[2].startswith("A conditional update needs search parameters")
    assert said(filled.put("/r5/ValueSet?colour=red", json=BIOPSIES))[0] == 400


def test_delete_and_patch_by_criteria(filled: FlaskClient) -> None:
    patch = json.dumps([{"op": "replace", "path": "/title", "value": "Patched"}])
    by_url = f"/r5/ValueSet?url={VALUE_SET}"
    assert filled.patch(by_url, data=patch, content_type=PATCH).json["title"] == "Patched"
    assert filled.delete(by_url).status_code == 204
    assert filled.get("/r5/ValueSet/biopsies").status_code == 410
    assert said(filled.patch(by_url, data=patch, content_type=PATCH))[:2] == (404, "not-found")
    assert filled.delete(by_url).status_code == 204
    assert said(filled.delete("/r5/ValueSet"))[0] == 412


BROKEN: dict[str, tuple[dict[str, Any], int, str]] = {
    "another type": ({**BIOPSIES, "resourceType": "ConceptMap"}, 400, "The address says ValueSet"),
    "no id": ({k: v for k, v in BIOPSIES.items() if k != "id"}, 400, "must have the id of the address: 'biopsies'"),
    "another id": ({**BIOPSIES, "id": "x"}, 400, "The body has the id 'x'"),
    "no url": ({k: v for k, v in BIOPSIES.items() if k != "url"}, 422, "this ValueSet has no url"),
    "no status": ({k: v for k, v in BIOPSIES.items() if k != "status"}, 422, "ValueSet.status is required"),
    "an unknown element": ({**BIOPSIES, "colour": "red"}, 422, "ValueSet.colour: this release of FHIR has no such"),
    "an include of nothing": ({**BIOPSIES, "compose": {"include": [{}]}}, 422, "include[0] must name a system"),
    "a part of it": ({**BIOPSIES, "meta": {"tag": [{"code": "SUBSETTED"}]}}, 422, "tagged SUBSETTED"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_broken_resources_are_refused_with_the_element(
    filled: FlaskClient, case: tuple[dict[str, Any], int, str]
) -> None:
    resource, status, text = case
    response = filled.put("/r5/ValueSet/biopsies", json=resource)
    assert (said(response)[0], text in response.text) == (status, True), response.text
    assert filled.get("/r5/ValueSet/biopsies").headers["ETag"] == 'W/"1"'


@pytest.mark.parametrize(
    ("concepts", "text"),
    [
        ([{"code": "a"}, {"code": "a"}], "The code 'a' is defined 2 times"),
        ([{"display": "no code"}], "concept[0].code is required"),
        ([{"code": "a", "property": [{"code": "parent", "valueCode": "a"}]}], "has a cycle"),
    ],
)
def test_concepts_that_make_no_hierarchy(filled: FlaskClient, concepts: Any, text: str) -> None:
    uri = "http://hl7.org/fhir/concept-properties#parent"
    properties = [{"code": "parent", "uri": uri, "type": "code"}]
    broken = {**PROCEDURES, "property": properties, "concept": concepts}
    response = filled.put("/r5/CodeSystem/procedures", json=broken)
    assert (said(response)[0], text in response.text) == (422, True), response.text
    assert display(filled) == "Biopsy"


def test_every_mistake_is_named_at_once(writable: FlaskClient) -> None:
    broken = {**BIOPSIES, "status": "sleeping", "experimental": "maybe", "colour": "red"}
    issues = writable.put("/r4/ValueSet/biopsies", json=broken).json["issue"]
    assert {i["expression"][0] for i in issues} >= {"ValueSet.experimental", "ValueSet.colour"}


@pytest.mark.parametrize("id_", ["x" * 65, "a b", "ä"])
def test_invalid_ids_are_refused(writable: FlaskClient, id_: str) -> None:
    assert said(writable.put(f"/r5/ValueSet/{id_}", json={**BIOPSIES, "id": id_}))[:2] == (400, "invalid")


def test_missing_and_broken_bodies_are_refused(writable: FlaskClient) -> None:
    assert said(writable.put("/r5/ValueSet/x"))[2].startswith("The request has no body")
    assert writable.put("/r5/ValueSet/x", data=b"{").status_code == 400
    assert writable.post("/r5/ValueSet", data={"name": "x"}).status_code == 400


def test_built_in_systems_stay(writable: FlaskClient) -> None:
    id_ = writable.get("/r5/CodeSystem?_count=1").json["entry"][0]["resource"]["id"]
    assert said(writable.delete(f"/r5/CodeSystem/{id_}"))[0] == 409


def test_history_of_a_type_since_and_at(writable: FlaskClient) -> None:
    versions = [put(writable, {**BIOPSIES, "title": f"Title {n}"}) for n in range(3)]
    put(writable, {**BIOPSIES, "id": "other", "url": "http://example.org/other"})
    writable.delete("/r5/ValueSet/other")
    every = writable.get("/r5/ValueSet/_history").json
    assert (every["total"], every["entry"][0]["request"]) == (5, {"method": "DELETE", "url": "ValueSet/other"})
    assert "resource" not in every["entry"][0]
    second = versions[1].json["meta"]["lastUpdated"]
    since = writable.get(f"/r5/ValueSet/biopsies/_history?_since={second}").json
    titles = [e["resource"]["title"] for e in since["entry"]]
    assert titles == ["Title 2", "Title 1"]
    at = writable.get(f"/r5/ValueSet/biopsies/_history?_at={second}").json
    assert [e["resource"]["title"] for e in at["entry"]] == ["Title 1"]
    assert writable.get("/r5/ValueSet/biopsies/_history?_at=2020").json["total"] == 0
    page = writable.get("/r5/ValueSet/_history?_count=2").json
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert len(writable.get(following.removeprefix("http://localhost")).json["entry"]) == 2
    assert writable.get("/r5/ValueSet/_history?_since=yesterday").status_code == 400


def test_a_version_that_was_deleted_is_gone(filled: FlaskClient) -> None:
    filled.delete("/r5/ValueSet/biopsies")
    assert filled.get("/r5/ValueSet/biopsies/_history/2").status_code == 410
    assert filled.get("/r5/ValueSet/biopsies/_history/1").json["title"] == BIOPSIES["title"]
    assert filled.get("/r5/ValueSet/biopsies/_history/3").status_code == 404


def test_a_batch_writes_entry_by_entry(writable: FlaskClient) -> None:
    patch = {"resourceType": "Binary", "contentType": PATCH, "data": "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL3RpdGxlIn1d"}
    entries = [
        {"resource": BIOPSIES, "request": {"method": "PUT", "url": "ValueSet/biopsies"}},
        {"resource": {**BIOPSIES, "version": "2", "status": "no"}, "request": {"method": "POST", "url": "ValueSet"}},
        {"resource": patch, "request": {"method": "PATCH", "url": "ValueSet/biopsies", "ifMatch": 'W/"1"'}},
        {"request": {"method": "DELETE", "url": "ValueSet/biopsies", "ifMatch": 'W/"1"'}},
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    responses = [e["response"] for e in writable.post("/r5", json=bundle).json["entry"]]
    assert [r["status"].split()[0] for r in responses] == ["201", "422", "200", "412"]
    assert responses[0]["location"].endswith("/ValueSet/biopsies/_history/1")
    assert responses[2]["etag"] == 'W/"2"'


def test_without_a_permission_nothing_is_written(empty: FlaskClient) -> None:
    for method, path in (("POST", ""), ("PUT", "/x"), ("PUT", "?url=x"), ("PATCH", "/x"), ("DELETE", "/x")):
        response = empty.open(f"/r5/ValueSet{path}", method=method, data=dumps(BIOPSIES))
        assert said(response)[:2] == (401, "login")
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    entry = {"resource": BIOPSIES, "request": {"method": "PUT", "url": "ValueSet/biopsies"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    (answer,) = empty.post("/r5", json=bundle).json["entry"]
    assert answer["response"]["status"] == "401 Unauthorized"
    assert empty.get("/r5/ValueSet?_summary=count").json["total"] == 0


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_concurrent_writes_are_all_kept(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = (
        f"sqlite:///{tmp_path / 'written.db'}" if backend == "sqlite" else request.getfixturevalue("postgres_url")
    )
    app = create_app(database=database, insecure_writes=True, audit_log="")
    put(app.test_client(), BIOPSIES)

    def write(number: int) -> tuple[int, int, int]:
        """A counter in the title, a value set, and a version of a system that all have in common."""
        client = app.test_client()
        counted = 0
        while counted != 200:
            current = client.get("/r5/ValueSet/biopsies")
            changed = {**current.json, "title": current.json["title"] + "x"}
            tag = {"If-Match": current.headers["ETag"]}
            counted = client.put("/r5/ValueSet/biopsies", json=changed, headers=tag).status_code
            assert counted in {200, 409, 412}
        own = client.post("/r5/ValueSet", json={**BIOPSIES, "version": f"own-{number}"}).status_code
        system = {**PROCEDURES, "id": f"p{number}", "version": str(number)}
        return counted, own, client.put(f"/r5/CodeSystem/p{number}", json=system).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(write, range(6))) == {(200, 201, 201)}
    client = app.test_client()
    assert client.get("/r5/ValueSet/biopsies").json["title"] == BIOPSIES["title"] + "x" * 6
    assert client.get("/r5/ValueSet/biopsies").headers["ETag"] == 'W/"7"'
    assert client.get(f"/r5/CodeSystem?url={SYSTEM}").json["total"] == 6
