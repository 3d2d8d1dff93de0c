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


def test_terminology_capabilities_tell_what_expansions_can_be(client: FlaskClient) -> None:
    """`incomplete-ok` asks for the first codes of a large value set, `lockedDate` for versions of that day."""
    capabilities = client.get("/r5/metadata?mode=terminology").json
    assert (capabilities["lockedDate"], capabilities["expansion"]["incomplete"]) == (True, True)
    assert "incomplete-ok" in {p["name"] for p in capabilities["expansion"]["parameter"]}


def test_an_empty_database_has_capabilities(empty: FlaskClient) -> None:
    assert empty.get("/r5/metadata?mode=terminology").status_code == 200


@pytest.mark.parametrize("release", ["r4", "r4b", "r5"])
def test_search_parameters_are_told_as_the_release_defines_them(client: FlaskClient, release: str) -> None:
    told = {
        resource["type"]: {p["name"]: (p["type"], p["definition"].rpartition("/")[2]) for p in resource["searchParam"]}
        for resource in client.get(f"/{release}/metadata").json["rest"][0]["resource"]
    }
    old = release != "r5"
    family = "conformance" if old else "CanonicalResource"
    assert told["ValueSet"]["url"] == ("uri", f"{family}-url")
    assert told["ValueSet"]["_tag"] == ("token", "Resource-tag")
    assert told["ValueSet"]["_profile"] == ("uri" if old else "reference", "Resource-profile")
    assert told["ValueSet"]["context-type-value"] == ("composite", f"{family}-context-type-value")
    assert ("topic" in told["ValueSet"]) is not old
    assert ("url" in told["NamingSystem"]) is not old
    assert told["NamingSystem"]["value"] == ("string", "NamingSystem-value")
    assert {"source", "source-system", "other"} <= told["ConceptMap"].keys() or not old
    assert {"source-scope", "source-group-system", "other-map"} <= told["ConceptMap"].keys() or old
    assert ("source-scope" in told["ConceptMap"]) is not ("source" in told["ConceptMap"])
