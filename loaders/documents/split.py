"""Splits marked blocks into procedures and their sections.

A procedure begins at front matter, at a title, at the line that begins every page of a web site, at a break before a
new name, or where the name or code is stated a second time; but only after a section of the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loaders.documents import headings as h
from loaders.documents.blocks import Break, Item, Metadata, Paragraph
from loaders.documents.labels import CodeLine
from loaders.documents.marks import INTRODUCTION, Code, Content, Mark, Navigation, Start, SubHeading, Title
from loaders.documents.navigation import is_page_start


@dataclass(frozen=True, slots=True)
class Section:
    """A section: `kind` None for an unknown heading; its blocks with the sub-headings between them."""

    kind: str | None
    title: str
    blocks: tuple[Content | SubHeading, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """The parts of one procedure's text.

    `titles` are headings above the sections, `preamble` is what else stands there.
    """

    titles: tuple[str, ...]
    preamble: tuple[Content, ...]
    sections: tuple[Section, ...]
    codes: tuple[CodeLine, ...]
    metadata: tuple[tuple[str, str], ...]
    navigation: tuple[str, ...]


def split(marks: Sequence[Mark]) -> tuple[Procedure, ...]:
    """The procedures of a page, in order; a page without any section is one procedure."""
    starts = _starts(marks)
    return tuple(_procedure(marks[start:end]) for start, end in zip(starts, [*starts[1:], len(marks)], strict=True))


def _starts(marks: Sequence[Mark]) -> list[int]:
    """Positions at which procedures begin; the first is 0."""
    starts = [0]
    named = coded = sections = False
    descriptor_first = _has_descriptor(marks)
    for position, mark in enumerate(marks):
        begins: int | None = None
        if sections and _is_start(mark, marks[position + 1 :]):
            begins = position
        elif sections and ((named and _is_name(mark)) or (coded and isinstance(mark, Code))):
            begins = _with_descriptor(marks, position, descriptor_first=descriptor_first)
        if begins is not None and begins > starts[-1] and _has_section(marks[begins:]):
            starts.append(begins)
            named = coded = sections = False
        named = named or _is_name(mark)
        coded = coded or isinstance(mark, Code)
        sections = sections or _is_section(mark)
    return starts


def _is_start(mark: Mark, following: Sequence[Mark]) -> bool:
    """Whether a mark by itself says that a new procedure begins."""
    if isinstance(mark, Navigation):
        return is_page_start(mark.text)
    return isinstance(mark, Metadata | Title) or (isinstance(mark, Break) and _names_next(following))


def _is_name(mark: Mark) -> bool:
    return isinstance(mark, Start) and mark.kind in {h.NAME, h.DESCRIPTOR}


def _is_section(mark: Mark) -> bool:
    return isinstance(mark, Start) and mark.kind not in {h.NAME, h.DESCRIPTOR, h.SYNONYMS, INTRODUCTION}


def _has_section(marks: Iterable[Mark]) -> bool:
    return any(_is_section(mark) for mark in marks)


def _names_next(marks: Sequence[Mark]) -> bool:
    """Whether, after a break, a title, name or code comes before any section."""
    for mark in marks:
        if isinstance(mark, Title | Code | Metadata) or _is_name(mark):
            return True
        if isinstance(mark, Start):
            return False
    return False


def _has_descriptor(marks: Sequence[Mark]) -> bool:
    """Whether the first procedure of the file has its descriptor as a bare line above the first heading."""
    for mark in marks:
        if isinstance(mark, Paragraph):
            return True
        if isinstance(mark, Start | Title):
            return False
    return False


def _with_descriptor(marks: Sequence[Mark], position: int, *, descriptor_first: bool) -> int:
    """Move a start up over the code label and the descriptor line that stand right before the name."""
    while position and isinstance(marks[position - 1], Code | Break):
        position -= 1
    before = marks[position - 1]
    if descriptor_first and isinstance(before, Paragraph):
        return position - 1
    return position


def _procedure(marks: Sequence[Mark]) -> Procedure:
    """Gather the sections; content before the first one is the preamble."""
    titles: list[str] = []
    preamble: list[Content] = []
    sections: list[tuple[Start, list[Content | SubHeading]]] = []
    codes: list[CodeLine] = []
    metadata: list[tuple[str, str]] = []
    navigation: list[str] = []
    for mark in marks:
        match mark:
            case Title():
                titles.append(mark.text)
            case Start():
                sections.append((mark, []))
            case Code():
                codes.append(mark.line)
            case Metadata():
                metadata.extend(mark.values)
            case Navigation():
                navigation.append(mark.text)
            case Break():
                pass
            case Paragraph() | Item() | SubHeading():
                if sections:
                    sections[-1][1].append(mark)
                elif not isinstance(mark, SubHeading):
                    preamble.append(mark)
    return Procedure(
        tuple(titles),
        tuple(preamble),
        tuple(Section(start.kind, start.title, tuple(blocks)) for start, blocks in sections),
        tuple(codes),
        tuple(metadata),
        tuple(navigation),
    )
