"""`is-not-a`: the specified property of the code does not have an is-a relationship with the provided value."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters import is_a
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Like `is-a`."""
    is_a.must_understand(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Everything that `is-a` leaves out."""
    return system.every() - is_a.select(system, f)


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether `is-a` leaves the concept out."""
    return not is_a.holds(system, located, f)
