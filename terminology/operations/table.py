"""The OPERATIONS table, one row for each operation, read by the dispatcher, the CapabilityStatement and the docs."""

from __future__ import annotations

from terminology.operations import (
    batch_validate_code,
    closure,
    diff,
    expand,
    find_matches,
    lookup,
    naming,
    related,
    subsumes,
    translate,
    validate_bindings,
    validate_code,
    versions,
)
from terminology.operations.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    lookup.OPERATION,
    validate_code.ON_CODE_SYSTEMS,
    batch_validate_code.ON_CODE_SYSTEMS,
    subsumes.OPERATION,
    diff.OPERATION,
    find_matches.OPERATION,
    expand.OPERATION,
    validate_code.ON_VALUE_SETS,
    batch_validate_code.ON_VALUE_SETS,
    related.OPERATION,
    translate.OPERATION,
    closure.ON_CONCEPT_MAPS,
    closure.ON_SYSTEM,
    naming.PREFERRED_ID,
    naming.TRANSLATE_ID,
    validate_bindings.ON_STRUCTURES,
    validate_bindings.ON_SYSTEM,
    versions.OPERATION,
)

RESOURCE_TYPES = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition")
"""What can be read and searched."""

_BY_NAME = {(op.resource, name): op for op in OPERATIONS for name in (op.name, *op.aliases)}


def find(resource: str | None, name: str) -> Operation | None:
    """The operation of this name (without `$`) on a resource type, or None for the system."""
    return _BY_NAME.get((resource, name))


def on(resource: str | None) -> tuple[Operation, ...]:
    """All operations on a resource type, or on the system."""
    return tuple(op for op in OPERATIONS if op.resource == resource)
