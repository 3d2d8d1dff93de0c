"""Reads SNOMED CT's languages (expressions, expression constraints) character by character.

Both are scannerless: what a character means depends on where it stands, so parsers ask for what may come next. What
cannot be read raises `Unreadable`, which points at the place. Knows no grammar.
"""

from __future__ import annotations

from collections.abc import Iterable

SPACE = " \t\r\n"
PIPE = "|"


class Unreadable(Exception):  # noqa: N818 - names what is wrong with a text; systems make errors of it
    """A text that does not follow its grammar, or names what does not exist, at `position` (from 0)."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.position = position

    @property
    def line(self) -> int:
        """The line of the place, from 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """The column of the place, from 1."""
        return self.position - self.text.rfind("\n", 0, self.position)

    @property
    def caret(self) -> str:
        """The line with a caret under the place."""
        line = self.text.split("\n")[self.line - 1].replace("\t", " ").rstrip("\r")
        return f"{line}\n{' ' * (self.column - 1)}^"


class Scanner:
    """A text and how far it has been read."""

    __slots__ = ("_comments", "position", "text")

    def __init__(self, text: str, *, comments: bool = False) -> None:
        self.text = text
        self.position = 0
        self._comments = comments

    # Where we are

    @property
    def rest(self) -> str:
        """What has not been read."""
        return self.text[self.position :]

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self.position >= len(self.text)

    def peek(self, length: int = 1) -> str:
        """The next characters; '' at the end."""
        return self.text[self.position : self.position + length]

    def sees(self, literal: str) -> bool:
        """Whether this comes next."""
        return self.text.startswith(literal, self.position)

    def sees_word(self, *words: str) -> bool:
        """Whether one of these words comes next, in any case, and no letter after it."""
        return self._word(words) is not None

    # Reading on

    def skip(self) -> None:
        """Pass over white space, and over comments where the grammar has them."""
        while not self.at_end:
            if self.text[self.position] in SPACE:
                self.position += 1
            elif self._comments and self.sees("/*"):
                end = self.text.find("*/", self.position + 2)
                if end < 0:
                    self.fail("a comment that does not end")
                self.position = end + 2
            else:
                return

    def take(self, literal: str) -> bool:
        """Read this if it comes next."""
        if not self.sees(literal):
            return False
        self.position += len(literal)
        return True

    def take_word(self, *words: str) -> str | None:
        """Read one of these words if it comes next, in any case; gives it as it stands here."""
        word = self._word(words)
        if word is not None:
            self.position += len(word)
        return word

    def take_first(self, literals: Iterable[str]) -> str | None:
        """Read the first of these that comes next: the longer ones must be named first."""
        return next((literal for literal in literals if self.take(literal)), None)

    def take_while(self, characters: str) -> str:
        """Read as many of these characters as come."""
        start = self.position
        while not self.at_end and self.text[self.position] in characters:
            self.position += 1
        return self.text[start : self.position]

    def take_until(self, end: str, what: str) -> str:
        """Read up to `end`, and over it. Raises Unreadable, at the beginning of `what`, when it never comes."""
        found = self.text.find(end, self.position)
        if found < 0:
            self.fail(f"{what} that does not end")
        taken = self.text[self.position : found]
        self.position = found + len(end)
        return taken

    def expect(self, literal: str) -> None:
        """Read this. Raises Unreadable when something else comes."""
        if not self.take(literal):
            self.fail(f"expected '{literal}'")

    def expect_end(self, expected: str = "the end") -> None:
        """Raises Unreadable unless everything has been read."""
        if not self.at_end:
            self.fail(f"expected {expected}")

    def fail(self, reason: str, position: int | None = None) -> None:
        """Raises Unreadable, here or there."""
        raise self.error(reason, position)

    def error(self, reason: str, position: int | None = None) -> Unreadable:
        """The exception that `fail` raises."""
        place = self.position if position is None else position
        if reason.startswith("expected"):
            reason = f"{reason}, found {self._found(place)}"
        return Unreadable(reason, self.text, place)

    def _found(self, place: int) -> str:
        return "the end" if place >= len(self.text) else f"'{self.text[place]}'"

    def _word(self, words: Iterable[str]) -> str | None:
        for word in words:
            end = self.position + len(word)
            if self.text[self.position : end].lower() == word.lower() and not self.text[end : end + 1].isalpha():
                return self.text[self.position : end]
        return None
