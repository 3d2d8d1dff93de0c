"""JSON Patch on resources: what it changes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.changing import PATCH, display, put, said
from tests.http.content import BIOPSIES


def test_a_patch_changes_concepts_too(filled: FlaskClient) -> None:
    patch = [
        {"op": "test", "path": "/concept/0/concept/0/code", "value": "P1.1"},
        {"op": "replace", "path": "/concept/0/concept/0/display", "value": "Skin"},
        {"op": "add", "path": "/concept/-", "value": {"code": "P3", "display": "Cast"}},
    ]
    for release in ("r4", "r5"):
        response = filled.patch(f"/{release}/CodeSystem/procedures", data=json.dumps(patch[:2]), content_type=PATCH)
        assert response.status_code == 200, response.text
    response = filled.patch("/r4/CodeSystem/procedures", data=json.dumps(patch), content_type=PATCH)
    assert [c["code"] for c in response.json["concept"]] == ["P1", "P2", "P3"]
    assert (display(filled, "P1.1"), display(filled, "P3")) == ("Skin", "Cast")


@pytest.mark.parametrize(
    ("patch", "status", "text"),
    [
        ([{"op": "test", "path": "/title", "value": "no"}], 422, "cannot be applied to ValueSet/biopsies"),
        ([{"op": "remove", "path": "/nothing"}], 422, "nothing"),
        ([{"op": "replace", "path": "/id", "value": "x"}], 422, "The body has the id 'x'"),
        ([{"op": "replace", "path": "", "value": []}], 422, "no resource is left"),
        ([{"op": "replace", "path": "/status", "value": "sleeping"}], 422, "the code 'sleeping' is not one of draft"),
        ([{"op": "explode", "path": "/title"}], 400, "explode"),
        ([{"path": "/title"}], 400, "The patch cannot be read"),
        ({"op": "remove"}, 400, "The patch cannot be read"),
        (5, 400, "The patch cannot be read"),
        ([5], 400, "The patch cannot be read"),
    ],
)
def test_failing_patches_are_refused(filled: FlaskClient, patch: Any, status: int, text: str) -> None:
    response = filled.patch("/r5/ValueSet/biopsies", data=json.dumps(patch), content_type=PATCH)
    assert (said(response)[0], text in said(response)[2]) == (status, True), response.text
    assert filled.get("/r5/ValueSet/biopsies").headers["ETag"] == 'W/"1"'


def test_a_patch_cannot_grow_without_bound(tmp_path: Path) -> None:
    """Each operation doubles the resource: forty of them are a kilobyte, and a terabyte when they are carried out."""
    database = f"sqlite:///{tmp_path / 'written.db'}"
    client = create_app(database=database, insecure_writes=True, audit_log="", max_body=100_000).test_client()
    put(client, {**BIOPSIES, "extension": [{"url": "http://example.org/e", "valueString": "x"}]})

    def patched(operation: dict[str, str], times: int) -> tuple[int, str]:
        patch = json.dumps([operation] * times)
        status, _, text = said(client.patch("/r5/ValueSet/biopsies", data=patch, content_type=PATCH))
        return status, text

    status, text = patched({"op": "copy", "from": "/extension", "path": "/extension/-"}, 40)
    assert (status, "would grow" in text) == (422, True), text
    assert patched({"op": "copy", "from": "", "path": "/contained"}, 500)[0] in {400, 422}, "each goes one level deeper"


def test_other_kinds_of_patch_are_named(filled: FlaskClient) -> None:
    response = filled.patch("/r5/ValueSet/biopsies", data="<diff/>", content_type="application/xml-patch+xml")
    assert (response.status_code, response.headers["Accept-Patch"]) == (415, PATCH)
    assert filled.patch("/r5/ValueSet/no", data="[]", content_type=PATCH).status_code == 404
