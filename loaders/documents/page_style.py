"""How a page marks its headings, determined once before blocks are marked (`marks`).

Headings may be marked up, set in bold, or just be lines of their own. The page's style is the strongest of these with
at least two known headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from loaders.documents import headings as h
from loaders.documents.blocks import BOLD_LEVEL, Block, Break, Heading, Item, Paragraph
from loaders.documents.labels import split_label

Style = Literal["explicit", "bold", "plain"]
PLAIN_LEVEL = BOLD_LEVEL + 1
ENOUGH_NUMBERED = 3

_CLOSED = re.compile(r"[.!;,]$")


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How one page marks headings.

    `level` is the one at which sections stand. `labelled`: headings stand in front of their text ("Purpose: …").
    `numbered`: they are items of a numbered list. `contents` are positions of a table of contents. `looks` counts
    how known headings of plain text end (with a colon) and stand (apart from their text).
    """

    style: Style
    level: int
    labelled: bool
    numbered: bool
    contents: frozenset[int]
    looks: Counter[tuple[bool, bool]]

    def has_looked_like(self, block: Paragraph) -> bool:
        """Whether known headings look like this: one, or two if it ends in a colon, as lead-ins of lists do too."""
        look = _look(block)
        return self.looks[look] >= (2 if look[0] else 1)


def page_style(blocks: Sequence[Block]) -> PageStyle:
    """Look at all blocks of a page."""
    style, level = _style(blocks)
    looks = Counter(_look(b) for b in blocks if isinstance(b, Paragraph) and b.single and h.is_known_heading(b.text))
    numbered = sum(isinstance(b, Item) and b.ordered and h.is_known_heading(b.text) for b in blocks)
    return PageStyle(style, level, _is_labelled(blocks, style), numbered >= ENOUGH_NUMBERED, _contents(blocks), looks)


def plain_kind(block: Paragraph) -> str | None:
    """The section whose heading a paragraph of plain text is, or begins with; None if there is none."""
    if h.is_known_heading(block.text):
        return h.kind_of(block.text)
    label = split_label(block.text)
    return h.kind_of(label[0]) if label else None


def is_title(text: str) -> bool:
    """Whether a line is short and written like a heading."""
    words = text.rstrip(": ").split()
    if not 1 <= len(words) <= 8 or len(text) > 60 or _CLOSED.search(text) or ": " in text or text[:1] in '(["“':
        return False
    if text[:1].islower():
        return False
    return len(words) <= 4 or text.endswith("?") or _is_capitalised(words)


def _is_capitalised(words: Iterable[str]) -> bool:
    long = [word for word in words if len(word) > 3]
    return sum(word[:1].isupper() for word in long) * 10 >= len(long) * 6


def _style(blocks: Sequence[Block]) -> tuple[Style, int]:
    """The page's style of headings, and the level at which its sections stand."""
    headings = [(b.level, kind) for b in blocks if isinstance(b, Heading) and (kind := h.heading_kind(b.text))]
    explicit = Counter(level for level, _ in headings if level < BOLD_LEVEL)
    bold = {
        *(kind for level, kind in headings if level == BOLD_LEVEL),
        *(kind for b in blocks if isinstance(b, Paragraph) and b.lead and (kind := h.kind_of(b.lead))),
    }
    plain = {kind for b in blocks if isinstance(b, Paragraph) and not b.lead and (kind := plain_kind(b))}
    found: dict[Style, int] = {"explicit": explicit.total(), "bold": len(bold), "plain": len(plain)}
    for enough in (2, 1):
        for style, count in found.items():
            if count >= enough:
                if style == "explicit":
                    return style, min(explicit, key=lambda level: (-explicit[level], level))
                return style, BOLD_LEVEL if style == "bold" else PLAIN_LEVEL
    return "plain", PLAIN_LEVEL


def _contents(blocks: Sequence[Block]) -> frozenset[int]:
    """Positions of a table of contents: three list items or more in a row that are all headings."""
    found: set[int] = set()
    run: list[int] = []
    for position, block in enumerate((*blocks, Break())):
        if _is_contents_entry(block):
            run.append(position)
            continue
        if len(run) >= 3:
            found.update(run)
        run = []
    return frozenset(found)


def _is_contents_entry(block: Block) -> bool:
    return isinstance(block, Item) and not block.ordered and h.is_known_heading(block.text)


def _is_labelled(blocks: Sequence[Block], style: Style) -> bool:
    """Whether three known headings or more stand before their text, and fewer on lines of their own."""
    led = [b for b in blocks if isinstance(b, Paragraph) and bool(b.lead) == (style == "bold")]
    before = sum((label := split_label(b.text, b.lead)) is not None and h.kind_of(label[0]) is not None for b in led)
    alone = sum(
        isinstance(b, Heading if style == "bold" else Paragraph) and h.is_known_heading(b.text)
        for b in blocks
        if isinstance(b, Heading | Paragraph)
    )
    return style != "explicit" and before >= 3 and before > alone


def _look(block: Paragraph) -> tuple[bool, bool]:
    return block.text.endswith(":"), block.apart
