"""Invented terminology with everything bad requests can trip over: circles, a broken filter, a large system."""

from __future__ import annotations

from typing import Any

SYSTEM = "http://example.org/CodeSystem/devices"
MANY = "http://example.org/CodeSystem/many"
DEVICES = "http://example.org/ValueSet/devices"
CIRCLE = "http://example.org/ValueSet/circle"
LOST = "http://example.org/ValueSet/lost"
PATTERN = "http://example.org/ValueSet/pattern"
WHOLE = "http://example.org/ValueSet/whole"
MAP = "http://example.org/ConceptMap/devices"
MAP_CIRCLE = "http://example.org/ConceptMap/circle"

MANY_CODES = 3000
CATASTROPHE = "(a+)+$"
"""A regular expression that needs exponential time in engines that backtrack."""
AAA = "a" * 60 + "!"
"""The code it would take longest on."""


def _resource(type_: str, url: str, **elements: Any) -> dict[str, Any]:
    id_ = url.rpartition("/")[2]
    return {"resourceType": type_, "id": id_, "url": url, "version": "1", "name": id_, "status": "active", **elements}


def _value_set(url: str, *include: dict[str, Any]) -> dict[str, Any]:
    return _resource("ValueSet", url, compose={"include": list(include)})


def _filter(property_: str, op: str, value: str) -> dict[str, Any]:
    return {"system": SYSTEM, "filter": [{"property": property_, "op": op, "value": value}]}


def _map(url: str, unmapped: dict[str, Any] | None = None) -> dict[str, Any]:
    group: dict[str, Any] = {
        "source": SYSTEM,
        "target": MANY,
        "element": [{"code": "pump", "target": [{"code": "c1", "relationship": "equivalent"}]}],
    }
    return _resource("ConceptMap", url, group=[group | ({"unmapped": unmapped} if unmapped else {})])


DEVICES_SYSTEM = _resource(
    "CodeSystem",
    SYSTEM,
    content="complete",
    caseSensitive=True,
    property=[{"code": "colour", "type": "string"}],
    concept=[
        {
            "code": "pump",
            "display": "Infusion pump",
            "designation": [{"language": "de", "value": "Infusionspumpe"}],
            "property": [{"code": "colour", "valueString": "blue"}],
            "concept": [{"code": "pump-small", "display": "Small infusion pump"}],
        },
        {"code": AAA, "display": "A code of many letters"},
        {"code": "<b>&'\"", "display": "<script>alert(1)</script>"},
    ],
)
MANY_SYSTEM = _resource(
    "CodeSystem",
    MANY,
    content="complete",
    caseSensitive=True,
    concept=[{"code": f"c{n}", "display": f"Thing number {n}"} for n in range(MANY_CODES)],
)
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": resource}
        for resource in (
            DEVICES_SYSTEM,
            MANY_SYSTEM,
            _value_set(DEVICES, {"system": SYSTEM}),
            _value_set(WHOLE, {"system": MANY}),
            _value_set(CIRCLE, {"valueSet": [CIRCLE + "-back"]}),
            _value_set(CIRCLE + "-back", {"valueSet": [CIRCLE]}),
            _value_set(LOST, {"system": "http://example.org/CodeSystem/not-loaded"}),
            _value_set(PATTERN, _filter("code", "regex", CATASTROPHE)),
            _value_set(PATTERN + "-broken", _filter("code", "regex", "(unclosed")),
            _value_set(PATTERN + "-unknown-op", _filter("code", "resembles", "x")),
            _value_set(PATTERN + "-unknown-property", _filter("flavour", "=", "sweet")),
            _map(MAP),
            _map(MAP_CIRCLE, {"mode": "other-map", "otherMap": MAP_CIRCLE + "-back"}),
            _map(MAP_CIRCLE + "-back", {"mode": "other-map", "otherMap": MAP_CIRCLE}),
        )
    ],
}
