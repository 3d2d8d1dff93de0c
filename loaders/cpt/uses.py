"""Designation uses and properties of CPT concepts, and the header of a release. Contains no descriptors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from loaders import systems
from loaders.cpt.files import Layout
from loaders.documents.canonicals import BASE, CONSUMER_NAME
from loaders.releases import BY_DATE, Release
from terminology.codesystems.cpt.definitions import FILTERS, PROPERTIES
from terminology.model.codesystem import CodeSystemMetadata, Content, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Designation
from terminology.model.status import CONCEPT_PROPERTIES

USES: Final = f"{BASE}/CodeSystem/designation-use"
PROPERTY_BASE: Final = f"{BASE}/cpt#"

LONG: Final = Coding(USES, "long-descriptor", display="Long descriptor")
MEDIUM: Final = Coding(USES, "medium-descriptor", display="Medium descriptor")
SHORT: Final = Coding(USES, "short-descriptor", display="Short descriptor")
CLINICIAN: Final = Coding(USES, "clinician-descriptor", display="Clinician descriptor")
CONSUMER: Final = CONSUMER_NAME
"""The same use as in procedure documents."""

ENGLISH, SPANISH = "en", "es"
Aspect = tuple[str, str]
"""The kind of a text: the code of its use, and its language."""
PREFERENCE: tuple[Aspect, ...] = tuple(
    (str(use.code), language)
    for use, language in (
        (LONG, ENGLISH), (MEDIUM, ENGLISH), (SHORT, ENGLISH), (CONSUMER, ENGLISH), (CONSUMER, SPANISH),
        (CLINICIAN, ENGLISH),
    )
)  # fmt: skip
"""The order of texts; the first is the display."""
LISTING: tuple[Aspect, ...] = PREFERENCE[:3]
"""Texts that every code has."""


def aspect(designation: Designation) -> Aspect:
    """The kind of a designation."""
    return str(designation.use.code) if designation.use else "", designation.language or ""


def lists_all(layout: Layout, aspects: Collection[Aspect]) -> bool:
    """Whether a file lists every code of the release, as the older lists and the newer consolidated table do."""
    listing = sum(a in LISTING for a in aspects)
    return layout in {Layout.LONG, Layout.MEDIUM, Layout.SHORT} or (layout is Layout.TABLE and listing > 1)


def _own(code: str, kind: str, description: str) -> PropertyDefinition:
    return PropertyDefinition(code, kind, PROPERTY_BASE + code, description)


DEFINITIONS: tuple[PropertyDefinition, ...] = (
    *PROPERTIES,
    _own("addOn", "boolean", "True when the code is listed in addition to that of a primary procedure."),
    _own("conceptId", "string", "The AMA's identifier of the concept."),
    _own("descriptorEffectiveDate", "dateTime", "Since when the descriptor holds."),
    _own("testName", "string", "Proprietary name of a laboratory test."),
    _own("laboratory", "string", "Laboratory that offers the test."),
    _own("manufacturer", "string", "Manufacturer of the test."),
    _own("section", "string", "Section of the AMA's list of modifiers."),
    _own("level", "string", "Level of a modifier: I (CPT) or II (HCPCS)."),
    _own("deletionDate", "dateTime", "When the code was deleted."),
    _own("deletionNote", "string", "What the AMA says to use in place of a deleted code."),
    _own("replacedBy", "code", "For a deleted code: a code to use now."),
    PropertyDefinition("inactive", "boolean", CONCEPT_PROPERTIES + "inactive", "True for deleted codes."),
)

DESCRIPTION = (
    "Procedures and services of physicians and other professionals. Codes may be joined with modifiers to expressions "
    "(code:modifier:modifier)."
)


def header(release: Release, content: Content, copyright_: str | None = None) -> CodeSystemMetadata:
    """The header of a part of a release; `copyright_` is the AMA's own text where the files have it."""
    known = systems.header(systems.CPT)
    return replace(
        known,
        version=release.version,
        version_algorithm=BY_DATE,
        content=content,
        language=ENGLISH,
        description=DESCRIPTION,
        copyright=copyright_ or known.copyright,
        compositional=True,
        effective_start=release.start,
        effective_end=release.end,
        properties=DEFINITIONS,
        filters=FILTERS,
    )
