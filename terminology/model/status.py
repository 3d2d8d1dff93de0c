"""What a concept's properties and extensions say about its use: inactive, abstract, status.

Follows the terminology ecosystem's test cases: a status of retired or an `inactive` property makes a concept inactive.
A deprecated one may still be used (concept-properties: "concepts that are deprecated but not inactive can still be
used"). Without a status property, the standards-status extension gives the status. Which property means what is
decided by the uri in the code system's own property definitions first, by the property's code otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept

CONCEPT_PROPERTIES = "http://hl7.org/fhir/concept-properties#"
STANDARDS_STATUS = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"
INACTIVE_STATUSES = frozenset({"retired", "withdrawn", "inactive"})

STANDARD_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "status": "code",
        "inactive": "boolean",
        "notSelectable": "boolean",
        "effectiveDate": "dateTime",
        "deprecated": "dateTime",
        "deprecationDate": "dateTime",
        "retirementDate": "dateTime",
        "parent": "code",
        "child": "code",
        "partOf": "code",
        "synonym": "code",
        "comment": "string",
        "itemWeight": "decimal",
    }
)
"""Codes of http://hl7.org/fhir/concept-properties with the type of their values."""


class ConceptStatus(NamedTuple):
    """`status` is None where the concept states none."""

    inactive: bool
    abstract: bool
    status: str | None


def property_code(metadata: CodeSystemMetadata, name: str) -> str:
    """The code this system uses for a standard concept property (`status`, `inactive`, `notSelectable`, `parent`…)."""
    uri = CONCEPT_PROPERTIES + name
    return next((p.code for p in metadata.properties if p.uri == uri), name)


def status_of(concept: Concept, metadata: CodeSystemMetadata) -> ConceptStatus:
    """Read the status of one concept."""
    status = next((str(p.value) for p in concept.values(property_code(metadata, "status"))), None)
    if status is None:
        status = next((str(e.value) for e in concept.extensions if e.url == STANDARDS_STATUS), None)
    flagged = any(_true(p.value) for p in concept.values(property_code(metadata, "inactive")))
    abstract = any(_true(p.value) for p in concept.values(property_code(metadata, "notSelectable")))
    return ConceptStatus(flagged or status in INACTIVE_STATUSES, abstract, status)


def _true(value: object) -> bool:
    return value is True or value == "true"
