"""Refinements: which concepts have the attributes, in the groups and as often as they are asked for (ECL 2.2, 6.3).

An attribute selects relationships; what is counted are concepts' relationships outside braces, a group's inside them,
and groups where a cardinality stands before braces. Relationships that are not grouped are in no group. Sets of groups
are bitmaps of the numbers that groups have over the whole version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import COMPARISONS, Scope
from terminology.codesystems.snomed.ecl.description_filters import text_test
from terminology.codesystems.snomed.ecl.edges import Edges
from terminology.store.arrays import UInts, bitmap, counted, distinct, numbers

NONE = np.zeros(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class _Level:
    """What attributes are counted for: concepts, or groups. `size` is how many there are, `every` those that count.

    Only what is said of `concepts` has to be right: relationships of others need not be looked at.
    """

    scope: Scope
    size: int
    every: BitMap
    concepts: BitMap
    grouped: bool

    def owners(self, edges: Edges, found: UInts) -> UInts:
        """What is counted for relationships whose groups (of is-a: concepts) were found."""
        if self.grouped:
            return found if edges.grouped else NONE
        return self.scope.substrate.group_sources[found] if edges.grouped else found


def refined(scope: Scope, concepts: BitMap, refinement: nodes.Refinement) -> BitMap:
    """Those of some concepts that a refinement lets through."""
    level = _Level(scope, scope.substrate.size, concepts, concepts, grouped=False)
    return concepts & _satisfying(level, refinement)


def values_of(scope: Scope, concepts: BitMap, attribute: nodes.Constraint) -> BitMap:
    """The concepts that some concepts have as values of an attribute."""
    found = (edges.targets_of(concepts) for edges in _edges(scope, attribute))
    return BitMap.union(BitMap(), *(distinct(targets, scope.substrate.size) for targets in found))


def _satisfying(level: _Level, refinement: nodes.Refinement) -> BitMap:
    """The concepts, or groups, that satisfy a refinement."""
    match refinement:
        case nodes.AllOf(parts):
            return reduce(BitMap.__and__, (_satisfying(level, part) for part in parts))
        case nodes.AnyOf(parts):
            return BitMap.union(*(_satisfying(level, part) for part in parts))
        case nodes.Group(attributes, cardinality):
            return _with_groups(level, attributes, cardinality)
        case nodes.Attribute(comparison=nodes.Among(operator, value)):
            return _with_values(level, refinement, operator, level.scope.concepts(value))
        case nodes.Attribute(cardinality=cardinality):
            return _counted(level, _with_literals(level, refinement), cardinality)


def _with_groups(level: _Level, attributes: nodes.Refinement, cardinality: nodes.Cardinality) -> BitMap:
    """Concepts by how many of their groups satisfy what stands in braces."""
    substrate = level.scope.substrate
    inner = _Level(level.scope, len(substrate.group_sources), substrate.groups, level.concepts, grouped=True)
    groups = _satisfying(inner, attributes) & substrate.groups
    return _counted(level, [substrate.group_sources[numbers(groups)]], cardinality)


def _counted(level: _Level, owners: Iterable[UInts], cardinality: nodes.Cardinality) -> BitMap:
    """Those that occur as often as a cardinality says; each occurrence stands for one relationship, or group."""
    if cardinality == nodes.AT_LEAST_ONE:
        return BitMap.union(BitMap(), *(distinct(some, level.size) for some in owners))
    some, counts = counted(np.concatenate([NONE, *owners]), level.size)
    too_many = (
        counts > cardinality.maximum if cardinality.maximum is not None else np.zeros_like(counts, dtype=np.bool_)
    )
    if not cardinality.minimum:
        return level.every - bitmap(some[too_many])
    return bitmap(some[(counts >= cardinality.minimum) & ~too_many]) & level.every


def _with_values(level: _Level, attribute: nodes.Attribute, operator: str, values: BitMap) -> BitMap:
    """By relationships to concepts."""
    cardinality = attribute.cardinality
    if attribute.reverse:
        return _counted(level, _reached(level, attribute, operator, values), cardinality)
    if cardinality.maximum == 0:
        return level.every - _with_values(level, replace(attribute, cardinality=nodes.AT_LEAST_ONE), operator, values)
    found, some = [], []
    for edges in _edges(level.scope, attribute.name):
        among = edges.led_to.concepts
        chosen, others = (among & values, among - values) if operator == "=" else (among - values, among & values)
        if cardinality == nodes.AT_LEAST_ONE and not level.grouped and edges.lead_more_to(chosen, others):
            found.append(edges.leading.concepts - _only_to(level, edges, others))
        else:
            some.append(level.owners(edges, edges.owners_of(level.concepts, chosen)))
    return BitMap.union(_counted(level, some, cardinality), *found)


def _only_to(level: _Level, edges: Edges, targets: BitMap) -> BitMap:
    """Those of the concepts that count whose relationships all lead to some concepts."""
    leading, counts = counted(level.owners(edges, edges.owners_of(level.concepts, targets)), level.size)
    return bitmap(leading[counts == edges.leading.runs(bitmap(leading)).lengths])


def _reached(level: _Level, attribute: nodes.Attribute, operator: str, values: BitMap) -> Iterator[UInts]:
    """The concepts that relationships of a reversed attribute lead to."""
    if level.grouped:
        raise level.scope.fail("a reversed attribute belongs to no group: write it outside of { }", attribute.position)
    for edges in _edges(level.scope, attribute.name):
        yield edges.targets_of(values if operator == "=" else edges.leading.concepts - values)


def _with_literals(level: _Level, attribute: nodes.Attribute) -> Iterator[UInts]:
    """The concept, or group, of every value that is no concept and passes."""
    scope, comparison = level.scope, attribute.comparison
    if attribute.reverse:
        raise scope.fail("a reversed attribute leads to concepts: compare it with a constraint", attribute.position)
    assert not isinstance(comparison, nodes.Among)
    test = _literal_test(comparison)
    for type_ in scope.substrate.types(scope.concepts(attribute.name)):
        found = [g for g, kind, text in scope.substrate.literals(type_) if test(kind, text)]
        groups = np.array(found, dtype=np.uint32)
        yield groups if level.grouped else scope.substrate.group_sources[groups]


def _edges(scope: Scope, name: nodes.Constraint) -> Iterator[Edges]:
    if isinstance(name, nodes.Wildcard):
        types = list(scope.substrate.attributes.values())
    else:
        types = scope.substrate.types(scope.concepts(name))
    return map(scope.substrate.edges, types)


def _literal_test(comparison: nodes.Comparison) -> Callable[[str, str], bool]:
    """Whether a value that is no concept passes, by its kind and text."""
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
