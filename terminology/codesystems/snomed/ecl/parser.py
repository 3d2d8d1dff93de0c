"""Parses Expression Constraint Language 2.2, in brief and long syntax, into a tree.

Docstrings quote the productions of the grammar (Expression Constraint Language Specification, 5.1). Syntax errors raise
`scanner.Unreadable` with the position. Whether concepts exist is checked when a tree is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.filter_parser import FilterParser
from terminology.codesystems.snomed.ecl.leaves import EQUALITIES, ORDERS
from terminology.model.remembering import remembering

OPERATORS: tuple[nodes.Hierarchical, ...] = ("!!>", "!!<", "<<!", "<<", "<!", "<", ">>!", ">>", ">!", ">")
"""Longer ones first."""

WORDS: Mapping[str, nodes.Hierarchical] = MappingProxyType(
    {
        "descendantorselfof": "<<",
        "descendantof": "<",
        "childorselfof": "<<!",
        "childof": "<!",
        "ancestororselfof": ">>",
        "ancestorof": ">",
        "parentorselfof": ">>!",
        "parentof": ">!",
    }
)
"""The long syntax."""

SPACES = r"[ \t\r\n]*"
USUAL = re.compile(
    rf"({'|'.join(map(re.escape, OPERATORS))})?{SPACES}([1-9][0-9]{{5,17}})(?!\w)"
    rf"(?:{SPACES}\|([^|]*)\||(?!{SPACES}(?:\||/\*)))(?!{SPACES}(?:\{{\{{|/\*))"
)
"""What most sub-expressions are: an operator, and a concept with or without its term; no filters come after it."""

NAMED: Mapping[str, nodes.Hierarchical] = MappingProxyType({operator: operator for operator in OPERATORS})

Joint = Literal["AND", "OR"]
QUOTED_IDENTIFIER = re.compile(r'"[A-Za-z][A-Za-z0-9-]*#[^"\s]+"')


@remembering(256)
def parse(text: str) -> nodes.Constraint:
    """The tree of an expression constraint. Raises Unreadable. The latest ones are cached: a question has it twice."""
    return Parser(text).whole()


class Parser(FilterParser):
    """One reading of one text."""

    def whole(self) -> nodes.Constraint:
        """`ws expressionConstraint ws`."""
        self.scanner.skip()
        found = self.expression()
        self.scanner.skip()
        self.scanner.expect_end("the end of the constraint")
        return found

    # Constraints

    def expression(self) -> nodes.Constraint:
        """`refinedExpressionConstraint / compoundExpressionConstraint / dotted… / subExpressionConstraint`."""
        first = self.sub_expression()
        self.scanner.skip()
        if self.scanner.take(":"):
            self.scanner.skip()
            return nodes.Refined(first, self.refinement())
        if self.scanner.sees("."):
            return self._dotted(first)
        if self.scanner.take_word("minus"):
            self.scanner.skip()
            found = nodes.Minus(first, self.sub_expression())
            self._refuse_mixture("MINUS")
            return found
        joint = self._joint()
        if joint is None:
            return first
        operands = (first, *self._others(joint, self.sub_expression))
        return nodes.And(operands) if joint == "AND" else nodes.Or(operands)

    def _dotted(self, first: nodes.Constraint) -> nodes.Constraint:
        """`1*(ws "." ws eclAttributeName)`."""
        found = first
        while self.scanner.take("."):
            self.scanner.skip()
            found = nodes.Dotted(found, self.sub_expression())
            self.scanner.skip()
        return found

    def _joint(self) -> Joint | None:
        """`conjunction / disjunction`, if one comes; it is not read when there is none."""
        self.scanner.skip()
        if self.scanner.at_end:
            return None
        if self.scanner.take_word("and") or self.scanner.take(","):
            return "AND"
        return "OR" if self.scanner.take_word("or") else None

    def _others(self, joint: Joint, read: Callable[[], nodes.Constraint]) -> list[nodes.Constraint]:
        """`sub *(ws operator ws sub)` after the first operator. Raises Unreadable for a mixture of operators."""
        found = []
        again: Joint | None = joint
        while again is not None:
            self.scanner.skip()
            found.append(read())
            start, again = self._next_joint()
            if again is not None and again != joint:
                self._fail_mixture(start)
        self._refuse_mixture(joint)
        return found

    def _next_joint(self) -> tuple[int, Joint | None]:
        self.scanner.skip()
        return self.scanner.position, self._joint()

    def _refuse_mixture(self, before: str) -> None:
        self.scanner.skip()
        start = self.scanner.position
        if self.scanner.take_word("minus", "and", "or") or (before == "MINUS" and self.scanner.sees(",")):
            self._fail_mixture(start)

    def _fail_mixture(self, start: int) -> None:
        self.scanner.fail("AND, OR and MINUS must not be mixed without brackets that say what belongs together", start)

    def sub_expression(self) -> nodes.Constraint:
        """`[constraintOperator ws] ( [memberOf ws] focus *memberFilters ) *filters [historySupplement]`."""
        if (usual := self._usual()) is not None:
            return usual
        operator = self._operator()
        self.scanner.skip()
        found = self._member_of() or self._focus()
        if operator is not None:
            found = nodes.Hierarchy(operator, found)
        if not self._sees_braces():
            return found
        filters = self.filters()
        if filters:
            found = nodes.Filtered(found, filters)
        return self.history(found)

    def _usual(self) -> nodes.Constraint | None:
        """One that can be read at once; None, with nothing read, for any other."""
        scanner = self.scanner
        found = USUAL.match(scanner.text, scanner.position)
        if found is None:
            return None
        scanner.position = found.end()
        id_, term = found[2], found[3]
        concept = nodes.Concept(id_, None if term is None else term.strip(), found.start(2))
        return nodes.Hierarchy(NAMED[found[1]], concept) if found[1] else concept

    def _sees_braces(self) -> bool:
        """Whether filters or a history supplement may come."""
        start = self.scanner.position
        self.scanner.skip()
        found = self.scanner.sees("{{")
        self.scanner.position = start
        return found

    def _operator(self) -> nodes.Hierarchical | None:
        first = self.scanner.peek()
        if not first.isalpha():
            return next((operator for operator in OPERATORS if self.scanner.take(operator)), None)
        word = self.scanner.take_word(*WORDS)
        return WORDS[word.lower()] if word else None

    def _member_of(self) -> nodes.Constraint | None:
        """`"^" [ ws "[" ws (refsetFieldNameSet / wildCard) ws "]" ] ws focus *(ws memberFilterConstraint)`."""
        if not self.scanner.take("^") and not self.scanner.take_word("memberOf"):
            return None
        self.scanner.skip()
        start = self.scanner.position + 1
        fields = self._fields() if self.scanner.take("[") else None
        self.scanner.skip()
        return nodes.MemberOf(self._focus(), fields, self.member_filters(), start)

    def _fields(self) -> tuple[str, ...]:
        """`refsetFieldName *(ws "," ws refsetFieldName)`, or `*`, up to the closing bracket."""
        self.scanner.skip()
        if self.scanner.take("*"):
            found = ["*"]
        else:
            found = [self.field_name()]
            self.scanner.skip()
            while self.scanner.take(","):
                self.scanner.skip()
                found.append(self.field_name())
                self.scanner.skip()
        self.scanner.skip()
        self.scanner.expect("]")
        return tuple(found)

    def _focus(self) -> nodes.Constraint:
        """`eclFocusConcept / "(" ws expressionConstraint ws ")"`."""
        scanner = self.scanner
        if scanner.sees("("):
            return self.bracketed(self.expression)
        if scanner.take("*") or scanner.take_word("any"):
            return nodes.Wildcard()
        if scanner.peek().isdecimal():
            return self.concept()
        if scanner.peek().isalpha() or scanner.sees('"'):
            return self.alternate_identifier()
        raise scanner.error("expected a concept id, '*' or '('")

    # Refinements

    def refinement(self) -> nodes.Refinement:
        """`eclRefinement = subRefinement ws [conjunctionRefinementSet / disjunctionRefinementSet]`."""
        return self._joined(self._sub_refinement)

    def _attribute_set(self) -> nodes.Refinement:
        """`eclAttributeSet = subAttributeSet ws [conjunctionAttributeSet / disjunctionAttributeSet]`."""
        return self._joined(self._sub_attribute_set)

    def _joined(self, read: Callable[[], nodes.Refinement]) -> nodes.Refinement:
        parts = [read()]
        first: Joint | None = None
        while True:
            start, joint = self._next_joint()
            if joint is None:
                break
            if first is not None and joint != first:
                self._fail_mixture(start)
            first = joint
            self.scanner.skip()
            parts.append(read())
        if first is None:
            return parts[0]
        return nodes.AllOf(tuple(parts)) if first == "AND" else nodes.AnyOf(tuple(parts))

    def _sub_refinement(self) -> nodes.Refinement:
        """`eclAttributeSet / eclAttributeGroup / "(" ws eclRefinement ws ")"`; sets are joined here, one by one."""
        if self.scanner.sees("("):
            return self.either(self._attribute, lambda: self.bracketed(self.refinement))
        return self._attribute_or_group()

    def _sub_attribute_set(self) -> nodes.Refinement:
        """`eclAttribute / "(" ws eclAttributeSet ws ")"`."""
        if self.scanner.sees("("):
            return self.either(self._attribute, lambda: self.bracketed(self._attribute_set))
        return self._attribute()

    def _attribute_or_group(self) -> nodes.Refinement:
        start = self.scanner.position
        cardinality = self._cardinality()
        if not self.scanner.take("{"):
            self.scanner.position = start
            return self._attribute()
        self.scanner.skip()
        attributes = self._attribute_set()
        self.scanner.skip()
        self.scanner.expect("}")
        return nodes.Group(attributes, cardinality)

    def _attribute(self) -> nodes.Attribute:
        """`["[" cardinality "]" ws] [reverseFlag ws] eclAttributeName ws comparison`."""
        start = self.scanner.position
        cardinality = self._cardinality()
        reverse = self.scanner.take_word("R", "reverseOf") is not None
        self.scanner.skip()
        name = self.sub_expression()
        return nodes.Attribute(name, self.comparison(), cardinality, reverse, start)

    def _cardinality(self) -> nodes.Cardinality:
        """`["[" minValue ".." maxValue "]" ws]`; in long syntax `[1 to many]`."""
        if not self.scanner.take("["):
            return nodes.AT_LEAST_ONE
        start = self.scanner.position
        self.scanner.skip()
        minimum = self.count()
        self.scanner.skip()
        if not self.scanner.take("..") and not self.scanner.take_word("to"):
            self.scanner.fail("expected '..'")
        self.scanner.skip()
        many = self.scanner.take("*") or self.scanner.take_word("many")
        maximum = nodes.MANY if many else self.count()
        if maximum is not None and maximum < minimum:
            self.scanner.fail("a cardinality cannot end before it begins", start)
        self.scanner.skip()
        self.scanner.expect("]")
        self.scanner.skip()
        return nodes.Cardinality(minimum, maximum)

    # Comparisons

    def comparison(self) -> nodes.Comparison:
        """`operator ws (subExpressionConstraint / "#" numericValue / typedSearchTerm(Set) / booleanValue)`."""
        self.scanner.skip()
        start = self.scanner.position
        return self._compared(self.operator(ORDERS), start)

    def field_comparison(self) -> nodes.Comparison | nodes.Times:
        """The same for a field of members, which may be before or after a date: `ws (timeValue / timeValueSet)`."""
        self.scanner.skip()
        start = self.scanner.position
        operator = self.operator(ORDERS)
        if operator not in EQUALITIES and not self.scanner.sees("#"):
            return nodes.Times(operator, self.one_or_several(self.time))
        return self._compared(operator, start)

    def _compared(self, operator: nodes.Order, start: int) -> nodes.Comparison:
        if self.scanner.take("#"):
            return nodes.Numeric(operator, self.number())
        if operator not in EQUALITIES:
            self.scanner.fail(f"'{operator}' compares numbers, such as #5", start)
        equality: nodes.Equality = "=" if operator == "=" else "!="
        if (usual := self._usual()) is not None:
            return nodes.Among(equality, usual)
        if self._is_text():
            return nodes.Textual(equality, self.search_terms())
        if (truth := self.truth()) is not None:
            return nodes.Truth(equality, truth)
        return nodes.Among(equality, self.sub_expression())

    def _is_text(self) -> bool:
        """Whether search terms come, and no concept with an identifier of another scheme in quotes."""
        start = self.scanner.position
        if self.scanner.take("("):
            self.scanner.skip()
        text = self.scanner.sees('"') and not QUOTED_IDENTIFIER.match(self.scanner.text, self.scanner.position)
        text = text or self.scanner.sees_word("match", "wild")
        self.scanner.position = start
        return text
