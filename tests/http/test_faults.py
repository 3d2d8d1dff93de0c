"""Whatever clients send, the answer is a FHIR resource and never a fault of the server."""

from __future__ import annotations

import copy
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminology.operations.table import OPERATIONS
from tests.http.content import BIOPSIES, MAP, OLD, OLD_TO_NEW, PROCEDURES, SYSTEM, VALUE_SET

CODING = {"system": SYSTEM, "code": "P1", "display": "Biopsy"}
SENSIBLE: dict[str, list[dict[str, Any]]] = {
    "lookup": [{"name": "coding", "valueCoding": CODING}, {"name": "property", "valueCode": "*"}],
    "validate-code": [{"name": "url", "valueUri": VALUE_SET}, {"name": "coding", "valueCoding": CODING}],
    "batch-validate-code": [
        {"name": "url", "valueUri": VALUE_SET},
        {
            "name": "validation",
            "resource": {"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": CODING}]},
        },
    ],
    "subsumes": [{"name": "codingA", "valueCoding": CODING}, {"name": "codingB", "valueCoding": CODING}],
    "diff": [
        {"name": "system", "valueUri": CODING["system"]},
        {"name": "from", "valueString": "2025"},
        {"name": "to", "valueString": "2025"},
    ],
    "expand": [{"name": "valueSet", "resource": BIOPSIES}, {"name": "count", "valueInteger": 1}],
    "related": [{"name": "thisUrl", "valueUri": VALUE_SET}, {"name": "otherValueSet", "resource": BIOPSIES}],
    "translate": [
        {"name": "url", "valueUri": MAP},
        {"name": "sourceCoding", "valueCoding": {"system": OLD, "code": "7"}},
        {"name": "dependency", "part": [{"name": "attribute", "valueUri": "a"}, {"name": "value", "valueString": "b"}]},
    ],
    "versions": [],
    "closure": [{"name": "name", "valueString": "t"}, {"name": "concept", "valueCoding": CODING}],
    "find-matches": [
        {"name": "system", "valueUri": SYSTEM},
        {"name": "exact", "valueBoolean": False},
        {
            "name": "property",
            "part": [{"name": "code", "valueCode": "display"}, {"name": "value", "valueString": "Biopsy"}],
        },
    ],
    "preferred-id": [{"name": "id", "valueString": "2.16.840.1.113883.6.8"}, {"name": "type", "valueCode": "uri"}],
    "translate-id": [
        {"name": "id", "valueString": "2.16.840.1.113883.6.8"},
        {"name": "sourceType", "valueCode": "oid"},
        {"name": "targetType", "valueCode": "uri"},
    ],
    "validate-bindings": [{"name": "resource", "resource": BIOPSIES}],
}
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.just([]), st.just({}), st.just([None]), st.just({"resourceType": ["ValueSet"]}),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything inside a JSON value."""
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    else:
        steps = []
    return [p for step, inner in steps for p in ((*path, step), *places(inner, (*path, step)))]


def put(value: Any, path: tuple[Any, ...], junk: Any, *, drop: bool) -> None:
    for step in path[:-1]:
        value = value[step]
    if drop:
        del value[path[-1]]
    else:
        value[path[-1]] = copy.deepcopy(junk)  # hypothesis hands out the same object again


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_broken_requests_are_refused_not_faults(app: Flask, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    supplied = data.draw(st.lists(st.sampled_from([PROCEDURES, BIOPSIES, OLD_TO_NEW]), max_size=2))
    entries = [*SENSIBLE.get(operation.name, ()), *({"name": "tx-resource", "resource": r} for r in supplied)]
    body = copy.deepcopy({"resourceType": "Parameters", "parameter": entries})
    for _ in range(data.draw(st.integers(1, 3))):
        if known := places(body):
            put(body, data.draw(st.sampled_from(known)), data.draw(JUNK), drop=data.draw(st.booleans()))
    path = f"/{operation.resource}/${operation.name}" if operation.resource else f"/${operation.name}"
    response = app.test_client().post(f"/{data.draw(st.sampled_from(['r5', 'r4']))}{path}", json=body)
    assert response.status_code < 500, response.text
    assert response.json["resourceType"] in {"Parameters", "ValueSet", "ConceptMap", "OperationOutcome"}


@given(raw=st.binary(max_size=40), kind=st.sampled_from(["application/fhir+json", "application/fhir+xml", ""]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_answered(app: Flask, raw: bytes, kind: str) -> None:
    response = app.test_client().post("/r5/ValueSet/$expand", data=raw, content_type=kind)
    assert 400 <= response.status_code < 500
    assert response.json["resourceType"] == "OperationOutcome"


@given(query=st.lists(st.tuples(st.sampled_from(["url", "name", "_count", "_id", "date", "x"]), st.text(max_size=6))))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_search_is_answered(app: Flask, query: list[tuple[str, str]]) -> None:
    response = app.test_client().get("/r5/ValueSet", query_string=query)
    assert response.status_code in {200, 400}
    assert response.json["resourceType"] in {"Bundle", "OperationOutcome"}
