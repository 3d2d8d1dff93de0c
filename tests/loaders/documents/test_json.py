"""Procedure documents in JSON: members as sections, several procedures, several codes; and which files are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.documents import LOADER, parse_raw
from loaders.documents.readers.json import is_document, title
from loaders.sources import open_tree
from terminology.model.records import DocumentRecord

TONSILS = {
    "specialty": "Ear, nose and throat",
    "code": "EX301",
    "system": "Example",
    "title": "Tonsil removal, over 12 years",
    "name": "Tonsillectomy",
    "synonyms": ["Tonsil surgery"],
    "summary": "Both tonsils are taken out.\n\nIt is done through the mouth.",
    "indications": ["Repeated infections", "Sleep apnea"],
    "procedureDescription": ["General anesthesia is given.", "Tonsils are removed."],
    "duration": "30-45 minutes",
    "risks": {"common": ["Pain"], "rare": ["Infection"], "managementOfComplications": "Return to theatre."},
    "alternatives": [{"name": "Waiting", "pros": "No surgery", "cons": "More infections"}],
    "what_to_bring": "A soft toy",
    "overnightStay": False,
    "costWeight": 1.5,
    "nothing": None,
}


def read(data: Any) -> list[DocumentRecord]:
    return parse_raw(json.dumps(data).encode(), "application/json", "tonsils.json")


def test_every_value_is_found_again() -> None:
    (record,) = read(TONSILS)
    concept = record.concept
    assert record.problem is None
    assert [code.code for code in record.codes] == ["EX301"]
    assert concept.display == TONSILS["title"]
    assert [d.value for d in concept.designations] == ["Tonsillectomy", "Tonsil surgery"]
    assert concept.definition == TONSILS["summary"]
    assert {(p.code, p.value) for p in concept.properties if not p.code.startswith("source")} == {
        ("indication", "Repeated infections"), ("indication", "Sleep apnea"),
        ("step", "1. General anesthesia is given."), ("step", "2. Tonsils are removed."),
        ("duration", "30-45 minutes"), ("durationMinimum", 30), ("durationMaximum", 45),
        ("commonRisk", "Pain"), ("rareRisk", "Infection"), ("riskManagement", "Return to theatre."),
        ("alternative", "Waiting"), ("alternativeBenefit", "Waiting: No surgery"),
        ("alternativeDrawback", "Waiting: More infections"), ("whatToBring", "A soft toy"), ("overnightStay", "no"),
        ("costWeight", "1.5"), ("specialty", "Ear, nose and throat"),
    }  # fmt: skip


@pytest.mark.parametrize("wrapped", [True, False])
def test_several_procedures_and_codes(wrapped: bool) -> None:
    coding = {"system": "http://www.ama-assn.org/go/cpt", "code": "00000", "display": "Zeroth"}
    procedures = [
        {"code": coding, "display": "First", "purpose": "x", "indications": ["a"], "duration": "1 h"},
        {"codes": ["EX305", "EX306"], "title": "Second", "purpose": "y", "recovery": "z"},
    ]
    first, second = read({"procedures": procedures} if wrapped else procedures)
    assert first.system == "http://www.ama-assn.org/go/cpt"
    assert first.concept.display == "First"
    assert [d.value for d in first.concept.designations] == ["Zeroth"]
    assert [code.code for code in second.codes] == ["EX305", "EX306"], "which of them, a person decides"
    (alone,) = read(procedures[1])
    assert [code.code for code in alone.codes] == ["EX305", "EX306"]


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"{", "Expecting"), (b"[1]", "neither an object nor"), (b'"text"', "neither an object nor")]
)
def test_what_is_no_document_waits_with_the_reason(raw: bytes, reason: str) -> None:
    (record,) = parse_raw(raw, "application/json", "a.json")
    assert record.problem is not None
    assert reason in record.problem.text


def test_only_files_with_sections_are_taken(tmp_path: Path) -> None:
    files = {
        "tonsils.json": TONSILS,
        "resource.json": {"resourceType": "CodeSystem", "purpose": "x", "indications": 1, "duration": 2},
        "package.json": {"name": "a", "version": "1", "description": "b", "code": "c"},
        "manifest.json": {"tonsils.json": "EX301"},
    }
    for name, data in files.items():
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    (claim,) = LOADER.recognise(open_tree([tmp_path]))
    assert {Path(path).name for path in claim.paths} == {"tonsils.json", "manifest.json"}


@pytest.mark.parametrize(
    ("name", "heading"),
    [("procedureDescription", "Procedure description"), ("MRI_safety", "MRI safety"), ("risks", "Risks")],
)
def test_names_of_members_become_headings(name: str, heading: str) -> None:
    assert title(name) == heading


def test_the_beginning_of_a_file_is_enough() -> None:
    assert is_document(json.dumps(TONSILS)[:600])
