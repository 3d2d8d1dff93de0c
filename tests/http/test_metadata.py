from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from terminology.operations.table import OPERATIONS, RESOURCE_TYPES
from tests.http.content import SYSTEM


@pytest.mark.parametrize(
    ("endpoint", "version"), [("r5", "5.0.0"), ("r4", "4.0.1"), ("r4b", "4.3.0"), ("fhir", "4.0.1")]
)
def test_capability_statement_is_of_the_endpoint(client: FlaskClient, endpoint: str, version: str) -> None:
    statement = client.get(f"/{endpoint}/metadata").json
    assert statement["fhirVersion"] == version
    assert statement["implementation"]["url"] == f"http://localhost/{endpoint}"


def test_capability_statement_lists_every_operation(client: FlaskClient) -> None:
    (rest,) = client.get("/r5/metadata").json["rest"]
    listed = {(r["type"], op["name"]) for r in rest["resource"] for op in r.get("operation", ())}
    listed |= {(None, op["name"]) for op in rest["operation"]}
    named = {(op.resource, name) for op in OPERATIONS for name in (op.name, *op.aliases)}
    assert listed == named | {(None, "cache-control")} | {(type_, "meta") for type_ in (None, *RESOURCE_TYPES)} | {
        (type_, name) for type_ in RESOURCE_TYPES for name in ("meta-add", "meta-delete")
    }


def test_terminology_capabilities_list_what_is_loaded(client: FlaskClient) -> None:
    capabilities = client.get("/r5/metadata?mode=terminology").json
    (system,) = [s for s in capabilities["codeSystem"] if s["uri"] == SYSTEM]
    assert system == {"uri": SYSTEM, "version": [{"code": "2025", "isDefault": True}], "content": "complete"}
    assert {"tx-resource", "filter", "system-version"} <= {p["name"] for p in capabilities["expansion"]["parameter"]}


def test_an_empty_database_has_capabilities(empty: FlaskClient) -> None:
    assert empty.get("/r5/metadata?mode=terminology").status_code == 200
