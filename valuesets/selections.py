"""The selections of a value set: what its includes and excludes, and those of all that it imports, take from a system.

Of a code in one version of its system, nothing but its status and the selections that have it decides whether it is in
the value set: however these are combined, all codes that the same ones have get the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from terminology.model.protocols import ReadPlain, ReadsPlainly
from terminology.model.valueset import ConceptReference
from valuesets.plan import Plan
from valuesets.rules import Rule
from valuesets.validate_concept import DEPRECATING

MOST = 8
"""Selections that are looked at for a code; each is one more part of all that may be in one or not."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes that pass filters, as `read` says, or those that are listed."""

    read: ReadPlain | None = None
    listed: Mapping[str, ConceptReference] = field(default_factory=dict)

    def has(self, code: str, key: str) -> bool | None:
        """Whether it has a code, `key` being how its system compares it; None if it says more about it than that."""
        if self.read is not None:
            found = self.read(code)
            return None if found is None else bool(found.member)
        reference = self.listed.get(key)
        if reference is None:
            return False
        return None if reference.display or says_more(reference) else True


def says_more(reference: ConceptReference) -> bool:
    """Whether a value set says more of a code that it lists, in verdicts, than what its display is."""
    return bool(reference.designations) or any(extension.url in DEPRECATING for extension in reference.extensions)


def rules_of(plan: Plan, names: Sequence[str]) -> list[Rule] | None:
    """All includes and excludes about the system with these names, imported ones too.

    Without names, those about the only system that there is; None if there are several.
    """
    named = [
        rule
        for node in plan.root.walk()
        for rule in (*node.includes, *node.excludes)
        if rule.definition.system is not None
    ]
    if names:
        return [rule for rule in named if any(map(rule.is_about, names))]
    return named if named and all(rule.is_about(str(named[0].definition.system)) for rule in named) else None


def selections(rules: Iterable[Rule], system: ReadsPlainly, key: str) -> tuple[Selection, ...] | None:
    """What they select from the version of their system with this `CodeSystem.key`, without those that select all.

    None where it takes more than reading plain codes to find out.
    """
    found: list[Selection] = []
    for rule in rules:
        filters, listed = rule.definition.filters, rule.definition.concepts
        if rule.stored or rule.code_system is None or rule.code_system.key != key or (filters and listed):
            return None
        if listed:
            found.append(Selection(listed=rule.listed))
        elif filters:
            found.append(Selection(system.plain_reader(filters)))
    return tuple(found) if len(found) <= MOST else None
