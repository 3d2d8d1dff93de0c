"""Licence gates: what is withheld from whom, by every way there is to it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.access import keys
from terminology.http.app import create_app
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.http.changing import said
from tests.http.content import BIOPSIES, OLD, OLD_TO_NEW, PROCEDURES, SUTURES, SYSTEM
from tests.operations.calling import value

FREE = "http://example.org/CodeSystem/free"
OPEN_SET = "http://example.org/ValueSet/open"
MIXED = "http://example.org/ValueSet/mixed"
OF_SYSTEM = "http://example.org/ValueSet/of-system"
PACK = "http://example.org/CodeSystem/pack"
SCOPE = "licence/procedures"
OID = "urn:oid:1.2.3.9"
CONTENT: tuple[dict[str, Any], ...] = (
    {**PROCEDURES, "valueSet": f"{SYSTEM}/vs", "identifier": [{"system": "urn:ietf:rfc:3986", "value": OID}]},
    {**PROCEDURES, "id": "free", "url": FREE, "title": "Free procedures"},
    {**PROCEDURES, "id": "old", "url": OLD, "concept": [{"code": "7", "display": "Seven"}]},
    {
        "resourceType": "CodeSystem", "id": "pack", "url": PACK, "name": "Pack", "status": "active",
        "content": "supplement", "supplements": f"{SYSTEM}|2025",
        "concept": [{"code": "P1", "designation": [{"language": "de", "value": "Biopsie"}]}],
    },
    BIOPSIES,
    {**SUTURES, "url": OF_SYSTEM, "id": "of-system", "compose": {"include": [{"system": SYSTEM}]}},
    {**SUTURES, "url": OPEN_SET, "id": "open", "compose": {"include": [{"system": FREE}]}},
    {**SUTURES, "url": f"{SYSTEM}/some", "id": "below"},
    {**SUTURES, "url": MIXED, "id": "mixed", "compose": {"include": [{"system": SYSTEM}, {"system": FREE}]}},
    {**SUTURES, "url": f"{MIXED}-oid", "id": "by-oid", "compose": {"include": [
        {"system": OID, "concept": [{"code": "P1", "display": "Biopsy"}]}]}},
    OLD_TO_NEW,
    {**OLD_TO_NEW, "id": "to-free", "url": "http://example.org/ConceptMap/to-free",
     "group": [{"source": OLD, "target": FREE, "element": [
         {"code": "7", "target": [{"code": "P2", "relationship": "equivalent"}]}]}]},
)  # fmt: skip
LICENCES = f"{SYSTEM}={SCOPE} http://example.org/other=licence/other"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    from terminology import ingest
    from terminology.fhir.json import dumps

    folder = tmp_path_factory.mktemp("licences")
    for resource in CONTENT:
        (folder / f"{resource['id']}.json").write_bytes(dumps(resource))
    url = f"sqlite:///{folder / 'licences.db'}"
    store = open_store(url)
    ingest.load(store, sorted(folder.glob("*.json")))
    store.close()
    return url


@pytest.fixture(scope="module")
def app(url: str) -> Any:
    return create_app(database=url, licences=LICENCES, audit_log="", insecure_writes=True)


@pytest.fixture(scope="module")
def entitled(url: str) -> dict[str, str]:
    return _with(url, "entitled", SCOPE)


@pytest.fixture(scope="module")
def otherwise(url: str) -> dict[str, str]:
    return _with(url, "otherwise", "licence/other", "system/*.cruds")


def _with(url: str, name: str, *scopes: str) -> dict[str, str]:
    key, _ = keys.create(open_store(url), name, scopes, now=time.time())
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def client(app: Any) -> FlaskClient:
    return app.test_client()


FORBIDDEN = (
    f"CodeSystem/$lookup?system={SYSTEM}&code=P1",
    "CodeSystem/procedures/$lookup?code=P1",
    f"CodeSystem/$validate-code?url={SYSTEM}&code=P1",
    f"CodeSystem/$subsumes?system={SYSTEM}&codeA=P1&codeB=P1.1",
    f"ValueSet/$validate-code?url={OF_SYSTEM}&system={SYSTEM}&code=P1",
    f"ValueSet/$expand?url={OF_SYSTEM}",
    f"ValueSet/$expand?url={OF_SYSTEM}&filter=bio&count=5",
    "ValueSet/of-system/$expand",
    "ValueSet/biopsies/$expand",
    f"ValueSet/$expand?url={SYSTEM}/vs",
    f"ValueSet/$expand?url={SYSTEM}/some",
    f"ConceptMap/$translate?system={SYSTEM}&code=P1",
    f"ConceptMap/$translate?system={OLD}&code=7&targetSystem={SYSTEM}",
    f"ValueSet/$expand?url={OPEN_SET}&useSupplement={PACK}",
    "CodeSystem/procedures",
    "CodeSystem/procedures/_history/1",
    "CodeSystem/procedures?_summary=true",
    "CodeSystem/pack",
    "ValueSet/biopsies",
    "ValueSet/below",
    "ConceptMap/old-to-new",
    f"CodeSystem/$lookup?system={OID}&code=P1",
    f"ValueSet/$expand?url={MIXED}",
    f"ValueSet/$validate-code?url={MIXED}&system={SYSTEM}&code=P1",
    f"ValueSet/$validate-code?url={MIXED}&system={OID}&code=P1",
    "ValueSet/$expand?url=" + MIXED + "-oid",
    "ValueSet/by-oid",
)  # fmt: skip


@pytest.mark.parametrize("path", FORBIDDEN)
@pytest.mark.parametrize("release", ["r4", "r5"])
def test_withheld_content_is_403_and_names_the_licence(
    client: FlaskClient, entitled: dict[str, str], otherwise: dict[str, str], release: str, path: str
) -> None:
    for headers in ({}, otherwise):
        response = client.get(f"/{release}/{path}", headers=headers)
        status, code, text = said(response)
        assert (status, code, SCOPE in text) == (403, "forbidden", True), text
        assert "Biopsy" not in response.text
    with_licence = client.get(f"/{release}/{path}", headers=entitled)
    assert with_licence.status_code == 200, with_licence.text


@pytest.mark.parametrize(("code", "result"), [("P1", True), ("no-such-code", False)])
def test_codes_of_other_systems_are_validated_in_a_value_set_that_has_withheld_ones_too(
    client: FlaskClient, entitled: dict[str, str], code: str, result: bool
) -> None:
    path = f"/r5/ValueSet/$validate-code?url={MIXED}&system={FREE}&code={code}"
    answers = [client.get(path, headers=headers).json for headers in ({}, entitled)]
    assert answers[0] == answers[1]
    assert value(answers[0], "result") is result


OPEN = (
    f"CodeSystem/$lookup?system={FREE}&code=P1",
    f"ValueSet/$expand?url={OPEN_SET}",
    "CodeSystem/free",
    "ValueSet/of-system",
    "ConceptMap/to-free",
)  # fmt: skip


@pytest.mark.parametrize("path", OPEN)
def test_other_content_is_not_affected(client: FlaskClient, path: str) -> None:
    assert client.get(f"/r5/{path}").status_code == 200


VALIDATION = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "url", "valueUri": OF_SYSTEM},
        {"name": "coding", "valueCoding": {"system": SYSTEM, "code": "P1"}},
    ],
}
BY_POST: dict[str, list[dict[str, Any]]] = {
    "CodeSystem/$find-matches": [
        {"name": "system", "valueUri": SYSTEM},
        {"name": "exact", "valueBoolean": False},
        {
            "name": "property",
            "part": [{"name": "code", "valueCode": "display"}, {"name": "value", "valueString": "Biopsy"}],
        },
    ],
    "ConceptMap/$closure": [
        {"name": "name", "valueString": "licensed"},
        {"name": "concept", "valueCoding": {"system": SYSTEM, "code": "P1"}},
    ],
    "ValueSet/$batch-validate-code": [{"name": "validation", "resource": VALIDATION}],
    "ValueSet/$related": [{"name": "thisUrl", "valueUri": OF_SYSTEM}, {"name": "otherUrl", "valueUri": OPEN_SET}],
    "CodeSystem/$diff": [
        {"name": "system", "valueUri": SYSTEM},
        {"name": "from", "valueString": "2025"},
        {"name": "to", "valueString": "2025"},
    ],
}


@pytest.mark.parametrize(("path", "parameters"), BY_POST.items(), ids=BY_POST.keys())
def test_operations_by_post(
    client: FlaskClient, entitled: dict[str, str], path: str, parameters: list[dict[str, Any]]
) -> None:
    if path.endswith("$closure"):
        begun = {"resourceType": "Parameters", "parameter": parameters[:1]}
        for headers in ({}, entitled):  # each caller has tables of its own
            client.post(f"/r5/{path}", json=begun, headers=headers)
    body = {"resourceType": "Parameters", "parameter": parameters}
    refused = client.post(f"/r5/{path}", json=body)
    assert "licence/procedures" in refused.text
    assert "Biopsy" not in refused.text
    assert '"valueBoolean":true' not in refused.text
    assert client.post(f"/r5/{path}", json=body, headers=entitled).status_code == 200


def test_cached_answers_are_not_shared_between_callers(client: FlaskClient, entitled: dict[str, str]) -> None:
    path = f"/r5/ValueSet/$expand?url={OF_SYSTEM}"
    statuses = [client.get(path, headers=headers).status_code for headers in ({}, entitled, {}, entitled)]
    assert statuses == [403, 200, 403, 200]
    tag = client.get(path, headers=entitled).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 403
    assert client.get("/r5/CodeSystem/procedures", headers={"If-None-Match": 'W/"1"'}).status_code == 403


def test_targets_that_are_withheld_are_left_out(client: FlaskClient, entitled: dict[str, str]) -> None:
    def targets(headers: dict[str, str]) -> set[str]:
        found = client.get(f"/r5/ConceptMap/$translate?system={OLD}&sourceCode=7", headers=headers).json["parameter"]
        parts = [part for p in found if p["name"] == "match" for part in p["part"]]
        return {p["valueCoding"]["system"] for p in parts if p["name"] == "concept"}

    assert (targets({}), targets(entitled)) == ({FREE}, {FREE, SYSTEM})


def test_searches_neither_find_nor_count_it(client: FlaskClient, entitled: dict[str, str]) -> None:
    def found(query: str, headers: dict[str, str] | None = None) -> tuple[int, set[str]]:
        bundle = client.get(f"/r5/{query}", headers=headers or {}).json
        assert bundle["total"] == len(bundle.get("entry", ())) or "count" in query
        return bundle["total"], {e["resource"]["id"] for e in bundle.get("entry", ())}

    mine = "url:below=http://example.org"
    assert found(f"CodeSystem?{mine}") == (2, {"free", "old"})
    assert found(f"CodeSystem?{mine}&_sort=-name") == (2, {"free", "old"})
    assert found(f"CodeSystem?{mine}", entitled) == (4, {"free", "old", "pack", "procedures"})
    assert found("CodeSystem?code=P1.1") == (1, {"free"})
    assert found(f"CodeSystem?url={SYSTEM}") == (0, set())
    assert found("ValueSet?_summary=count")[0] == 5
    assert found("ValueSet?_summary=count", entitled)[0] == 6


def test_lists_show_no_codes_of_it(client: FlaskClient, entitled: dict[str, str]) -> None:
    for path in ("ValueSet?name=Biopsies", "ValueSet/_history", "ValueSet/biopsies/_history"):
        hidden, shown = (client.get(f"/r5/{path}", headers=h).json for h in ({}, entitled))
        (entry,) = (e["resource"] for e in hidden["entry"] if e["resource"]["id"] == "biopsies")
        assert "compose" not in entry
        assert entry["meta"]["tag"][0]["code"] == "SUBSETTED"
        assert "P1.1" in json.dumps(shown)
    assert client.get("/r5/CodeSystem/_history").json["total"] == 3, "the pack's header names no code"


def test_capabilities_do_not_list_it(client: FlaskClient, entitled: dict[str, str]) -> None:
    def listed(headers: dict[str, str]) -> set[str]:
        statement = client.get("/r5/metadata?mode=terminology", headers=headers).json
        return {system["uri"] for system in statement["codeSystem"]} & {SYSTEM, FREE, PACK}

    assert (listed({}), listed(entitled)) == ({FREE}, {FREE, SYSTEM, PACK})


def test_a_batch_has_the_licences_of_its_caller(client: FlaskClient, entitled: dict[str, str]) -> None:
    entry = {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=P1"}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    statuses = [
        client.post("/r5", json=bundle, headers=h).json["entry"][0]["response"]["status"] for h in ({}, entitled)
    ]
    assert statuses == ["403 Forbidden", "200 OK"]


def test_what_a_client_brings_itself_is_its_own(client: FlaskClient) -> None:
    parameters = [
        {"name": "tx-resource", "resource": {**PROCEDURES, "version": "mine"}},
        {"name": "system", "valueUri": SYSTEM},
        {"name": "code", "valueCode": "P1"},
    ]
    body = {"resourceType": "Parameters", "parameter": parameters}
    assert client.post("/r5/CodeSystem/$lookup", json=body).status_code == 200
    parameters.append({"name": "version", "valueString": "2025"})
    assert client.post("/r5/CodeSystem/$lookup", json=body).status_code == 403


def test_a_code_is_not_inferred_to_be_of_it(client: FlaskClient) -> None:
    body = {"resourceType": "Parameters", "parameter": [
        {"name": "url", "valueUri": OPEN_SET}, {"name": "code", "valueCode": "P1"},
        {"name": "inferSystem", "valueBoolean": True},
    ]}  # fmt: skip
    response = client.post("/r5/ValueSet/$validate-code", json=body)
    assert (response.status_code, SYSTEM in response.text) == (200, False)


def test_pages_do_not_show_it(client: FlaskClient) -> None:
    assert [hit["system"] for hit in client.get("/suggest?q=biopsy").json] == ["Free procedures"] * 2
    assert SYSTEM not in client.get("/systems").text
    assert "/systems/procedures" not in client.get("/?q=biopsy").text
    for path in ("/systems/procedures", "/systems/procedures/codes/P1", "/value-sets/below"):
        assert client.get(path).status_code == 403, path
    assert "/value-sets/below" not in client.get("/value-sets").text
    page = client.get("/value-sets/of-system")
    assert (page.status_code, "Biopsy" in page.text) == (200, False)
    assert client.get("/systems/free/codes/P1").status_code == 200
    assert client.get("/systems/old/codes/7").status_code == 200


@pytest.mark.parametrize(("method", "path"), [("PUT", "ValueSet/biopsies"), ("DELETE", "CodeSystem/procedures")])
def test_withheld_resources_cannot_be_overwritten(client: FlaskClient, method: str, path: str) -> None:
    assert said(client.open(f"/r5/{path}", method=method, json=BIOPSIES))[:2] == (403, "forbidden")
    patch = json.dumps([{"op": "test", "path": "/status", "value": "x"}])
    patched = client.patch(f"/r5/{path}", data=patch, content_type="application/json-patch+json")
    assert said(patched)[:2] == (403, "forbidden")


def test_built_in_systems_can_be_gated(url: str) -> None:
    client = create_app(database=url, licences="http://unitsofmeasure.org=licence/ucum", audit_log="").test_client()
    assert client.get("/r5/CodeSystem/$lookup?system=http://unitsofmeasure.org&code=mg").status_code == 403
    assert client.get("/r5/CodeSystem?url=http://unitsofmeasure.org").json["total"] == 0
    assert client.get("/r5/CodeSystem/$lookup?system=urn:ietf:bcp:47&code=de").status_code == 200


def test_refusals_are_noted(url: str, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    client = create_app(database=url, licences=LICENCES, audit_log=str(log)).test_client()
    client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1")
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["event"], line["status"], line["reason"]) == ("denied", 403, "LICENCE_NEEDED")


def test_the_library_takes_entitlements(url: str) -> None:
    settings = Settings.load({}, database=url, licences=LICENCES)
    with pytest.raises(TerminologyError, match="licensed content") as caught:
        Terminology(settings=settings).lookup(SYSTEM, "P1")
    assert caught.value.kind == "forbidden"
    assert Terminology(settings=settings, entitlements=[SCOPE]).lookup(SYSTEM, "P1").display == "Biopsy"


def test_the_command_line_is_the_owners(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from terminology.cli.main import cli

    monkeypatch.setenv("TERMINOLOGY_LICENCES", LICENCES)
    assert "Biopsy" in CliRunner().invoke(cli, ["lookup", SYSTEM, "P1", "--database", url]).stdout


@pytest.mark.parametrize("text", [SYSTEM, f"{SYSTEM}=", "=x"])
def test_settings_that_name_nothing(url: str, text: str) -> None:
    with pytest.raises(TerminologyError, match="canonical=entitlement"):
        create_app(database=url, licences=text)
