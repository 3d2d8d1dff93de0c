"""PDF → blocks, by its text layer (needs the extra `documents`). A scanned page has none; text is not recognised."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loaders.documents.blocks import Page
from loaders.documents.decode import tidy
from loaders.documents.headings import is_known_heading
from loaders.documents.labels import code_line
from loaders.documents.navigation import is_navigation
from loaders.documents.readers.text import read_text
from terminology.model.outcome import TerminologyError

if TYPE_CHECKING:
    from pypdf import PageObject

_EDGE = 3
"""Lines at the top and the bottom of a page that may be its running header and footer."""
_MARGIN = 0.08
"""The part of a page's height that is margin at the top and the bottom: small print there is no text of the page."""
_BULLET = re.compile(r"\s*[•‣◦▪▫●○■□⁃∙\u00b7\uf0b7\uf0a7\x7f]\s*")  # the last: a symbol font without its names
_NAMELESS = re.compile(r"^\s*\x7f\s*")
_NUMBER = re.compile(r"\s*(?P<number>[0-9]{1,2})(?P<mark>[.)]?)\s*")
_DIGITS = re.compile(r"\d+")


LOOKED_AT = 3
"""Pages that are enough to see whether a file is about procedures."""


def look_at_pdf(raw: bytes) -> Page:
    """The text of the first pages. Raises as `read_pdf` does."""
    return read_pdf(raw, LOOKED_AT)


def read_pdf(raw: bytes, most: int | None = None) -> Page:
    """The text of all pages, or the first ones, one after the other.

    Raises DOCUMENT_NEEDS_EXTRA or DOCUMENT_DAMAGED.
    """
    try:
        import pypdf  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise TerminologyError.of(
            "not-supported", "DOCUMENT_NEEDS_EXTRA", format="PDF", package="pypdf", extra="documents"
        ) from error
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # its warnings are about the file's layout, not its text
    try:
        pages = pypdf.PdfReader(io.BytesIO(raw)).pages[:most]
        texts = [page.extract_text() for page in pages] if len(pages) > 1 else [_without_margins(p) for p in pages]
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="PDF", reason=reason) from error
    return read_text("\n".join(pdf_lines(texts)))


def _without_margins(page: PageObject) -> str:
    """The text of a single page without header and footer, which are lines in the margins in smaller print."""
    margins: defaultdict[int, str] = defaultdict(str)  # by height
    sizes: dict[int, float] = {}
    letters: Counter[float] = Counter()
    bottom, tall = float(page.mediabox.bottom), float(page.mediabox.height)

    def read(text: str, at: list[float], line: list[float], _font: object, size: float) -> None:
        height = round(line[4] * at[1] + line[5] * at[3] + at[5])
        sizes[height] = round(abs(size * line[3] * at[3]), 1)
        if _MARGIN < (height - bottom) / tall < 1 - _MARGIN:
            letters[sizes[height]] += len(text.strip())
        else:
            margins[height] += text

    whole = page.extract_text(visitor_text=read)
    usual = max(letters, key=lambda size: letters[size], default=0.0)
    small = {
        line.strip()
        for height, text in margins.items()
        for line in text.split("\n")
        if sizes[height] < usual and not _begins_a_section(line)
    }
    return "\n".join(line for line in whole.split("\n") if line.strip() not in small)


def pdf_lines(texts: Sequence[str]) -> list[str]:
    """The lines of all pages without running headers and footers, each list marker on the line of its item."""
    pages = [[line for line in tidy(text).split("\n") if line.strip()] for text in texts]
    running = _running(pages)
    lines = [line for page in pages for line in _without(page, running)]
    if pages and lines and _begins_a_section(lines[0]):  # what runs over the pages is the title
        lines = [line for line in pages[0] if _alike(line) in running and not is_navigation(line)] + lines
    return list(_with_markers(lines))


def _running(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Running headers and footers: lines at the edges of all pages, alike but for numbers; none of a single page."""
    if len(pages) < 2:
        return frozenset()
    edges = [{_alike(line) for line in (*page[:_EDGE], *page[-_EDGE:])} for page in pages]
    return frozenset.intersection(*map(frozenset, edges))


def _without(page: Sequence[str], running: frozenset[str]) -> Iterator[str]:
    for number, line in enumerate(page):
        at_edge = number < _EDGE or number >= len(page) - _EDGE
        if not (at_edge and _alike(line) in running):
            yield line


def _alike(line: str) -> str:
    """A line without its numbers, which differ from page to page."""
    return _DIGITS.sub("#", line.strip())


def _begins_a_section(line: str) -> bool:
    return is_known_heading(line.strip()) or code_line(line) is not None


def _with_markers(lines: Sequence[str]) -> Iterator[str]:
    """Join a marker that was set apart from its item. A bare number is one only where 1 and 2 stand alone, too."""
    alone = {match["number"] for line in lines if (match := _NUMBER.fullmatch(line))}
    counts = {"1", "2"} <= alone
    marker = ""
    for line in lines:
        number = _NUMBER.fullmatch(line)
        if _BULLET.fullmatch(line):
            marker = "• "
        elif number and (number["mark"] or counts):
            marker = f"{number['number']}. "
        else:
            yield marker + line.lstrip() if marker else _NAMELESS.sub("• ", line)
            marker = ""
    if marker:
        yield marker
