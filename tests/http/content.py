"""Invented terminology for the tests of the endpoints."""

from __future__ import annotations

from typing import Any

SYSTEM = "http://example.org/CodeSystem/procedures"
VALUE_SET = "http://example.org/ValueSet/biopsies"
MAP = "http://example.org/ConceptMap/old-to-new"
OLD = "http://example.org/CodeSystem/old"

PROCEDURES: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "id": "procedures",
    "url": SYSTEM,
    "version": "2025",
    "name": "Procedures",
    "title": "Invented procedures",
    "status": "active",
    "date": "2025-01-02",
    "publisher": "Example Clinic",
    "description": "Nothing real.",
    "caseSensitive": True,
    "content": "complete",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Procedures</div>'},
    "concept": [
        {
            "code": "P1",
            "display": "Biopsy",
            "concept": [
                {
                    "code": "P1.1",
                    "display": "Biopsy of skin",
                    "designation": [{"language": "de", "value": "Hautbiopsie"}],
                }
            ],
        },
        {"code": "P2", "display": "Suture"},
    ],
}
BIOPSIES: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "biopsies",
    "url": VALUE_SET,
    "version": "1",
    "name": "Biopsies",
    "title": "Biopsies of all kinds",
    "status": "draft",
    "date": "2024-05-01",
    "publisher": "Example Clinic",
    "description": "Biopsies.",
    "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "P1"}, {"code": "P1.1"}]}]},
}
SUTURES: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "sutures",
    "url": "http://example.org/ValueSet/sutures",
    "version": "1",
    "name": "Sutures",
    "status": "active",
    "compose": {"include": [{"system": SYSTEM, "concept": [{"code": "P2"}]}]},
}
OLD_TO_NEW: dict[str, Any] = {
    "resourceType": "ConceptMap",
    "id": "old-to-new",
    "url": MAP,
    "version": "1",
    "name": "OldToNew",
    "status": "active",
    "group": [
        {
            "source": OLD,
            "target": SYSTEM,
            "element": [
                {
                    "code": "7",
                    "target": [
                        {"code": "P1", "relationship": "equivalent"},
                        {"code": "P1.1", "relationship": "source-is-broader-than-target"},
                    ],
                },
                {"code": "8", "noMap": True},
            ],
        }
    ],
}
EVERYTHING = (PROCEDURES, BIOPSIES, SUTURES, OLD_TO_NEW)
