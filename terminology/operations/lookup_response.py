"""What `$lookup` answers with, as a Parameters resource."""

from __future__ import annotations

from terminology.fhir.elements import render_coding
from terminology.fhir.json import Json
from terminology.model.coding import Coding
from terminology.model.concept import AddedProperty, Designation, Property
from terminology.model.results import FoundProperty, LookupResult
from terminology.operations.rendering import Output

LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
"""The extension by which a property's text tells its language; tx.fhir.org has a part of that name."""


def response(result: LookupResult) -> Json:
    """R5's out parameters; R4 clients pass over those they do not know."""
    output = head(result)
    for item in result.designations:
        output.add_parts("designation", designation(item))
    for found in result.properties:
        output.add_parts("property", property_(found))
    return output.add_all("used-supplement", "Canonical", map(str, result.used_supplements)).resource()


def head(result: LookupResult) -> Output:
    """What comes before designations and properties."""
    system, concept = result.code_system, result.concept
    return (
        Output()
        .add("name", "String", system.name or str(system.canonical))
        .add("version", "String", system.version)
        .add("system", "Uri", system.url)
        .add("code", "Code", concept.code)
        .add("display", "String", result.display or concept.code)
        .add("definition", "String", concept.definition)
        .add("abstract", "Boolean", result.abstract)
    )


def designation(item: Designation) -> Output:
    """The parts of a designation."""
    parts = Output().add("language", "Code", item.language)
    if item.use is not None:
        parts.add("use", "Coding", render_coding(item.use))
    for use in item.additional_uses:
        parts.add("additionalUse", "Coding", render_coding(use))
    source = item.source
    return parts.add("value", "String", item.value).add("source", "Canonical", str(source) if source else None)


def property_(found: FoundProperty) -> Output:
    """The parts of a property."""
    item = found.property
    language = next((e.value for e in item.extensions if e.url == LANGUAGE), None)
    parts = Output().add("code", "Code", item.code).add("code-display", "String", found.code_display)
    parts.add("language", "Code", language)
    kind, value = _value(item)
    source = item.source if isinstance(item, AddedProperty) else None
    parts.add("value", kind, value).add("description", "String", found.description)
    return parts.add("source", "Canonical", str(source) if source else None)


def _value(item: Property) -> tuple[str, object]:
    value = render_coding(item.value) if isinstance(item.value, Coding) else item.value
    return item.kind[0].upper() + item.kind[1:], value
