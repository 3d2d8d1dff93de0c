"""Resolves the property name of a filter to an attribute of the code system.

`code` and `concept` mean the code itself. Defined properties may be named by code or uri; the standard concept
properties (http://hl7.org/fhir/concept-properties) also by their standard names where the system uses others.
Properties that concepts have without a definition are known, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminology.codesystems.filters.attributes import (
    CHILD,
    CODE,
    DEFINITION,
    DESIGNATION,
    DISPLAY,
    INACTIVE,
    PARENT,
    STATUS,
    Attribute,
    Stated,
)
from terminology.codesystems.indexed import Indexed
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.outcome import TerminologyError
from terminology.model.status import CONCEPT_PROPERTIES, STANDARD_PROPERTIES, property_code
from terminology.model.valueset import Filter

CODE_NAMES = frozenset({"code", "concept"})

DERIVED: Mapping[str, Attribute] = MappingProxyType(
    {"parent": PARENT, "child": CHILD, "status": STATUS, "inactive": INACTIVE}
)
"""Standard properties that say more than their stated values: hierarchy and status come from several elements."""

ELEMENTS: Mapping[str, Attribute] = MappingProxyType(
    {"display": DISPLAY, "definition": DEFINITION, "designation": DESIGNATION}
)
"""Elements of a concept, unless the system has a property of that name."""


def attribute(system: Indexed, f: Filter) -> Attribute:
    """What the filter's property means. Raises TerminologyError for a property this system does not have."""
    name = f.property
    if name in CODE_NAMES:
        return CODE
    metadata = system.metadata
    if (derived := DERIVED.get(standard_name(metadata, name))) is not None:
        return derived
    if (defined := definition(metadata, name)) is not None:
        return Stated(defined.code, defined.kind)
    if name in ELEMENTS:
        return ELEMENTS[name]
    if name in STANDARD_PROPERTIES or system.with_property(name):
        return Stated(name, STANDARD_PROPERTIES.get(name))
    raise TerminologyError.of(
        "invalid",
        "FILTER_PROPERTY_UNKNOWN",
        detail="vs-invalid",
        expression=f.expression,
        system=metadata.url,
        property=name,
        op=f.op,
        value=f.value,
        known=", ".join(known_names(metadata)),
    )


def standard_name(metadata: CodeSystemMetadata, name: str) -> str:
    """Which standard concept property `name` means, '' for none: by the uri of its definition, else by being it."""
    defined = definition(metadata, name)
    uri = defined.uri if defined else name
    if uri and uri.startswith(CONCEPT_PROPERTIES):
        return uri.removeprefix(CONCEPT_PROPERTIES)
    return name if property_code(metadata, name) == name else ""


def known_names(metadata: CodeSystemMetadata) -> list[str]:
    """What a filter on this system may name, for messages."""
    return sorted({*CODE_NAMES, *DERIVED, *ELEMENTS, *(p.code for p in metadata.properties)})


def definition(metadata: CodeSystemMetadata, name: str) -> PropertyDefinition | None:
    """The property of that code, of that uri, or of the standard property with that name."""
    if (found := metadata.property_definition(name)) is not None:
        return found
    uri = name if "://" in name else CONCEPT_PROPERTIES + name
    return next((p for p in metadata.properties if p.uri == uri), None)
