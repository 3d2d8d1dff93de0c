"""The endpoints in XML: the same answers as in JSON."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from terminology.fhir import xml
from terminology.fhir.json import dumps
from tests.http.content import SYSTEM

XML = "application/fhir+xml"
ENDPOINTS = {"/r5": "R5", "/r4b": "R4B", "/r4": "R4", "/fhir": "R4"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "path",
    [
        f"/CodeSystem/$lookup?system={SYSTEM}&code=P1",
        f"/CodeSystem/$validate-code?url={SYSTEM}&code=nonsense",
        f"/CodeSystem?url={SYSTEM}",
        "/metadata",
        "/metadata?mode=terminology",
        "/CodeSystem/nowhere",
    ],
)
def test_an_answer_says_the_same_in_xml(client: FlaskClient, endpoint: str, path: str) -> None:
    in_json = client.get(endpoint + path)
    in_xml = client.get(endpoint + path, headers={"Accept": XML})
    assert in_xml.content_type == f"{XML}; charset=utf-8"
    assert in_xml.status_code == in_json.status_code
    assert b"<!--" not in in_xml.data, "everything has its place in XML"
    read = xml.loads(in_xml.data, ENDPOINTS[endpoint])
    expected = in_json.json
    for changing in ("id", "meta"):  # a searchset is made for the moment
        if expected["resourceType"] == "Bundle":
            read.pop(changing, None)
            expected.pop(changing, None)
    assert without_narrative(read) == without_narrative(expected)


def without_narrative(resource: dict) -> bytes:
    for entry in resource.get("entry", []):
        entry["resource"].pop("text", None)
    return dumps(resource, sort=True).replace(b"_format=xml", b"")


def test_a_request_in_xml(client: FlaskClient) -> None:
    body = xml.dumps(
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "coding", "valueCoding": {"system": SYSTEM, "code": "P1"}}],
        }
    )
    response = client.post("/r5/CodeSystem/$lookup", data=body, content_type=XML)
    assert response.status_code == 200
    assert {"name", "display"} <= {p["name"] for p in response.json["parameter"]}
    broken = client.post("/r5/CodeSystem/$lookup", data=body[:-9], content_type=XML, headers={"Accept": XML})
    assert broken.status_code == 400
    assert b"Not valid XML at line" in broken.data
    with_entities = b'<!DOCTYPE x [<!ENTITY a "b">]>' + body.split(b"\n", 1)[1]
    assert client.post("/r5/CodeSystem/$lookup", data=with_entities, content_type=XML).status_code == 400
