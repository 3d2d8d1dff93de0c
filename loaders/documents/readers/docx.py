"""Word documents (.docx) → blocks: heading styles, lists, bold leads, tables (needs the extra `documents`)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from loaders.documents.blocks import BOLD_LEVEL, Block, Heading, Item, Page, Paragraph
from loaders.documents.decode import tidy
from loaders.documents.lines import parse_line
from loaders.documents.readers.tables import table_blocks
from loaders.files import check_growth
from terminology.model.outcome import TerminologyError

MOST_UNPACKED = 256 * 1024**2
"""Bytes of all parts of a document together, pictures included."""
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_LIST = re.compile(r"list (?P<kind>bullet|number|paragraph)?\s*(?P<level>\d)?", re.IGNORECASE)


def read_docx(raw: bytes) -> Page:
    """The blocks of a Word document. Raises DOCUMENT_NEEDS_EXTRA or DOCUMENT_DAMAGED."""
    try:
        import docx  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise TerminologyError.of(
            "not-supported", "DOCUMENT_NEEDS_EXTRA", format="Word files", package="python-docx", extra="documents"
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            check_growth(archive, MOST_UNPACKED)  # the library holds all of it in memory
        return Page(tuple(_blocks(docx.Document(io.BytesIO(raw)))))
    except Exception as error:  # whatever the library makes of a damaged file, when it is opened or read
        reason = str(error) or type(error).__name__
        raise TerminologyError.of("invalid", "DOCUMENT_DAMAGED", format="Word (.docx)", reason=reason) from error


def _blocks(document: Any) -> Iterator[Block]:
    for content in document.iter_inner_content():
        if hasattr(content, "rows"):
            rows = [[_tidy(cell.text) for cell in row.cells] for row in content.rows]
            titles = rows.pop(0) if len(rows) > 1 and _is_bold(content.rows[0]) else []
            yield from table_blocks(titles, rows)
        else:
            yield from _paragraph(content, document)


def _paragraph(paragraph: Any, document: Any) -> Iterator[Block]:
    """The blocks of one paragraph of Word: one for each line between manual line breaks."""
    style = paragraph.style.name if paragraph.style is not None else ""
    heading = _HEADING.match(style)
    text = _tidy(paragraph.text)
    if not text:
        return
    if heading or style.lower() == "title":
        yield Heading(text, min(int(heading[1]), 6) if heading else 1)
        return
    found = _list_of(paragraph, style, document)
    lead = _lead(paragraph)
    lines = [line for line in map(_tidy, tidy(paragraph.text).split("\n")) if line]
    for number, line in enumerate(lines):
        bold = lead if number == 0 else ""
        parsed = parse_line(line)
        if found is not None and number == 0:
            yield Item(line, found[0], found[1], bold)
        elif parsed.marker:
            yield Item(parsed.text, 0, parsed.marker == "number")
        elif bold and bold == line.rstrip(" :."):
            yield Heading(line, BOLD_LEVEL)
        else:
            yield Paragraph(line, bold if line.startswith(bold) else "", single=True)


def _tidy(text: str) -> str:
    return " ".join(tidy(text).split())


def _lead(paragraph: Any) -> str:
    """The bold beginning of a paragraph, without its punctuation."""
    lead = ""
    for run in paragraph.runs:
        if run.text.strip() and not run.bold:
            break
        lead += run.text
    return _tidy(lead).rstrip(" :.")


def _is_bold(row: Any) -> bool:
    """Whether a row of a table is all bold, as titles of columns are."""
    runs = [run for cell in row.cells for paragraph in cell.paragraphs for run in paragraph.runs if run.text.strip()]
    return bool(runs) and all(run.bold for run in runs)


def _list_of(paragraph: Any, style: str, document: Any) -> tuple[int, bool] | None:
    """(depth, ordered) of a list paragraph: by its numbering, else by its style's name ("List Number 2")."""
    named = _LIST.match(style)
    numbering = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None  # noqa: SLF001 - no public way
    if numbering is not None and numbering.numId is not None and numbering.numId.val:
        depth = numbering.ilvl.val if numbering.ilvl is not None else 0
        return depth, _is_numbered(document, numbering.numId.val, depth)
    if named and (named["kind"] or "").lower() in {"bullet", "number"}:
        return int(named["level"] or 1) - 1, named["kind"].lower() == "number"
    return None


def _is_numbered(document: Any, number_id: int, depth: int) -> bool:
    """Whether a numbering of the document has any format but bullets."""
    path = (
        f"//w:abstractNum[@w:abstractNumId=//w:num[@w:numId='{number_id}']/w:abstractNumId/@w:val]"
        f"/w:lvl[@w:ilvl='{depth}']/w:numFmt/@w:val"
    )
    formats = document.part.numbering_part.element.xpath(path)
    return bool(formats) and formats[0] != "bullet"
