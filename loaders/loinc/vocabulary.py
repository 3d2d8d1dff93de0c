"""The properties and filters of LOINC's CodeSystem, as Regenstrief and HL7 Terminology name them, and where they are.

A property that a release has and this table does not know is defined by its name. LOINC's own resource types
references to parts as Coding; here they are `code`, FHIR's type for a reference to another concept of the same system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from terminology.model.codesystem import FilterDefinition, PropertyDefinition
from terminology.model.concept import PropertyKind
from terminology.model.status import CONCEPT_PROPERTIES

URI = "http://loinc.org/property/"

AXES: Mapping[str, str] = MappingProxyType(
    {
        "COMPONENT": "COMPONENT", "PROPERTY": "PROPERTY", "TIME_ASPCT": "TIME", "SYSTEM": "SYSTEM",
        "SCALE_TYP": "SCALE", "METHOD_TYP": "METHOD", "CLASS": "CLASS",
    }
)  # fmt: skip
"""Columns of the main table that name a part → the type of that part."""

ANSWER, ANSWER_LIST, ANSWERS_FOR = "Answer", "AnswerList", "answers-for"
LIST_OF_CODE = "answer-list"
LINK_TYPE = "AnswerListLinkType"
GROUP = "group"
COPYRIGHT_NOTICE = "EXTERNAL_COPYRIGHT_NOTICE"
RELATED_NAMES = "RELATEDNAMES2"


class Meaning(NamedTuple):
    """The definition of a property."""

    kind: PropertyKind
    description: str


PROPERTIES: Mapping[str, Meaning] = MappingProxyType(
    {
        "STATUS": Meaning("string", "Status of the term: ACTIVE, TRIAL, DISCOURAGED or DEPRECATED."),
        "COMPONENT": Meaning("code", "First major axis: component or analyte."),
        "PROPERTY": Meaning("code", "Second major axis: property observed (mass concentration, for instance)."),
        "TIME_ASPCT": Meaning("code", "Third major axis: timing of the measurement."),
        "SYSTEM": Meaning("code", "Fourth major axis: type of specimen or system."),
        "SCALE_TYP": Meaning("code", "Fifth major axis: scale of measurement."),
        "METHOD_TYP": Meaning("code", "Sixth major axis: method of measurement."),
        "CLASS": Meaning("code", "An arbitrary classification of terms for grouping related observations together."),
        "CLASSTYPE": Meaning("string", "1=Laboratory class; 2=Clinical class; 3=Claims attachments; 4=Surveys."),
        "ORDER_OBS": Meaning("string", "Intended use of the term: Order, Observation, Both or Subset."),
        "VersionFirstReleased": Meaning("string", "The LOINC version in which the term was first released."),
        "VersionLastChanged": Meaning("string", "The LOINC version in which the term was last changed."),
        "CHNG_TYPE": Meaning("string", "How the term was last changed."),
        "PanelType": Meaning("string", "Convenience group, Organizer or Panel."),
        "DisplayName": Meaning("string", "A short, clinician-friendly name."),
        RELATED_NAMES: Meaning("string", "Synonyms and related words, separated by semicolons."),
        "EXAMPLE_UNITS": Meaning("string", "Units of measure that results may have."),
        "EXAMPLE_UCUM_UNITS": Meaning("string", "Units of measure that results may have, in UCUM."),
        "UNITSREQUIRED": Meaning("string", "Y where units are required in an HL7 OBX segment."),
        "COMMON_TEST_RANK": Meaning("integer", "Rank among the most common tests, from 1."),
        "COMMON_ORDER_RANK": Meaning("integer", "Rank among the most common orders, from 1."),
        "HL7_ATTACHMENT_STRUCTURE": Meaning("string", "Whether an HL7 attachment specification exists for the term."),
        "ValidHL7AttachmentRequest": Meaning("string", "Y where the term may be used in a request for an attachment."),
        COPYRIGHT_NOTICE: Meaning("string", "The copyright notice of a third party that holds rights in the term."),
        "EXTERNAL_COPYRIGHT_LINK": Meaning("string", "Where to read about the third party's copyright."),
        "STATUS_REASON": Meaning("string", "Why the term is deprecated or discouraged."),
        "STATUS_TEXT": Meaning("string", "Explanation of the status."),
        "MAP_TO": Meaning("code", "The term to be used instead of this deprecated one."),
        "AskAtOrderEntry": Meaning("code", "A term to be asked for when this one is ordered."),
        "AssociatedObservations": Meaning("code", "A term that may be sent together with this one."),
        LIST_OF_CODE: Meaning("code", "An answer list for this term."),
        LINK_TYPE: Meaning("string", "How binding the answer list is: NORMATIVE, PREFERRED or EXAMPLE."),
        ANSWERS_FOR: Meaning("code", "A term that this answer list is for. As a filter: the answers to a term."),
        ANSWER: Meaning("code", "An answer of this answer list, in the order of the list."),
        ANSWER_LIST: Meaning("code", "An answer list that has this answer."),
        "PartTypeName": Meaning("string", "The type of the part."),
        GROUP: Meaning("code", "A group this term belongs to."),
        "category": Meaning("code", "A category of the term, as a part of type CLASS."),
        "search": Meaning("code", "A part by which the term should be found."),
        "analyte": Meaning("code", "The analyte: the component without challenge, adjustment and count."),
        "analyte-core": Meaning("code", "The analyte without suffix, numerator and divisor."),
        "analyte-suffix": Meaning("code", "The analyte's suffix."),
        "analyte-numerator": Meaning("code", "The analyte in the numerator of a ratio."),
        "analyte-divisor": Meaning("code", "The analyte in the divisor of a ratio."),
        "analyte-divisor-suffix": Meaning("code", "The suffix of the analyte in the divisor."),
        "analyte-gene": Meaning("code", "The gene of the analyte."),
        "challenge": Meaning("code", "The challenge, with its timing."),
        "adjustment": Meaning("code", "The adjustment or correction of the result."),
        "count": Meaning("code", "The count of repeated measurements."),
        "time-core": Meaning("code", "The timing without modifier."),
        "time-modifier": Meaning("code", "The modifier of the timing."),
        "system-core": Meaning("code", "The specimen or system without super-system."),
        "super-system": Meaning("code", "Whose specimen it is, where it is not the patient's."),
    }
)
"""Properties with a meaning of their own; document and radiology attributes speak for themselves."""

PART_PREFIXES = ("document-", "rad-", "analyte", "time-", "system-")

HIERARCHY = (
    PropertyDefinition("parent", "code", f"{CONCEPT_PROPERTIES}parent", "A parent in the hierarchy of components."),
    PropertyDefinition("child", "code", f"{CONCEPT_PROPERTIES}child", "A child in the hierarchy of components."),
    PropertyDefinition("inactive", "boolean", f"{CONCEPT_PROPERTIES}inactive", "True for deprecated and discouraged."),
)

FILTERS = (
    FilterDefinition("parent", ("=", "in"), "A code", "Its direct children in the hierarchy of components."),
    FilterDefinition("child", ("=", "in"), "A code", "Its direct parents."),
    FilterDefinition("ancestor", ("=",), "A code", "Everything below it."),
    FilterDefinition("descendant", ("=",), "A code", "Everything above it."),
    FilterDefinition("copyright", ("=",), "LOINC or 3rdParty", "Terms without, or with a third party's copyright."),
    FilterDefinition("LIST", ("=", "in"), "An answer list (LL…)", "The answers of the list."),
    FilterDefinition("answers-for", ("=",), "A term, or an answer list (LL…)", "The answers to it."),
    FilterDefinition("group", ("=", "in"), "A group (LG…)", "The terms of the group and of groups in it."),
)


def definitions(codes: Iterable[str], *, parts: bool) -> tuple[PropertyDefinition, ...]:
    """The definitions of these properties. Without `parts` the axes have no codes, but names."""
    return (*HIERARCHY, *(_definition(code, parts=parts) for code in dict.fromkeys(codes)))


def _definition(code: str, *, parts: bool) -> PropertyDefinition:
    known = PROPERTIES.get(code)
    refers = code.startswith(PART_PREFIXES)
    kind: PropertyKind = known.kind if known else "code" if refers else "string"
    if not parts and (code in AXES or refers):
        kind = "string"
    uri = f"{CONCEPT_PROPERTIES}status" if code == "STATUS" else URI + code
    return PropertyDefinition(code, kind, uri, known.description if known else None, code == RELATED_NAMES)
