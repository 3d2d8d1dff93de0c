"""Methods, media types, sizes, faults: what happens before and around operations."""

from __future__ import annotations

import gzip
import html
import json
import logging
import re
import zlib

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.http.wsgi import ENDPOINTS
from terminology.operations import table
from tests.http.content import SYSTEM

LOOKUP = f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"


def outcome(response) -> dict:
    assert response.content_type == "application/fhir+json; charset=utf-8"
    assert response.json["resourceType"] == "OperationOutcome"
    issue = response.json["issue"][0]
    assert issue["severity"] in {"error", "fatal"}
    return issue


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        (
            "GET",
            "/r5/CodeSystem/$unknown",
            404,
            "There is no operation $unknown on CodeSystem. Known operations: $lookup",
        ),
        ("GET", "/r5/$unknown", 404, "on the system. Known operations: $"),
        ("GET", "/r5/NamingSystem/$lookup", 404, "on NamingSystem. Known operations: $preferred-id"),
        ("GET", "/r5/Patient", 404, "no resource type 'Patient'. It serves: CodeSystem, ValueSet"),
        ("GET", "/r5/nothing", 404, "There is nothing at '/nothing'"),
        ("GET", "/r5/CodeSystem/procedures/more/$lookup", 404, "There is nothing at"),
        ("GET", "/r5/CodeSystem/procedures/$batch-validate-code", 404, "There is nothing at"),
        ("PUT", "/r5/metadata", 405, "'/metadata' does not answer PUT. It answers GET."),
        ("POST", "/r5/CodeSystem/procedures", 405, "does not answer POST. It answers GET, PUT, PATCH, DELETE."),
        ("PUT", "/r5/CodeSystem/_history", 405, "does not answer PUT"),
        ("PUT", "/r5/CodeSystem/_search", 405, "does not answer PUT"),
        ("DELETE", "/r5/CodeSystem/$lookup", 405, "It answers GET, POST."),
        ("GET", "/r5", 405, "is the address of the FHIR endpoint"),
        ("GET", "/r5/metadata?mode=other", 400, "'mode' must be full or normative or terminology"),
    ],
)
def test_wrong_addresses_and_methods(client: FlaskClient, method: str, path: str, status: int, text: str) -> None:
    response = client.open(path, method=method)
    assert response.status_code == status
    assert text in outcome(response)["details"]["text"]


def test_405_names_what_is_allowed(client: FlaskClient) -> None:
    assert client.put("/r5/metadata").headers["Allow"] == "GET, OPTIONS, HEAD"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "text"),
    [
        (b"{", "application/fhir+json", 400, "line 1"),
        (b"[]", "application/fhir+json", 400, "array"),
        (b"{}", "application/fhir+json", 400, "must be a FHIR resource"),
        (b'{"resourceType":"Patient"}', "application/json", 400, "must be a Parameters resource, but it is a Patient"),
        (b"<Parameters/>", "application/fhir+turtle", 415, "cannot read a body of type 'application/fhir+turtle'"),
        (b"x" * 100_001, "application/fhir+json", 413, "larger than this server's limit of 100000 bytes"),
        (b'{"resourceType":"Parameters","parameter":[{"name":"code"}]}', "application/json", 400, "must have a name"),
        (b'{"resourceType":"Parameters","parameter":{}}', "application/json", 400, "Parameters.parameter"),
    ],
)
def test_broken_bodies_are_refused_with_a_reason(
    client: FlaskClient, body: bytes, content_type: str, status: int, text: str
) -> None:
    response = client.post("/r5/CodeSystem/$lookup", data=body, content_type=content_type)
    assert response.status_code == status
    assert text in outcome(response)["details"]["text"]


def test_a_body_without_stated_length_is_limited_too(app: Flask) -> None:
    class Endless:
        def read(self, count: int) -> bytes:
            return b" " * count

    environ = {"wsgi.input": Endless(), "wsgi.input_terminated": True}
    response = app.test_client().open(
        "/r5/CodeSystem/$lookup", method="POST", environ_overrides={**environ, "CONTENT_LENGTH": ""}
    )
    assert response.status_code == 413


@pytest.mark.parametrize("accept", ["text/turtle", "application/fhir+json; fhirVersion=4.0"])
def test_an_unsupported_format_is_406(client: FlaskClient, accept: str) -> None:
    response = client.get(LOOKUP, headers={"Accept": accept})
    assert response.status_code == 406
    assert "This server cannot answer as" in outcome(response)["details"]["text"]


def test_head_is_get_without_body(client: FlaskClient) -> None:
    head, get = client.head(LOOKUP), client.get(LOOKUP)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.data))


def test_browsers_of_other_origins_may_ask(client: FlaskClient) -> None:
    assert client.get(LOOKUP).headers["Access-Control-Allow-Origin"] == "*"
    preflight = client.options("/r5/CodeSystem/$lookup")
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def test_request_ids_are_echoed(client: FlaskClient) -> None:
    assert client.get(LOOKUP, headers={"X-Request-Id": "abc"}).headers["X-Request-Id"] == "abc"


