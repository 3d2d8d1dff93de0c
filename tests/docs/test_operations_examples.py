"""Every example of docs/operations.md is asked, and answered as shown."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from terminology.http.access import keys
from terminology.http.app import create_app
from terminology.operations.table import OPERATIONS
from terminology.store.opening import open_store
from tests.docs.examples import DOCS, Block, blocks, curl, difference

EXAMPLES = [b for b in blocks("operations.md") if b.text.startswith("curl ")]


@pytest.fixture(scope="module")
def database(clinic: Path) -> str:
    return f"sqlite:///{clinic}"


@pytest.fixture(scope="module")
def client(database: str) -> FlaskClient:
    return create_app(database=database).test_client()


@pytest.fixture(scope="module")
def key(database: str) -> str:
    return keys.create(open_store(database), "docs", ["system/ConceptMap.u"], now=time.time(), seconds=None)[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda b: f"line {b.line}")
def test_example(client: FlaskClient, key: str, example: Block) -> None:
    asked = curl(example.text.replace("$KEY", key))
    response = client.open(asked.path, method=asked.method, headers=asked.headers, data=asked.body)
    shown = example.follows
    if shown is None:
        assert response.status_code == 200, response.text
        return
    assert shown.language == "json"
    expected = json.loads(shown.text)
    failed = expected["resourceType"] == "OperationOutcome" and not asked.path.endswith("$validate-bindings")
    assert (response.status_code >= 400) == failed, response.text
    assert difference(expected, response.json) is None


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.title)
def test_every_operation_has_a_section_with_an_example(operation) -> None:
    text = (DOCS / "operations.md").read_text()
    section = text.partition(f"## `${operation.name}`\n")[2].partition("\n## ")[0]
    assert f"${operation.name}" in section
    assert "curl " in section


@pytest.mark.parametrize(
    ("shown", "actual", "agrees"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ([1, 3], [1, 2, 3], True),
        ([3, 1], [1, 2, 3], False),
        ([{"n": "x", "v": [2]}], [{"n": "x", "v": [1]}, {"n": "x", "v": [1, 2]}], True),
        ([1], [], False),
        ([1, 1], [1], False),
    ],
)
def test_comparing_finds_what_is_different(shown, actual, agrees: bool) -> None:
    assert (difference(shown, actual) is None) == agrees
