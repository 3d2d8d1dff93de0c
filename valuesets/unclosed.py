"""Why an expansion does not show all codes of its value set: the valueset-unclosed extensions.

There are three reasons: a grammar makes more codes than can be listed, of a fragment only some codes are known, and a
publisher may limit the number of codes. Lists nothing itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from terminology.model import messages
from terminology.model.concept import Extension
from terminology.model.protocols import CodeSystem
from terminology.model.valueset import Filter
from valuesets.rules import Node, Rule

UNCLOSED = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"
UNCLOSED_REASON = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed-reason"

NO_EXPRESSIONS = Filter("expressions", "=", "false")
"""The filter by which a value set excludes expressions of the grammar (SNOMED CT with FHIR)."""


@dataclass(frozen=True, slots=True)
class Openness:
    """What is open about a value set. `listed_only`: the client wants no codes that a grammar makes."""

    root: Node
    listed_only: bool

    def is_endless_in(self, systems: Container[str]) -> bool:
        """Whether it has unlimited codes of one of these systems."""
        return any(s.metadata.url in systems and self._is_endless(r, s) for r, s in self._by_rule())

    def extensions(self, stood_for: Mapping[str, Node], withheld: Mapping[str, int]) -> Iterator[Extension]:
        """The extension with its reasons; none for an expansion that shows all codes.

        `stood_for` has the value sets that were shown for grammars, by `CodeSystem.key`; `withheld` the systems whose
        publishers limit the codes, with the limit.
        """
        found = [(self._is_endless(r, s), self._reason(r, s, stood_for)) for r, s in self._by_rule()]
        reasons = [reason for _, reason in found if reason]
        unclosed = bool(reasons) or any(endless for endless, _ in found)
        if not unclosed:
            reasons = [_text("UNCLOSED_LICENCE", url, most=str(most)) for url, most in sorted(withheld.items())]
        if unclosed or reasons:
            yield Extension(UNCLOSED, "Boolean", value=True)
        yield from (Extension(UNCLOSED_REASON, "String", reason) for reason in dict.fromkeys(reasons))

    def _by_rule(self) -> Iterator[tuple[Rule, CodeSystem]]:
        """The includes that take codes of a system by filter or as a whole, not from a list or another value set."""
        for rule, _ in self.root.sources():
            if rule.code_system is not None and not rule.definition.concepts and not rule.imports:
                yield rule, rule.code_system

    def _is_endless(self, rule: Rule, code_system: CodeSystem) -> bool:
        filters = rule.definition.filters
        return code_system.open_to(filters) and not self.listed_only and NO_EXPRESSIONS not in filters

    def _reason(self, rule: Rule, code_system: CodeSystem, stood_for: Mapping[str, Node]) -> str | None:
        url = code_system.metadata.url
        if code_system.metadata.content == "fragment":
            return _text("UNCLOSED_FRAGMENT", url)
        if not self._is_endless(rule, code_system):
            return None
        if stand_in := stood_for.get(code_system.key):
            return _text("UNCLOSED_GRAMMAR_SHOWN", url, shown=stand_in.value_set.url)
        return _text("UNCLOSED_GRAMMAR", url) if rule.whole_system else None


def _text(message_id: str, system: str, **arguments: str) -> str:
    return messages.text(message_id, {"system": system, **arguments})
