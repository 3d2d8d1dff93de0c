"""Names of the designations and properties of ICD-10-PCS concepts."""

from __future__ import annotations

import re
from typing import Final

from loaders.documents.canonicals import BASE
from loaders.systems import ICD10PCS
from terminology.codesystems.icd10pcs_properties import CHANGE, EXPLANATION, INCLUDES, REPLACES
from terminology.codesystems.replacing import DELETED_CODE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Property
from terminology.model.status import CONCEPT_PROPERTIES

USES: Final = f"{BASE}/CodeSystem/designation-use"
PROPERTIES: Final = f"{BASE}/icd-10-pcs#"

ABBREVIATED: Final = Coding(USES, "abbreviated-title", display="Abbreviated title")
INDEX_ENTRY: Final = Coding(USES, "index-entry", display="Index entry")
PREVIOUS_TITLE: Final = Coding(USES, "previous-title", display="Previous title")

NOT_SELECTABLE: Final = Property("notSelectable", "boolean", True)

_WORD = re.compile(r"[A-Za-z0-9]+")


def term_use(axis_title: str) -> Coding:
    """The use of names that stand for an axis value: a part of the body part, a brand of the device."""
    words = [word.lower() for word in _WORD.findall(axis_title)]
    return Coding(USES, f"{'-'.join(words)}-term", display=f"Term for the {axis_title.lower()}")


def property_code(axis_title: str) -> str:
    """`Body Part` → `bodyPart`, `Device / Substance / Technology` → `deviceSubstanceTechnology`."""
    first, *others = (str(word) for word in _WORD.findall(axis_title))
    return first.lower() + "".join(word[:1].upper() + word[1:] for word in others)


def axis_properties(axis_title: str) -> tuple[PropertyDefinition, PropertyDefinition]:
    """The property for the label of a value of an axis, and the one for its character."""
    code = property_code(axis_title)
    return (
        PropertyDefinition(code, "string", PROPERTIES + code, f"{axis_title}: the label of the code's value."),
        PropertyDefinition(
            f"{code}Code",
            "string",
            f"{PROPERTIES}{code}Code",
            f"{axis_title}: the character of the code's value. What it means depends on the table.",
        ),
    )


HEADER_DEFINITIONS: Final = (
    PropertyDefinition(
        "notSelectable",
        "boolean",
        CONCEPT_PROPERTIES + "notSelectable",
        "Sections, body systems and tables are no codes.",
    ),
)
DEFINITION_DEFINITIONS: Final = (
    PropertyDefinition(EXPLANATION, "string", PROPERTIES + EXPLANATION, "What CMS explains about the operation."),
    PropertyDefinition(INCLUDES, "string", PROPERTIES + INCLUDES, "Examples of procedures with this operation."),
    PropertyDefinition(
        "aggregateDevice", "string", f"{PROPERTIES}aggregateDevice",
        "The general device value that other operations use for this specific one.",
    ),
    PropertyDefinition(
        "aggregateDeviceCode", "string", f"{PROPERTIES}aggregateDeviceCode", "The character of `aggregateDevice`."
    ),
)  # fmt: skip
ADDENDUM_DEFINITIONS: Final = (
    PropertyDefinition(
        CHANGE, "string", PROPERTIES + CHANGE, "What this release changed about the code: `added` or `retitled`."
    ),
    PropertyDefinition(
        DELETED_CODE, "Coding", PROPERTIES + DELETED_CODE, "A code of this table that this release deleted."
    ),
)  # fmt: skip
CONVERSION_DEFINITIONS: Final = (
    PropertyDefinition(
        REPLACES, "Coding", PROPERTIES + REPLACES, "A deleted code in whose place CMS's conversion table puts this one."
    ),
)


def former(code: str, title: str) -> Coding:
    """The Coding of a code that the release no longer has."""
    return Coding(ICD10PCS, code, display=title or None)
