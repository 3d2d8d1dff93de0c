"""The blocks of a section as entries: paragraphs or list items with what is nested below them.

All rules work on entries, so that sub-headings, lead-ins ("Before the test:") and nested lists are interpreted in one
place. No text is lost: the values of a section's entries together contain all of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from loaders.documents.blocks import Item, Paragraph
from loaders.documents.headings import label_within
from loaders.documents.labels import split_label
from loaders.documents.marks import SubHeading
from loaders.documents.split import Section

_NEGATION = re.compile(
    r"\b(?:not|no|never|avoid|without|unless|except|stop|cannot|can't|don't|shouldn't)\b", re.IGNORECASE
)
LABEL_WORDS = 5
DEEPEST = 30
"""Levels of lists within lists; items that are deeper stand beside each other."""


@dataclass(slots=True)
class Entry:
    """A paragraph or a list item.

    `heading` is the sub-heading or lead-in above it, `lead` its bold beginning; `row` marks rows of a table.
    """

    text: str
    item: bool = False
    ordered: bool = False
    row: bool = False
    lead: str = ""
    heading: str = ""
    children: list[Entry] = field(default_factory=list)

    @property
    def label(self) -> tuple[str, str] | None:
        """(label, rest) of "Label: rest"."""
        return split_label(self.text, self.lead)

    @property
    def nested(self) -> str:
        """The nested items, a line each, indented by their depth; empty or beginning with a line end."""
        return "".join(f"\n– {child.text}{child.nested.replace(chr(10), chr(10) + '  ')}" for child in self.children)

    @property
    def value(self) -> str:
        """The whole text of the entry, with its heading: the value of a string property."""
        return f"{self.heading}: {self.text}{self.nested}" if self.heading else self.text + self.nested


def entries(section: Section) -> list[Entry]:
    """The entries of a section in order."""
    return list(_entries(section))


def _entries(section: Section) -> Iterator[Entry]:
    heading = lead_in = ""
    open_: list[tuple[int, Entry]] = []  # the items into which a deeper one nests
    blocks = section.blocks
    top: Entry | None = None
    for position, block in enumerate(blocks):
        if not isinstance(block, Item) and top is not None:
            yield top
            top, open_, lead_in = None, [], ""
        if isinstance(block, SubHeading):
            heading, lead_in = block.title.rstrip(" :"), ""
        elif isinstance(block, Paragraph):
            following = blocks[position + 1] if position + 1 < len(blocks) else None
            if isinstance(following, Item) and _is_lead_in(block.text, section.kind):
                lead_in = block.text.rstrip(" :")
            else:
                yield Entry(block.text, lead=block.lead, heading=heading)
        else:
            entry = Entry(
                block.text, item=True, ordered=block.ordered, row=block.row, lead=block.lead, heading=lead_in or heading
            )
            while open_ and (open_[-1][0] >= block.depth or len(open_) >= DEEPEST):
                open_.pop()
            if open_:
                open_[-1][1].children.append(entry)
            else:
                if top is not None:
                    yield top
                top = entry
            open_.append((block.depth, entry))
    if top is not None:
        yield top


def _is_lead_in(text: str, section: str | None) -> bool:
    """Whether a paragraph before a list is a label of its items: short, or negating them ("Avoid:")."""
    if not text.rstrip().endswith(":"):
        return False
    if label_within(text, section):
        return True
    return len(text.split()) <= LABEL_WORDS or _NEGATION.search(text) is not None
