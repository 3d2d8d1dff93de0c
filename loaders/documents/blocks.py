"""The common form of a page made by all readers: headings, paragraphs, list items, breaks, and metadata.

Blocks represent the author's layout. Headings are interpreted and navigation is recognised later (`marks`); so a
heading of plain text, which looks like any short line, is still a Paragraph here.
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
    """Running text, with its lines joined.

    `lead` is the bold beginning without its punctuation (`text` includes it). `apart`: there are blank lines before and
    after it; `single`: it was one line of the source. Together they are the look of a plain-text heading.
    """

    text: str
    lead: str = ""
    apart: bool = True
    single: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; `depth` counts nesting from 0, `ordered` marks numbered items, `row` rows of a table."""

    text: str
    depth: int = 0
    ordered: bool = False
    lead: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A rule, a page break or a row of dashes, which may separate procedures."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Front matter: `values` are (key, value) pairs in order, with keys as written."""

    values: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Item | Break | Metadata


@dataclass(frozen=True, slots=True)
class StatedInMarkup:
    """A code stated in the markup of a page (JSON-LD, meta tag, canonical link); `system` is a label or canonical."""

    code: str
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A file as blocks.

    `title` is the format's own title; `properties` are (property code, value) from fields of the format; `left_out` is
    text dropped as navigation because of the page's structure.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    stated: tuple[StatedInMarkup, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def text_of(blocks: Iterable[Block]) -> str:
    """All text of some blocks, a line each."""
    return "\n".join(block.text for block in blocks if isinstance(block, Heading | Paragraph | Item))
