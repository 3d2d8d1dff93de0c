"""Which parts of a stored resource a client gets: `_summary`, `_elements` and the SUBSETTED tag (R5, 3.2.1.7.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from terminology.fhir.json import Json, loads_object
from terminology.http.exchange import Request
from terminology.operations.inputs import wrong_type
from terminology.store.entries import ResourceEntry

SUBSETTED: Json = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}
ALWAYS = frozenset({"resourceType", "id", "meta"})
SUMMARY = ALWAYS | {
    "implicitRules", "url", "identifier", "version", "versionAlgorithmString", "versionAlgorithmCoding", "name",
    "title", "status", "experimental", "date", "publisher", "contact", "useContext", "jurisdiction", "kind",
    "copyrightLabel", "approvalDate", "effectivePeriod", "extension", "modifierExtension",
    # CodeSystem
    "caseSensitive", "valueSet", "hierarchyMeaning", "compositional", "versionNeeded", "content", "supplements",
    "count", "filter", "property",
    # ValueSet, ConceptMap
    "immutable", "sourceScopeUri", "sourceScopeCanonical", "targetScopeUri", "targetScopeCanonical",
}  # fmt: skip
"""Elements marked as summary in R5's definitions of the supported types."""
MANDATORY = frozenset({"status", "content", "name", "kind", "date", "uniqueId"})
"""Elements that `_elements` and `_summary=text` must keep for the resource to be valid."""

APART: frozenset[str] = frozenset({"CodeSystem", "ConceptMap"})
"""Types whose content is stored apart from the header."""

CONTENTS = frozenset({"concept", "group"})
"""The elements of that content."""

Mode = Literal["true", "text", "data", "count", "false"]
MODES: tuple[Mode, ...] = ("true", "text", "data", "count", "false")


@dataclass(frozen=True, slots=True)
class Summary:
    """The parts that a client requests; `elements` are those it names."""

    mode: Mode = "false"
    elements: frozenset[str] = frozenset()

    @classmethod
    def of(cls, request: Request) -> Summary:
        """Read the parameters. Raises TerminologyError invalid for an unknown mode."""
        given = request.parameter("_summary") or "false"
        mode = next((m for m in MODES if m == given), None)
        if mode is None:
            raise wrong_type("_summary", " or ".join(MODES), given)
        names = (request.parameter("_elements") or "").split(",")
        return cls(mode, frozenset(name.strip().rpartition(".")[2] for name in names if name.strip()))

    @property
    def cuts(self) -> bool:
        """Whether less than everything is wanted."""
        return self.mode not in {"false", "data"} or bool(self.elements)

    @property
    def wants_contents(self) -> bool:
        """Whether the content that is stored apart from the header is wanted."""
        return not self.cuts or bool(self.elements & CONTENTS)

    def apply(self, resource: Json) -> Json:
        """The requested parts of the resource, tagged when something is left out."""
        if self.elements:
            return subsetted(_only(resource, ALWAYS | MANDATORY | self.elements))
        if self.mode == "true":
            return subsetted(_only(resource, SUMMARY))
        if self.mode == "text":
            return subsetted(_only(resource, ALWAYS | MANDATORY | {"text"}))
        if self.mode == "data":
            return subsetted({name: value for name, value in resource.items() if name != "text"})
        return resource


WITHHELD = Summary("true")
"""The form in which a resource is listed whose content is withheld."""


def with_meta(entry: ResourceEntry) -> Json:
    """The stored header with its id, and when it was last changed."""
    resource = loads_object(entry.body)
    meta = {**resource.pop("meta", {}), "versionId": str(entry.version_id), "lastUpdated": entry.last_updated}
    resource.pop("resourceType", None)
    resource.pop("id", None)
    return {"resourceType": entry.type, "id": entry.id, "meta": meta, **resource}


def header(summary: Summary, entry: ResourceEntry) -> Json:
    """The requested parts of the stored header, tagged where it is not the whole resource."""
    resource = summary.apply(with_meta(entry))
    return subsetted(resource) if entry.type in APART and not summary.cuts else resource


def etag(entry: ResourceEntry) -> str:
    """The version as an entity tag; weak, since one version has several formats (R5, 3.2.0.1.3)."""
    return f'W/"{entry.version_id}"'


def validators(entry: ResourceEntry) -> tuple[tuple[str, str], ...]:
    """The headers that identify a version."""
    return ("ETag", etag(entry)), ("Last-Modified", http_date(entry.last_updated))


def subsetted(resource: Json) -> Json:
    """The resource, tagged as incomplete."""
    meta = resource.get("meta", {})
    tags = [*(tag for tag in meta.get("tag", ()) if tag.get("code") != SUBSETTED["code"]), SUBSETTED]
    return {**resource, "meta": {**meta, "tag": tags}}


def http_date(instant: str) -> str:
    """A FHIR instant as HTTP writes dates."""
    return format_datetime(datetime.fromisoformat(instant), usegmt=True)


def _only(resource: Json, names: frozenset[str]) -> Json:
    return {name: value for name, value in resource.items() if name.lstrip("_") in names}
