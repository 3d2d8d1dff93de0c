"""Names of designations and properties of ICD-10-CM concepts, and the format of codes. No content."""

from __future__ import annotations

from typing import Final

from loaders.documents.canonicals import BASE
from terminology.codesystems.replacing import DELETED_CODE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Property
from terminology.model.status import CONCEPT_PROPERTIES

USES: Final = f"{BASE}/CodeSystem/designation-use"
PROPERTIES: Final = f"{BASE}/icd-10-cm#"

CATEGORY: Final = 3
"""Characters before the dot."""

ABBREVIATED: Final = Coding(USES, "abbreviated-title", display="Abbreviated title")
PREVIOUS_TITLE: Final = Coding(USES, "previous-title", display="Previous title")
INCLUSION_TERM: Final = Coding(USES, "inclusion-term", display="Inclusion term")

NOTES: Final = {
    "includes": "Includes note: what the category also covers.",
    "excludes1": "Excludes1 note: never coded together with this code.",
    "excludes2": "Excludes2 note: not included here; both may be coded.",
    "inclusionTerm": "A condition for which the code is to be used.",
    "codeFirst": "What must be coded before this code.",
    "codeAlso": "What may have to be coded besides, in either order.",
    "useAdditionalCode": "What is to be coded in addition.",
    "sevenChrNote": "Which codes need a 7th character.",
    "notes": "Other notes.",
}
"""Elements with notes, which are properties of the same names."""

DEFINITIONS: Final = (
    PropertyDefinition("kind", "code", PROPERTIES + "kind", "`chapter`, `section`, or `diagnosis`."),
    PropertyDefinition("billable", "boolean", PROPERTIES + "billable", "Whether the code may be reported."),
    PropertyDefinition(
        "seventhCharacter", "Coding", PROPERTIES + "seventhCharacter", "7th character of the code."
    ),
    PropertyDefinition("placeholder", "boolean", PROPERTIES + "placeholder", "Whether the last X only fills a place."),
    PropertyDefinition(
        "visualImpairment", "string", PROPERTIES + "visualImpairment", "Row of the table of visual impairment."
    ),
    *(PropertyDefinition(code, "string", PROPERTIES + code, text) for code, text in NOTES.items()),
    PropertyDefinition(
        "change", "code", PROPERTIES + "change",
        "What this release did with the code: `added`, `retitled`, `made-header` (divided further), `made-code`.",
    ),
    PropertyDefinition(
        DELETED_CODE, "Coding", PROPERTIES + DELETED_CODE, "A code of this category that this release deleted."
    ),
    PropertyDefinition(
        "notSelectable", "boolean", CONCEPT_PROPERTIES + "notSelectable", "True for headers: they are not reported."
    ),
)  # fmt: skip


def dotted(code: str) -> str:
    """`S72001A` → `S72.001A`."""
    return f"{code[:CATEGORY]}.{code[CATEGORY:]}" if len(code) > CATEGORY else code


def standing(*, kind: str, billable: bool) -> tuple[Property, ...]:
    """The properties every concept has."""
    said = (Property("kind", "code", kind), Property("billable", "boolean", billable))
    return said if billable else (*said, Property("notSelectable", "boolean", True))
