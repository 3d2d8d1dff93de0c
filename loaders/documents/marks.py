"""Marks what each block of a page is: a section heading, a title, a code, navigation, or content.

Headings weaker than the page's own style (`page_style`) are labels inside sections. Unknown headings count when they
look like known ones on the same page. Nothing is moved or dropped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from loaders.documents import headings as h
from loaders.documents.blocks import BOLD_LEVEL, Block, Break, Heading, Item, Metadata, Paragraph
from loaders.documents.labels import CodeLine, code_line, code_values, split_label
from loaders.documents.navigation import is_link_list, is_navigation
from loaders.documents.page_style import PLAIN_LEVEL, PageStyle, is_title, page_style, plain_kind

INTRODUCTION = "introduction"
"""The section of text before the first heading, except the descriptor."""
OPENING = frozenset({"", INTRODUCTION, h.DESCRIPTOR, h.NAME, h.SYNONYMS})
"""Sections after which the first one that tells something begins."""


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of a section. `kind` is None if its heading is unknown."""

    kind: str | None
    title: str


@dataclass(frozen=True, slots=True)
class SubHeading:
    """A heading inside a section, which applies to blocks up to the next one."""

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
    """Text left over from a web page."""

    text: str


Content = Paragraph | Item
Mark = Start | SubHeading | Title | Code | Navigation | Paragraph | Item | Break | Metadata


def mark(blocks: Sequence[Block]) -> tuple[Mark, ...]:
    """Mark each block; an inline heading ("Duration: 1 hour") becomes a Start and its content."""
    return _Marker(blocks, page_style(blocks)).run()


