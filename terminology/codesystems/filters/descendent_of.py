"""`descendent-of`: all concepts that have a transitive is-a relationship with the provided one, but not that one."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters.reading import concept
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for a property that has no hierarchy."""
    concept(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Everything below the concept."""
    return system.descendants(concept(system, f))


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether the concept is below it."""
    return located.ordinal is not None and located.ordinal in system.descendants(concept(system, f))
