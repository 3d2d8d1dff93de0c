"""Parses UCUM codes into trees, or tells where and why a text is not a valid code.

A hand-written scanner, since symbols of units in square brackets may contain digits, operators and apostrophes, and
errors must name the first wrong character. Case-sensitive codes only.
"""

from __future__ import annotations

from terminology.codesystems.ucum.essence import Essence
from terminology.codesystems.ucum.expression import Annotation, Component, Factor, Group, Operator, Step, Symbol, Term
from terminology.model import messages

LONGEST = 1000
DEEPEST = 50
DIGITS = frozenset("0123456789")
ENDS_SYMBOL = frozenset("./(){}+- ") | DIGITS
TEN = ("10*", "10^")
"""The only units that begin with digits."""


class UcumError(Exception):
    """A text that is no UCUM code. `position` counts characters from 1."""

    def __init__(self, message_id: str, position: int, **arguments: str) -> None:
        super().__init__(messages.text(message_id, arguments))
        self.position = position


def parse(code: str, essence: Essence) -> Term:
    """Read a code. Raises UcumError."""
    if not code:
        raise UcumError("UCUM_EMPTY", 1)
    if len(code) > LONGEST:
        raise UcumError("UCUM_TOO_LONG", LONGEST + 1, limit=str(LONGEST))
    parser = _Parser(code, essence)
    term = parser.term(0)
    if parser.next:
        raise parser.unexpected("'.' or '/'")
    return term


class _Parser:
    """Reads from `at` on."""

    def __init__(self, code: str, essence: Essence) -> None:
        self._code = code
        self._essence = essence
        self._at = 0

    @property
    def next(self) -> str:
        """The next character, '' at the end."""
        return self._code[self._at : self._at + 1]

    def unexpected(self, wanted: str) -> UcumError:
        if not self.next:
            return UcumError("UCUM_ENDS", self._at + 1, expected=wanted)
        return UcumError("UCUM_UNEXPECTED", self._at + 1, expected=wanted, found=self.next)

    def term(self, depth: int) -> Term:
        """Reads term = ["/"] component *( ("." / "/") component ), with annotations behind components."""
        steps = []
        operator: Operator | None = self._operator(first=True)
        while operator:
            steps.append(Step(operator, self._component(depth)))
            while self.next == "{":
                steps.append(Step(".", self._annotation()))
            operator = self._operator()
        return Term(tuple(steps))

    def _operator(self, *, first: bool = False) -> Operator | None:
        if self.next == "/":
            self._at += 1
            return "/"
        if first:
            return "."
        if self.next == ".":
            self._at += 1
            return "."
        return None

    def _component(self, depth: int) -> Component:
        if self.next == "(":
            return self._group(depth + 1)
        if self.next == "{":
            return self._annotation()
        if self.next in DIGITS and not self._code.startswith(TEN, self._at):
            return self._factor()
        return self._symbol()

    def _group(self, depth: int) -> Group:
        opened = self._at
        if depth > DEEPEST:
            raise UcumError("UCUM_TOO_DEEP", opened + 1, limit=str(DEEPEST))
        self._at += 1
        term = self.term(depth)
        if self.next and self.next != ")":
            raise self.unexpected("'.', '/' or ')'")
        if not self.next:
            raise UcumError("UCUM_PARENTHESIS_OPEN", opened + 1)
        self._at += 1
        return Group(term)

    def _annotation(self) -> Annotation:
        """Reads annotation = "{" *( any printable ASCII character but braces ) "}"; blanks are in wide use."""
        opened = self._at
        self._at += 1
        while self.next and self.next != "}":
            if self.next == "{" or not " " <= self.next <= "~":
                raise UcumError("UCUM_ANNOTATION_CHARACTER", self._at + 1, found=self.next)
            self._at += 1
        if not self.next:
            raise UcumError("UCUM_ANNOTATION_OPEN", opened + 1)
        self._at += 1
        return Annotation(self._code[opened + 1 : self._at - 1])

    def _factor(self) -> Factor:
        begin = self._at
        value = int(self._digits())
        if not value:
            raise UcumError("UCUM_NOT_POSITIVE", begin + 1)
        return Factor(value)

    def _digits(self) -> str:
        begin = self._at
        while self.next and self.next in DIGITS:
            self._at += 1
        if begin == self._at:
            raise self.unexpected("a digit")
        return self._code[begin : self._at]

    def _symbol(self) -> Symbol:
        begin = self._at
        if self._code.startswith(TEN, begin):
            self._at += len(TEN[0])
        else:
            self._skip_symbol()
        if begin == self._at:
            raise self.unexpected("a unit")
        return self._known(self._code[begin : self._at], begin + 1)

    def _skip_symbol(self) -> None:
        while self.next and self.next not in ENDS_SYMBOL:
            if self.next == "[":
                closed = self._code.find("]", self._at)
                if closed < 0:
                    raise UcumError("UCUM_BRACKET_OPEN", self._at + 1)
                self._at = closed
            self._at += 1

    def _known(self, symbol: str, position: int) -> Symbol:
        """Reads symbol = unit / prefix metric-unit; a unit of that very name comes before a prefix with another."""
        units = self._essence.units
        if unit := units.get(symbol):
            return Symbol(unit, None, self._exponent())
        for prefix in self._essence.prefixes:
            if symbol.startswith(prefix.code) and (unit := units.get(symbol.removeprefix(prefix.code))):
                if not unit.metric:
                    raise UcumError("UCUM_NOT_METRIC", position, unit=unit.code, prefix=prefix.code)
                return Symbol(unit, prefix, self._exponent())
        raise UcumError("UCUM_UNIT_UNKNOWN", position, symbol=symbol)

    def _exponent(self) -> int:
        """Reads exponent = ["+" / "-"] digits."""
        sign = ""
        if self.next and self.next in "+-":
            sign = self.next
            self._at += 1
        elif not (self.next and self.next in DIGITS):
            return 1
        return int(sign + self._digits())
