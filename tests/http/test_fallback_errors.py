"""What is asked for at an address where nothing is: told as FHIR to FHIR clients, as a page to browsers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import etree

from terminology.http.app import create_app

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/metadata", "/r6/metadata", "/r4x", "/ValueSet/$expand?url=x"])
@pytest.mark.parametrize(
    "accept", ["application/fhir+json", "application/json", "application/fhir+xml;q=0.9, */*;q=0.1"]
)
def test_a_fhir_client_learns_where_the_endpoints_are(client: FlaskClient, path: str, accept: str) -> None:
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 404
    if "xml" in accept:
        assert etree.fromstring(response.data).tag == "{http://hl7.org/fhir}OperationOutcome"
    else:
        assert response.json["issue"][0]["code"] == "not-found"
    assert "/r4, /r4b, /r5, /fhir" in response.text


def test_a_method_that_is_not_allowed_is_405(client: FlaskClient) -> None:
    response = client.post("/", headers={"Accept": "application/fhir+json"})
    assert (response.status_code, response.json["issue"][0]["code"]) == (405, "not-supported")
    assert "GET" in response.headers["Allow"]


def test_a_browser_sees_a_page(client: FlaskClient) -> None:
    for accept in (BROWSER, "*/*", "", "image/png"):
        response = client.get("/nothing", headers={"Accept": accept})
        assert (response.status_code, response.content_type) == (404, "text/html; charset=utf-8")


def test_without_pages_everybody_is_told_as_fhir(database: str) -> None:
    client = create_app(database=database, open_reading=False).test_client()
    response = client.get("/systems", headers={"Accept": BROWSER})
    assert (response.status_code, response.content_type) == (404, "application/fhir+xml; charset=utf-8")
    assert client.get("/systems").json["resourceType"] == "OperationOutcome"
