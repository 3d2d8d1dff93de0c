"""Whether an expression is right: its concepts exist, its attributes are attributes, the concept model allows them.

The concept model (MRCM) is checked by its mandatory rules for postcoordinated content. Close-to-user forms are
allowed: an attribute may refine what a focus concept is defined by (the laterality of a procedure's site).
"""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.parser import parse as parse_constraint
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.expressions.forms import Definitions
from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression, Value
from terminology.codesystems.snomed.mrcm import ConceptModel
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.store.cache import BoundedCache

ATTRIBUTE_ROOTS = (ids.ATTRIBUTES, ids.LINKAGE)
RANGES = 256


class Checker:
    """Checks expressions against one version. Safe to share by threads."""

    def __init__(self, substrate: Substrate, definitions: Definitions, model: ConceptModel) -> None:
        self._substrate = substrate
        self._definitions = definitions
        self._model = model
        self._ranges: BoundedCache[str, BitMap | None] = BoundedCache(RANGES)

    def check(self, expression: Expression, text: str) -> None:
        """Raises Unreadable for the first thing that is wrong."""
        for reference in _concepts(expression):
            if self._definitions.concept(reference.id) is None:
                raise Unreadable(f"Concept {reference.id} not found", text, reference.position)
        for owner, attribute in _attributes(expression):
            self._check_name(attribute, text)
            self._check_domain(owner, attribute, text)
            self._check_range(attribute, text)

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
        allowed = ", ".join(sorted(domains))
        reason = f"Attribute {attribute.name.id} may refine only what is below {allowed}"
        raise Unreadable(reason, text, attribute.name.position)

    def _is_within(self, owner: Expression, domains: frozenset[str]) -> bool:
        """Whether a focus concept is in a domain, or what it is defined by."""
        for focus in owner.foci:
            concept = self._definitions.concept(focus.id)
            values = (str(p.value) for p in concept.properties if p.group is not None) if concept else ()
            if any(self._definitions.is_a(one, domain) for one in (focus.id, *values) for domain in domains):
                return True
        return False

    def _check_range(self, attribute: Attribute, text: str) -> None:
        foci = _foci(attribute.value)
        allowed = self._range(attribute.name.id) if foci else None
        if allowed is None:
            return
        for focus in foci:
            if not self._substrate.is_among(focus.id, allowed):
                constraint = " OR ".join(self._model.rules(attribute.name.id).ranges)
                reason = f"Concept {focus.id} is not a value of {attribute.name.id} (must meet {constraint})"
                raise Unreadable(reason, text, focus.position)

    def _range(self, attribute: str) -> BitMap | None:
        """What the values of an attribute may be; None where that is not said, or not by a set of concepts."""
        if (kept := self._ranges.get(attribute)) is not None:
            return kept[0]
        return self._ranges.put(attribute, self._evaluated(self._model.rules(attribute).ranges), 1)

    def _evaluated(self, constraints: tuple[str, ...]) -> BitMap | None:
        allowed: BitMap | None = None
        for constraint in constraints:
            try:
                found = Evaluator(self._substrate, constraint, lenient=True).concepts(parse_constraint(constraint))
            except Unreadable:  # a range of numbers, `dec(>#0..)`
                return None
            allowed = found if allowed is None else allowed | found
        return allowed


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
