"""What each block of a page is for: the heading of a section, a title, a code, navigation, or content.

Pages mark their headings up, or set them in bold, or only put them on a line of their own. The strongest of these
styles in which at least two known headings stand is the page's style; weaker ones are then labels inside sections.
Unknown headings are believed when they look like the known ones of the same page. Nothing is moved or dropped here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from loaders.documents import headings as h
from loaders.documents.blocks import BOLD_LEVEL, Block, Break, Heading, Item, Metadata, Paragraph
from loaders.documents.labels import CodeLine, code_line, code_values, split_label
from loaders.documents.navigation import is_link_list, is_navigation

PLAIN_LEVEL = BOLD_LEVEL + 1
INTRODUCTION = "introduction"
"""The section of what stands before the first heading, besides the descriptor."""


@dataclass(frozen=True, slots=True)
class Start:
    """A section begins; `kind` is None for a heading the table does not know."""

    kind: str | None
    title: str


@dataclass(frozen=True, slots=True)
class SubHeading:
    """A heading inside a section; it holds for the blocks up to the next one."""

    title: str


@dataclass(frozen=True, slots=True)
class Title:
    """A heading above the sections: it names the procedure."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A labelled code, or the label alone."""

    line: CodeLine


@dataclass(frozen=True, slots=True)
class Navigation:
    """A left-over of a web page."""

    text: str


Content = Paragraph | Item
Mark = Start | SubHeading | Title | Code | Navigation | Paragraph | Item | Break | Metadata
Style = Literal["explicit", "bold", "plain"]


def mark(blocks: Sequence[Block]) -> tuple[Mark, ...]:
    """Say of each block what it is for; an inline heading ("Duration: 1 hour") becomes a Start and its content."""
    return _Marker(blocks, *_style(blocks)).run()


def _style(blocks: Sequence[Block]) -> tuple[Style, int]:
    """The page's style of headings, and the level at which its sections stand."""
    explicit = Counter(b.level for b in blocks if isinstance(b, Heading) and b.level < BOLD_LEVEL and h.kind_of(b.text))
    bold = {
        kind
        for b in blocks
        if (isinstance(b, Heading) and b.level == BOLD_LEVEL and (kind := h.kind_of(b.text)))
        or (isinstance(b, Paragraph) and b.lead and (kind := h.kind_of(b.lead)))
    }
    plain = {kind for b in blocks if isinstance(b, Paragraph) and not b.lead and (kind := _plain_kind(b))}
    found: dict[Style, int] = {"explicit": explicit.total(), "bold": len(bold), "plain": len(plain)}
    for enough in (2, 1):
        for style, count in found.items():
            if count >= enough:
                if style == "explicit":
                    return style, min(explicit, key=lambda level: (-explicit[level], level))
                return style, BOLD_LEVEL if style == "bold" else PLAIN_LEVEL
    return "plain", PLAIN_LEVEL


def _plain_kind(block: Paragraph) -> str | None:
    if h.is_known_heading(block.text):
        return h.kind_of(block.text)
    label = split_label(block.text)
    return h.kind_of(label[0]) if label else None


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


