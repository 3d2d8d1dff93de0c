"""`not-in`: the specified property of the code is not in the set of codes or concepts specified in the provided value.

A concept without the property passes; one with several values passes if none of them is listed.
"""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters import in_
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Like `in`."""
    in_.must_understand(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Everything that `in` leaves out."""
    return system.every() - in_.select(system, f)


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether `in` leaves the concept out."""
    return not in_.holds(system, located, f)
