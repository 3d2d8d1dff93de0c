"""The syntax and hierarchy of ICD-9-CM codes, and which release a version number means."""

from __future__ import annotations

from typing import Final, Literal

from loaders.documents.canonicals import BASE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Property
from terminology.model.status import CONCEPT_PROPERTIES

Kind = Literal["procedures", "diagnoses"]

USES: Final = f"{BASE}/CodeSystem/designation-use"
ABBREVIATED: Final = Coding(USES, "abbreviated-title", display="Abbreviated title")
INCLUSION: Final = Coding(USES, "inclusion-term", display="Inclusion term")
PROPERTIES: Final = f"{BASE}/icd-9-cm#"
NOT_SELECTABLE: Final = Property("notSelectable", "boolean", True)

HEADER_DEFINITIONS: Final = (
    PropertyDefinition(
        "notSelectable", "boolean", CONCEPT_PROPERTIES + "notSelectable", "Chapters and categories are no codes."
    ),
)
NOTE_DEFINITIONS: Final = (
    PropertyDefinition("excludes", "string", f"{PROPERTIES}excludes", "What is coded elsewhere."),
    PropertyDefinition("codeAlso", "string", f"{PROPERTIES}codeAlso", "What is coded in addition."),
    PropertyDefinition("note", "string", f"{PROPERTIES}note", "A note of the tabular list."),
)


def dotted(code: str, kind: Kind) -> str:
    """`0001` → `00.01`, `25000` → `250.00`, `E8000` → `E800.0`."""
    place = 2 if kind == "procedures" else 4 if code.startswith("E") else 3
    return f"{code[:place]}.{code[place:]}" if len(code) > place else code


def parent_of(code: str) -> str | None:
    """`00.01` → `00.0` → `00` → None."""
    return code[:-1].removesuffix(".") if "." in code else None


def in_effect(version: int) -> tuple[str, str]:
    """The first and the last day of a version of CMS's lists: version 32 is that of fiscal year 2015."""
    return f"{1982 + version}-10-01", f"{1983 + version}-09-30"
