"""Whether the attributes of an expression are there as often as the concept model says (MRCM, attribute domains).

Each rule holds for what lies in its domain, and each of several does. `attributeCardinality` counts an attribute in the
whole expression, `attributeInGroupCardinality` in one group. The upper ends hold for what is stated, which takes the
place of what a definition says. The lower ends hold for the expanded form, since what definitions bring need not be
stated again. A minimum in a group matters in groups of its domain only: those with an attribute that may be grouped in
that domain, in one below or above it. A group that a definition brought unchanged, or that another one says as well, is
not judged. An attribute that is never grouped may stand in braces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from terminology.codesystems.snomed.expressions.forms import Definitions, Forms, named
from terminology.codesystems.snomed.expressions.nodes import Expression, Group
from terminology.codesystems.snomed.mrcm import Cardinality, ConceptModel, DomainRule
from terminology.codesystems.snomed.scanner import Unreadable


class Counts:
    """Checks expressions against the model of one version. Safe to share by threads."""

    def __init__(self, definitions: Definitions, model: ConceptModel, forms: Forms) -> None:
        self._definitions = definitions
        self._model = model
        self._forms = forms

    def check(self, expression: Expression, text: str) -> None:
        """Raise Unreadable for the first attribute that occurs too often, or not often enough."""
        self._refuse_more(expression, expression.attributes, lambda rule: rule.cardinality, "in an expression", text)
        for group in expression.groups:
            self._refuse_more(expression, group, _in_group, "in a group", text)
        required = [rule for rule in self._model.required if self._is_within(expression, rule.domain)]
        if not required:
            return
        full = self._forms.expanded(expression)
        for rule in required:
            if (found := self._count(full.attributes, rule.attribute)) < rule.cardinality.least:
                reason = self._too_seldom("What", rule, rule.cardinality.least, found)
                raise Unreadable(reason, text, expression.foci[0].position)
        defined = {group for focus in expression.foci for group in self._forms.definition(focus.id).groups}
        for group in full.groups:
            if group not in defined:
                self._check_group(expression, group, required, text)

    def _is_within(self, expression: Expression, domain: str) -> bool:
        return any(self._definitions.is_a(focus.id, domain) for focus in expression.foci)

    def _count(self, attributes: Group, attribute: str) -> int:
        return sum(self._definitions.is_a(one.name.id, attribute) for one in attributes)

    # Not too often

    def _refuse_more(
        self, owner: Expression, stated: Group, limit: Callable[[DomainRule], Cardinality], where: str, text: str
    ) -> None:
        seen: Counter[str] = Counter()
        for attribute in stated:
            id_ = attribute.name.id
            seen[id_] += 1
            most = self._most(owner, id_, limit)
            if most is not None and seen[id_] > most:
                reason = f"Attribute {named(self._definitions, id_)} is stated more often than {_times(most)} {where}"
                raise Unreadable(reason, text, attribute.name.position)

    def _most(self, owner: Expression, attribute: str, limit: Callable[[DomainRule], Cardinality]) -> int | None:
        """How often an attribute may be stated; the most that any domain allows where it refines values of others."""
        rules = self._model.rules(attribute).of_domains
        own = [limit(rule).most for rule in rules if self._is_within(owner, rule.domain)]
        if own:
            return min((most for most in own if most is not None), default=None)
        others = [limit(rule).most for rule in rules]
        return None if None in others else max((most for most in others if most is not None), default=None)

    # Not too seldom

    def _check_group(self, expression: Expression, group: Group, required: list[DomainRule], text: str) -> None:
        for rule in required:
            least = rule.in_group.least
            found = self._count(group, rule.attribute)
            if found >= least or not self._is_of(group, rule.domain):
                continue
            reason = self._too_seldom("A group of what", rule, least, found)
            raise Unreadable(reason, text, self._position(expression, group))

    def _too_seldom(self, what: str, rule: DomainRule, least: int, found: int) -> str:
        domain, attribute = (named(self._definitions, id_) for id_ in (rule.domain, rule.attribute))
        return f"{what} is below {domain} has attribute {attribute} at least {_times(least)}, here {_times(found)}"

    def _is_of(self, group: Group, domain: str) -> bool:
        """Whether a group has an attribute that is grouped in a domain, in one below or above it."""
        every = (rule for attribute in group for rule in self._model.rules(attribute.name.id).of_domains)
        domains = {rule.domain for rule in every if rule.grouped}
        is_a = self._definitions.is_a
        return any(is_a(one, domain) or is_a(domain, one) for one in domains)

    def _position(self, expression: Expression, group: Group) -> int:
        """Where a group, or what became a part of it, begins in the text."""
        whole = (stated for stated in expression.groups if all(attribute in group for attribute in stated))
        parts = (attribute for attribute in expression.attributes if attribute in group)
        first = next((attribute for stated in whole for attribute in stated), None) or next(parts, None)
        return first.name.position if first else expression.foci[0].position


def _in_group(rule: DomainRule) -> Cardinality:
    """The cardinality inside a group; `0..0`, which means that an attribute is never grouped, limits nothing there."""
    return rule.in_group if rule.in_group.most else Cardinality()


def _times(count: int) -> str:
    return ("not at all", "once")[count] if count < 2 else f"{count} times"
