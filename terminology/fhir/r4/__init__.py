"""R4 and R4B ⇄ R5: the only place that knows how the releases differ.

Internally everything is R5. Elements that R4 lacks become cross-version extensions
`http://hl7.org/fhir/5.0/StructureDefinition/extension-[path]` (R5, 2.1.0.5), so that a round trip loses nothing. What
only R4 can express (ConceptMap equivalence is finer than relationship) becomes an extension of 4.0 in R5. The
operations themselves handle differences between their parameters.
"""

from __future__ import annotations

from typing import Any

from terminology.fhir.json import Json
from terminology.fhir.r4.carry import Level, downgrade, upgrade
from terminology.fhir.r4.table import LEVELS
from terminology.model.requests import FhirRelease

FHIR_VERSIONS = {"R4": "4.0.1", "R4B": "4.3.0", "R5": "5.0.0"}

__all__ = ["FHIR_VERSIONS", "from_r5", "to_r4", "to_r5"]


def to_r5(resource: Json) -> Json:
    """Raise an R4 or R4B resource to R5; one that is R5 already comes back equal. The input is not changed."""
    return _convert(resource, upgrade)


def to_r4(resource: Json) -> Json:
    """Bring an R5 resource down to R4 (and R4B, which does not differ here). The input is not changed."""
    return _convert(resource, downgrade)


def from_r5(resource: Json, release: FhirRelease) -> Json:
    """An R5 resource in the form of a release; a CapabilityStatement gets the release's `fhirVersion`."""
    if release == "R5":
        return resource
    written = to_r4(resource)
    if written.get("resourceType") == "CapabilityStatement":
        return {**written, "fhirVersion": FHIR_VERSIONS[release]}
    return written


def _convert(resource: Json, step: Any) -> Json:
    type_ = resource.get("resourceType")
    if type_ == "Bundle":
        return _entries(resource, step)
    if type_ == "Parameters":
        return _parameters(resource, "parameter", step)
    level: Level | None = LEVELS.get(type_) if isinstance(type_, str) else None
    written: Json = step(level, resource) if level else resource
    contained = written.get("contained")
    if isinstance(contained, list):
        return {**written, "contained": [_convert(c, step) if isinstance(c, dict) else c for c in contained]}
    return written


def _entries(bundle: Json, step: Any) -> Json:
    """Convert the resources of a Bundle's entries."""
    if not isinstance(bundle.get("entry"), list):
        return bundle
    return {**bundle, "entry": [_with_resource(e, step) if isinstance(e, dict) else e for e in bundle["entry"]]}


def _parameters(element: Json, name: str, step: Any) -> Json:
    """Convert the resources in parameters and their parts."""
    inner = element.get(name)
    if not isinstance(inner, list):
        return element
    return {**element, name: [_parameter(i, step) if isinstance(i, dict) else i for i in inner]}


def _parameter(parameter: Json, step: Any) -> Json:
    if "resource" in parameter:
        parameter = _with_resource(parameter, step)
    return _parameters(parameter, "part", step) if "part" in parameter else parameter


def _with_resource(element: Json, step: Any) -> Json:
    resource = element.get("resource")
    return {**element, "resource": _convert(resource, step)} if isinstance(resource, dict) else element
