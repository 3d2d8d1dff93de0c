"""Postcoordinated expressions as codes of a version of SNOMED CT: located, explained, compared.

Combines the parts of `expressions`: they decide what is valid, this module words what clients are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.evaluate import Evaluator
from terminology.codesystems.snomed.ecl.substrate import Substrate
from terminology.codesystems.snomed.expressions.check import Checker
from terminology.codesystems.snomed.expressions.constraints import Matcher
from terminology.codesystems.snomed.expressions.forms import Definitions, Forms
from terminology.codesystems.snomed.expressions.nodes import Attribute, ConceptReference, Expression
from terminology.codesystems.snomed.expressions.parser import looks_like_expression, parse
from terminology.codesystems.snomed.expressions.render import render, terse
from terminology.codesystems.snomed.mrcm import ConceptModel
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.outcome import Issue
from terminology.model.protocols import Located

LANGUAGE = "en-US"
"""The terms that expressions are shown with are those displays come from."""

PREFERRED = Coding(
    "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra", "preferredForLanguage", display="Preferred For Language"
)


class Postcoordination:
    """The expressions of one version. Safe to share by threads."""

    def __init__(self, substrate: Substrate, definitions: Definitions) -> None:
        self._substrate = substrate
        self._definitions = definitions
        self._model = ConceptModel(substrate.refsets)
        self.forms = Forms(definitions, self._model)
        self._checker = Checker(substrate, definitions, self._model, self.forms)

    def read(self, code: str) -> Expression:
        """The expression in a code. Raises Unreadable if it is invalid."""
        expression = parse(code)
        self._checker.check(expression, code)
        return expression

    def located(self, code: str) -> Located | None:
        """An expression as a code; None if the code is not a valid expression."""
        if not looks_like_expression(code):
            return None
        try:
            expression = self.read(code)
        except Unreadable:
            return None
        return Located(
            ordinal=None,
            concept=self._concept(expression),
            inactive=not self._checker.is_active(expression),
            notes=() if self._model.is_loaded else (_not_checked(),),
        )

    def explain(self, code: str) -> Issue | None:
        """Why a code that is not an identifier is not a valid expression."""
        if not code or code.isdecimal():
            return None
        try:
            self.read(code)
        except Unreadable as error:
            arguments = {"reason": error.reason, "column": str(error.column)}
            return Issue("error", "code-invalid", "EXPRESSION_INVALID", arguments, "invalid-code", ("code",))
        return None

    def meets(self, code: str, constraint: nodes.Constraint, text: str) -> bool:
        """Whether an expression (that was located) meets a constraint. Raises Unreadable."""
        matcher = Matcher(self._substrate, self.forms, Evaluator(self._substrate, text))
        return matcher.meets(parse(code), constraint)

    def normal_form(self, code: str, *, terms: bool) -> str:
        """The normal form of a concept or expression (that was located)."""
        found = self.forms.normal_form(parse(code))
        return render(found, self._term) if terms else terse(found)

    def _term(self, id_: str) -> str | None:
        concept = self._definitions.concept(id_)
        return concept.display if concept else None

    def _concept(self, expression: Expression) -> Concept:
        """An expression as a concept: with what one focus concept says of itself, and the attributes that refine it."""
        focus = self._definitions.concept(expression.foci[0].id) if len(expression.foci) == 1 else None
        base = focus or Concept("", parents=tuple(one.id for one in expression.foci))
        display = render(expression, self._term)
        stated = {(p.code, p.value) for p in base.properties}
        first = 1 + max((p.group for p in base.properties if p.group is not None), default=0)
        added = (p for p in _properties(expression, first) if (p.code, p.value) not in stated)
        return replace(
            base,
            code=terse(expression),
            display=display,
            definition=None,
            designations=(Designation(display, LANGUAGE, PREFERRED),),
            properties=(*base.properties, *added),
        )


def _properties(expression: Expression, first: int) -> Iterator[Property]:
    """The attributes; groups are numbered from `first`."""
    yield from (_property(attribute, 0) for attribute in expression.ungrouped)
    for number, group in enumerate(expression.groups, first):
        yield from (_property(attribute, number) for attribute in group)


def _property(attribute: Attribute, group: int) -> Property:
    match attribute.value:
        case ConceptReference(id_):
            return Property(attribute.name.id, "code", id_, group=group)
        case Expression():
            return Property(attribute.name.id, "code", terse(attribute.value), group=group)
        case bool():
            return Property(attribute.name.id, "boolean", attribute.value, group=group)
        case Decimal() as number if number == number.to_integral_value():
            return Property(attribute.name.id, "integer", int(number), group=group)
        case Decimal() as number:
            return Property(attribute.name.id, "decimal", number, group=group)
        case str() as text:
            return Property(attribute.name.id, "string", text, group=group)


def _not_checked() -> Issue:
    return Issue("information", "informational", "EXPRESSION_NOT_CHECKED", {}, "process-note")
