"""`generalizes`: all concepts that have a transitive is-a relationship from the provided one, and that one itself."""

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
    """The concept and everything above it."""
    code = concept(system, f)
    return system.ancestors(code) | BitMap(system.ordinals([code]).values())


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether the concept is it, or above it."""
    code = concept(system, f)
    if system.code_key(located.concept.code) == system.code_key(code):
        return True
    return located.ordinal is not None and located.ordinal in system.ancestors(code)
