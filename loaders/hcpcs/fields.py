"""The columns of a HCPCS record: their positions in the text file, headings in tables, and properties.

Follows CMS's "HCPCS Contractor Record" layout (320 characters). Positions are 1-based and inclusive. Contains no codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from loaders.documents.canonicals import BASE
from terminology.model.codesystem import PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import PropertyKind
from terminology.model.status import CONCEPT_PROPERTIES

PROPERTY_BASE: Final = f"{BASE}/hcpcs#"
SHORT: Final = Coding(f"{BASE}/CodeSystem/designation-use", "short-description", display="Short description")
"""Use of the description of at most 28 characters."""
NAMES: Final = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Field:
    """One property and its columns: `begin` is where the first lies, each is `width` long, `headings` has one each.

    `element` is the number of the field in CMS's record layout, by which its code tables are found.
    """

    code: str
    kind: PropertyKind
    begin: int
    width: int
    headings: tuple[str, ...]
    description: str
    element: str = ""
    uri: str | None = None

    @property
    def definition(self) -> PropertyDefinition:
        """As the CodeSystem declares it."""
        return PropertyDefinition(self.code, self.kind, self.uri or PROPERTY_BASE + self.code, self.description)

    def positions(self) -> list[tuple[str, int, int]]:
        """Heading, and the slice of a line, of each column."""
        starts = (self.begin - 1 + number * self.width for number in range(len(self.headings)))
        return [(heading, start, start + self.width) for heading, start in zip(self.headings, starts, strict=True)]


def _numbered(heading: str, count: int) -> tuple[str, ...]:
    return tuple(f"{heading}{number}" for number in range(1, count + 1))


FIELDS: tuple[Field, ...] = (
    Field("sequenceNumber", "integer", 6, 5, ("SEQNUM",), "Number of the record's first line within its code."),
    Field(
        "pricingIndicator", "Coding", 120, 2, _numbered("PRICE", 4),
        "Method by which Medicare part B prices the service; up to four.", "Pricing Indicator Code",
    ),
    Field(
        "multiplePricingIndicator", "Coding", 128, 1, ("MULT_PI",),
        "Whether, and how, a service is priced by more than one method.", "Multiple Pricing Indicator Code",
    ),
    Field(
        "coverageIssuesManual", "string", 129, 6, _numbered("CIM", 3),
        "Section of the Coverage Issues Manual (today: of the National Coverage Determinations).",
    ),
    Field(
        "medicareCarriersManual", "string", 147, 8, _numbered("MCM", 3), "Section of the Medicare Carriers Manual.",
    ),
    Field("statute", "string", 171, 10, ("STATUTE",), "Statute on which coverage or non-coverage rests."),
    Field(
        "labCertification", "Coding", 181, 3, _numbered("LABCERT", 8),
        "Specialty for which a laboratory must be certified; up to eight.", "Lab Certification Code",
    ),
    Field(
        "crossReference", "Coding", 205, 5, _numbered("XREF", 5),
        "Code to be used in place of a deleted code, or of one that Medicare does not take; up to five.",
    ),
    Field(
        "coverage", "Coding", 230, 1, ("COV",),
        "Medicare coverage: C carrier judgment, D special coverage instructions apply, I not payable, M not covered, "
        "S not covered by statute.", "Coverage Code",
    ),
    Field(
        "ascPaymentGroup", "string", 231, 2, ("ASC_GRP",), "YY: approved for ambulatory surgical centers.",
    ),
    Field("ascEffectiveDate", "dateTime", 233, 8, ("ASC_DT",), "Since when `ascPaymentGroup` holds."),
    Field(
        "outpatientGroup", "Coding", 241, 3, ("OPPS",), "Medicare outpatient group (MOG).", "MOG Payment Group Code",
    ),
    Field(
        "outpatientPolicyIndicator", "Coding", 244, 1, ("OPPS_PI",),
        "Whether an ambulatory surgical center is paid for the service.", "MOG Payment Policy Indicator",
    ),
    Field("outpatientEffectiveDate", "dateTime", 245, 8, ("OPPS_DT",), "Since when `outpatientGroup` holds."),
    Field("processingNote", "string", 253, 4, ("PROCNOTE",), "Number of a note in Appendix A of the HCPCS manual."),
    Field(
        "betos", "Coding", 257, 3, ("BETOS",), "Berenson-Eggers Type of Service: a clinically meaningful group.",
        "Berenson-Eggers Type Of Service Code",
    ),
    Field(
        "typeOfService", "Coding", 261, 1, _numbered("TOS", 5), "Kind of service, assigned by the carrier; up to five.",
        "Type Of Service Code",
    ),
    Field("anesthesiaBaseUnits", "integer", 266, 3, ("ANEST_BU",), "Base units of an anesthesia service."),
    Field("addedDate", "dateTime", 269, 8, ("ADD DT",), "When the code was added."),
    Field("actionEffectiveDate", "dateTime", 277, 8, ("ACT EFF DT",), "When the last action on the code took effect."),
    Field(
        "terminationDate", "dateTime", 285, 8, ("TERM DT",),
        "Last day on which the code may be used. The code is inactive when it lies before the release's period.",
        uri=CONCEPT_PROPERTIES + "retirementDate",
    ),
    Field(
        "actionCode", "Coding", 293, 1, ("ACTION CD",),
        "Last action: A added, B coverage and long description changed, C long description, D discontinued, "
        "F administrative data, N none, P payment, R reactivated, S short description, T miscellaneous.", "Action Code",
    ),
)  # fmt: skip
"""In the order of the record; long and short description are no properties."""

LONG = ("LONG DESCRIPTION", 11, 91)
SHORT_DESCRIPTION = ("SHORT DESCRIPTION", 91, 119)
RECORD_LENGTH = 320
DETAIL_LENGTH = 293
"""Up to where the first line of a code must reach: the action code is never blank."""

BY_CODE: Mapping[str, Field] = MappingProxyType({field.code: field for field in FIELDS})

DEFINITIONS: tuple[PropertyDefinition, ...] = (
    PropertyDefinition("kind", "code", PROPERTY_BASE + "kind", "`code`, `modifier`, or `group` (a letter's codes)."),
    *(field.definition for field in FIELDS),
    PropertyDefinition(
        "replacedBy", "code", PROPERTY_BASE + "replacedBy", "For a terminated code: the code to use now."
    ),
    PropertyDefinition(
        "processingNoteText", "string", PROPERTY_BASE + "processingNoteText", "What the processing note says."
    ),
    PropertyDefinition(
        "notOtherwiseClassified", "boolean", PROPERTY_BASE + "notOtherwiseClassified",
        "True for codes that CMS lists as 'not otherwise classified' (unlisted services).",
    ),
    PropertyDefinition(
        "correction", "string", PROPERTY_BASE + "correction", "What a corrections document of CMS says about the code."
    ),
    PropertyDefinition("inactive", "boolean", CONCEPT_PROPERTIES + "inactive", "True for terminated codes."),
    PropertyDefinition("notSelectable", "boolean", CONCEPT_PROPERTIES + "notSelectable", "True for groups."),
)  # fmt: skip
