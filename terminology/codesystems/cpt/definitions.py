"""The properties and filters of CPT as HL7 Terminology defines them."""

from __future__ import annotations

from dataclasses import replace

from terminology.codesystems.cpt.codes import KINDS
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition

PROPERTIES = (
    PropertyDefinition("modifier", "boolean", description="Whether the code is a modifier."),
    PropertyDefinition(
        "modified", "boolean", description="Whether the code has been modified: true for expressions only."
    ),
    PropertyDefinition(
        "kind",
        "code",
        description="Kind of code: " + ", ".join(f"{code} ({text})" for code, text in KINDS.items()) + ".",
    ),
    PropertyDefinition(
        "telemedicine", "boolean", description="Whether the code is for telemedicine (and takes modifier 95)."
    ),
    PropertyDefinition(
        "orthopox", "boolean", description="Whether the code is one of those for orthopoxvirus tests and immunization."
    ),
)

FILTERS = (
    FilterDefinition("modifier", ("=",), "true | false", "Whether the code is a modifier"),
    FilterDefinition("kind", ("=", "in"), "A kind, or several with commas between", "Kind of code"),
    FilterDefinition("modified", ("=",), "true | false", "Whether the code is an expression with modifiers"),
    FilterDefinition("code", ("in",), "Codes and ranges (99202-99215), with commas between", "Listed codes"),
    FilterDefinition("telemedicine", ("=",), "true | false", "Whether the code is for telemedicine"),
    FilterDefinition("orthopox", ("=",), "true | false", "Whether the code is for orthopoxvirus"),
)


def with_definitions(metadata: CodeSystemMetadata) -> CodeSystemMetadata:
    """A header with the definitions it lacks: that of a fragment has only those of its documents."""
    properties, filters = {p.code for p in metadata.properties}, {f.code for f in metadata.filters}
    return replace(
        metadata,
        properties=(*metadata.properties, *(p for p in PROPERTIES if p.code not in properties)),
        filters=(*metadata.filters, *(f for f in FILTERS if f.code not in filters)),
    )
