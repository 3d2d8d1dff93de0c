"""The OpenAPI description is true: what it describes is answered as it says, and never with a fault."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from terminology.http import search_parameters
from terminology.http.openapi import document as openapi_document
from terminology.operations.table import OPERATIONS, RESOURCE_TYPES

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def described(app: Flask):
    return openapi.from_wsgi("/r5/openapi.json", app)


DESCRIBED = [
    (path, method.upper())
    for path, methods in openapi_document("http://localhost/r5", "R5")["paths"].items()
    for method in methods
]


@pytest.mark.parametrize(("path", "method"), DESCRIBED)
def test_what_is_described_is_answered(described, path: str, method: str) -> None:
    @settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method].as_strategy())
    def check(case) -> None:
        response = case.call(headers={"Accept-Encoding": "identity"})  # the checks cannot unpack
        case.validate_response(response, checks=CHECKS)
        if response.status_code >= 400:
            assert json.loads(response.content)["resourceType"] == "OperationOutcome"

    check()


@pytest.mark.parametrize("release", ["r4", "r4b", "r5", "fhir"])
def test_every_operation_and_search_parameter_is_described(client: FlaskClient, release: str) -> None:
    document = client.get(f"/{release}/openapi.json").json
    assert document["servers"] == [{"url": f"http://localhost/{release}"}]
    for operation in OPERATIONS:
        place = f"/{operation.resource}" if operation.resource else ""
        assert ("get" in document["paths"][f"{place}/${operation.name}"]) is not operation.affects_state
        assert (f"{place}/{{id}}/${operation.name}" in document["paths"]) is operation.on_instance
    for type_ in RESOURCE_TYPES:
        listed = {p["name"] for p in document["paths"][f"/{type_}"]["get"]["parameters"]}
        assert listed >= set(search_parameters.of_type(type_)) | search_parameters.RESULT_PARAMETERS - {
            "_format", "_pretty", "_totalMethod", "_cursor",
        }  # fmt: skip
    ids = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(ids) == len(set(ids))


def test_the_description_is_read_only(client: FlaskClient) -> None:
    assert client.post("/r5/openapi.json").status_code in {404, 405}
