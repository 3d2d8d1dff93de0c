"""Tests a postcoordinated expression against an expression constraint: `ecl` for what has no ordinal.

An expression is in no reference set, has no descriptions, and is not a parent or child of any concept; it has the
attributes of its expanded form, and is below everything that subsumes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import COMPARISONS
from terminology.codesystems.snomed.ecl.description_filters import text_test
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.expressions.forms import Forms
from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression, Group, Value

FEW = 64
"""Concepts to whose definitions an expression is compared: more are compared by the hierarchy of its focus alone."""


class Matcher:
    """Tests expressions against constraints, in one version; `evaluator` evaluates the sets in constraints."""

    def __init__(self, substrate: Substrate, forms: Forms, evaluator: Evaluator) -> None:
        self._substrate = substrate
        self._forms = forms
        self._evaluator = evaluator

    def meets(self, expression: Expression, node: nodes.Constraint) -> bool:
        """Whether an expression meets a constraint. Raises Unreadable as the evaluator does."""
        match node:
            case nodes.Wildcard():
                return True
            case nodes.And(operands):
                return all(self.meets(expression, operand) for operand in operands)
            case nodes.Or(operands):
                return any(self.meets(expression, operand) for operand in operands)
            case nodes.Minus(operand, removed):
                return self.meets(expression, operand) and not self.meets(expression, removed)
            case nodes.Refined(operand, refinement):
                return self.meets(expression, operand) and self._is_refined(expression, refinement)
            case _:
                return self._meets_other(expression, node)

    def _meets_other(self, expression: Expression, node: nodes.Constraint) -> bool:
        match node:
            case nodes.Hierarchy(operator, operand):
                return self._lies(expression, operator, operand)
            case nodes.WithHistory(operand):
                return self.meets(expression, operand)
            case nodes.Filtered(operand, filters):
                return self.meets(expression, operand) and all(self._passes(expression, one) for one in filters)
        return False

    # Hierarchy

    def _lies(self, expression: Expression, operator: nodes.Hierarchical, operand: nodes.Constraint) -> bool:
        if operator not in {"<", "<<", ">", ">>"}:
            return False
        if isinstance(operand, nodes.Wildcard):
            return operator[0] == "<"
        concepts = self._evaluator.concepts(operand)
        if operator[0] == ">":
            return len(concepts) <= FEW and any(
                self._is_above(expression, id_) for id_ in self._substrate.codes(concepts)
            )
        return self._is_below_any(expression, concepts, strictly=operator == "<")

    def _is_below_any(self, expression: Expression, concepts: BitMap, *, strictly: bool) -> bool:
        foci = BitMap([o for o in (self._substrate.ordinal(focus.id) for focus in expression.foci) if o is not None])
        above = self._substrate.taxonomy.ancestors(foci)
        if above & concepts:
            return True
        for id_ in self._substrate.codes(foci & concepts):
            if not strictly or not self._forms.subsumes(expression, _plain(id_)):
                return True
        if len(concepts) > FEW:
            return False
        return any(
            self._forms.subsumes(_plain(id_), expression)
            and not (strictly and self._forms.subsumes(expression, _plain(id_)))
            for id_ in self._substrate.codes(concepts - foci)
            if self._forms.is_defined(id_)
        )

    def _is_above(self, expression: Expression, id_: str) -> bool:
        return self._forms.subsumes(expression, _plain(id_))

    # Filters

    def _passes(self, expression: Expression, filters: nodes.DescriptionFilters | nodes.ConceptFilters) -> bool:
        if isinstance(filters, nodes.DescriptionFilters):
            return False
        return all(_passes_concept_filter(expression, one, self._evaluator) for one in filters.filters)

    # Refinements

    def _is_refined(self, expression: Expression, refinement: nodes.Refinement) -> bool:
        full = self._forms.expanded(expression)
        everything: Group = full.attributes
        return self._satisfies(everything, full.groups, refinement)

    def _satisfies(self, attributes: Group, groups: tuple[Group, ...], refinement: nodes.Refinement) -> bool:
        match refinement:
            case nodes.AllOf(parts):
                return all(self._satisfies(attributes, groups, part) for part in parts)
            case nodes.AnyOf(parts):
                return any(self._satisfies(attributes, groups, part) for part in parts)
            case nodes.Group(inner, cardinality):
                return cardinality.allows(sum(self._satisfies(group, (), inner) for group in groups))
            case nodes.Attribute(cardinality=cardinality):
                return cardinality.allows(sum(1 for _ in self._selected(attributes, refinement)))

    def _selected(self, attributes: Group, wanted: nodes.Attribute) -> Iterator[Attribute]:
        """The attributes that a constraint selects; none for a reversed one, since no concept refers to expressions."""
        if wanted.reverse:
            return
        names = None if isinstance(wanted.name, nodes.Wildcard) else self._evaluator.concepts(wanted.name)
        for attribute in attributes:
            named = names is None or self._substrate.is_among(attribute.name.id, names)
            if named and self._compares(attribute.value, wanted.comparison):
                yield attribute

    def _compares(self, value: Value, comparison: nodes.Comparison) -> bool:
        match comparison, value:
            case nodes.Among(operator, constraint), ConceptReference(id_):
                return self._substrate.is_among(id_, self._evaluator.concepts(constraint)) == (operator == "=")
            case nodes.Among(operator, constraint), Expression():
                return self.meets(value, constraint) == (operator == "=")
            case nodes.Truth(operator, truth), bool():
                return (value == truth) == (operator == "=")
            case nodes.Numeric(operator, number), int() | Decimal() if not isinstance(value, bool):
                return bool(COMPARISONS[operator](value, number))
            case nodes.Textual(), str():
                return text_test(comparison)(value)
        return False


def _passes_concept_filter(expression: Expression, one: nodes.ConceptFilter, evaluator: Evaluator) -> bool:
    match one:
        case nodes.ActiveFilter(active):
            return active
        case nodes.DefinitionStatusFilter(equality, statuses):
            own = ids.PRIMITIVE if expression.status == "<<<" else ids.DEFINED
            return (own in evaluator.ids(statuses)) == (equality == "=")
    return False


def _plain(id_: str) -> Expression:
    return Expression((ConceptReference(id_),))
