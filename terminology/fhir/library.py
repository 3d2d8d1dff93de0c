"""Library (R5) as a manifest: related artifacts with versions, and the expansion parameters it contains."""

from __future__ import annotations

from collections.abc import Iterator

from terminology.fhir.elements import objects, one_object, required_string, resource_errors, string
from terminology.fhir.json import Json
from terminology.model.coding import Canonical
from terminology.model.manifest import Manifest

EXPANSION_PARAMETERS = "http://hl7.org/fhir/StructureDefinition/cqf-expansionParameters"
NAMED = frozenset({"depends-on", "composed-of"})
"""Types of related artifacts that a manifest is about."""


def parse(resource: Json) -> Manifest:
    """Read what a manifest decides. Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG)."""
    with resource_errors("Library"):
        return Manifest(
            url=required_string(resource, "url"),
            version=string(resource, "version"),
            parameters=tuple(_parameters(resource)),
            versions=tuple(_versions(resource)),
        )


def _versions(resource: Json) -> Iterator[Canonical]:
    for artifact in objects(resource, "relatedArtifact"):
        named = string(artifact, "resource")
        if named and string(artifact, "type") in NAMED:
            canonical = Canonical.parse(named)
            if canonical.version:
                yield canonical


def _parameters(resource: Json) -> Iterator[Json]:
    """Those of the contained Parameters that the extension refers to."""
    wanted = {_reference(e) for e in objects(resource, "extension") if e.get("url") == EXPANSION_PARAMETERS}
    for contained in objects(resource, "contained"):
        if contained.get("resourceType") == "Parameters" and f"#{string(contained, 'id')}" in wanted:
            yield from objects(contained, "parameter")


def _reference(extension: Json) -> str | None:
    value = one_object(extension, "valueReference")
    return string(value, "reference") if value else None
