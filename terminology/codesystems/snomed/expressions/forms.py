"""Expands expressions by the definitions of their concepts, and tests subsumption.

Structural subsumption over definitions (SNOMED CT's "Transforming expressions to normal form" and "Testing expression
subsumption", without role inclusion): sound, but a classifier may find more. Everything is a tree of
`expressions.nodes`, including the definitions of concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression, Group, Value
from terminology.codesystems.snomed.mrcm import ConceptModel
from terminology.model.concept import Concept

UNGROUPED = 0
DEFINED = "sufficientlyDefined"


class Definitions(Protocol):
    """What is asked of a version: concepts, and its hierarchy."""

    def concept(self, id_: str) -> Concept | None:
        """A concept with its relationships."""

    def is_a(self, id_: str, other: str) -> bool:
        """Whether a concept is another, or lies below it."""


def named(definitions: Definitions, id_: str) -> str:
    """A concept for people: `363698007 |Finding site|`."""
    concept = definitions.concept(id_)
    return f"{id_} |{concept.display}|" if concept and concept.display else id_


class Forms:
    """Forms of expressions in one version."""

    def __init__(self, definitions: Definitions, model: ConceptModel) -> None:
        self._definitions = definitions
        self._model = model

    # Definitions

    def definition(self, id_: str) -> Expression:
        """The definition of a concept as an expression: itself as the focus, with all its attributes."""
        concept = self._definitions.concept(id_)
        groups: dict[int, list[Attribute]] = defaultdict(list)
        for value in concept.properties if concept else ():
            if value.group is not None:
                literal = value.value
                own: Value = ConceptReference(str(literal)) if value.kind == "code" else literal  # type: ignore[assignment]
                groups[value.group].append(Attribute(ConceptReference(value.code), own))
        ungrouped = tuple(groups.pop(UNGROUPED, ()))
        return Expression((ConceptReference(id_),), ungrouped, tuple(map(tuple, groups.values())))

    def is_defined(self, id_: str) -> bool:
        """Whether a concept's definition is sufficient."""
        concept = self._definitions.concept(id_)
        return concept is not None and any(p.value is True for p in concept.values(DEFINED))

    def primitives(self, id_: str) -> tuple[str, ...]:
        """The nearest primitive concepts at or above a concept."""
        if not self.is_defined(id_):
            return (id_,)
        concept = self._definitions.concept(id_)
        found = dict.fromkeys(p for parent in (concept.parents if concept else ()) for p in self.primitives(parent))
        return tuple(p for p in found if not any(q != p and self._definitions.is_a(q, p) for q in found))

    # Forms

    def expanded(self, expression: Expression) -> Expression:
        """An expression with the definitions of its focus concepts, whose groups refinements merge into.

        What is stated of an expression though it is for the values of its attributes (close-to-user form: the side of
        an ailment, which is that of its site) becomes a part of those values.
        """
        ungrouped: list[Attribute] = []
        groups: list[Group] = []
        for focus in expression.foci:
            own = self.definition(focus.id)
            ungrouped += own.ungrouped
            groups += own.groups
        of_values = [one for one in expression.attributes if not self._may_refine(one, expression.foci)]
        for attribute in expression.ungrouped:
            if attribute in of_values:
                continue
            if self._model.rules(attribute.name.id).grouped:
                groups = self._merged((attribute,), groups)
            else:
                ungrouped = [a for a in ungrouped if not self._covers(a, attribute)] + [attribute]
        for group in expression.groups:
            if kept := tuple(one for one in group if one not in of_values):
                groups = self._merged(kept, groups)
        for attribute in of_values:
            within = [tuple(self._with_refined_value(one, attribute) for one in group) for group in groups]
            loose = [self._with_refined_value(one, attribute) for one in ungrouped]
            if (loose, within) == (ungrouped, groups):
                loose.append(attribute)
            ungrouped, groups = loose, within
        return Expression(expression.foci, tuple(dict.fromkeys(ungrouped)), tuple(self._needed(groups)))

    def _may_refine(self, attribute: Attribute, foci: Iterable[ConceptReference]) -> bool:
        """Whether an attribute may refine one of some concepts; one without rules may refine any."""
        domains = self._model.rules(attribute.name.id).domains
        return not domains or any(self._definitions.is_a(focus.id, domain) for focus in foci for domain in domains)

    def _with_refined_value(self, one: Attribute, refining: Attribute) -> Attribute:
        """The attribute with its value refined by another attribute, if that may refine such values."""
        value = _as_expression(one.value)
        if value is None or not self._may_refine(refining, value.foci):
            return one
        return replace(one, value=replace(value, ungrouped=(*value.ungrouped, refining)))

    def normal_form(self, expression: Expression) -> Expression:
        """The expression over the nearest primitive concepts, with all attributes."""
        found = self.expanded(expression)
        named = dict.fromkeys(p for focus in expression.foci for p in self.primitives(focus.id))
        foci = [p for p in named if not any(q != p and self._definitions.is_a(q, p) for q in named)]
        defined = expression.status != "<<<" and (
            expression.is_refined or all(map(self.is_defined, self._ids(expression)))
        )
        return Expression(
            tuple(map(ConceptReference, foci)), found.ungrouped, found.groups, "===" if defined else "<<<"
        )

    def _ids(self, expression: Expression) -> Iterator[str]:
        return (focus.id for focus in expression.foci)

    def _merged(self, group: Group, groups: list[Group]) -> list[Group]:
        """The groups with one more, which replaces the first group that it refines."""
        for place, own in enumerate(groups):
            refined = [a for a in own if any(self._covers(a, b) for b in group)]
            names = {b.name.id for b in group}
            contradicted = any(a.name.id in names and a not in refined for a in own)
            if refined and not contradicted:
                rest = tuple(a for a in own if a not in refined)
                return [*groups[:place], (*rest, *group), *groups[place + 1 :]]
        return [*groups, group]

    def _needed(self, groups: list[Group]) -> Iterator[Group]:
        """The groups without those that another group implies."""
        for place, group in enumerate(groups):
            others = (*groups[:place], *groups[place + 1 :])
            if not any(
                self._group_covers(group, other) and not (self._group_covers(other, group) and other in groups[place:])
                for other in others
            ):
                yield group

    # Subsumption

    def subsumes(self, general: Expression, specific: Expression) -> bool:
        """Whether the specific expression implies everything that the general one states."""
        full = self.expanded(specific)
        if not all(self._focus_covers(focus.id, specific, full) for focus in general.foci):
            return False
        close_to_user = not all(self._may_refine(one, general.foci) for one in general.attributes)
        return self._attributes_cover(self.expanded(general) if close_to_user else general, full)

    def _focus_covers(self, focus: str, specific: Expression, full: Expression) -> bool:
        if any(self._definitions.is_a(own.id, focus) for own in specific.foci):
            return True
        if not self.is_defined(focus):
            return False
        nearest = self.primitives(focus)
        if not all(any(self._definitions.is_a(own.id, p) for own in specific.foci) for p in nearest):
            return False
        return self._attributes_cover(self.definition(focus), full)

    def _attributes_cover(self, general: Expression, full: Expression) -> bool:
        attributes = full.attributes
        loose = all(any(self._covers(a, b) for b in attributes) for a in general.ungrouped)
        groups = (*full.groups, *((attribute,) for attribute in full.ungrouped))
        return loose and all(any(self._group_covers(group, own) for own in groups) for group in general.groups)

    def _group_covers(self, general: Group, specific: Group) -> bool:
        return all(any(self._covers(a, b) for b in specific) for a in general)

    def _covers(self, general: Attribute, specific: Attribute) -> bool:
        if not self._definitions.is_a(specific.name.id, general.name.id):
            return False
        one, other = _as_expression(general.value), _as_expression(specific.value)
        if one is None or other is None:
            return general.value == specific.value
        if not (one.is_refined or other.is_refined or len(one.foci) > 1 or len(other.foci) > 1):
            return self._definitions.is_a(other.foci[0].id, one.foci[0].id)
        return self.subsumes(one, other)


def _as_expression(value: Value) -> Expression | None:
    if isinstance(value, Expression):
        return value
    return Expression((value,)) if isinstance(value, ConceptReference) else None
