"""Builds blocks from lines: the state that plain text and Markdown share.

The readers classify lines; the builder joins wrapped lines, nests lists and records blank lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from loaders.documents.blocks import BOLD_LEVEL, Block, Break, Heading, Item, Metadata, Paragraph
from loaders.documents.headings import is_known_heading
from loaders.documents.lines import Line, MarkerKind, joined, sub_step

HEADING_WORDS = 6
"""The most words of a heading in capitals."""

_SPACES = re.compile(r"\s+")

Inline = Callable[[str], tuple[str, str]]
"""Removes a text's inline markup: (text, bold lead)."""


def plain(text: str) -> tuple[str, str]:
    """The `inline` of formats without inline markup: the text with single spaces, and no lead."""
    return _SPACES.sub(" ", text).strip(), ""


@dataclass(slots=True)
class _Open:
    """The block that lines are being added to."""

    texts: list[str]
    last: str
    blank_before: bool
    marker: MarkerKind | None = None
    depth: int = 0
    offset: int = 0
    ended: bool = False


@dataclass(slots=True)
class Builder:
    """Collects lines. Call the methods in the order of the text, then `finish`.

    `goes_on(line, following)` says whether a line continues the one before it, `inline` strips markup.
    """

    goes_on: Callable[[str, str], bool]
    inline: Inline = plain
    blocks: list[Block] = field(default_factory=list)
    _open: _Open | None = None
    _blank: bool = True
    _levels: list[tuple[int, MarkerKind]] = field(default_factory=list)

    def blank(self) -> None:
        """A blank line."""
        self._blank = True

    def line(self, line: Line) -> None:
        """A line of text: a list item, a continuation, or a new paragraph."""
        if any(kind == "number" for _, kind in self._levels):
            line = sub_step(line)
        if line.below or (line.marker is not None and not self._is_wrapped_number(line)):
            self._item(line)
        elif self._continues(line):
            assert self._open is not None
            self._open.texts.append(line.text)
            self._open.last = " " * line.indent + line.text
        else:
            self._paragraph(line)
        self._blank = False

    def end_of_line(self) -> None:
        """An explicit line break: the next line does not continue this paragraph."""
        if self._open is not None:
            self._open.ended = self._open.marker is None

    def heading(self, text: str, level: int) -> None:
        """A heading that the format marks up."""
        self._close()
        self._levels.clear()
        self.blocks.append(Heading(self.inline(text)[0], level))
        self._blank = True

    def rule(self) -> None:
        """A break between parts."""
        self._close()
        self._levels.clear()
        self.blocks.append(Break())
        self._blank = True

    def metadata(self, block: Metadata) -> None:
        """Front matter."""
        self._close()
        self.blocks.append(block)
        self._blank = True

    def table(self, blocks: Iterable[Block]) -> None:
        """A table, as blocks made by its reader."""
        self._close()
        self._levels.clear()
        self.blocks += blocks
        self._blank = True

    def underlined(self, level: int) -> bool:
        """Turn the open one-line paragraph into a heading; False when there is none."""
        if self._open is None or self._open.marker is not None or len(self._open.texts) != 1 or self._blank:
            return False
        text, self._open = self._open.texts[0], None
        self.heading(text, level)
        return True

    def finish(self) -> tuple[Block, ...]:
        """All blocks."""
        self._blank = True
        self._close()
        return tuple(self.blocks)

    def _is_wrapped_number(self, line: Line) -> bool:
        """Whether a line that begins like a list item is a wrapped line: "(1) …" or "- …" in the middle of a sentence.

        It is one when the paragraph or item before it continues without a blank line and no list at this depth is open.
        """
        open_ = self._open
        if open_ is None or self._blank or line.marker != "number":
            return False
        if any(indent == line.indent and marker == "number" for indent, marker in self._levels):
            return False
        return not re.search(r"[.:;!?]$", open_.texts[-1]) and self.goes_on(open_.last, line.text)

    def _continues(self, line: Line) -> bool:
        open_ = self._open
        if open_ is None or open_.ended:
            return False
        if self._blank:  # a further paragraph of an item is indented to the item's text
            return open_.marker is not None and line.indent >= open_.offset > 0
        if open_.marker == "number" and len(open_.texts) == 1 and self._is_heading(open_.texts[0], line.text):
            return False
        if open_.marker is not None and line.indent >= open_.offset:
            return True
        return self.goes_on(open_.last, line.text)

    def _is_heading(self, text: str, following: str) -> bool:
        """Whether a numbered line is a heading, by its words or by capitals, with its text indented below."""
        plain_text = self.inline(text)[0]
        return is_known_heading(plain_text) or (
            plain_text.isupper() and len(plain_text.split()) <= HEADING_WORDS and not following[:1].islower()
        )

    def _paragraph(self, line: Line) -> None:
        before = self._blank
        self._close()
        self._levels.clear()
        self._open = _Open([line.text], " " * line.indent + line.text, before)

    def _item(self, line: Line) -> None:
        assert line.marker is not None
        self._close()
        depth = self._depth_below(line.below) if line.below else self._depth(line.indent, line.marker)
        last = " " * line.offset + line.text
        self._open = _Open([line.text], last, self._blank, line.marker, depth, line.offset)

    def _depth(self, indent: int, marker: MarkerKind) -> int:
        """The depth of an item: nested if indented more than the list before it, else that list's depth."""
        while self._levels and self._levels[-1][0] > indent:
            self._levels.pop()
        if self._levels and self._levels[-1][0] == indent:
            kinds = [kind for column, kind in self._levels if column == indent]
            if marker in kinds:
                while self._levels[-1][1] != marker:
                    self._levels.pop()
            elif kinds[-1] == "number" and not self._blank:  # bullets right under a number belong to it
                self._levels.append((indent, marker))
            else:
                self._levels[-1] = (indent, marker)
        else:
            self._levels.append((indent, marker))
        return len(self._levels) - 1

    def _depth_below(self, below: int) -> int:
        """The depth of "1.2": that many levels below the list that counts 1, 2, 3, whatever the indent."""
        counting = next(place for place, (_, kind) in enumerate(self._levels) if kind == "number")
        column = self._levels[counting][0]
        del self._levels[counting + 1 :]
        self._levels += [(column + level + 1, "number") for level in range(below)]
        return counting + below

    def _close(self) -> None:
        open_, self._open = self._open, None
        if open_ is None:
            return
        text, lead = self.inline(joined(open_.texts))
        if not text:
            return
        if open_.marker is not None:
            self.blocks.append(Item(text, open_.depth, open_.marker == "number", lead))
        elif lead and lead == text.rstrip(" :."):
            self.blocks.append(Heading(text, BOLD_LEVEL))
        else:
            self.blocks.append(Paragraph(text, lead, open_.blank_before and self._blank, len(open_.texts) == 1))
