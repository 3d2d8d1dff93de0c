"""`=`: the specified property of the code equals the provided value."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters.naming import attribute
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for a property that the system does not have."""
    attribute(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Concepts that have the value."""
    named = attribute(system, f)
    return named.with_value(system, [named.normal(system, f.value)])


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether one of the concept's values is it."""
    named = attribute(system, f)
    wanted = named.normal(system, f.value)
    return any(named.normal(system, value) == wanted for value in named.values(system, located))
