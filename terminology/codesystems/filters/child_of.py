"""`child-of`: only concepts with a direct hierarchical relationship to the provided concept, without that one."""

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
    """The concept's children."""
    return system.children([concept(system, f)])


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether it is a parent of the concept."""
    return located.ordinal is not None and located.ordinal in system.children([concept(system, f)])
