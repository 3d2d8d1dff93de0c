"""`in`: the specified property of the code is in the set of codes or concepts specified in the provided value.

The value is a comma-separated list; blanks around its items do not count.
"""

from __future__ import annotations

from pyroaring import BitMap

from terminology.codesystems.filters.naming import attribute
from terminology.codesystems.filters.reading import listed
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


def must_understand(system: Indexed, f: Filter) -> None:
    """Raises TerminologyError for a property that the system does not have."""
    attribute(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """Concepts that have one of the values."""
    named = attribute(system, f)
    return named.with_value(system, [named.normal(system, item) for item in listed(f)])


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether one of the concept's values is listed."""
    named = attribute(system, f)
    wanted = {named.normal(system, item) for item in listed(f)}
    return any(named.normal(system, value) in wanted for value in named.values(system, located))
