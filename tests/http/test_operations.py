"""Operations as clients call them: on types and instances, by GET, POST and batch."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.content import BIOPSIES, MAP, OLD, PROCEDURES, SYSTEM, VALUE_SET
from tests.operations.calling import value, values

JSON = "application/fhir+json"


def parameters(**given: Any) -> dict[str, Any]:
    """A Parameters resource; keys are `name` and `value[x]` with two underscores between."""
    entries = []
    for key, one in given.items():
        name, _, kind = key.partition("__")
        entries.append({"name": name.replace("_", "-"), kind: one})
    return {"resourceType": "Parameters", "parameter": entries}


@pytest.mark.parametrize(
    "path", [f"CodeSystem/$lookup?system={SYSTEM}&code=P1.1", "CodeSystem/procedures/$lookup?code=P1.1"]
)
def test_lookup_on_type_and_instance(client: FlaskClient, path: str) -> None:
    assert value(client.get(f"/r5/{path}").json, "display") == "Biopsy of skin"


def test_lookup_by_post_and_form(client: FlaskClient) -> None:
    body = parameters(coding__valueCoding={"system": SYSTEM, "code": "P2"})
    assert value(client.post("/r5/CodeSystem/$lookup", json=body, content_type=JSON).json, "display") == "Suture"
    form = client.post("/r5/CodeSystem/$lookup", data={"system": SYSTEM, "code": "P2"})
    assert value(form.json, "display") == "Suture"


def test_parameters_of_url_and_body_join(client: FlaskClient) -> None:
    response = client.post(f"/r5/CodeSystem/$lookup?system={SYSTEM}", json=parameters(code__valueCode="P2"))
    assert value(response.json, "display") == "Suture"


def test_languages_by_header_and_parameter(client: FlaskClient) -> None:
    url = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1.1"
    assert value(client.get(url, headers={"Accept-Language": "de"}).json, "display") == "Hautbiopsie"
    assert value(client.get(url, headers={"Accept-Language": "?!"}).json, "display") == "Biopsy of skin"
    assert value(client.get(url + "&displayLanguage=de").json, "display") == "Hautbiopsie"


def test_modes_of_older_tools(client: FlaskClient) -> None:
    url = f"/r5/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code="
    assert value(client.get(f"{url}P1&display=Wrong").json, "result") is False
    lenient = client.get(f"{url}P1&display=Wrong&mode=lenient-display-validation").json
    assert value(lenient, "result") is True
    assert value(lenient, "issues")["issue"][0]["severity"] == "warning"
    both = "&mode=lenient-display-validation&valueSetMode=NO_MEMBERSHIP_CHECK"
    assert value(client.get(f"{url}P2&display=Wrong").json, "result") is False
    assert value(client.get(f"{url}P2&display=Wrong{both}").json, "result") is True
    implied = client.get(f"/r5/ValueSet/$validate-code?url={VALUE_SET}&code=P1&implySystem=true").json
    assert value(implied, "system") == SYSTEM


def test_validate_code(client: FlaskClient) -> None:
    url = f"/r5/ValueSet/$validate-code?url={VALUE_SET}&system={SYSTEM}&code="
    right, wrong = client.get(url + "P1").json, client.get(url + "P2").json
    assert value(right, "result") is True
    assert value(wrong, "result") is False
    assert value(wrong, "issues")["resourceType"] == "OperationOutcome"
    instance = client.get(f"/r5/ValueSet/biopsies/$validate-code?system={SYSTEM}&code=P1")
    assert value(instance.json, "result") is True
    on_system = client.get("/r5/CodeSystem/procedures/$validate-code?code=P9")
    assert (on_system.status_code, value(on_system.json, "result")) == (200, False)


def test_expand_by_url_instance_and_value(client: FlaskClient) -> None:
    def codes(response: Any) -> list[str]:
        assert response.status_code == 200
        return [c["code"] for c in response.json["expansion"]["contains"]]

    assert codes(client.get(f"/r5/ValueSet/$expand?url={VALUE_SET}")) == ["P1", "P1.1"]
    assert codes(client.get("/r5/ValueSet/biopsies/$expand?count=1")) == ["P1"]
    body = parameters(valueSet__resource=BIOPSIES)
    assert codes(client.post("/r5/ValueSet/$expand", json=body)) == ["P1", "P1.1"]
    assert codes(client.post("/r4/ValueSet/$expand?count=1", json=BIOPSIES)) == ["P1"]


def test_resources_that_travel_with_the_request_come_first(client: FlaskClient) -> None:
    other = PROCEDURES | {"version": "2026", "concept": [{"code": "NEW", "display": "New"}]}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "tx-resource", "resource": other},
            {"name": "system", "valueUri": SYSTEM},
            {"name": "version", "valueString": "2026"},
            {"name": "code", "valueCode": "NEW"},
        ],
    }
    assert value(client.post("/r5/CodeSystem/$lookup", json=body).json, "display") == "New"
    gone = client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&version=2026&code=NEW")
    assert gone.status_code == 404


def test_translate_in_both_releases(client: FlaskClient) -> None:
    r5 = client.get(f"/r5/ConceptMap/$translate?url={MAP}&sourceCode=7&system={OLD}").json
    assert [m["relationship"] for m in values(r5, "match")] == ["equivalent", "source-is-broader-than-target"]
    r4 = client.get(f"/r4/ConceptMap/old-to-new/$translate?code=7&system={OLD}").json
    assert [m["equivalence"] for m in values(r4, "match")] == ["equivalent", "narrower"]


def test_versions(client: FlaskClient) -> None:
    assert value(client.get("/r5/$versions").json, "default") == "5.0"
    assert value(client.get("/fhir/$versions").json, "default") == "4.0"
    assert values(client.get("/r4b/$versions").json, "version") == ["4.0", "4.3", "5.0"]


def test_batch_validation_answers_each_and_inherits(client: FlaskClient) -> None:
    def validation(**given: Any) -> dict[str, Any]:
        return {"name": "validation", "resource": parameters(**given)}

    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "url", "valueUri": VALUE_SET},
            validation(coding__valueCoding={"system": SYSTEM, "code": "P1"}),
            validation(coding__valueCoding={"system": SYSTEM, "code": "P2"}),
            validation(code__valueInteger=1),
            validation(url__valueUri="http://example.org/none", coding__valueCoding={"system": SYSTEM, "code": "P1"}),
            validation(),
        ],
    }
    answers = values(client.post("/r5/ValueSet/$batch-validate-code", json=body).json, "validation")
    assert [a["resourceType"] for a in answers] == ["Parameters", "Parameters", *["OperationOutcome"] * 3]
    assert [value(a, "result") for a in answers[:2]] == [True, False]
    assert "Unable to find code to validate" in answers[4]["issue"][0]["details"]["text"]


def test_strict_handling_refuses_unknown_parameters(client: FlaskClient) -> None:
    url = f"/r5/CodeSystem/$lookup?sytem={SYSTEM}&system={SYSTEM}&code=P1&_format=json"
    assert client.get(url).status_code == 200
    refused = client.get(url, headers={"Prefer": "handling=strict"})
    assert refused.status_code == 400
    assert "$lookup has no parameter 'sytem'" in refused.json["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        (f"CodeSystem/$lookup?system={SYSTEM}&code=none", 404, "Unable to find code 'none'"),
        ("CodeSystem/$lookup?system=http://example.org/none&code=x", 404, "is not loaded on this server"),
        (f"CodeSystem/$lookup?system={SYSTEM}&system={SYSTEM}&code=x", 400, "may be given once"),
        ("CodeSystem/$lookup?coding=a|b", 400, "send it in the body of a POST"),
        ("ValueSet/$expand", 400, "$expand needs one of the parameters url, valueSet or context"),
        (f"ValueSet/$expand?url={VALUE_SET}&count=-1", 400, "'count' must be an integer of 0 or more"),
        (f"ValueSet/$expand?url={VALUE_SET}&count=x", 400, "'count' must be an integer"),
        ("ValueSet/$expand?context=http://example.org/x%23y", 404, "http://example.org/x' is not here"),
        ("ValueSet/$expand?url=http://example.org/none", 404, "http://example.org/none"),
        (f"ValueSet/$validate-code?url={VALUE_SET}", 400, "Unable to find code to validate"),
        ("ValueSet/nothing/$expand", 404, "There is no ValueSet with the id 'nothing'"),
        ("ConceptMap/$translate?code=x&system=y&url=http://example.org/none", 404, "is not known"),
    ],
)
def test_failures(client: FlaskClient, path: str, status: int, text: str) -> None:
    response = client.get(f"/r5/{path}")
    assert response.status_code == status
    assert text in response.json["issue"][0]["details"]["text"]


def test_url_and_value_set_together(client: FlaskClient) -> None:
    body = parameters(valueSet__resource=BIOPSIES)
    response = client.post(f"/r5/ValueSet/$expand?url={VALUE_SET}", json=body)
    assert response.status_code == 400
    assert "Give only one of the parameters url and valueSet" in response.json["issue"][0]["details"]["text"]


def test_a_batch_answers_entry_by_entry(client: FlaskClient) -> None:
    def entry(method: str, url: str, **more: Any) -> dict[str, Any]:
        return {"request": {"method": method, "url": url}, **more}

    body = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            entry("GET", f"CodeSystem/$lookup?system={SYSTEM}&code=P1"),
            entry("POST", "/CodeSystem/$lookup", resource=parameters(system__valueUri=SYSTEM, code__valueCode="P2")),
            entry("GET", "ValueSet/biopsies"),
            entry("GET", "ValueSet/nothing"),
            {},
        ],
    }
    response = client.post("/r5", json=body)
    answers = response.json["entry"]
    assert response.json["type"] == "batch-response"
    assert [a["response"]["status"].split()[0] for a in answers] == ["200", "200", "200", "404", "405"]
    assert value(answers[0]["resource"], "display") == "Biopsy"
    assert answers[2]["resource"]["id"] == "biopsies"
    assert answers[3]["response"]["outcome"]["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Bundle", "type": "document"}, 422),
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{}] * 1001}, 413),
        ({"resourceType": "Bundle", "type": "batch", "entry": 1}, 400),
    ],
)
def test_what_is_no_batch(client: FlaskClient, body: dict[str, Any], status: int) -> None:
    assert client.post("/r5/", json=body).status_code == status


@pytest.mark.parametrize("date", ["yesterday", "2024-13-01", "2024-1-1", "24-01-01", "2025-02-29"])
def test_dates_are_dates(client: FlaskClient, date: str) -> None:
    response = client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1&date={date}")
    assert response.status_code == 400
    assert "'date' must be a date such as 2025-07-01" in response.json["issue"][0]["details"]["text"]


@pytest.mark.parametrize("date", ["2024", "2024-05", "2024-05-06", "2024-05-06T10:00:00Z"])
def test_dates_of_any_precision(client: FlaskClient, date: str) -> None:
    assert client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1&date={date}").status_code == 200


def test_a_batch_ends_in_time(database: str) -> None:
    client = create_app(database=database, request_seconds=0.0).test_client()
    entry = {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=P1"}}
    answers = client.post("/r5", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json["entry"]
    assert answers[0]["response"]["status"].startswith("422")
    assert "not begun" in answers[0]["response"]["outcome"]["issue"][0]["details"]["text"]
    validation = {"name": "validation", "resource": parameters(coding__valueCoding={"system": SYSTEM, "code": "P1"})}
    body = {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": VALUE_SET}, validation]}
    (answer,) = values(client.post("/r5/ValueSet/$batch-validate-code", json=body).json, "validation")
    assert answer["issue"][0]["code"] == "too-costly"
