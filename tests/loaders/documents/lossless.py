"""Whether everything a text says is found again in what was made of it; independent of the parser's own modules.

`sentences_lost` looks for each sentence whole, `words_lost` counts words. Both are given the texts that may be
missing (headings, labels, navigation) by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from terminology.model.coding import Coding
from terminology.model.records import DocumentRecord

MARKER = re.compile(
    r"^\s*(?:[•·▪‣*+–—-]\s+|o\s+(?=[A-Z])|\(?[0-9]{1,2}[.)]\s+|\(?[a-z]\)\s+|Step \d+:\s+|#{1,6}\s+|>\s+)", re.MULTILINE
)
MARKUP = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")


def said(records: Iterable[DocumentRecord]) -> str:
    """Everything the records say, with single spaces; parts of a value stand apart by a bar."""
    parts: list[str] = []
    for record in records:
        concept = record.concept
        parts += [concept.display or "", concept.definition or ""]
        parts += [designation.value for designation in concept.designations]
        for property_ in concept.properties:
            assert not isinstance(property_.value, Coding)
            parts.append(str(property_.value))
        parts += [code.code for code in record.codes]
        parts += [definition.description or "" for definition in record.property_definitions if definition.uri]
    return " | ".join(" ".join(re.sub(r"\n\s*– ", " | ", part).split()) for part in parts)


def pieces(text: str) -> list[str]:
    """The lines of an unwrapped text without markers, split into sentences and at semicolons between names."""
    found = []
    for line in text.splitlines():
        bare = " ".join(MARKUP.sub("", MARKER.sub("", line)).split())
        found += [sentence for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", bare) if re.search(r"\w", sentence)]
    return found


def unwrapped(text: str) -> str:
    """A text wrapped at a column with each paragraph and each item on one line."""
    lines: list[str] = []
    for line in text.splitlines():
        goes_on = bool(lines) and bool(lines[-1].strip()) and bool(line.strip()) and not MARKER.match(line)
        if goes_on and (line[:1] == " " or len(lines[-1]) > 45):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return "\n".join(lines)


def sentences_lost(text: str, records: Sequence[DocumentRecord], may_miss: Iterable[str]) -> list[str]:
    """Sentences that are not found whole. `may_miss` are whole lines, or labels that end in a colon before text."""
    whole = {" ".join(line.split()).rstrip(":").casefold() for line in may_miss}
    labels = tuple(sorted((line.rstrip(":") + ":" for line in may_miss), key=len, reverse=True))
    haystack = said(records)
    lost = []
    for piece in pieces(text):
        if piece.rstrip(":").casefold() in whole:
            continue
        for label in labels:
            if piece.casefold().startswith(label.casefold()):
                piece = piece[len(label) :].strip()  # noqa: PLW2901
                break
        if piece and piece not in haystack:
            lost.append(piece)
    return lost


def words(text: str) -> Counter[str]:
    """Words with their counts; marks and case do not count."""
    return Counter(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.casefold()))


def words_lost(text: str, records: Sequence[DocumentRecord], may_miss: Iterable[str]) -> Counter[str]:
    """Words that occur more often in the text than in the records, less those of the lines that may be missing."""
    return words(text) - words(said(records)) - words(" ".join(may_miss))
