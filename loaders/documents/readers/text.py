"""Plain text → blocks: blank lines, list markers, wrapped lines, underlined headings, front matter.

A short line that may be a heading stays a Paragraph; `marks` knows headings by their words.
"""

from __future__ import annotations

import re

from loaders.documents.blocks import Page
from loaders.documents.build import Builder
from loaders.documents.front_matter import fenced, unfenced
from loaders.documents.headings import is_known_heading
from loaders.documents.lines import goes_on, is_rule, parse_line, wrap_width

_WIKI = re.compile(r"(={2,6})([^=]+)={2,6}")
"""A heading as wikis write it, in a line without blanks around it."""


def read_text(text: str) -> Page:
    """The blocks of a plain text."""
    lines = text.split("\n")
    width = wrap_width(lines)

    def continues(line: str, following: str) -> bool:
        return (
            not is_known_heading(line.strip()) and not is_known_heading(following) and goes_on(line, following, width)
        )

    builder = Builder(continues)
    position = 0
    if found := unfenced(lines):
        builder.metadata(found[0])
        position = found[1]
    while position < len(lines):
        raw = lines[position]
        if found := fenced(lines, position):
            builder.metadata(found[0])
            position = found[1]
            continue
        _feed(builder, raw)
        position += 1
    return Page(builder.finish())


def _feed(builder: Builder, raw: str) -> None:
    if is_rule(raw):
        mark = raw.strip()[:1]
        if not (mark in "=-~" and mark and builder.underlined(1 if mark == "=" else 2)):
            builder.rule()
    elif not raw.strip():
        builder.blank()
    elif (wiki := _WIKI.fullmatch(raw.strip())) and (heading := wiki[2].strip()):
        builder.heading(heading, len(wiki[1]))
    else:
        builder.line(parse_line(raw))
