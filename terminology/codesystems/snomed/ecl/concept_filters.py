"""Concept filters, and what all filters share (ECL 2.2, 6.9)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Any

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.scanner import Unreadable

COMPARISONS: Mapping[nodes.Order, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter or refinement needs of its evaluation; `concepts` evaluates the constraints inside it."""

    substrate: Substrate
    concepts: Callable[[nodes.Constraint], BitMap]
    fail: Callable[[str, int], Unreadable]

    def missing(self, what: str) -> Unreadable:
        """The error of a constraint about something that the version was loaded without."""
        return self.fail(f"this version was loaded without {what}, which only a release in RF2 brings", 0)

    def ids(self, node: nodes.Constraint) -> frozenset[str]:
        """The ids that a constraint means.

        Those it names itself need not be concepts of this version: modules, types and statuses of a subset may not be.
        """
        match node:
            case nodes.Concept(id_):
                return frozenset([id_])
            case nodes.Or(operands) if all(isinstance(one, nodes.Concept) for one in operands):
                return frozenset(id_ for one in operands for id_ in self.ids(one))
            case _:
                return frozenset(self.substrate.codes(self.concepts(node)))


def passes_time(order: nodes.Order, own: Any, times: Iterable[int]) -> Any:
    """Whether a time (or each of an array) compares so with any of `times`; with `!=`, with all of them."""
    compared = [COMPARISONS[order](own, time) for time in times]
    return reduce(operator.and_ if order == "!=" else operator.or_, compared)


def passing_concepts(scope: Scope, filters: nodes.ConceptFilters) -> BitMap:
    """All concepts, inactive ones too, that pass every filter of a constraint."""
    return reduce(BitMap.__and__, (_passing(scope, one) for one in filters.filters))


def _passing(scope: Scope, one: nodes.ConceptFilter) -> BitMap:
    substrate = scope.substrate
    match one:
        case nodes.ActiveFilter(active):
            return substrate.active if active else substrate.every - substrate.active
        case nodes.DefinitionStatusFilter(equality, statuses):
            wanted = scope.ids(statuses)
            values = [str(status == ids.DEFINED).lower() for status in (ids.DEFINED, ids.PRIMITIVE) if status in wanted]
            found = substrate.with_property("sufficientlyDefined", values)
        case nodes.ModuleFilter(equality, modules):
            found = substrate.with_property("moduleId", scope.ids(modules))
        case nodes.EffectiveTimeFilter(order, times):
            return substrate.with_time(lambda own: bool(passes_time(order, own, times)))
    return found if equality == "=" else substrate.every - found
