"""`exists`: the specified property of the code has at least one value (`true`), or has no values (`false`)."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters.naming import attribute
from terminology.codesystems.filters.reading import truth
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for an unknown property and for another value than a boolean."""
    truth(system, f)
    attribute(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Concepts with the property, or the others."""
    wanted = truth(system, f)
    present = attribute(system, f).present(system)
    return present if wanted else system.every() - present


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether the concept has the property, or has it not."""
    wanted = truth(system, f)
    return any(True for _ in attribute(system, f).values(system, located)) is wanted
