"""Writes postcoordinated expressions: without terms, and with the terms of their concepts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression, Value

Term = Callable[[str], str | None]
"""The term to show for a concept."""


def terse(expression: Expression) -> str:
    """Ids alone, without superfluous space."""
    return render(expression, lambda _id: None)


def render(expression: Expression, term: Term) -> str:
    """With terms between pipes, where there are any."""
    status = f"{expression.status} " if expression.status else ""
    return status + _sub_expression(expression, term)


def _sub_expression(expression: Expression, term: Term) -> str:
    foci = "+".join(_concept(focus, term) for focus in expression.foci)
    refinement = ",".join(_attribute(attribute, term) for attribute in expression.ungrouped)
    groups = ("{" + ",".join(_attribute(attribute, term) for attribute in group) + "}" for group in expression.groups)
    parts = [part for part in (refinement, *groups) if part]
    return f"{foci}:{','.join(parts)}" if parts else foci


def _attribute(attribute: Attribute, term: Term) -> str:
    return f"{_concept(attribute.name, term)}={_value(attribute.value, term)}"


def _concept(concept: ConceptReference, term: Term) -> str:
    shown = term(concept.id)
    return f"{concept.id}|{shown}|" if shown else concept.id


def _value(value: Value, term: Term) -> str:
    match value:
        case ConceptReference():
            return _concept(value, term)
        case Expression():
            return f"({_sub_expression(value, term)})"
        case _:
            return literal(value)


def literal(value: Decimal | str | bool) -> str:
    """A value that is no concept, as expressions have it."""
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return f"#{value:f}"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