def test_pretty_indents_the_answer(client: FlaskClient) -> None:
    assert b'\n  "resourceType"' in client.get(LOOKUP + "&_pretty=true").data


def test_a_fault_of_ours_shows_a_reference_and_nothing_else(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(table, "find", broken)
    with caplog.at_level(logging.ERROR):
        response = client.get(f"{LOOKUP}&property=lang.de")
    assert response.status_code == 500
    issue = outcome(response)
    assert issue["code"] == "exception"
    assert b"secret" not in response.data
    reference = issue["details"]["text"].rpartition(" ")[2].rstrip(".")
    assert reference in caplog.text
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_answers(client: FlaskClient, endpoint: str) -> None:
    response = client.get(f"/{endpoint}/CodeSystem/$lookup?system={SYSTEM}&code=P1")
    assert response.status_code == 200
    assert {"name": "display", "valueString": "Biopsy"} in response.json["parameter"]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/r4/CodeSystem/procedures", "/systems/procedures"),
        ("/r5/ValueSet/biopsies", "/value-sets/biopsies"),
        ("/r5/ConceptMap/old-to-new", "/maps/old-to-new"),
        ("/r5/CodeSystem", "/systems"),
        ("/r4", "/"),
        ("/r5/", "/"),
    ],
)
def test_browsers_are_sent_to_pages(client: FlaskClient, path: str, page: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert (response.status_code, response.headers["Location"]) == (303, page)
    told = client.get(path, headers={"Accept": "application/fhir+json, text/html;q=0.5"})
    assert told.content_type.startswith("application/fhir+json")


def test_the_base_address_says_what_to_do(client: FlaskClient) -> None:
    response = client.get("/r4/")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST, OPTIONS")
    text = outcome(response)["details"]["text"]
    assert "http://localhost/r4/metadata" in text
    assert "Bundle" in text


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/r5/ValueSet?name=bio", LOOKUP, "/r5/metadata"])
def test_browsers_see_the_answer_where_there_is_no_page_of_its_own(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    shown = html.unescape(re.search(r"<pre[^>]*>(.*)</pre>", response.text, re.DOTALL)[1])  # type: ignore[index]
    assert json.loads(shown) == client.get(path).json
    for name in ("json", "xml"):
        link = html.unescape(re.search(rf'href="([^"]*_format={name})"', response.text)[1])  # type: ignore[index]
        assert client.get(path.partition("?")[0] + link).content_type.startswith(f"application/fhir+{name}")
    asked = client.get(f"{path}{'&' if '?' in path else '?'}_format=html")
    assert asked.content_type == response.content_type


def test_pages_for_browsers_escape_hostile_input(client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>\"'"
    response = client.get("/r5/CodeSystem/$lookup", query_string={"system": hostile, "code": hostile}, headers=BROWSER)
    assert response.status_code == 404
    assert "OperationOutcome" in response.text
    assert "<script" not in response.text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_page_says_what_is_wrong_before_the_resource_that_says_so(client: FlaskClient) -> None:
    answer = client.get("/r5/ValueSet/$expand?url=http://example.org/<none>", headers=BROWSER)
    before, _, resource = answer.text.partition("<pre")
    assert "http://example.org/&lt;none&gt;" in before
    assert "OperationOutcome" in resource


def test_a_post_for_html_is_406(client: FlaskClient) -> None:
    assert client.post("/r5/CodeSystem/$lookup", headers={"Accept": "text/html"}, json={}).status_code == 406


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_packed_bodies(client: FlaskClient, encoding: str) -> None:
    body = b'{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"P1"}]}'
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    headers = {"Content-Encoding": encoding, "Content-Type": "application/fhir+json"}
    response = client.post(f"/r5/CodeSystem/$lookup?system={SYSTEM}", data=packed, headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("br", b"x", 415),
        ("gzip", b"no gzip at all", 400),
        ("gzip", gzip.compress(b" " * 1_000_000), 413),
    ],
)
def test_packed_bodies_that_cannot_be_read(client: FlaskClient, encoding: str, body: bytes, status: int) -> None:
    response = client.post("/r5/CodeSystem/$lookup", data=body, headers={"Content-Encoding": encoding})
    assert response.status_code == status
    outcome(response)


def test_text_that_is_no_text_is_refused_not_a_fault(client: FlaskClient) -> None:
    parameters = b'[{"name":"code","valueCode":"\\ud800"},{"name":"n","valueDecimal":1.0}]'
    body = b'{"resourceType":"Parameters","parameter":' + parameters + b"}"
    response = client.post(f"/r5/CodeSystem/$lookup?system={SYSTEM}", data=body)
    assert 400 <= response.status_code < 500
    outcome(response)


def test_text_beyond_ascii_arrives(client: FlaskClient) -> None:
    response = client.get(f"/r5/CodeSystem/$lookup?system={SYSTEM}&code=%C3%A4%E2%82%AC")
    assert "Unable to find code 'ä€'" in outcome(response)["details"]["text"]
    raw = client.get("/r5/ValueSet/ä€")
    assert "with the id 'ä€'" in outcome(raw)["details"]["text"]
