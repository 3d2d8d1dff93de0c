"""`is-a`: all concepts that have a transitive is-a relationship with the provided one, and that one itself."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters import descendent_of
from terminology.codesystems.filters.reading import concept
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for a property that has no hierarchy."""
    concept(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """The concept and everything below it."""
    code = concept(system, f)
    return system.descendants(code) | BitMap(system.ordinals([code]).values())


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether the concept is it, or below it."""
    code = concept(system, f)
    return system.code_key(located.concept.code) == system.code_key(code) or descendent_of.holds(system, located, f)
