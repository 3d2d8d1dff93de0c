"""Checks expressions: concepts exist, attributes are attributes, and the concept model allows them.

Of the concept model (MRCM), mandatory rules for postcoordinated content are checked. Close-to-user forms are allowed:
an attribute may refine the definition of a focus concept (the laterality of a procedure's site). `expressions.counts`
checks cardinalities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.parser import parse as parse_constraint
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.expressions.concrete import Test, concrete_range
from terminology.codesystems.snomed.expressions.counts import Counts
from terminology.codesystems.snomed.expressions.forms import Definitions, Forms, named
from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression, Value
from terminology.codesystems.snomed.expressions.render import literal
from terminology.codesystems.snomed.mrcm import ConceptModel
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.store.cache import BoundedCache

ATTRIBUTE_ROOTS = (ids.ATTRIBUTES, ids.LINKAGE)
RANGES = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """The allowed values of an attribute: concepts, and tests of which a value that is not a concept must pass one."""

    concepts: BitMap
    tests: tuple[Test, ...]


class Checker:
    """Checks expressions against one version. Safe to share by threads."""

    def __init__(self, substrate: Substrate, definitions: Definitions, model: ConceptModel, forms: Forms) -> None:
        self._substrate = substrate
        self._definitions = definitions
        self._model = model
        self._counts = Counts(definitions, model, forms)
        self._ranges: BoundedCache[str, _Range | None] = BoundedCache(RANGES)

    def check(self, expression: Expression, text: str) -> None:
        """Raise Unreadable for the first problem of an expression."""
        for reference in _concepts(expression):
            if self._definitions.concept(reference.id) is None:
                raise Unreadable(f"Concept {reference.id} not found", text, reference.position)
        for owner, attribute in _attributes(expression):
            self._check_name(attribute, text)
            self._check_domain(owner, attribute, text)
            self._check_range(attribute, text)
        for one in (expression, *(a.value for _, a in _attributes(expression) if isinstance(a.value, Expression))):
            self._counts.check(one, text)

    def is_active(self, expression: Expression) -> bool:
        """Whether all its concepts are."""
        used = (self._substrate.ordinal(reference.id) for reference in _concepts(expression))
        return all(ordinal in self._substrate.active for ordinal in used if ordinal is not None)

    def _check_name(self, attribute: Attribute, text: str) -> None:
        roots = [root for root in ATTRIBUTE_ROOTS if self._definitions.concept(root) is not None]
        name = attribute.name
        if roots and not any(name.id != root and self._definitions.is_a(name.id, root) for root in roots):
            reason = f"Concept {name.id} is not valid in this context (must be a descendent of one of "
            raise Unreadable(f"{reason}{','.join(ATTRIBUTE_ROOTS)})", text, name.position)

    def _check_domain(self, owner: Expression, attribute: Attribute, text: str) -> None:
        domains = self._model.rules(attribute.name.id).domains
        if not domains or self._is_within(owner, domains):
            return
        allowed = ", ".join(named(self._definitions, domain) for domain in sorted(domains))
        reason = f"Attribute {named(self._definitions, attribute.name.id)} may refine only what is below {allowed}"
        raise Unreadable(reason, text, attribute.name.position)

    def _is_within(self, owner: Expression, domains: frozenset[str]) -> bool:
        """Whether a focus concept, or a value in its definition, is in a domain."""
        for focus in owner.foci:
            concept = self._definitions.concept(focus.id)
            values = (str(p.value) for p in concept.properties if p.group is not None) if concept else ()
            if any(self._definitions.is_a(one, domain) for one in (focus.id, *values) for domain in domains):
                return True
        return False

    def _check_range(self, attribute: Attribute, text: str) -> None:
        """Raise Unreadable for a value outside the attribute's range; if that is not known, any value is allowed."""
        rules, allowed = self._model.rules(attribute.name.id).ranges, self._range(attribute.name.id)
        if allowed is None:
            return
        if not isinstance(attribute.value, ConceptReference | Expression):
            if not any(test(attribute.value) for test in allowed.tests):
                reason = (
                    f"{literal(attribute.value)} is not a value of {named(self._definitions, attribute.name.id)}"
                    f" (must meet {' OR '.join(rules)})"
                )
                raise Unreadable(reason, text, attribute.name.position)
            return
        for focus in _foci(attribute.value):
            if not self._substrate.is_among(focus.id, allowed.concepts):
                reason = (
                    f"Concept {named(self._definitions, focus.id)} is not a value of"
                    f" {named(self._definitions, attribute.name.id)} (must meet {' OR '.join(rules)})"
                )
                raise Unreadable(reason, text, focus.position)

    def _range(self, attribute: str) -> _Range | None:
        """The range of an attribute; None if it is not known."""
        if (kept := self._ranges.get(attribute)) is not None:
            return kept[0]
        return self._ranges.put(attribute, self._evaluated(self._model.rules(attribute).ranges), 1)

    def _evaluated(self, constraints: tuple[str, ...]) -> _Range | None:
        concepts, tests = BitMap(), []
        for constraint in constraints:
            if (test := concrete_range(constraint)) is not None:
                tests.append(test)
                continue
            try:
                found = Evaluator(self._substrate, constraint, lenient=True).concepts(parse_constraint(constraint))
            except Unreadable:
                return None
            concepts |= found
        return _Range(concepts, tuple(tests)) if constraints else None


def _concepts(expression: Expression) -> Iterator[ConceptReference]:
    """All concepts in the order in which they stand."""
    yield from expression.foci
    for attribute in expression.attributes:
        yield attribute.name
        match attribute.value:
            case ConceptReference():
                yield attribute.value
            case Expression():
                yield from _concepts(attribute.value)


def _attributes(expression: Expression) -> Iterator[tuple[Expression, Attribute]]:
    """All attributes with the expression they refine, nested ones too."""
    for attribute in expression.attributes:
        yield expression, attribute
        if isinstance(attribute.value, Expression):
            yield from _attributes(attribute.value)


def _foci(value: Value) -> tuple[ConceptReference, ...]:
    if isinstance(value, Expression):
        return value.foci
    return (value,) if isinstance(value, ConceptReference) else ()
