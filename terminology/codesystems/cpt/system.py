"""CPT on top of a loaded version: its stored codes and modifiers, and the expressions that join them.

A complete release cannot be enumerated, because of its expressions. A fragment (from documents alone) lists its codes,
has no modifiers, and only rejects what violates form or rules. The licence limits how many codes an expansion may
contain (setting `cpt_max_expansion`); this is enforced elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from pyroaring import BitMap

from terminology.codesystems.composing import not_compositional
from terminology.codesystems.cpt import codes, valuesets
from terminology.codesystems.cpt.definitions import with_definitions
from terminology.codesystems.cpt.expression import SEPARATOR, TELEMEDICINE, Expression, violations
from terminology.codesystems.filters.naming import CODE_NAMES
from terminology.codesystems.filters.reading import listed, refusal
from terminology.codesystems.replacing import with_successors
from terminology.codesystems.stored import StoredCodeSystem
from terminology.codesystems.stored_sets import NOTHING
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Located
from terminology.model.results import Subsumption
from terminology.model.values import value_key
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.store.documents import with_properties
from terminology.store.entries import ConceptRow
from terminology.store.protocol import VersionReader

URL = "http://www.ama-assn.org/go/cpt"
LISTS = frozenset({"in", "not-in"})
MADE = (Property("modified", "boolean", value=True), Property("modifier", "boolean", value=False))
"""What an expression says of itself; nothing of its base code is inherited."""
SAMPLE = Located(ordinal=None, concept=Concept("00000:00", properties=MADE))
"""Any expression, to see whether a filter lets expressions pass."""


OTHERS = (
    (re.compile(r"[A-CE-Z][0-9]{4}"), "CPT_CODE_HCPCS"),
    (re.compile(r"D[0-9]{4}"), "CPT_CODE_CDT"),
)
"""Forms of codes that people take for CPT's, since they stand on the same claims."""


