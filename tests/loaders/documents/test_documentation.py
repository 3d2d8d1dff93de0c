"""The page about documents names every property, format and message there is, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loaders.documents import canonicals
from loaders.documents.properties import PROPERTIES, camel_case, definition_of
from loaders.documents.readers import FORMATS
from terminology.model.messages import documents as messages

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs" / "loading-documents.md").read_text(encoding="utf-8")


def test_every_property_is_documented() -> None:
    assert [code for code in PROPERTIES if f"`{code}`" not in PAGE] == []


def test_every_format_is_documented() -> None:
    assert [suffix for format_ in FORMATS for suffix in format_.suffixes if f"`{suffix}`" not in PAGE] == []


def test_canonicals_are_documented() -> None:
    assert f"`{canonicals.PROPERTY_BASE}CODE`" in PAGE
    assert canonicals.VALUE_SET_BASE in PAGE
    for use in (canonicals.CONSUMER_NAME, canonicals.SYNONYM):
        assert use.system in PAGE
        assert use.code in PAGE


def test_every_message_is_used() -> None:
    """Each text of this subject is asked for by some module."""
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("loaders", "terminology")
        for path in (PROJECT / folder).rglob("*.py")
        if path != Path(messages.__file__)
    )
    assert [id_ for id_ in messages.ENGLISH if f'"{id_}"' not in code] == []


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("What to Bring", "whatToBring"), ("Follow-up care:", "followUpCare"), ("FAQ", "faq"),
        ("PTSD & MRI", "ptsdMri"),
        ("Patient’s Rights", "patientsRights"), ("Status", "statusSection"), ("Source", "sourceSection"),
        ("Steps to take", "stepsToTake"), ("Step", "stepSection"), ("3 days before", "section3DaysBefore"),
        ("Éducation thérapeutique", "educationTherapeutique"), ("費用", "費用"), ("???", "section"),
    ],
)  # fmt: skip
def test_camel_case(heading: str, code: str) -> None:
    assert camel_case(heading) == code


def test_definitions() -> None:
    known = definition_of("durationMinimum")
    assert (known.kind, known.uri) == ("integer", f"{canonicals.PROPERTY_BASE}durationMinimum")
    unknown = definition_of("whatToBring", "What to Bring")
    assert unknown.kind == "string"
    assert "What to Bring" in (unknown.description or "")
    assert all(re.search(r"\.$", definition_of(code).description or "") for code in PROPERTIES)
