"""What a concept's properties and extensions say about its use: inactive, abstract, status.

Follows the terminology ecosystem's test cases: a status of retired or an `inactive` property makes a concept inactive.
A deprecated one may still be used (concept-properties: "concepts that are deprecated but not inactive can still be
used"). Without a status property, the standards-status extension gives the status. The meaning of a property is decided
by the uri in the code system's property definitions, otherwise by the property's code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Coding
from terminology.model.concept import Concept

CONCEPT_PROPERTIES = "http://hl7.org/fhir/concept-properties#"
STANDARDS_STATUS = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"
INACTIVE_STATUSES = frozenset({"retired", "withdrawn", "inactive"})

OUT_OF_USE = Coding("http://snomed.info/sct", "900000000000546006")
"""The use of outdated designations: they are known, but neither searched nor suggested."""

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


SAYS_NOTHING = ConceptStatus(inactive=False, abstract=False, status=None)


def property_code(metadata: CodeSystemMetadata, name: str) -> str:
    """The code this system uses for a standard concept property (`status`, `inactive`, `notSelectable`, `parent`…)."""
    uri = CONCEPT_PROPERTIES + name
    return next((p.code for p in metadata.properties if p.uri == uri), name)


def property_named(headers: Iterable[CodeSystemMetadata], name: str) -> str:
    """The code of a property that clients may name by its uri as well; a name that nobody defines stays as it is.

    `headers` are those of a system and its supplements.
    """
    if ":" not in name:
        return name
    defined = [p for header in headers for p in header.properties if name in {p.code, p.uri}]
    return defined[0].code if defined else name.removeprefix(CONCEPT_PROPERTIES)


class StatusReader:
    """Reads the status of concepts of one code system, whose status properties are looked up once."""

    __slots__ = ("_abstract", "_inactive", "_status", "silent")

    def __init__(self, metadata: CodeSystemMetadata) -> None:
        self._status = property_code(metadata, "status")
        self._inactive = property_code(metadata, "inactive")
        self._abstract = property_code(metadata, "notSelectable")
        self.silent: Mapping[str, tuple[object, ...]] = self._silent()
        """The status properties, each with the values of an ordinary concept in use."""

    def _silent(self) -> Mapping[str, tuple[object, ...]]:
        if len(self.properties) < 3:  # one property says two things
            return dict.fromkeys(self.properties, ())
        no = (False, "false")
        return {self._status: ("active", "Active", "ACTIVE"), self._inactive: no, self._abstract: no}

    @property
    def properties(self) -> frozenset[str]:
        """The codes of the properties that state it; an extension may state it, too."""
        return frozenset((self._status, self._inactive, self._abstract))

    def read(self, concept: Concept) -> ConceptStatus:
        """What the concept says; most say nothing."""
        status, inactive, abstract = None, False, False
        for value in concept.properties:
            if value.code == self._status and status is None:
                status = str(value.value)
            if value.code == self._inactive and _true(value.value):
                inactive = True
            if value.code == self._abstract and _true(value.value):
                abstract = True
        if status is None and concept.extensions:
            status = next((str(e.value) for e in concept.extensions if e.url == STANDARDS_STATUS), None)
        if status is None and not inactive and not abstract:
            return SAYS_NOTHING
        return ConceptStatus(inactive or status in INACTIVE_STATUSES, abstract, status)


def status_of(concept: Concept, metadata: CodeSystemMetadata) -> ConceptStatus:
    """Read the status of one concept."""
    return StatusReader(metadata).read(concept)


def _true(value: object) -> bool:
    return value is True or value == "true"
