"""Refinements: which concepts have the attributes, in the groups and as often as they are asked for (ECL 2.2, 6.3).

An attribute selects relationships; what is counted are concepts' relationships outside braces, a group's inside them,
and groups where a cardinality stands before braces. Relationships that are not grouped are in no group. Sets of groups
are bitmaps of the numbers that groups have over the whole version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import COMPARISONS, Scope
from terminology.codesystems.snomed.ecl.description_filters import text_test
from terminology.codesystems.snomed.ecl.substrate import Edges
from terminology.store.arrays import UInts, bitmap, distinct

NONE = np.zeros(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class _Level:
    """What attributes are counted for: concepts, or groups. `size` is how many there are, `every` those that count."""

    scope: Scope
    size: int
    every: BitMap
    grouped: bool


def refined(scope: Scope, concepts: BitMap, refinement: nodes.Refinement) -> BitMap:
    """Those of some concepts that a refinement lets through."""
    level = _Level(scope, scope.substrate.size, concepts, grouped=False)
    return concepts & _satisfying(level, refinement)


def values_of(scope: Scope, concepts: BitMap, attribute: nodes.Constraint) -> BitMap:
    """The concepts that some concepts have as values of an attribute."""
    marked = scope.substrate.marks(concepts)
    targets = [edges.targets[marked[edges.sources]] for edges in _edges(scope, attribute)]
    return scope.substrate.set_of(np.concatenate([NONE, *targets]))


def _satisfying(level: _Level, refinement: nodes.Refinement) -> BitMap:
    """The concepts, or groups, that satisfy a refinement."""
    match refinement:
        case nodes.AllOf(parts):
            return reduce(BitMap.__and__, (_satisfying(level, part) for part in parts))
        case nodes.AnyOf(parts):
            return BitMap.union(*(_satisfying(level, part) for part in parts))
        case nodes.Group(attributes, cardinality):
            return _with_groups(level, attributes, cardinality)
        case nodes.Attribute(cardinality=cardinality):
            owners = np.concatenate([NONE, *_owners(level, refinement)])
            return _counted(level, owners, cardinality)


def _with_groups(level: _Level, attributes: nodes.Refinement, cardinality: nodes.Cardinality) -> BitMap:
    """Concepts by how many of their groups satisfy what stands in braces."""
    substrate = level.scope.substrate
    inner = _Level(level.scope, len(substrate.group_sources), substrate.groups, grouped=True)
    groups = _satisfying(inner, attributes) & substrate.groups
    sources = substrate.group_sources[np.frombuffer(groups.to_array(), dtype=np.uint32)]
    return _counted(level, sources, cardinality)


def _counted(level: _Level, owners: UInts, cardinality: nodes.Cardinality) -> BitMap:
    """Those that occur as often as a cardinality says; each occurrence stands for one relationship, or group."""
    if cardinality == nodes.AT_LEAST_ONE:
        return distinct(owners, level.size) if len(owners) else BitMap()
    counts = np.bincount(owners, minlength=level.size)
    allowed = counts >= cardinality.minimum
    if cardinality.maximum is not None:
        allowed &= counts <= cardinality.maximum
    return bitmap(np.flatnonzero(allowed)) & level.every


def _owners(level: _Level, attribute: nodes.Attribute) -> Iterator[UInts]:
    """The concept, or group, of every relationship that an attribute selects."""
    scope = level.scope
    match attribute.comparison:
        case nodes.Among(operator, value):
            chosen = scope.substrate.marks(scope.concepts(value))
            if operator == "!=":
                chosen = ~chosen
            for edges in _edges(scope, attribute.name):
                yield from _related(level, edges, chosen, attribute)
        case comparison:
            if attribute.reverse:
                raise scope.fail(
                    "a reversed attribute leads to concepts: compare it with a constraint", attribute.position
                )
            test = _literal_test(comparison)
            for type_ in scope.substrate.types(scope.concepts(attribute.name)):
                found = [g for g, kind, text in scope.substrate.literals(type_) if test(kind, text)]
                groups = np.array(found, dtype=np.uint32)
                yield groups if level.grouped else scope.substrate.group_sources[groups]


def _related(level: _Level, edges: Edges, chosen: np.ndarray, attribute: nodes.Attribute) -> Iterator[UInts]:
    if attribute.reverse:
        if level.grouped:
            raise level.scope.fail(
                "a reversed attribute belongs to no group: write it outside of { }", attribute.position
            )
        yield edges.targets[chosen[edges.sources]]
        return
    selected = chosen[edges.targets]
    if not level.grouped:
        yield edges.sources[selected]
    elif edges.groups is not None:
        yield edges.groups[selected]


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
