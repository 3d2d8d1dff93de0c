"""`memberOf` (ECL 2.2, 6.10): concepts in fields of reference sets, of all members or of those that pass filters.

Unless a filter asks for inactive members, only active ones count. Members' concepts may be inactive.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.descriptions import Bools
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import COMPARISONS, Scope, passes_time
from terminology.codesystems.snomed.ecl.description_filters import text_test
from terminology.codesystems.snomed.refsets import REFERENCED, Members

EVERY_FIELD = ("*",)


def member_concepts(scope: Scope, node: nodes.MemberOf) -> BitMap:
    """The concepts that `^` selects."""
    refsets = _refsets(scope, node.operand)
    if node.fields is None and not node.filters:
        return BitMap.union(BitMap(), *map(scope.substrate.refsets.concepts, refsets))
    found = BitMap()
    for refset in refsets:
        members = scope.substrate.refsets.members(refset)
        if members is not None:
            rows = _passing(scope, members, node.filters)
            for name in _fields(scope, members, node):
                found |= scope.substrate.refsets.ordinals(members.numbers(name)[rows])
    return found


def _refsets(scope: Scope, operand: nodes.Constraint) -> list[str]:
    """The reference sets among some concepts. Raises Unreadable if the version was loaded without reference sets."""
    known = scope.substrate.refsets.ids
    if not known:
        raise scope.missing("reference sets")
    if isinstance(operand, nodes.Wildcard):
        return list(known)
    return [id_ for id_ in scope.substrate.codes(scope.concepts(operand)) if id_ in known]


def _fields(scope: Scope, members: Members, node: nodes.MemberOf) -> list[str]:
    """The fields of a reference set whose concepts are selected."""
    if node.fields is None:
        return [REFERENCED]
    if node.fields == EVERY_FIELD:
        return [name for name in members.fields if members.is_number(name)]
    found = []
    for wanted in node.fields:
        name = members.named(wanted)
        if name is None:
            known = ", ".join(members.fields)
            raise scope.fail(f"there is no field '{wanted}': the reference set has {known}", node.position)
        if members.is_number(name):
            found.append(name)
    return found


def _passing(scope: Scope, members: Members, constraints: tuple[nodes.MemberFilters, ...]) -> Bools:
    filters = [one for constraint in constraints for one in constraint.filters]
    rows: Bools = np.ones(len(members), dtype=np.bool_)
    if not any(isinstance(one, nodes.ActiveFilter) for one in filters):
        rows &= members.active == 1
    for one in filters:
        rows &= _filtered(scope, members, one)
    return rows


def _filtered(scope: Scope, members: Members, one: nodes.MemberFilter) -> Bools:
    match one:
        case nodes.ActiveFilter(active):
            return np.asarray(members.active == int(active))
        case nodes.ModuleFilter(equality, modules):
            wanted = [int(id_) for id_ in scope.ids(modules)]
            return _equal(equality, np.isin(members.numbers("moduleId"), wanted))
        case nodes.EffectiveTimeFilter(order, times):
            return np.asarray(passes_time(order, members.numbers("effectiveTime"), times))
        case nodes.FieldFilter(wanted_name, comparison, position):
            name = members.named(wanted_name)
            if name is None:
                known = ", ".join(members.fields)
                raise scope.fail(f"there is no field '{wanted_name}': the reference set has {known}", position)
            return _compared(scope, members, name, comparison)


def _compared(scope: Scope, members: Members, name: str, comparison: nodes.Comparison | nodes.Times) -> Bools:
    match comparison:
        case nodes.Among(equality, value):
            if not members.is_number(name):
                return np.full(len(members), equality == "!=")
            wanted = [int(id_) for id_ in scope.ids(value)]
            return _equal(equality, np.isin(members.numbers(name), wanted))
        case nodes.Numeric(order, number):
            compare = COMPARISONS[order]
            return _tested(members, name, lambda text: _is_number(text) and bool(compare(Decimal(text), number)))
        case nodes.Textual():
            return _tested(members, name, text_test(comparison))
        case nodes.Truth(equality, truth):
            wanted_text = {"true", "1"} if truth == (equality == "=") else {"false", "0"}
            return _tested(members, name, lambda text: text.lower() in wanted_text)
        case nodes.Times(order, times):
            return _tested(members, name, lambda text: text.isdecimal() and bool(passes_time(order, int(text), times)))


def _tested(members: Members, name: str, test: Callable[[str], bool]) -> Bools:
    return np.fromiter(map(test, members.texts(name)), dtype=np.bool_, count=len(members))


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def _equal(equality: nodes.Equality, found: Bools) -> Bools:
    return found if equality == "=" else ~found