@dataclass(slots=True)
class _Marker:
    """Walks the blocks once; `section` is the kind of the open section ('' before the first, None when unknown).

    `titled` is True once a title was seen, `labelled` when the page's headings are labels before their text.
    """

    blocks: Sequence[Block]
    style: Style
    level: int
    marks: list[Mark] = field(default_factory=list)
    section: str | None = ""
    section_level: int = PLAIN_LEVEL
    empty: bool = True
    titled: bool = False
    labelled: bool = False

    def run(self) -> tuple[Mark, ...]:
        """All marks in order."""
        looks = Counter(
            _look(b) for b in self.blocks if isinstance(b, Paragraph) and b.single and h.is_known_heading(b.text)
        )
        contents = _contents(self.blocks)
        self.labelled = _is_labelled_throughout(self.blocks)
        numbered = sum(isinstance(b, Item) and b.ordered and h.is_known_heading(b.text) for b in self.blocks)
        position = 0
        while position < len(self.blocks):
            block = self.blocks[position]
            if isinstance(block, Break | Metadata):
                self.marks.append(block)
            elif position in contents or self._navigation(position, block):
                self.marks.append(Navigation(block.text))
            elif not isinstance(block, Item) and (line := code_line(block.text)):
                position += self._code(position, line)
            elif isinstance(block, Heading):
                self._heading(position, block)
            elif isinstance(block, Item):
                self._item(position, block, numbered_headings=numbered >= 3)
            else:
                self._paragraph(position, block, looks)
            position += 1
        return tuple(self.marks)

    # Blocks by type

    def _navigation(self, position: int, block: Heading | Paragraph | Item) -> bool:
        if is_link_list(block.text):
            following = self._following(position)
            return following is None or isinstance(following, Break | Metadata | Heading) or self._opens(following)
        return is_navigation(block.text)

    def _code(self, position: int, line: CodeLine) -> int:
        """Mark a code; take the value from the next block when the label stands alone. Returns blocks taken more."""
        taken = 0
        following = self.blocks[position + 1] if position + 1 < len(self.blocks) else None
        if not line.codes and isinstance(following, Paragraph) and following.single:
            codes = code_values(following.text, line.system)
            if codes:
                line, taken = CodeLine(line.system, codes), 1
        self.marks.append(Code(line))
        return taken

    def _heading(self, position: int, block: Heading) -> None:
        kind = h.kind_of(block.text, self.section)
        deeper = block.level > self.section_level and self.section != ""
        if self.style == "explicit" and block.level == BOLD_LEVEL:
            self._bold_line(block)
        elif deeper and h.label_within(block.text, self.section):
            self._sub(block.text)
        elif kind is not None:
            if deeper and self.section == h.DESCRIPTION:
                self._sub(block.text)
            else:
                self._start(kind, block.text, block.level)
        elif self._is_above_sections(position, block):
            self._title(block.text)
        elif block.level <= self.level or self.section == "":
            self._start(None, block.text, block.level)
        else:
            self._sub(block.text)

    def _is_above_sections(self, position: int, block: Heading) -> bool:
        """Whether an unknown heading names a procedure: higher than sections that follow, or the first of the page."""
        return (block.level < self.level and self._sections_follow(position)) or (
            self.section == "" and not self.titled
        )

    def _bold_line(self, block: Heading) -> None:
        """A line in bold on a page with real headings: a label, or in the preamble just text."""
        if self.section == "":
            self._content(Paragraph(block.text))
        else:
            self._sub(block.text)

    def _item(self, position: int, block: Item, *, numbered_headings: bool) -> None:
        numbered = numbered_headings and block.ordered and self.style == "plain"
        if numbered and h.is_known_heading(block.text):
            self._start(h.kind_of(block.text), block.text, PLAIN_LEVEL)
        elif numbered and self._is_numbered_heading(position, block):
            self._start(None, block.text, PLAIN_LEVEL)
        elif self.section in {"", INTRODUCTION} and self._inline(block):
            return
        else:
            self._content(block)

    def _is_numbered_heading(self, position: int, block: Item) -> bool:
        """Where headings are numbered: a short item that stands alone between blocks that are no numbered items."""
        following = self._following(position)
        before = self.blocks[position - 1] if position else None
        return (
            not self.empty
            and _is_title(block.text)
            and isinstance(following, Item | Paragraph)
            and not any(isinstance(other, Item) and other.ordered for other in (before, following))
        )

    def _paragraph(self, position: int, block: Paragraph, looks: Counter[tuple[bool, bool]]) -> None:
        if h.label_within(block.text, self.section) and self._has_content_after(position):
            self._sub(block.text)
        elif self.style == "plain" and h.is_known_heading(block.text):
            self._start(h.kind_of(block.text), block.text, PLAIN_LEVEL)
        elif self.style == "plain" and is_link_list(block.text):
            self._start(None, block.text, PLAIN_LEVEL)
        elif self._inline_allowed(position, block) and self._inline(block):
            return
        elif self.style == "plain" and self._is_unknown_heading(position, block, looks):
            self._start(None, block.text, PLAIN_LEVEL)
        else:
            self._content(block)

    # Inline headings: "Duration: about an hour"

    def _inline_allowed(self, position: int, block: Paragraph) -> bool:
        if self.section in {"", INTRODUCTION}:
            return True
        if self.style == "explicit" or (self.style == "bold" and not block.lead):
            return False
        return not (self.section == h.DESCRIPTION and self._is_step(position))

    def _inline(self, block: Content) -> bool:
        """Open a section whose heading begins the block; the rest of the block is its content."""
        label = split_label(block.text, block.lead)
        if label is None or h.label_within(label[0], self.section):
            return False
        kind = h.NAME if h.folded(label[0]) in h.INLINE_NAMES else h.kind_of(label[0], self.section)
        preamble = self.section in {"", INTRODUCTION}
        if kind is None and not self._is_unknown_label(block, preamble=preamble):
            return False
        self._start(kind, label[0], PLAIN_LEVEL)
        self._content(Paragraph(label[1]))
        if preamble and self.style == "explicit":  # a fact sheet above the sections: what follows is no part of it
            self._start(INTRODUCTION, "", PLAIN_LEVEL)
        return True

    def _is_unknown_label(self, block: Content, *, preamble: bool) -> bool:
        """Whether a label the table does not know opens a section: where the known ones of the page are labels too."""
        if preamble:
            return bool(block.lead)
        return not self._keeps_labels() and (bool(block.lead) if self.style == "bold" else self.labelled)

    def _keeps_labels(self) -> bool:
        return self.section in {h.DESCRIPTION, h.RISKS, h.ALTERNATIVES, h.DURATION}

    def _is_step(self, position: int) -> bool:
        """Inside the description: whether a labelled paragraph is one of several steps rather than a section."""
        if not self.empty:
            left = self.blocks[position - 1]
            return isinstance(left, Paragraph) and self._labelled_unknown(left)
        right = self._following(position)
        return isinstance(right, Paragraph) and self._labelled_unknown(right)

    def _labelled_unknown(self, block: Paragraph) -> bool:
        label = split_label(block.text, block.lead)
        return label is not None and h.kind_of(label[0]) is None

    # Unknown headings of plain text

    def _is_unknown_heading(self, position: int, block: Paragraph, looks: Counter[tuple[bool, bool]]) -> bool:
        if self.section == "" or self.empty or not block.single or not _is_title(block.text):
            return False
        look = _look(block)
        if looks[look] < (2 if look[0] else 1) or self._in_list_without_bullets(position):
            return False
        following = self._following(position)
        if isinstance(following, Item):
            return True
        return isinstance(following, Paragraph) and not _is_title(following.text)

    def _in_list_without_bullets(self, position: int) -> bool:
        """Whether the block before is such a short line too: then both are items that lost their bullets."""
        before = self.blocks[position - 1] if position else None
        return isinstance(before, Paragraph) and _is_title(before.text) and not h.is_known_heading(before.text)

    # Helpers

    def _following(self, position: int) -> Block | None:
        """The next block that is not navigation."""
        for block in self.blocks[position + 1 :]:
            if isinstance(block, Break | Metadata) or not is_navigation(block.text):
                return block
        return None

    def _has_content_after(self, position: int) -> bool:
        following = self._following(position)
        return isinstance(following, Item) or (
            isinstance(following, Paragraph) and not h.is_known_heading(following.text)
        )

    def _opens(self, block: Block) -> bool:
        return isinstance(block, Paragraph) and self.style == "plain" and h.is_known_heading(block.text)

    def _sections_follow(self, position: int) -> bool:
        """Whether a known section stands between this heading and the next one as high."""
        block = self.blocks[position]
        assert isinstance(block, Heading)
        for other in self.blocks[position + 1 :]:
            if isinstance(other, Heading):
                if h.kind_of(other.text):
                    return True
                if other.level <= block.level:
                    return False
            elif isinstance(other, Paragraph) and self.style != "explicit" and _plain_kind(other):
                return True
        return False

    def _start(self, kind: str | None, title: str, level: int) -> None:
        self.marks.append(Start(kind, title))
        self.section, self.section_level, self.empty = kind, level, True

    def _sub(self, title: str) -> None:
        self.marks.append(SubHeading(title))
        self.empty = False

    def _title(self, text: str) -> None:
        self.marks.append(Title(text))
        self.section, self.section_level, self.empty, self.titled = "", PLAIN_LEVEL, True, True

    def _content(self, block: Content) -> None:
        self.marks.append(block)
        self.empty = False


def _is_labelled_throughout(blocks: Sequence[Block]) -> bool:
    """Whether all known headings of a plain text stand before their text on the same line: "Purpose: …"."""
    plain = [b for b in blocks if isinstance(b, Paragraph) and not b.lead and _plain_kind(b)]
    return len(plain) >= 3 and not any(h.is_known_heading(block.text) for block in plain)


def _look(block: Paragraph) -> tuple[bool, bool]:
    return block.text.endswith(":"), block.apart


_CLOSED = re.compile(r"[.!;,]$")


def _is_title(text: str) -> bool:
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
