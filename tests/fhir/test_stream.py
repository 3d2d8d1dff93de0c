"""Resources written piece by piece are those written whole."""

from __future__ import annotations

import io
from typing import Any

import pytest

from terminology.fhir import json, xml
from terminology.fhir.stream import JsonPen, XmlPen

HEADER = {"resourceType": "CodeSystem", "id": "x", "url": "http://example.org/<x>", "content": "complete"}
CONCEPTS: list[dict[str, Any]] = [
    {
        "code": "a & b",
        "display": "ä\n",
        "concept": [{"code": "c"}, {"id": "d", "code": "d", "concept": [{"code": "e"}]}],
    },
    {"code": "f", "extension": [{"url": "http://example.org/e", "valueBoolean": True}]},
]
MAP_HEADER = {"resourceType": "ConceptMap", "id": "x", "status": "active"}
GROUPS: list[dict[str, Any]] = [
    {},
    {"source": "http://example.org/x", "unmapped": {"mode": "use-source-code"}},
    {"element": [{"code": "a", "noMap": True}], "unmapped": {"mode": "fixed", "code": "z"}},
]


def write(pen, name: str, items: list[dict[str, Any]]) -> None:
    for item in items:
        after = {n: v for n, v in item.items() if n == "unmapped"}
        pen.open(name, {n: v for n, v in item.items() if n not in {"concept", "element", "unmapped"}})
        write(pen, "element" if name == "group" else "concept", item.get("element", item.get("concept", [])))
        pen.close(after)


@pytest.mark.parametrize(("header", "name", "items"), [(HEADER, "concept", CONCEPTS), (MAP_HEADER, "group", GROUPS)])
def test_json_and_xml(header, name, items) -> None:
    as_json, as_xml = io.BytesIO(), io.BytesIO()
    for pen in (JsonPen(as_json, header), XmlPen(as_xml, header, "R5")):
        write(pen, name, items)
        pen.close()
    whole = {**header, name: items}
    assert json.loads(as_json.getvalue()) == whole
    assert xml.loads(as_xml.getvalue()) == xml.loads(xml.dumps(whole)) == whole


def test_without_anything_in_lists() -> None:
    out = io.BytesIO()
    JsonPen(out, HEADER).close()
    assert json.loads(out.getvalue()) == HEADER