@dataclass(slots=True)
class _Marker:
    """Walks the blocks once; `section` is the kind of the open section ('' before the first, None if unknown).

    `titled` is True once a title was seen, `empty` until the open section has content.
    """

    blocks: Sequence[Block]
    page: PageStyle
    marks: list[Mark] = field(default_factory=list)
    section: str | None = ""
    section_level: int = PLAIN_LEVEL
    empty: bool = True
    titled: bool = False

    def run(self) -> tuple[Mark, ...]:
        """All marks in order."""
        position = 0
        while position < len(self.blocks):
            block = self.blocks[position]
            if isinstance(block, Break | Metadata):
                self.marks.append(block)
            elif position in self.page.contents or self._navigation(position, block):
                self.marks.append(Navigation(block.text))
            elif not isinstance(block, Item) and (line := code_line(block.text)):
                position += self._code(position, line)
            elif isinstance(block, Heading):
                self._heading(position, block)
            elif isinstance(block, Item):
                self._item(position, block)
            else:
                self._paragraph(position, block)
            position += 1
        return tuple(self.marks)

    # Blocks by type

    def _navigation(self, position: int, block: Heading | Paragraph | Item) -> bool:
        if is_link_list(block.text):
            following = self._following(position)
            return following is None or isinstance(following, Break | Metadata | Heading) or self._opens(following)
        return is_navigation(block.text)

    def _code(self, position: int, line: CodeLine) -> int:
        """Mark a code, whose value may be in the next block; returns the number of further blocks used."""
        taken = 0
        following = self.blocks[position + 1] if position + 1 < len(self.blocks) else None
        if not line.codes and isinstance(following, Paragraph) and following.single:
            codes = code_values(following.text, line.system)
            if codes:
                line, taken = CodeLine(line.system, codes), 1
        self.marks.append(Code(line))
        return taken

    def _heading(self, position: int, block: Heading) -> None:
        kind = self._kind(block.text)
        deeper = block.level > self.section_level and self.section != ""
        if self.page.style == "explicit" and block.level == BOLD_LEVEL:
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
        elif block.level <= self.page.level or self.section == "":
            self._start(None, block.text, block.level)
        else:
            self._sub(block.text)

    def _is_above_sections(self, position: int, block: Heading) -> bool:
        """Whether an unknown heading names a procedure: higher than the sections after it, or the page's first."""
        return (block.level < self.page.level and self._sections_follow(position)) or (
            self.section == "" and not self.titled
        )

    def _bold_line(self, block: Heading) -> None:
        """Mark a bold line on a page that has real headings: a label in a section, plain text in the preamble."""
        if self.section == "":
            self._content(Paragraph(block.text))
        else:
            self._sub(block.text)

    def _item(self, position: int, block: Item) -> None:
        numbered = self.page.numbered and block.ordered and self.page.style == "plain"
        if numbered and h.is_known_heading(block.text):
            self._start(h.kind_of(block.text), block.text, PLAIN_LEVEL)
        elif numbered and self._is_numbered_heading(position, block):
            self._start(None, block.text, PLAIN_LEVEL)
        elif (self.section in {"", INTRODUCTION} or (numbered and self._numbered_label(block))) and self._inline(block):
            return
        else:
            self._content(block)

    def _numbered_label(self, block: Item) -> bool:
        """Whether an item is a numbered heading with text ("6.

        SETTING: Clinic"). Labels of steps and risks have no capitals.
        """
        label = split_label(block.text, block.lead)
        return label is not None and block.depth == 0 and (label[0].isupper() or not self._keeps_labels())

    def _is_numbered_heading(self, position: int, block: Item) -> bool:
        """Where headings are numbered: a short item that stands alone between blocks that are no numbered items.

        One in capitals may stand right after a numbered item.
        """
        following = self._following(position)
        if self.empty or not is_title(block.text) or not isinstance(following, Item | Paragraph):
            return False
        if block.text.isupper() and isinstance(following, Paragraph):
            return True
        before = self.blocks[position - 1] if position else None
        return not any(isinstance(other, Item) and other.ordered for other in (before, following))

    def _paragraph(self, position: int, block: Paragraph) -> None:
        if h.label_within(block.text, self.section) and self._has_content_after(position):
            self._sub(block.text)
        elif self.page.style == "plain" and h.is_known_heading(block.text):
            self._start(h.kind_of(block.text), block.text, PLAIN_LEVEL)
        elif self.page.style == "plain" and self._is_question(position, block):
            self._start(self._kind(block.text), block.text, PLAIN_LEVEL)
        elif self.page.style == "plain" and is_link_list(block.text):
            self._start(None, block.text, PLAIN_LEVEL)
        elif self._inline_allowed(position, block) and self._inline(block):
            return
        elif self.page.style == "plain" and self._is_unknown_heading(position, block):
            self._start(None, block.text, PLAIN_LEVEL)
        else:
            self._content(block)

    # Inline headings: "Duration: about an hour"

    def _inline_allowed(self, position: int, block: Paragraph) -> bool:
        if self.section in {"", INTRODUCTION}:
            return True
        if self.page.style == "explicit" or (self.page.style == "bold" and not block.lead):
            return False
        return self.page.labelled or not (self.section == h.DESCRIPTION and self._is_step(position))

    def _inline(self, block: Content) -> bool:
        """Open a section whose heading begins the block; the rest is its content."""
        label = split_label(block.text, block.lead)
        if label is None or h.label_within(label[0], self.section):
            return False
        kind = h.NAME if h.folded(label[0]) in h.INLINE_NAMES else h.kind_of(label[0], self.section)
        preamble = self.section in {"", INTRODUCTION}
        if kind is None and not self._is_unknown_label(block, preamble=preamble):
            return False
        self._start(kind, label[0], PLAIN_LEVEL)
        self._content(Paragraph(label[1]))
        if preamble and self.page.style == "explicit":  # a fact sheet above the sections: what follows is no part of it
            self._start(INTRODUCTION, "", PLAIN_LEVEL)
        return True

    def _is_unknown_label(self, block: Content, *, preamble: bool) -> bool:
        """Whether an unknown label opens a section: where known labels on the page do."""
        if preamble:
            return bool(block.lead)
        return not self._keeps_labels() and (bool(block.lead) if self.page.style == "bold" else self.page.labelled)

    def _keeps_labels(self) -> bool:
        return self.section in {h.DESCRIPTION, h.RISKS, h.ALTERNATIVES, h.DURATION}

    def _is_step(self, position: int) -> bool:
        """Whether a labelled paragraph of the description is a step, one of several with unknown labels among them."""
        if self.empty:
            following = self._following(position)
            return isinstance(following, Paragraph) and self._label_kind(following) == ""
        kinds = (self._label_kind(block) for block in reversed(self.blocks[:position]))
        return "" in takewhile(lambda kind: kind is not None, kinds)

    def _label_kind(self, block: Block) -> str | None:
        """The section that a paragraph's label names; "" for an unknown label, None without a label."""
        label = split_label(block.text, block.lead) if isinstance(block, Paragraph) else None
        return (h.kind_of(label[0]) or "") if label else None

    # Unknown headings of plain text

    def _is_unknown_heading(self, position: int, block: Paragraph) -> bool:
        if self.section == "" or self.empty or not block.single or not is_title(block.text):
            return False
        if not self.page.has_looked_like(block) or self._in_list_without_bullets(position):
            return False
        following = self._following(position)
        if isinstance(following, Item):
            return True
        return isinstance(following, Paragraph) and not is_title(following.text)

    def _in_list_without_bullets(self, position: int) -> bool:
        """Whether the block before is a similar short line: then both are list items that lost their bullets."""
        before = self.blocks[position - 1] if position else None
        return isinstance(before, Paragraph) and is_title(before.text) and not h.is_known_heading(before.text)

    # Helpers

    def _kind(self, title: str) -> str | None:
        """The section that a heading means inside the open section."""
        kind = h.heading_kind(title, self.section)
        first = self.marks and self.section in OPENING
        return h.SUMMARY if kind is None and first and h.asks_what_it_is(title) else kind

    def _is_question(self, position: int, block: Paragraph) -> bool:
        """Whether a line of plain text is a question that its section answers, not one of several to ask."""
        following = self._following(position)
        if not block.single or not block.text.endswith("?") or not isinstance(following, Item | Paragraph):
            return False
        return not following.text.endswith("?") and self._kind(block.text) is not None

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
        return isinstance(block, Paragraph) and self.page.style == "plain" and h.is_known_heading(block.text)

    def _sections_follow(self, position: int) -> bool:
        """Whether a known section stands between this heading and the next one as high."""
        block = self.blocks[position]
        assert isinstance(block, Heading)
        for other in self.blocks[position + 1 :]:
            if isinstance(other, Heading):
                if h.heading_kind(other.text):
                    return True
                if other.level <= block.level:
                    return False
            elif isinstance(other, Paragraph) and self.page.style != "explicit" and plain_kind(other):
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
