"""Parses postcoordinated expressions. Docstrings quote the productions of SNOMED CT Compositional Grammar 2.3.

Syntax errors raise `scanner.Unreadable`. `expressions.check` tells whether concepts exist.
"""

from __future__ import annotations

import string
from decimal import Decimal

from terminology.codesystems.snomed.expressions.nodes import (
    Attribute,
    ConceptReference,
    DefinitionStatus,
    Expression,
    Group,
    Value,
)
from terminology.codesystems.snomed.scanner import PIPE, Scanner

SHORTEST_ID, LONGEST_ID = 6, 18
DEEPEST = 32
"""How many expressions may be nested."""

MARKS = frozenset(":+|{=(")
"""A text with one of these is meant to be an expression; a lone id, or anything else, is not."""


def looks_like_expression(code: str) -> bool:
    """Whether a code is meant to be an expression."""
    return not MARKS.isdisjoint(code) and any(character.isdecimal() for character in code)


def parse(text: str) -> Expression:
    """The tree of an expression. Raises Unreadable."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self.depth = 0

    def whole(self) -> Expression:
        """`expression = ws [definitionStatus ws] subExpression ws`, `definitionStatus = "===" / "<<<"`."""
        scanner = self.scanner
        scanner.skip()
        status: DefinitionStatus | None = "===" if scanner.take("===") else "<<<" if scanner.take("<<<") else None
        scanner.skip()
        found = self.sub_expression()
        scanner.skip()
        scanner.expect_end("the end of the expression")
        return Expression(found.foci, found.ungrouped, found.groups, status)

    def sub_expression(self) -> Expression:
        """`subExpression = focusConcept [ws ":" ws refinement]`, focus concepts joined by `+`."""
        scanner = self.scanner
        foci = [self.concept()]
        scanner.skip()
        while scanner.take("+"):
            scanner.skip()
            foci.append(self.concept())
            scanner.skip()
        if not scanner.take(":"):
            return Expression(tuple(foci))
        scanner.skip()
        ungrouped, groups = self.refinement()
        return Expression(tuple(foci), ungrouped, groups)

    def refinement(self) -> tuple[Group, tuple[Group, ...]]:
        """`refinement = (attributeSet / attributeGroup) *( ws ["," ws] attributeGroup )`."""
        scanner = self.scanner
        ungrouped: Group = () if scanner.sees("{") else self.attribute_set()
        groups: list[Group] = []
        while True:
            scanner.skip()
            start = scanner.position
            comma = bool(ungrouped or groups) and scanner.take(",")
            scanner.skip()
            if not scanner.take("{"):
                if comma:
                    scanner.fail("expected '{'")
                scanner.position = start
                return ungrouped, tuple(groups)
            scanner.skip()
            groups.append(self.attribute_set())
            scanner.skip()
            scanner.expect("}")

    def attribute_set(self) -> Group:
        """`attributeSet = attribute *(ws "," ws attribute)`."""
        scanner = self.scanner
        found = [self.attribute()]
        while True:
            scanner.skip()
            start = scanner.position
            if not scanner.take(","):
                return tuple(found)
            scanner.skip()
            if scanner.sees("{"):  # the comma stands before a group
                scanner.position = start
                return tuple(found)
            found.append(self.attribute())

    def attribute(self) -> Attribute:
        """`attribute = attributeName ws "=" ws attributeValue`."""
        name = self.concept()
        self.scanner.skip()
        self.scanner.expect("=")
        self.scanner.skip()
        return Attribute(name, self.value())

    def value(self) -> Value:
        """`attributeValue = expressionValue / QM stringValue QM / "#" numericValue / booleanValue`."""
        scanner = self.scanner
        if scanner.take("("):
            self.depth += 1
            if self.depth > DEEPEST:
                scanner.fail(f"more than {DEEPEST} expressions in each other")
            scanner.skip()
            found = self.sub_expression()
            scanner.skip()
            scanner.expect(")")
            self.depth -= 1
            return found
        if scanner.take("#"):
            return self.number()
        if scanner.take('"'):
            return self.text()
        if (word := scanner.take_word("true", "false")) is not None:
            return word.lower() == "true"
        return self.concept()

    def concept(self) -> ConceptReference:
        """`conceptReference = conceptId [ws "|" ws term ws "|"]`."""
        scanner = self.scanner
        start = scanner.position
        digits = scanner.take_while(string.digits)
        if not digits:
            found = scanner.peek() or "[n/a: overrun]"
            scanner.fail(f'Concept not found (next char = "{found}", in "{scanner.text}") at character {start + 1}')
        if not SHORTEST_ID <= len(digits) <= LONGEST_ID or digits[0] == "0":
            scanner.fail(f"'{digits}' is not a concept id", start)
        end = scanner.position
        scanner.skip()
        if not scanner.take(PIPE):
            scanner.position = end
            return ConceptReference(digits, position=start)
        return ConceptReference(digits, scanner.take_until(PIPE, "a term").strip(), start)

    def number(self) -> Decimal:
        """`numericValue = ["-" / "+"] (decimalValue / integerValue)`."""
        scanner = self.scanner
        sign = scanner.take_first("+-") or ""
        digits = scanner.take_while(string.digits)
        if scanner.take("."):
            digits += "." + scanner.take_while(string.digits)
        if not digits.replace(".", "") or digits.endswith("."):
            scanner.fail("expected a number")
        return Decimal(sign + digits)

    def text(self) -> str:
        r"""`stringValue`: a quote and a backslash are written `\"` and `\\`."""
        scanner = self.scanner
        found = []
        while not scanner.take('"'):
            if scanner.at_end:
                scanner.fail("a text that does not end")
            scanner.take("\\")
            found.append(scanner.peek())
            scanner.position += 1
        return "".join(found)
