"""Markdown → blocks: headings, bold, lists, tables, quotes, front matter. Text without any of it is plain text.

The common core that people write by hand; inline markup is taken off, its text kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from loaders.documents.blocks import Page
from loaders.documents.build import Builder, plain
from loaders.documents.front_matter import fenced
from loaders.documents.headings import is_known_heading
from loaders.documents.lines import is_rule, parse_line
from loaders.documents.readers.tables import table_blocks
from loaders.documents.readers.text import read_text

_HEADING = re.compile(r"\s{0,3}(?P<marks>#{1,6})\s+(?P<text>\S.*)")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|sub|sup|small|div|p|center|font|mark|kbd|code)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TABLE_RULE = re.compile(r"\s*+\|?\s*+:?-{2,}+:?\s*+(?:\|\s*+:?-{2,}+:?\s*+)*+\|?\s*$")
_BOLD_LEAD = re.compile(r"(?:\*\*|__)(?P<lead>[^*_]+?)(?P<mark>[:.]?)\s*(?:\*\*|__)(?P<colon>\s?[:.])?(?=\s|$)")
_IS_MARKDOWN = re.compile(
    r"^\s{0,3}#{1,6}\s|\*\*[^*\n]+\*\*|__[^_\n]+__|^[^\S\n]*+\|?[^\S\n]*+:?-{3,}+:?[^\S\n]*+\|", re.MULTILINE
)

_INLINE = (
    (re.compile(r"!\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"\[([^\[\]]+)\]\((?:[^()]|\([^()]*\))*\)"), r"\1"),
    (re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]"), r"\1"),
    (re.compile(r"<(https?://[^>]+)>"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"~~(?=\S)(.+?)~~"), r"\1"),
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|~>-])")


def read_markdown(text: str) -> Page:
    """The blocks of a Markdown text."""
    if not _IS_MARKDOWN.search(text):
        return read_text(text)
    lines = _COMMENT.sub("", _BREAK_TAG.sub("  \n", text)).split("\n")
    builder = Builder(_goes_on, _inline)
    position = 0
    while position < len(lines):
        if found := fenced(lines, position):
            builder.metadata(found[0])
            position = found[1]
        elif _is_table(lines, position):
            position = _table(builder, lines, position)
        else:
            _feed(builder, lines[position])
            position += 1
    return Page(builder.finish())


def _without_marks(heading: str) -> str:
    """A heading without the number signs that may close it, unless it has nothing else."""
    text = heading.rstrip()
    return text.rstrip("#").rstrip() or text


def _feed(builder: Builder, raw: str) -> None:
    raw = re.sub(r"^\s{0,3}(?:>\s?)+", "", raw)
    if match := _HEADING.match(raw):
        builder.heading(_without_marks(match["text"]), len(match["marks"]))
    elif _FENCE.match(raw):
        builder.blank()
    elif is_rule(raw):
        mark = raw.strip()[:1]
        if not (mark in "=-" and mark and builder.underlined(1 if mark == "=" else 2)):
            builder.rule()
    elif raw.strip():
        builder.line(parse_line(raw.rstrip("\\ ")))
        if raw.endswith(("  ", "\\")):
            builder.end_of_line()
    else:
        builder.blank()


def _goes_on(line: str, following: str) -> bool:
    """Whether a paragraph continues in the next line: always, unless either line is a known heading or all bold."""
    text, lead = _inline(line.strip())
    return lead != text.rstrip(" :.") and not is_known_heading(text) and not is_known_heading(plain_text(following))


def _inline(text: str) -> tuple[str, str]:
    """The text without markup, and its bold beginning ("" if there is none)."""
    lead = ""
    if match := _BOLD_LEAD.match(text):
        lead = plain_text(match["lead"]).rstrip(" :.")
        rest = text[match.end() :].strip()
        mark = match["mark"] or (match["colon"] or "").strip()
        if rest and not mark and not rest[0].isupper():  # bold words that begin a sentence
            return plain_text(text), ""
        text = f"{match['lead']}{mark or ':' if rest else mark} {rest}".strip()
    return plain_text(text), lead


def plain_text(text: str) -> str:
    """The text without inline markup."""
    text = _TAG.sub("", text)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return plain(_ESCAPE.sub(r"\1", text))[0]


def _is_table(lines: Sequence[str], position: int) -> bool:
    return (
        "|" in lines[position]
        and position + 1 < len(lines)
        and "|" in lines[position + 1]
        and _TABLE_RULE.match(lines[position + 1]) is not None
    )


def _table(builder: Builder, lines: Sequence[str], position: int) -> int:
    """One table; returns the position after it."""
    end = position + 2
    while end < len(lines) and "|" in lines[end] and lines[end].strip():
        end += 1
    titles, *rows = (_cells(lines[n]) for n in (position, *range(position + 2, end)))
    builder.table(table_blocks(titles, rows))
    return end


def _cells(line: str) -> list[str]:
    return [plain_text(cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
