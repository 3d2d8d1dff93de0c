"""`descendent-leaf`: only concepts below the provided concept that have no descendants themselves."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters import descendent_of
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Like `descendent-of`."""
    descendent_of.must_understand(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """The leaves below the concept."""
    return descendent_of.select(system, f) & system.leaves()


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether the concept is a leaf below it."""
    return descendent_of.holds(system, located, f) and not located.concept.children
