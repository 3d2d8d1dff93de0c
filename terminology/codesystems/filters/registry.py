"""The operators of http://hl7.org/fhir/filter-operator (FHIR R5, ValueSet.compose.include.filter), one per module.

Every operator has two implementations that agree: the set it selects, and the test of one concept. Each refuses what it
does not understand, and says so without a concept, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pyroaring import BitMap

from terminology.codesystems.filters import (
    child_of,
    descendent_leaf,
    descendent_of,
    equals,
    exists,
    generalizes,
    in_,
    is_a,
    is_not_a,
    not_in,
    regex,
)
from terminology.codesystems.filters.reading import refusal
from terminology.codesystems.indexed import Indexed
from terminology.model.protocols import Located
from terminology.model.valueset import Filter


class Operator(NamedTuple):
    """What it refuses, and the two readings."""

    must_understand: Callable[[Indexed, Filter], None]
    select: Callable[[Indexed, Filter], BitMap]
    holds: Callable[[Indexed, Located, Filter], bool]


OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "=": Operator(equals.must_understand, equals.select, equals.holds),
        "is-a": Operator(is_a.must_understand, is_a.select, is_a.holds),
        "descendent-of": Operator(descendent_of.must_understand, descendent_of.select, descendent_of.holds),
        "is-not-a": Operator(is_not_a.must_understand, is_not_a.select, is_not_a.holds),
        "regex": Operator(regex.must_understand, regex.select, regex.holds),
        "in": Operator(in_.must_understand, in_.select, in_.holds),
        "not-in": Operator(not_in.must_understand, not_in.select, not_in.holds),
        "generalizes": Operator(generalizes.must_understand, generalizes.select, generalizes.holds),
        "child-of": Operator(child_of.must_understand, child_of.select, child_of.holds),
        "descendent-leaf": Operator(descendent_leaf.must_understand, descendent_leaf.select, descendent_leaf.holds),
        "exists": Operator(exists.must_understand, exists.select, exists.holds),
    }
)


def must_understand(system: Indexed, f: Filter) -> None:
    """Raise TerminologyError for a filter that is not understood, whatever concept it would be asked about."""
    _operator(system, f).must_understand(system, f)


def select(system: Indexed, f: Filter) -> BitMap:
    """The set a filter means. Raises TerminologyError for one that is not understood."""
    return _operator(system, f).select(system, f)


def holds(system: Indexed, located: Located, f: Filter) -> bool:
    """Whether one concept passes a filter. Raises TerminologyError for one that is not understood."""
    return _operator(system, f).holds(system, located, f)


def _operator(system: Indexed, f: Filter) -> Operator:
    operator = OPERATORS.get(f.op)
    if operator is None:
        raise refusal("FILTER_OPERATOR_UNKNOWN", system, f, known=", ".join(OPERATORS))
    if not f.value:
        raise refusal("UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE", system, f)
    return operator
