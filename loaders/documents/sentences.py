"""Splits running text into sentences; joined by spaces they give the text again."""

from __future__ import annotations

import re

_END = re.compile(r"""[.!?][)\]"'”’]*\s+(?=["'“‘(\[]?[A-Z0-9À-Þ])""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|ca|cf|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Fig|Inc|min|max|hr|hrs|mins)|\b[A-Z])\.$"
)


_LONGEST = 2000
"""Characters after which an unclosed bracket is taken for a mistake."""


def sentences(text: str) -> list[str]:
    """Split at the ends of sentences, but not at abbreviations, initials and decimals, and not inside brackets."""
    result: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end()].strip()
        if _ABBREVIATION.search(piece[-12:]) or (len(piece) < _LONGEST and piece.count("(") > piece.count(")")):
            continue
        result.append(piece)
        start = match.end()
    if rest := text[start:].strip():
        result.append(rest)
    return result
