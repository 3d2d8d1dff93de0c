"""Hierarchical filters that start from a concept which their code system does not have.

`is-a` of an unknown concept selects nothing, and `is-not-a` everything: hardly what the author meant. An expansion is
refused for it, as for an expression constraint that names an unknown concept; a validation says so of a code that the
value set does not have. In a fragment the concept may be missing only here, so nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import CodeSystem
from terminology.model.valueset import Filter
from valuesets.plan import Plan
from valuesets.rules import Rule

HIERARCHICAL = frozenset({"is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf"})
"""Operators that start from a concept: all such of the FilterOperator codes (R5)."""


def refuse_unknown_roots(plan: Plan) -> None:
    """Raise TerminologyError invalid where a filter, of the value set or of what it imports, has an unknown concept."""
    for issue in unknown_roots(rule for node in plan.root.walk() for rule in (*node.includes, *node.excludes)):
        raise TerminologyError("invalid", issue)


def unknown_roots(rules: Iterable[Rule]) -> Iterator[Issue]:
    """What is wrong with such filters of these rules. Asks each code system once for all concepts."""
    wanted: dict[str, tuple[CodeSystem, list[Filter]]] = {}
    for rule in rules:
        system = rule.code_system
        if system is None or not system.size or system.metadata.content == "fragment":
            continue
        if starting := [f for f in rule.definition.filters if f.op in HIERARCHICAL]:
            wanted.setdefault(system.key, (system, []))[1].extend(starting)
    for system, filters in wanted.values():
        yield from _unknown(system, filters)


def _unknown(system: CodeSystem, filters: Sequence[Filter]) -> Iterator[Issue]:
    known = system.ordinals({f.value for f in filters})
    for f in filters:
        if f.value not in known:
            arguments = {"property": f.property, "op": f.op, "value": f.value, "system": str(system.metadata.canonical)}
            yield Issue("error", "invalid", "FILTER_CONCEPT_UNKNOWN", arguments, "vs-invalid", f.expression)
