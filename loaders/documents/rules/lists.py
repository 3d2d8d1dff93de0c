"""Sections that are lists (one value an item, prose around them a note) or prose (one value a paragraph or item)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loaders.documents.entries import Entry, entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.split import Section

_BETWEEN = re.compile(r"[,;]\s+(?:and|und|y|et|e)\s+|[,;]\s+|、\s*|\s+(?:and|und|y|et|e)\s+")
_PART_WORDS = 4
_NO_NAME = re.compile(
    r"[.:!?()]|\b(?:or|with|who|that|by|for|in|at|under|is|are|may|usually|often|when|if|as|your)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list section: items become `code`, paragraphs beside items `note`; without items, paragraphs become `code`.

    With `in_line`, a line of names separated by commas ("surgeon, anesthetist and nurse") is a list, too.
    """

    code: str
    note: str
    in_line: bool = False

    def __call__(self, section: Section) -> Facts:
        """Apply the rule."""
        found = entries(section)
        if self.in_line and len(found) == 1 and (names := names_in_line(found[0])):
            return valued(self.code, names)
        items = any(entry.item for entry in found)
        return gathered(valued(self.code if entry.item or not items else self.note, [entry.value]) for entry in found)


def names_in_line(entry: Entry) -> list[str]:
    """The names that a line lists between commas or semicolons; [] if it has only one, or may be a sentence."""
    if entry.children or entry.heading or not re.search("[,;、]", entry.text):
        return []
    parts = _BETWEEN.split(entry.text)
    return parts if all(_is_name(part) for part in parts) else []


def _is_name(part: str) -> bool:
    return 1 <= len(part.split()) <= _PART_WORDS and not _NO_NAME.search(part)


@dataclass(frozen=True, slots=True)
class Prose:
    """A prose section: every paragraph and every item is a value of `code`."""

    code: str

    def __call__(self, section: Section) -> Facts:
        """Apply the rule."""
        return valued(self.code, [entry.value for entry in entries(section)])
