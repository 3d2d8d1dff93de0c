"""Evaluates refinements: concepts with the required attributes, grouping and cardinality (ECL 2.2, 6.3).

An attribute selects relationships. Cardinalities count a concept's relationships outside braces, a group's inside them,
and groups if they stand before braces. Ungrouped relationships are in no group. Sets of groups are bitmaps of group
numbers, which are unique across the version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import COMPARISONS, Scope
from terminology.codesystems.snomed.ecl.counting import AllBut, AnyOf, Each, Occurrences, Tally
from terminology.codesystems.snomed.ecl.description_filters import text_test
from terminology.codesystems.snomed.ecl.edges import Edges
from terminology.codesystems.snomed.ecl.sides import Chosen, Side
from terminology.store.arrays import UInts, bitmap, numbers, rising

NONE = np.zeros(0, dtype=np.uint32)

FEW = 8
"""If fewer than one in FEW concepts matter, the groups are restricted to theirs first."""


@dataclass(frozen=True, slots=True)
class _Level:
    """The level at which attributes are counted: concepts, or groups. `size` is their number, `every` those that count.

    Results need to be right for `concepts` only: the relationships of others may be left out.
    """

    scope: Scope
    size: int
    every: BitMap
    concepts: BitMap
    grouped: bool

    def owners(self, edges: Edges, targets: Chosen) -> UInts:
        """The concept or group of each relationship to some targets."""
        if not self.grouped:
            return edges.sources_of(self.concepts, targets)
        return NONE if edges.groups is None else edges.groups_of(self.concepts, targets)

    def tally(self, edges: Edges) -> Tally | None:
        """The stored number of relationships of each concept or group; None if the type has no groups."""
        if not self.grouped:
            return edges.leading.tally
        return None if edges.groups is None else edges.groups.tally

    def within(self, occurrences: Occurrences, cardinality: nodes.Cardinality) -> BitMap:
        """Those of `every` that occur as often as a cardinality says."""
        found = self.every
        if cardinality.minimum:
            found = found & occurrences.at_least(cardinality.minimum)
        if cardinality.maximum is not nodes.MANY:
            found = found - occurrences.at_least(cardinality.maximum + 1)
        return found

    def narrowed(self, found: BitMap) -> _Level:
        """The same level, restricted to some of those that count."""
        if not self.grouped:
            return replace(self, every=found, concepts=found)
        if len(found) * FEW > len(self.every):
            return self
        concepts = bitmap(rising(self.scope.substrate.group_sources.take(numbers(found))))
        return replace(self, every=found, concepts=self.concepts & concepts)


def refined(scope: Scope, concepts: BitMap, refinement: nodes.Refinement) -> BitMap:
    """Those of some concepts that satisfy a refinement."""
    level = _Level(scope, scope.substrate.size, concepts, concepts, grouped=False)
    return concepts & _satisfying(level, refinement)


def values_of(scope: Scope, concepts: BitMap, attribute: nodes.Constraint) -> BitMap:
    """The values that some concepts have for an attribute."""
    return BitMap.union(
        BitMap(), *(edges.targets_of(_chosen(edges.leading, "=", concepts)) for edges in _edges(scope, attribute))
    )


def _satisfying(level: _Level, refinement: nodes.Refinement) -> BitMap:
    """The concepts, or groups, that satisfy a refinement."""
    match refinement:
        case nodes.AllOf(parts):
            found = level.every
            for part in parts:
                found = found & _satisfying(level.narrowed(found), part)
            return found
        case nodes.AnyOf(parts):
            return BitMap.union(*(_satisfying(level, part) for part in parts))
        case nodes.Group(attributes, cardinality):
            if (attribute := _without_braces(level.scope, refinement)) is not None:
                return _satisfying(level, attribute)
            return level.within(_with_groups(level, attributes), cardinality)
        case nodes.Attribute(comparison=nodes.Among() as among, cardinality=cardinality):
            return level.within(_with_concepts(level, refinement, among), cardinality)
        case nodes.Attribute(cardinality=cardinality):
            return level.within(_with_literals(level, refinement), cardinality)


def _without_braces(scope: Scope, group: nodes.Group) -> nodes.Attribute | None:
    """The attribute of braces with only one, if it means the same without braces; else None.

    It does if all its relationships are in groups, and either no group has two of them or groups are not counted.
    """
    match group.attributes:
        case nodes.Attribute(comparison=nodes.Among(), cardinality=nodes.AT_LEAST_ONE, reverse=False) as attribute:
            groups = [edges.groups for edges in _edges(scope, attribute.name)]
            once = _asks_once(group.cardinality) or (len(groups) == 1 and groups[0] is not None and groups[0].alone)
            if once and all(one is not None and one.always for one in groups):
                return replace(attribute, cardinality=group.cardinality)
    return None


def _with_groups(level: _Level, attributes: nodes.Refinement) -> Occurrences:
    """Concepts, as often as their groups satisfy the attributes in braces."""
    groups = level.scope.substrate.groups
    inner = _Level(level.scope, len(groups.sources), groups.every, level.concepts, grouped=True)
    found = _satisfying(inner, attributes) & groups.every
    if len(level.concepts) * FEW < level.size:
        found &= groups.of_concepts(level.concepts)
    elif len(found) * 2 > len(groups.every):
        return AllBut(groups.concepts.tally, groups.sources.take(numbers(groups.every - found)), level.size)
    return Each(groups.sources.take(numbers(found)), level.size)


def _with_concepts(level: _Level, attribute: nodes.Attribute, among: nodes.Among) -> Occurrences:
    """Occurrences by relationships to concepts; of a reversed attribute, by relationships from concepts."""
    if level.grouped and attribute.reverse:
        raise level.scope.fail("a reversed attribute belongs to no group: write it outside of { }", attribute.position)
    values = level.scope.concepts(among.value)
    found = _edges(level.scope, attribute.name, united=not _asks_once(attribute.cardinality))
    if attribute.reverse:
        return AnyOf(tuple(_LedTo(edges, _chosen(edges.leading, among.operator, values)) for edges in found))
    return AnyOf(tuple(_leading(level, edges, among.operator, values) for edges in found))


def _asks_once(cardinality: nodes.Cardinality) -> bool:
    """Whether a cardinality only distinguishes none from some."""
    return cardinality.minimum <= 1 and cardinality.maximum in {nodes.MANY, 0}


def _leading(level: _Level, edges: Edges, operator: nodes.Equality, values: BitMap) -> Occurrences:
    """Sources, as often as their relationships lead to the values (with `!=`, to others)."""
    chosen, tally = _chosen(edges.led_to, operator, values), level.tally(edges)
    if tally is not None and chosen.are_most:
        return AllBut(tally, level.owners(edges, chosen.others), level.size)
    return Each(level.owners(edges, chosen), level.size)


@dataclass(frozen=True, eq=False)
class _LedTo:
    """Targets, as often as relationships from `chosen` lead to them."""

    edges: Edges
    chosen: Chosen

    def at_least(self, times: int) -> BitMap:
        """See Occurrences."""
        return self.edges.targets_of(self.chosen) if times == 1 else self._counted.at_least(times)

    @cached_property
    def _counted(self) -> Occurrences:
        known, targets = self.edges.led_to, self.edges.targets
        if self.chosen.are_most:
            return AllBut(known.tally, self.chosen.others.runs.of(targets), known.size)
        return Each(self.chosen.runs.of(targets), known.size)


def _chosen(end: Side, operator: nodes.Equality, values: BitMap) -> Chosen:
    """The concepts at one end of relationships that are meant."""
    return Chosen(end, end.concepts & values if operator == "=" else end.concepts - values)


def _with_literals(level: _Level, attribute: nodes.Attribute) -> Occurrences:
    """Occurrences by values that are not concepts."""
    scope, comparison = level.scope, attribute.comparison
    if attribute.reverse:
        raise scope.fail("a reversed attribute leads to concepts: compare it with a constraint", attribute.position)
    assert not isinstance(comparison, nodes.Among)
    test = _literal_test(comparison)
    substrate = scope.substrate
    groups = np.concatenate([NONE, *(substrate.literals(type_, test) for type_ in _types(scope, attribute.name))])
    return Each(groups if level.grouped else substrate.group_sources[groups], level.size)


def _edges(scope: Scope, name: nodes.Constraint, *, united: bool = False) -> list[Edges]:
    """The relationships of the attributes that a constraint means, one index for each type, or a united one."""
    types = _types(scope, name)
    if united and types:
        return [scope.substrate.united_edges(types)]
    return [scope.substrate.edges(type_) for type_ in types]


def _types(scope: Scope, name: nodes.Constraint) -> list[str]:
    if isinstance(name, nodes.Concept) and scope.substrate.is_attribute(name.id):
        return [name.id]
    if isinstance(name, nodes.Wildcard):
        return list(scope.substrate.attributes.values())
    return scope.substrate.types(scope.concepts(name))


def _literal_test(comparison: nodes.Comparison) -> Callable[[str, str], bool]:
    """A test of values that are not concepts, by their kind and text."""
    match comparison:
        case nodes.Numeric(operator, value):
            compare = COMPARISONS[operator]
            return lambda kind, text: kind in {"integer", "decimal"} and bool(compare(Decimal(text), value))
        case nodes.Truth(operator, value):
            wanted = str(value if operator == "=" else not value).lower()
            return lambda kind, text: kind == "boolean" and text == wanted
        case nodes.Textual():
            test = text_test(comparison)
            return lambda kind, text: kind == "string" and test(text)
    raise TypeError(f"no comparison of literals: {comparison!r}")
