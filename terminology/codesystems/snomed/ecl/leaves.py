"""Parses the terminal parts of expression constraints: concept references, numbers, times, search terms.

Docstrings quote the productions of the ECL 2.2 grammar. `ecl.parser` builds the trees.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.scanner import PIPE, Scanner, Unreadable

DIGITS = string.digits
LETTERS = string.ascii_letters
ALIAS = LETTERS + DIGITS + "-"
BARE_CODE = LETTERS + DIGITS + "-._"
SHORTEST_ID, LONGEST_ID = 6, 18

MOST_DIGITS = 9
"""Of a count: nothing is there a thousand million times."""

DEEPEST = 64
"""How many brackets may be open at once: far more than people write, far less than would exhaust the stack."""

EQUALITIES: tuple[nodes.Equality, ...] = ("!=", "=")
ORDERS: tuple[nodes.Order, ...] = ("!=", "<=", ">=", "=", "<", ">")

T = TypeVar("T")


class Leaves:
    """A parser that can read leaves; the others build on it."""

    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text, comments=True)
        self._depth = 0

    # Ways of reading

    def either(self, first: Callable[[], T], second: Callable[[], T]) -> T:
        """What the first reads, or else the second; of two failures the one that came further."""
        start, depth = self.scanner.position, self._depth
        try:
            return first()
        except Unreadable as failure:
            self.scanner.position, self._depth = start, depth
            try:
                return second()
            except Unreadable as other:
                if other.position >= failure.position:
                    raise
                raise failure from None

    def attempt(self, read: Callable[[], T | None]) -> T | None:
        """What is read, or None, with nothing read."""
        start, depth = self.scanner.position, self._depth
        try:
            found = read()
        except Unreadable:
            found = None
        if found is None:
            self.scanner.position, self._depth = start, depth
        return found

    def bracketed(self, read: Callable[[], T]) -> T:
        """`"(" ws … ws ")"`."""
        self.scanner.expect("(")
        self._depth += 1
        if self._depth > DEEPEST:
            self.scanner.fail(f"more than {DEEPEST} brackets in each other")
        self.scanner.skip()
        found = read()
        self.scanner.skip()
        self.scanner.expect(")")
        self._depth -= 1
        return found

    def several(self, read: Callable[[], T]) -> tuple[T, ...]:
        """`"(" ws x *(mws x) ws ")"`."""

        def items() -> tuple[T, ...]:
            found = [read()]
            self.scanner.skip()
            while not self.scanner.sees(")"):
                found.append(read())
                self.scanner.skip()
            return tuple(found)

        return self.bracketed(items)

    def one_or_several(self, read: Callable[[], T]) -> tuple[T, ...]:
        """One, or a set in brackets."""
        return self.several(read) if self.scanner.sees("(") else (read(),)

    def operator(self, operators: tuple[nodes.Order, ...] | tuple[nodes.Equality, ...]) -> nodes.Order:
        """A comparison operator, with white space around it; `NOT =` and `<>` are the long syntax of `!=`."""
        self.scanner.skip()
        found: nodes.Order | None = "=" if self.scanner.take("=") else None
        if found is None and (self.scanner.take("<>") or self._not_equal()):
            found = "!="
        found = found or next((operator for operator in operators if self.scanner.take(operator)), None)
        if found is None:
            raise self.scanner.error(f"expected one of {' '.join(sorted(operators))}")
        self.scanner.skip()
        return found

    def _not_equal(self) -> bool:
        if self.scanner.take_word("not") is None:
            return False
        self.scanner.skip()
        self.scanner.expect("=")
        return True

    def equality(self) -> nodes.Equality:
        """`"=" / "!="`."""
        return "=" if self.operator(EQUALITIES) == "=" else "!="

    # Concepts

    def concept(self) -> nodes.Concept:
        """`eclConceptReference = conceptId [ws "|" ws term ws "|"]`."""
        start = self.scanner.position
        id_ = self.sctid("a concept id")
        return nodes.Concept(id_, self.term(), start)

    def sctid(self, what: str) -> str:
        """`sctId = digitNonZero 5*17( digit )`."""
        start = self.scanner.position
        digits = self.scanner.take_while(DIGITS)
        if not digits:
            self.scanner.fail(f"expected {what}")
        if not SHORTEST_ID <= len(digits) <= LONGEST_ID or digits[0] == "0":
            self.scanner.fail(f"'{digits}' is not {what}: those have 6 to 18 digits and do not begin with 0", start)
        if self.scanner.peek().isalpha():
            self.scanner.fail(f"expected {what} to end here")
        return digits

    def term(self) -> str | None:
        """`[ws "|" ws term ws "|"]`."""
        start = self.scanner.position
        self.scanner.skip()
        if not self.scanner.take(PIPE):
            self.scanner.position = start
            return None
        return self.scanner.take_until(PIPE, "a term").strip()

    def alternate_identifier(self) -> nodes.AlternateIdentifier:
        """`altIdentifier = ( QM alias "#" code QM / alias "#" code ) [ws "|" ws term ws "|"]`."""
        start = self.scanner.position
        quoted = self.scanner.take('"')
        scheme = self.scanner.take_while(ALIAS)
        if not scheme[:1].isalpha() or not self.scanner.take("#"):
            self.scanner.fail("expected a concept id", start)
        code = self.scanner.take_until('"', "an identifier") if quoted else self.scanner.take_while(BARE_CODE)
        if not code:
            self.scanner.fail("expected a code after '#'")
        return nodes.AlternateIdentifier(scheme, code, self.term(), start)

    # Values

    def number(self) -> Decimal:
        """`numericValue = ["-"/"+"] (decimalValue / integerValue)`."""
        start = self.scanner.position
        sign = self.scanner.take_first("+-") or ""
        whole = self.scanner.take_while(DIGITS)
        if not whole:
            self.scanner.fail("expected a number")
        fraction = ""
        if self.scanner.take("."):
            fraction = self.scanner.take_while(DIGITS)
            if not fraction:
                self.scanner.fail("expected digits after the point")
        if len(whole) > 1 and whole[0] == "0":
            self.scanner.fail("a number does not begin with 0", start)
        return Decimal(f"{sign}{whole}.{fraction or 0}").normalize()

    def count(self) -> int:
        """`nonNegativeIntegerValue`."""
        digits = self.scanner.take_while(DIGITS)
        if not digits:
            self.scanner.fail("expected a number")
        if len(digits) > MOST_DIGITS:
            self.scanner.fail(f"a count has up to {MOST_DIGITS} digits", self.scanner.position - len(digits))
        return int(digits)

    def truth(self) -> bool | None:
        """`booleanValue = true / false`; None for something else."""
        word = self.scanner.take_word("true", "false")
        return None if word is None else word.lower() == "true"

    def time(self) -> int:
        """`timeValue = QM [ year month day ] QM`; 0 for that of what has not been published."""
        self.scanner.expect('"')
        start = self.scanner.position
        digits = self.scanner.take_while(DIGITS)
        if len(digits) not in {0, 8}:
            self.scanner.fail("expected a date of eight digits", start)
        self.scanner.expect('"')
        return int(digits or 0)

    def field_name(self) -> str:
        """`refsetFieldName = 1*alpha`."""
        name = self.scanner.take_while(LETTERS)
        if not name:
            self.scanner.fail("expected the name of a field")
        return name

    # Search terms

    def search_terms(self) -> tuple[nodes.SearchTerm, ...]:
        """`typedSearchTerm / typedSearchTermSet`."""
        return self.one_or_several(self.search_term)

    def search_term(self) -> nodes.SearchTerm:
        """`typedSearchTerm = ( [ "match" ws ":" ws ] matchSearchTermSet ) / ( "wild" ws ":" ws wildSearchTermSet )`."""
        kind = self.scanner.take_word("match", "wild")
        if kind is not None:
            self.scanner.skip()
            self.scanner.expect(":")
            self.scanner.skip()
        start = self.scanner.position
        text = self._quoted(escapable='"\\*' if kind and kind.lower() == "wild" else '"\\')
        if not text.strip():
            self.scanner.fail("a search term must not be empty", start)
        return nodes.SearchTerm("wild", text) if kind and kind.lower() == "wild" else nodes.SearchTerm("match", text)

    def _quoted(self, escapable: str) -> str:
        """A text in quotes. A star that is escaped keeps its backslash: it is no wildcard."""
        scanner = self.scanner
        scanner.expect('"')
        start, found = scanner.position, []
        while not scanner.take('"'):
            if scanner.at_end:
                scanner.fail("a text that does not end", start - 1)
            if scanner.take("\\"):
                escaped = scanner.peek()
                if not escaped or escaped not in escapable:
                    scanner.fail(f"expected one of {' '.join(escapable)} after '\\'")
                found.append(escaped if escaped == '"' else f"\\{escaped}" if "*" in escapable else escaped)
            else:
                found.append(scanner.peek())
            scanner.position += 1
        return "".join(found)