class CptCodeSystem(StoredCodeSystem):
    """A `model.protocols.CodeSystem`."""

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(with_definitions(metadata), reader, key)

    @property
    def enumerable(self) -> bool:
        """A release has a grammar; a fragment is only what is known of it."""
        return self.metadata.content == "fragment"

    # Codes

    def locate(self, code: str) -> Located | None:
        """A code, a modifier, or (in a release) an expression that keeps the rules."""
        return self._expression(code) if SEPARATOR in code else self._code(code)

    def explain(self, code: str) -> Issue | None:
        """What is wrong with the form of a code, or with an expression."""
        if SEPARATOR not in code:
            if codes.CODE.fullmatch(code) or codes.MODIFIER.fullmatch(code):
                return None
            others = (message for pattern, message in OTHERS if pattern.fullmatch(code))
            return _issue(next(others, "CPT_CODE_MALFORMED"), code=code)
        if not self.enumerable and not self.metadata.compositional:
            return not_compositional(self.metadata)
        expression = Expression.parse(code)
        if expression is None:
            return _issue("CPT_EXPRESSION_MALFORMED", code=code)
        reasons = [issue.text for issue in self._problems(expression)]
        return _issue("CPT_EXPRESSION_INVALID", code=code, reasons="; ".join(reasons)) if reasons else None

    def subsumes(self, a: str, b: str) -> Subsumption:
        """Only what means the same is equivalent: there is no hierarchy. Raises TerminologyError not-found."""
        first, second = (self._required(code).concept.code for code in (a, b))
        return "equivalent" if first == second else "not-subsumed"

    def _code(self, code: str) -> Located | None:
        """A code or a modifier: one row read."""
        return super().locate(code)

    def _required(self, code: str) -> Located:
        if (found := self.locate(code)) is None:
            raise TerminologyError.of(
                "not-found", "SUBSUMES_CODE_UNKNOWN", detail="invalid-code", unknown=code, system=self.metadata.url
            )
        return found

    def _document(self, row: ConceptRow) -> bytes:
        return with_properties(row.document, codes.derived(row.code))

    def _located(self, row: ConceptRow) -> Located:
        located = with_successors(super()._located(row))
        stated = {p.code for p in located.concept.properties}
        missing = tuple(p for p in codes.derived(located.concept.code) if p.code not in stated)
        if not missing:
            return located
        return replace(located, concept=replace(located.concept, properties=located.concept.properties + missing))

    # Expressions

    def _expression(self, code: str) -> Located | None:
        expression = Expression.parse(code) if self.metadata.compositional and not self.enumerable else None
        base = self._code(expression.base) if expression else None
        if expression is None or base is None or any(self._problems(expression)):
            return None
        known = [m for name in expression.normal.modifiers if (m := self._code(name)) is not None]
        concept = Concept(
            str(expression.normal),
            _display(base.concept, [m.concept for m in known], expression.normal.modifiers),
            designations=_texts(base.concept),
            properties=MADE,
        )
        inactive = base.inactive or any(m.inactive for m in known)
        return Located(ordinal=None, concept=concept, inactive=inactive, notes=tuple(self._notes(expression, base)))

    def _problems(self, expression: Expression) -> Iterator[Issue]:
        """What is wrong, as far as this version can know."""
        base = self._code(expression.base)
        yield from violations(expression, telemedicine=_telemedicine(base))
        if base is None and not self.enumerable and codes.CODE.fullmatch(expression.base):
            yield _issue("CPT_BASE_UNKNOWN", base=expression.base)
        if self._has_modifiers:
            for modifier in filter(codes.is_modifier, dict.fromkeys(expression.modifiers)):
                if self._code(modifier) is None:
                    yield _issue("CPT_MODIFIER_UNKNOWN", modifier=modifier)

    def _notes(self, expression: Expression, base: Located) -> Iterator[Issue]:
        """What could not be checked, or is odd."""
        if not self._has_modifiers:
            yield _note("CPT_MODIFIERS_NOT_LOADED", code=str(expression))
        if TELEMEDICINE in expression.modifiers and _telemedicine(base) is None:
            yield _note("CPT_TELEMEDICINE_UNKNOWN", base=expression.base)
        for modifier in expression.repeated:
            yield _note("CPT_MODIFIER_REPEATED", modifier=modifier, code=str(expression))

    @cached_property
    def _has_modifiers(self) -> bool:
        return not self.enumerable and bool(self.with_value("modifier", ("true",)))

    # Filters

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter that CPT does not have, and for what is no range of codes."""
        if self._ranges(f) is None:
            super().must_understand(f)

    def select(self, f: Filter) -> BitMap:
        """Also ranges of codes (`code in 99202-99215,99221`). Expressions are in no set: they cannot be listed."""
        ranges = self._ranges(f)
        if ranges is None:
            return super().select(f)
        found = BitMap(o for o, code in enumerate(self.codes()) if any(r.covers(code) for r in ranges))
        found |= BitMap(self.ordinals(listed(f)).values())
        return found if f.op == "in" else self.every() - found

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a code or an expression passes; agrees with `select` on codes."""
        ranges = self._ranges(f)
        if ranges is None:
            return super().holds(located, f)
        code = located.concept.code
        within = code in listed(f) or any(r.covers(code) for r in ranges)
        return within is (f.op == "in")

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """Whether expressions may pass all of these."""
        return not self.enumerable and all(self.holds(SAMPLE, f) for f in passing)

    def _ranges(self, f: Filter) -> list[codes.Range] | None:
        """The ranges of a filter by code, or None for another filter. Raises TerminologyError for what is no range."""
        if f.property not in CODE_NAMES or f.op not in LISTS or "-" not in f.value:
            return None
        items = [item for item in listed(f) if "-" in item]
        found = [codes.Range.parse(item) for item in items]
        for item, range_ in zip(items, found, strict=True):
            if range_ is None:
                raise refusal("CPT_RANGE_MALFORMED", self, f, range=item)
        return [range_ for range_ in found if range_ is not None]

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """As stored, and as the codes say."""
        return super().with_value(property_code, values) | self._derived(property_code, frozenset(values).__contains__)

    def with_match(self, property_code: str, test: Callable[[str], bool]) -> BitMap:
        """As stored, and as the codes say."""
        return super().with_match(property_code, test) | self._derived(property_code, test)

    def with_property(self, property_code: str) -> BitMap:
        """As stored, and as the codes say."""
        return super().with_property(property_code) | self._derived(property_code, lambda _value: True)

    def _derived(self, property_code: str, test: Callable[[str], bool]) -> BitMap:
        """Codes that do not state a property, but of which it is true by their form."""
        if property_code not in codes.DERIVED:
            return NOTHING
        silent = self.every() - super().with_property(property_code)
        if not silent:
            return NOTHING
        known = self.codes()
        return BitMap(
            o for o in silent for p in codes.derived(known[o]) if p.code == property_code and test(value_key(p))
        )

    # Value sets

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """All, base codes, modifiers, usable codes."""
        return valuesets.implicit(url, self.metadata)


def _telemedicine(base: Located | None) -> bool | None:
    """Whether a code is for telemedicine; None when its release does not say."""
    stated = [p.value for p in base.concept.properties if p.code == "telemedicine"] if base else []
    return bool(stated[0]) if stated else None


def _display(base: Concept, modifiers: Sequence[Concept], named: Sequence[str]) -> str | None:
    """The base code's display with those of the modifiers, as far as they are known."""
    if base.display is None:
        return None
    names = {m.code: m.display for m in modifiers}
    told = "; ".join(f"{code} {name}" if (name := names.get(code)) else code for code in named)
    return f"{base.display} ({told})"


def _texts(base: Concept) -> tuple[Designation, ...]:
    """What may be said of a base code may be said of an expression, too."""
    own = (Designation(base.display),) if base.display else ()
    return (*own, *base.designations)


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("error", "code-invalid", message_id, arguments, "invalid-code")


def _note(message_id: str, **arguments: str) -> Issue:
    return Issue("information", "business-rule", message_id, arguments, "code-comment")
