"""Every bad request of the table is refused with its status and code, names what is wrong, and reveals nothing."""

from __future__ import annotations

import gc
import gzip
import time
import tracemalloc

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.fhir.json import dumps
from tests.bad_input.content import AAA, DEVICES, PATTERN, SYSTEM
from tests.bad_input.outcomes import Outcome, outcome
from tests.bad_input.requests_table import CASES, Case, address, parameter, parameters, post, tx_resource, value_set
from tests.operations.calling import value


def refused(client: FlaskClient, case: Case, endpoint: str, accept: str) -> tuple[int, Outcome]:
    headers = {"Accept": accept, **case.headers}
    response = client.open(address(case, endpoint), method=case.method, data=case.body, headers=headers)
    assert response.content_type.startswith(accept)
    return response.status_code, outcome(response.content_type, response.data)


@pytest.mark.parametrize("accept", ["application/fhir+json", "application/fhir+xml"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_requests_are_refused_with_reasons(client: FlaskClient, case: Case, accept: str) -> None:
    status, found = refused(client, case, "r5", accept)
    assert (status, found.code, found.severity) == (case.status, case.code, "error")
    for piece in case.says:
        assert piece in found.text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_r4_refuses_as_r5_does(client: FlaskClient, case: Case) -> None:
    assert refused(client, case, "r4", "application/fhir+json")[0] == case.status


@pytest.mark.parametrize("accept", ["text/turtle", "image/png", "application/fhir+json; fhirVersion=1.0", "\xff;;q=q"])
def test_unknown_response_formats_are_406_in_json(client: FlaskClient, accept: str) -> None:
    response = client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=pump", headers={"Accept": accept})
    assert response.status_code == 406
    found = outcome(response.content_type, response.data)
    assert found.code == "not-supported"
    assert accept in found.text


def test_a_regex_that_backtracks_elsewhere_is_answered_at_once(client: FlaskClient) -> None:
    """`(a+)+$` takes engines that backtrack 2⁶⁰ steps on this code."""
    began = time.monotonic()
    path = f"/r5/ValueSet/$validate-code?url={PATTERN}&system={SYSTEM}&code={AAA}"
    assert value(client.get(path).json, "result") is False
    assert time.monotonic() - began < 5


def test_thousands_of_nested_groups_need_little_memory(client: FlaskClient) -> None:
    pattern = "(" * 10_000 + ")" * 10_000
    filters = [{"property": "code", "op": "regex", "value": pattern}]
    body = parameters(parameter("valueSet", resource=value_set({"system": SYSTEM, "filter": filters})))
    began = time.monotonic()
    response = client.post("/r5/ValueSet/$expand", json=body)
    assert response.json["expansion"]["total"] == 0
    assert time.monotonic() - began < 2, "with captures it would take 3 GB and 10 seconds"


def test_wrong_codes_are_verdicts_not_errors(client: FlaskClient) -> None:
    for code in ("nope", "\0", "x" * 50_000, "<b>"):
        body = parameters(
            parameter("url", valueUri=DEVICES), parameter("code", valueCode=code), parameter("system", valueUri=SYSTEM)
        )
        for accept in ("application/fhir+json", "application/fhir+xml"):
            response = client.post("/r5/ValueSet/$validate-code", json=body, headers={"Accept": accept})
            assert response.status_code == 200
            assert len(response.data) < 200_000


def test_thousands_of_supplied_resources(client: FlaskClient) -> None:
    many = [tx_resource(value_set({"system": SYSTEM}, url=f"http://example.org/{n}")) for n in range(5000)]
    asked = [parameter("url", valueUri="http://example.org/4999"), parameter("coding", valueCoding={"system": SYSTEM})]
    response = client.post("/r5/ValueSet/$validate-code", json=parameters(*many, *asked))
    assert response.status_code == 200


def test_thousands_of_codings_are_answered_in_time(client: FlaskClient) -> None:
    codings = [{"system": SYSTEM, "code": f"x{n}"} for n in range(3000)]
    asked = [parameter("url", valueUri=DEVICES), parameter("codeableConcept", valueCodeableConcept={"coding": codings})]
    began = time.monotonic()
    response = client.post("/r5/ValueSet/$validate-code", json=parameters(*asked))
    assert value(response.json, "result") is False
    assert time.monotonic() - began < 10, "comparing every issue with every other one takes half a minute"


def test_a_page_beyond_the_end_is_empty(client: FlaskClient) -> None:
    for page in ("count=2147483647", "offset=2147483647&count=2147483647"):
        assert client.get(f"/r5/ValueSet/$expand?url={DEVICES}&{page}").status_code == 200


def test_a_batch_answers_its_broken_entries_one_by_one(client: FlaskClient) -> None:
    requests = [
        {"method": "GET", "url": "http://["},
        {"method": "BREW", "url": "metadata"},
        {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=pump"},
        "no request",
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": r} for r in requests]}
    response = client.post("/r5", json=bundle)
    statuses = [entry["response"]["status"][:3] for entry in response.json["entry"]]
    assert statuses == ["404", "405", "200", "405"]


def test_a_body_that_is_too_large_is_not_read(app: Flask) -> None:
    class Unreadable:
        def read(self, count: int = -1) -> bytes:
            raise AssertionError(f"{count} bytes were read")

    response = app.test_client().post(
        "/r5/ValueSet/$expand",
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(100 * 1024 * 1024)},
    )
    assert response.status_code == 413
    assert "2000000 bytes" in outcome(response.content_type, response.data).text


def test_an_endless_body_takes_no_more_memory_than_the_limit(app: Flask) -> None:
    class Endless:
        def read(self, count: int) -> bytes:
            return b" " * count

    gc.collect()
    tracemalloc.start()
    try:
        response = app.test_client().post(
            "/r5/ValueSet/$expand",
            environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert response.status_code == 413
    assert most < 10_000_000


def test_a_packed_bomb_takes_no_more_memory_than_the_limit(client: FlaskClient) -> None:
    case = post("", "ValueSet/$expand", gzip.compress(b" " * 200_000_000), 413, "too-long", Content_Encoding="gzip")
    tracemalloc.start()
    try:
        status, found = refused(client, case, "r5", "application/fhir+json")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (status, found.code) == (413, "too-long")
    assert most < 20_000_000


@pytest.mark.parametrize("length", ["abc", "-1", "²", "9" * 5000])
def test_an_invalid_content_length_is_refused(app: Flask, length: str) -> None:
    """Servers refuse most of these before us; some WSGI servers do not."""
    data = dumps(parameters())
    response = app.test_client().post("/r5/ValueSet/$expand", data=data, environ_overrides={"CONTENT_LENGTH": length})
    assert response.status_code in {400, 413}
    outcome(response.content_type, response.data)


DIGITS = "9" * 5000  # more than Python makes a number of
NUMBER = f'{{"resourceType":"Parameters","parameter":[{{"name":"x","valueInteger":{DIGITS}}}]}}'
LONG = {"resourceType": "CodeSystem", "url": "http://x", "version": DIGITS, "status": "active", "content": "complete"}
MANY_DIGITS = {
    "json": ("json", NUMBER, 400),
    "xml": (
        "xml",
        (
            '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="x"/>'
            f'<valueInteger value="{DIGITS}"/></parameter></Parameters>'
        ),
        400,
    ),
    "version": (
        "json",
        dumps(
            parameters(tx_resource(LONG), parameter("system", valueUri="http://x"), parameter("code", valueCode="y"))
        ),
        404,
    ),
}


@pytest.mark.parametrize(("format_", "body", "status"), MANY_DIGITS.values(), ids=MANY_DIGITS.keys())
def test_numbers_with_very_many_digits_are_errors_not_faults(
    client: FlaskClient, format_: str, body: str, status: int
) -> None:
    kind = f"application/fhir+{format_}"
    response = client.post("/r5/CodeSystem/$lookup", data=body, headers={"Content-Type": kind, "Accept": kind})
    assert (response.status_code, response.content_type) == (status, f"{kind}; charset=utf-8")
    assert outcome(response.content_type, response.data).severity == "error"
