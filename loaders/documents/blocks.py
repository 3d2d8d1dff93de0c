"""The common form of a page that every reader makes: headings, paragraphs, list items, breaks, and its metadata.

Blocks are what the author's layout says. What a heading means, and which lines are navigation, is decided later
(`marks`); so a heading of plain text, which looks like any short line, is still a Paragraph here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BOLD_LEVEL = 7
"""Level of a heading that is only a line in bold: below every real heading (1–6)."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that the format marks up; `level` 1–6, or BOLD_LEVEL."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, lines re-joined.

    `lead` is the bold beginning without its punctuation (`text` includes it). `apart` says that blank lines stand
    before and after it, `single` that it was one line of the source: together the look of a plain-text heading.
    """

    text: str
    lead: str = ""
    apart: bool = True
    single: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; `depth` counts nesting from 0, `ordered` tells numbers from bullets, `row` rows of a table."""

    text: str
    depth: int = 0
    ordered: bool = False
    lead: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A rule, a page break or a row of dashes: one procedure may end here and the next begin."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Statements beside the text: front matter, where `values` are (key, value) pairs in order, keys as written."""

    values: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Item | Break | Metadata


@dataclass(frozen=True, slots=True)
class StatedInMarkup:
    """A code that the markup of a page states (JSON-LD, meta tag, canonical link); `system` a label or canonical."""

    code: str
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader makes of a file.

    `title` is what the format states beside the text; `properties` are (property code, value) that the format has
    fields for; `left_out` is text the reader dropped as navigation by the page's structure.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    stated: tuple[StatedInMarkup, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def text_of(blocks: Iterable[Block]) -> str:
    """All text of some blocks, a line each."""
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Paragraph | Item))
