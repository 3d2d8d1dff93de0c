"""Sections that are lists (one value an item, prose around them a note) or prose (one value a paragraph or item)."""

from __future__ import annotations

from dataclasses import dataclass

from loaders.documents.entries import entries
from loaders.documents.facts import Facts, gathered, valued
from loaders.documents.split import Section


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list section: items become `code`, paragraphs beside items `note`. Without items, paragraphs are the values."""

    code: str
    note: str

    def __call__(self, section: Section) -> Facts:
        """Apply the rule."""
        found = entries(section)
        items = any(entry.item for entry in found)
        return gathered(valued(self.code if entry.item or not items else self.note, [entry.value]) for entry in found)


@dataclass(frozen=True, slots=True)
class Prose:
    """A prose section: every paragraph and every item is a value of `code`."""

    code: str

    def __call__(self, section: Section) -> Facts:
        """Apply the rule."""
        return valued(self.code, [entry.value for entry in entries(section)])
