"""Lines of text: list markers of all kinds, wrapped lines, rules. Shared by the plain text and Markdown readers.

Recognises how a line begins and whether it continues in the next; does not know sections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

MarkerKind = Literal["bullet", "number"]

_BULLET = re.compile(
    r"""(?P<marker>
        [•‣◦▪▫●○■□⁃∙➢➤►✓✔・◆◇\u00b7\uf0b7\uf0a7]\s*   # unmistakable, with or without a space
      | [-–—*+]\s+                                   # also punctuation: only before a space
      | o\s+(?=[A-Z0-9(\[])                          # the circle of a word processor, saved as a letter
    )(?P<text>\S.*)""",
    re.VERBOSE,
)
_NUMBER = re.compile(
    r"""(?P<marker>
        \(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,5})\)(?=\s)  # 1) (1) a) (iv)
      | (?:[0-9]{1,2}|[a-z]|[ivx]{1,5})\.(?=\s)     # 1. a. iv.
      | (?:[Ss]tep|[Ss]chritt|[Pp]aso|[Pp]asso|[ÉéEe]tape)\s+[0-9]{1,2}\s*[:.)–—-](?=\s)  # Step 1:
      | (?:\(?[0-9]{1,2}[.)]|[\u2460-\u2473])(?=[\u3040-\u9fff])  # Japanese behind a number needs no space
    )\s*(?P<text>\S.*)""",
    re.VERBOSE,
)
_SUB_STEP = re.compile(r"[0-9]{1,2}(?P<parts>(?:\.[0-9]{1,2}){1,3})\.?\s+(?P<text>[^\W\d_].*)")
_RULE = re.compile(r"\s*(?:[-_*=~]\s*){3,}\s*$|\s*\f\s*$")

NARROWEST, WIDEST = 45, 140
"""A text whose longest line is within these limits was wrapped at about that width; any other was not wrapped."""

_UNFINISHED = re.compile(
    r"(?:[,;–—]|\b(?:a|an|and|at|by|for|from|in|into|is|are|of|on|or|per|that|the|to|with|your|e\.g\.|i\.e\.|Dr\.))$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its list marker taken off. `indent` counts columns before the marker or text."""

    indent: int
    text: str
    marker: MarkerKind | None = None
    offset: int = 0
    """The column where `text` begins."""
    below: int = 0
    """How many levels a multi-part number ("1.2") is below the list of its first part."""


def parse_line(raw: str) -> Line:
    """Read one line that is not blank."""
    raw = raw.expandtabs(4).rstrip()
    text = raw.lstrip()
    indent = len(raw) - len(text)
    for kind, pattern in (("bullet", _BULLET), ("number", _NUMBER)):
        if match := pattern.fullmatch(text):
            return Line(indent, match["text"], "bullet" if kind == "bullet" else "number", indent + match.start("text"))
    return Line(indent, text, None, indent)


def sub_step(line: Line) -> Line:
    """Recognise a sub-step: "1.2 Draw the fold". Only inside a numbered list, since elsewhere it is an amount."""
    match = _SUB_STEP.fullmatch(line.text) if line.marker is None else None
    if match is None:
        return line
    return Line(line.indent, match["text"], "number", line.indent + match.start("text"), match["parts"].count("."))


def is_rule(raw: str) -> bool:
    """A row of dashes, asterisks or the like, or a page break."""
    return _RULE.match(raw) is not None


def wrap_width(lines: list[str]) -> int:
    """The column at which a text was wrapped, or 0 if each paragraph is one line."""
    longest = max((len(line.rstrip()) for line in lines), default=0)
    return longest if NARROWEST <= longest <= WIDEST else 0


def goes_on(line: str, following: str, width: int) -> bool:
    """Whether `following` continues the paragraph of `line` (without a blank line between).

    Either the words say so (an open bracket, a comma, an article; lower case next), or the next word would not have
    fitted into the line.
    """
    if _UNFINISHED.search(line) or line.count("(") > line.count(")"):
        return True
    if following[:1].islower() or following[:1] in ",;)":
        return True
    if not width:
        return False
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width


def joined(lines: list[str]) -> str:
    """The lines of a paragraph as one line, joined by spaces; after a hyphen at the end of a line, by nothing."""
    pieces = [lines[0]]
    for line, following in pairwise(lines):
        broken = line.endswith("-") and line[-2:-1].isalnum() and following[:1].islower()
        pieces.append(following if broken else f" {following}")
    return "".join(pieces)
