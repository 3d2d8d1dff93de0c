"""Reads an OperationOutcome from an answer in either format, and checks what holds for every refusal."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
FHIR = "{http://hl7.org/fhir}"
REVEALING = re.compile(
    r"Traceback|\.py\b|site-packages|sqlite|SELECT |"
    + "|".join(map(re.escape, (str(PROJECT), sys.prefix, str(Path.home()), "/tmp/")))
)
"""What no client needs to see: stack traces, statements, where things lie on this machine."""


@dataclass(frozen=True)
class Outcome:
    """The first issue."""

    severity: str
    code: str
    text: str


def outcome(content_type: str, body: bytes) -> Outcome:
    """Read it, whatever the format; anything else than an OperationOutcome fails."""
    assert content_type in {"application/fhir+json; charset=utf-8", "application/fhir+xml; charset=utf-8"}
    shown = body.decode()
    assert not REVEALING.search(shown), shown
    return _json(shown) if "json" in content_type else _xml(shown)


def _json(text: str) -> Outcome:
    read = json.loads(text)
    assert read["resourceType"] == "OperationOutcome", text
    issue = read["issue"][0]
    return Outcome(issue["severity"], issue["code"], issue["details"]["text"])


def _xml(text: str) -> Outcome:
    root = ET.fromstring(text)
    assert root.tag == f"{FHIR}OperationOutcome", text
    issue = root.find(f"{FHIR}issue")
    assert issue is not None

    def value(path: str) -> str:
        found = issue.find("/".join(FHIR + step for step in path.split("/")))
        assert found is not None, text
        return found.attrib["value"]

    return Outcome(value("severity"), value("code"), value("details/text"))
