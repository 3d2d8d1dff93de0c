"""Transactions: all or nothing, in FHIR's order, with links to what the Bundle itself makes."""

from __future__ import annotations

import json
import tarfile
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology import ingest
from terminology.fhir import check, xml
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.changing import put, said
from tests.http.content import BIOPSIES, OLD_TO_NEW, PROCEDURES, SUTURES, SYSTEM, VALUE_SET

URN = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{tmp_path / 'written.db'}", insecure_writes=True).test_client()


def entry(method: str, url: str, resource: dict[str, Any] | None = None, full_url: str = "", **more: str) -> Any:
    stated = {"request": {"method": method, "url": url, **more}}
    return {**({"fullUrl": full_url} if full_url else {}), **({"resource": resource} if resource else {}), **stated}


def send(client: FlaskClient, *entries: Any, release: str = "r5") -> Any:
    return client.post(f"/{release}", json={"resourceType": "Bundle", "type": "transaction", "entry": list(entries)})


def statuses(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    assert response.json["type"] == "transaction-response"
    return [e["response"]["status"].split()[0] for e in response.json["entry"]]


def count(client: FlaskClient, type_: str) -> int:
    return int(client.get(f"/r5/{type_}?_summary=count&url:below=http://example.org").json["total"])


def test_everything_is_done_and_answered_in_the_order_of_the_entries(client: FlaskClient) -> None:
    put(client, SUTURES)
    put(client, BIOPSIES)
    response = send(
        client,
        entry("GET", f"ValueSet/$expand?url={VALUE_SET}-2"),
        entry("GET", "ValueSet/sutures"),
        entry("PUT", "CodeSystem/procedures", PROCEDURES),
        entry("POST", "ValueSet", {**BIOPSIES, "url": f"{VALUE_SET}-2"}),
        entry("DELETE", "ValueSet/sutures"),
        entry("PUT", "ValueSet/biopsies", {**BIOPSIES, "title": "x"}, ifMatch='W/"1"'),
        entry("POST", "ConceptMap", OLD_TO_NEW, ifNoneExist="url=http://example.org/ConceptMap/none"),
    )
    assert statuses(response) == ["200", "410", "201", "201", "204", "200", "201"]
    entries = response.json["entry"]
    assert len(entries[0]["resource"]["expansion"]["contains"]) == 2, "it sees what the transaction wrote"
    assert entries[3]["response"]["location"].startswith("http://localhost/r5/ValueSet/")
    assert entries[5]["response"]["etag"] == 'W/"2"'


@pytest.mark.parametrize(
    ("bad", "status", "text"),
    [
        (entry("PUT", "ValueSet/x", {**BIOPSIES, "id": "x", "status": "no"}), 422, "ValueSet.status"),
        (entry("PUT", "ValueSet/x", {**BIOPSIES, "id": "y"}), 400, "the address says 'x'"),
        (entry("POST", "ValueSet", BIOPSIES), 409, "is there already as ValueSet/biopsies"),
        (entry("DELETE", "ValueSet/biopsies", ifMatch='W/"9"'), 412, "is in version 1"),
        (entry("PATCH", "ValueSet/biopsies", BIOPSIES), 415, "JSON Patch"),
        (entry("PUT", "CodeSystem/procedures", PROCEDURES), 400, "CodeSystem/procedures is written by two"),
        (entry("PUT", "CodeSystem/other", {**PROCEDURES, "id": "other"}), 400, f"{SYSTEM}|2025 is written by two"),
        (entry("POST", "Patient", {"resourceType": "Patient"}), 400, "cannot POST 'Patient'"),
        (entry("POST", "", {"resourceType": "Bundle", "type": "batch"}), 400, "cannot POST ''"),
        (entry("BREW", "ValueSet/x"), 400, "cannot BREW 'ValueSet/x'"),
        (entry("GET", ""), 400, "cannot GET ''"),
        ({"fullUrl": "urn:uuid:1"}, 400, "cannot GET ''"),
    ],
)
def test_one_failure_undoes_all_and_is_named(client: FlaskClient, bad: Any, status: int, text: str) -> None:
    put(client, BIOPSIES)
    response = send(client, entry("PUT", "CodeSystem/procedures", PROCEDURES), bad, entry("DELETE", "ValueSet/none"))
    issue = response.json["issue"][0]
    assert (response.status_code, text in issue["details"]["text"]) == (status, True), response.text
    assert issue["expression"][0].startswith("Bundle.entry[1]")
    assert count(client, "CodeSystem") == 0
    assert client.get("/r5/ValueSet/biopsies").headers["ETag"] == 'W/"1"'


def test_places_of_mistakes_are_in_the_bundle(client: FlaskClient) -> None:
    response = send(client, entry("POST", "ValueSet", {**BIOPSIES, "compose": {"include": [{}]}}))
    assert response.json["issue"][0]["expression"] == ["Bundle.entry[0].resource.compose.include[0]"]


def test_links_to_entries_lead_to_the_resources_made(client: FlaskClient) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">all</a></div>'
    whole = {
        **SUTURES,
        "text": {"status": "generated", "div": div},
        "extension": [{"url": "http://example.org/link", "valueReference": {"reference": URN}}],
        "compose": {"include": [{"valueSet": [URN]}, {"system": SYSTEM, "concept": [{"code": "P2"}]}]},
    }
    response = send(
        client,
        entry("PUT", "ValueSet/sutures", whole),
        entry("POST", "ValueSet", BIOPSIES, URN),
        entry("POST", "CodeSystem", PROCEDURES),
    )
    assert statuses(response) == ["201", "201", "201"]
    id_ = response.json["entry"][1]["resource"]["id"]
    stored = client.get("/r5/ValueSet/sutures").json
    assert stored["compose"]["include"][0]["valueSet"] == [VALUE_SET]
    assert stored["extension"][0]["valueReference"]["reference"] == f"ValueSet/{id_}"
    assert f'href="ValueSet/{id_}"' in stored["text"]["div"]
    expanded = client.get(f"/r5/ValueSet/$expand?url={SUTURES['url']}").json["expansion"]["contains"]
    assert {c["code"] for c in expanded} == {"P1", "P1.1", "P2"}


def test_links_to_what_was_there_already(client: FlaskClient) -> None:
    put(client, BIOPSIES)
    whole = {**SUTURES, "extension": [{"url": "http://example.org/link", "valueReference": {"reference": URN}}]}
    response = send(
        client,
        entry("POST", "ValueSet", {**BIOPSIES, "title": "x"}, URN, ifNoneExist=f"url={VALUE_SET}"),
        entry("PUT", "ValueSet/sutures", whole),
    )
    assert statuses(response) == ["200", "201"]
    assert response.json["entry"][1]["resource"]["extension"][0]["valueReference"] == {"reference": "ValueSet/biopsies"}


def test_a_canonical_can_move_to_another_id(client: FlaskClient) -> None:
    for resource in (PROCEDURES, BIOPSIES):
        put(client, resource)
    response = send(
        client,
        entry("POST", "CodeSystem", PROCEDURES),
        entry("PUT", "ValueSet/moved", {**BIOPSIES, "id": "moved"}),
        entry("DELETE", "CodeSystem/procedures"),
        entry("DELETE", "ValueSet/biopsies"),
    )
    assert statuses(response)[1:] == ["201", "204", "204"]
    assert (count(client, "CodeSystem"), count(client, "ValueSet")) == (1, 1)
    assert client.get(f"/r5/ValueSet/$expand?url={VALUE_SET}").status_code == 200


@pytest.mark.parametrize("release", ["r4", "r4b", "r5"])
def test_in_xml_and_every_release(client: FlaskClient, release: Any) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "ValueSet", BIOPSIES)]}
    sent = {"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}
    response = client.post(f"/{release}", data=xml.dumps(bundle, release.upper()), headers=sent)
    read = xml.loads(response.data, release.upper())
    assert (response.status_code, read["type"]) == (200, "transaction-response")
    assert read["entry"][0]["response"]["status"] == "201 Created"


def test_a_missing_permission_for_one_entry_refuses_the_transaction(empty: FlaskClient) -> None:
    response = send(empty, entry("GET", "metadata"), entry("PUT", "ValueSet/biopsies", BIOPSIES))
    assert said(response)[:2] == (401, "login")
    assert response.json["issue"][0]["expression"] == ["Bundle.entry[1]"]
    assert response.headers["WWW-Authenticate"]
    assert statuses(send(empty, entry("GET", "metadata"))) == ["200"]


CORE = "fhir-r4-core-terminology/hl7.fhir.r4.core-4.0.1-terminology-only.tgz"
TYPES = ("CodeSystem-", "ValueSet-", "ConceptMap-", "NamingSystem-")
SAMPLED = 20


def core(shared: Path) -> list[dict[str, Any]]:
    """Every twentieth terminology resource of FHIR R4."""
    with tarfile.open(shared / "data" / CORE) as archive:
        files = (m for m in archive if m.name.rpartition("/")[2].startswith(TYPES) and m.name.endswith(".json"))
        return [json.load(archive.extractfile(m)) for m in islice(files, 0, None, SAMPLED)]  # type: ignore[arg-type]


def test_published_terminology_is_written_as_it_is_loaded(client: FlaskClient, shared: Path, tmp_path: Path) -> None:
    resources = core(shared)
    assert [r["id"] for r in resources if check.check(r, "R4")] == []
    entries = [entry("PUT", f"{r['resourceType']}/{r['id']}", r) for r in resources]
    assert set(statuses(send(client, *entries, release="r4"))) == {"201"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
    (tmp_path / "all.json").write_text(json.dumps(bundle))
    url = f"sqlite:///{tmp_path / 'loaded.db'}"
    store = open_store(url)
    ingest.load(store, [tmp_path / "all.json"])
    store.close()
    loaded = create_app(database=url).test_client()
    for resource in resources:
        path = f"/r4/{resource['resourceType']}/{resource['id']}"
        written, read = (c.get(path).json for c in (client, loaded))
        assert {**written, "meta": None} == {**read, "meta": None}, path


def referring(*references: str) -> dict[str, Any]:
    code = {"system": "http://terminology.hl7.org/CodeSystem/usage-context-type", "code": "program"}
    contexts = [{"code": code, "valueReference": {"reference": reference}} for reference in references]
    return {**SUTURES, "useContext": contexts}


def references(client: FlaskClient) -> list[str]:
    return [c["valueReference"]["reference"] for c in client.get("/r5/ValueSet/sutures").json["useContext"]]


def test_conditional_references_match_the_state_after_the_transaction(client: FlaskClient) -> None:
    put(client, BIOPSIES)
    put(client, PROCEDURES)
    new = {**BIOPSIES, "id": "new", "url": f"{VALUE_SET}-new", "title": "New"}
    response = send(
        client,
        entry("PUT", "ValueSet/sutures", referring(
            f"CodeSystem?url={SYSTEM}", f"http://localhost/r5/ValueSet?url={VALUE_SET}&status=draft",
            f"ValueSet?url={VALUE_SET}-new", "ValueSet?title=New", f"CodeSystem?url={SYSTEM}|2025",
            "CodeSystem?url=http://unitsofmeasure.org",
        )),
        entry("PUT", "ValueSet/new", new),
    )  # fmt: skip
    assert statuses(response) == ["201", "201"]
    assert references(client) == [
        "CodeSystem/procedures", "ValueSet/biopsies", "ValueSet/new", "ValueSet/new", "CodeSystem/procedures",
        "CodeSystem/ucum",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "count_"),
    [
        (f"CodeSystem?url={SYSTEM}-none", "0"),
        ("ValueSet?url:below=http://example.org", "2"),
        (f"ValueSet?url={VALUE_SET}", "0"),
        ("Organization?identifier=x", "0"),
    ],
)
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_a_conditional_reference_must_match_one(client: FlaskClient, reference: str, count_: str, release: str) -> None:
    put(client, BIOPSIES)
    other = entry("PUT", "ValueSet/other", {**BIOPSIES, "id": "other", "url": f"{VALUE_SET}-other"})
    writes = entry("PUT", "ValueSet/sutures", referring(reference)), other, entry("DELETE", "ValueSet/biopsies")
    status, _, text = said(found := send(client, *writes, release=release))
    assert status == 412
    assert f"{count_} resources match the reference '{reference}'" in text
    assert found.json["issue"][0]["expression"] == ["Bundle.entry[0]"]
    assert count(client, "ValueSet") == 1


def test_a_conditional_reference_without_criteria_or_with_unknown_ones(client: FlaskClient) -> None:
    for reference, status in (("ValueSet?_format=json", 412), ("ValueSet?colour=red", 400)):
        assert said(send(client, entry("PUT", "ValueSet/sutures", referring(reference))))[0] == status
