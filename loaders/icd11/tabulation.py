"""The tabulation of a linearization (`SimpleTabulation-ICD-11-MMS-en.txt`, .xlsx): a row for each chapter, block, code.

A concept's code is its Code, else its BlockId, else its chapter's number, else the id of its entity. Its parent is in
the column Parent; without that column, it follows from the block (the last of Grouping1 to Grouping5) and the depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loaders import spreadsheet, tables
from loaders.icd11 import uris
from loaders.problems import place_of, problem
from loaders.spreadsheet import Row as Line
from loaders.tables import Headings
from terminology.codesystems.icd11_codes import FOUNDATION
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

NEEDED = ("code", "title", "classkind")
LINEARIZATION = ("linearizationuri", "linearizationreleaseuri")
PARENT = "parent"
GROUPINGS = tuple(f"grouping{n}" for n in range(1, 6))
_NAMED = re.compile(r"icd[-_ ]?11|tabulation", re.IGNORECASE)
_COLUMN = re.compile(rb"Linearization (?:\(release\) )?URI[\t,\"].*ClassKind", re.IGNORECASE)
_LANGUAGE = re.compile(r"[-_]([a-z]{2}(?:-[A-Za-z]{2,4})?)\.(?:txt|tsv|csv|xlsx)$")
_DASHES = re.compile(r"^(?:-\s*)+")
_LINK = re.compile(r"https?://[^\"\s]+")
_MADE = re.compile(r"version:\s*(\d{4} \w{3} \d{1,2})", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """A row, with the code it gets."""

    number: int
    cells: dict[str, str]
    uri: uris.Uri
    code: str

    @property
    def kind(self) -> str:
        """chapter, block, category or window."""
        return self.cells.get("classkind", "").casefold()

    @property
    def title(self) -> str:
        """The title without the dashes that show its depth and without the file's quotation marks."""
        text = self.cells.get("title", "")
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('""', '"')
        return _DASHES.sub("", text).strip()

    @property
    def depth(self) -> int:
        """DepthInKind, from 1."""
        text = self.cells.get("depthinkind", "")
        return int(text) if text.isdecimal() else 1


@dataclass(slots=True)
class Tabulation:
    """A file that was read. `made` is the date its headings state."""

    file: SourceFile
    language: str | None
    system: str
    release: str | None
    made: str | None
    has_parents: bool
    rows: list[Row] = field(default_factory=list)


def is_tabulation(file: SourceFile) -> bool:
    """Whether a table has the columns of WHO's tabulations; workbooks are opened when named after ICD-11."""
    if spreadsheet.is_workbook(file):
        return _NAMED.search(file.name) is not None and _headings(spreadsheet.rows(file)) is not None
    return tables.is_table(file) and _COLUMN.search(file.head()) is not None


def read(file: SourceFile) -> Tabulation:
    """All rows. Raises TerminologyError invalid that names file and line."""
    found = tables.rows(file)
    headings = _headings(found)
    if headings is None:
        raise TerminologyError.of("invalid", "RELEASE_FILE_EMPTY", path=file.path)
    named = _LANGUAGE.search(file.name)
    first: Tabulation | None = None
    codes: dict[str, int] = {}
    for line in found:
        cells = headings.cells(line)
        row = _row(file, line.number, cells)
        if row.code in codes:
            place = place_of(file.path, line.number)
            raise TerminologyError.of(
                "invalid", "RELEASE_CODE_TWICE", place=place, code=row.code, first=str(codes[row.code])
            )
        codes[row.code] = line.number
        if first is None:
            first = Tabulation(
                file, named[1] if named else None, row.uri.system, row.uri.release, _made(headings.texts),
                PARENT in headings.columns,
            )  # fmt: skip
        elif (row.uri.system, row.uri.release) != (first.system, first.release):
            raise problem(file.path, line.number, "ICD11_OTHER_RELEASE", uri=_uri_text(cells))
        first.rows.append(row)
    if first is None:
        raise TerminologyError.of("invalid", "RELEASE_ROWS_MISSING", path=file.path)
    return first


def _headings(found: Iterator[Line]) -> Headings | None:
    return tables.find_headings(found, lambda c: all(n in c for n in NEEDED) and any(n in c for n in LINEARIZATION))


def _uri_text(cells: dict[str, str]) -> str:
    return next((cells[name] for name in LINEARIZATION if name in cells), "")


def _row(file: SourceFile, number: int, cells: dict[str, str]) -> Row:
    uri = uris.parse(_uri_text(cells))
    if uri is None or not uri.id:
        raise problem(file.path, number, "ICD11_URI_MALFORMED", uri=_uri_text(cells))
    chapter = cells.get("chapterno") if cells.get("classkind", "").casefold() == "chapter" else None
    row = Row(number, cells, uri, cells.get("code") or cells.get("blockid") or chapter or uri.id)
    if not row.title:
        raise problem(file.path, number, "ICD11_TITLE_MISSING", code=row.code)
    return row


def _made(headings: Sequence[str]) -> str | None:
    found = next((m for text in headings if (m := _MADE.search(text))), None)
    try:
        return datetime.strptime(found[1], "%Y %b %d").date().isoformat() if found else None  # noqa: DTZ007 - a day
    except ValueError:
        return None


def concepts(tabulation: Tabulation, others: Sequence[Tabulation]) -> Iterator[Concept]:
    """The concepts, with the titles of the other languages as designations."""
    titles: dict[str, list[Designation]] = {}
    for other in others:
        for row in other.rows:
            titles.setdefault(row.uri.id, []).append(Designation(row.title, other.language))
    for row, parents in zip(tabulation.rows, _parents(tabulation), strict=True):
        yield Concept(
            row.code,
            row.title,
            designations=tuple(titles.get(row.uri.id, ())),
            properties=tuple(_properties(row)),
            parents=parents,
        )


def _parents(tabulation: Tabulation) -> Iterator[tuple[str, ...]]:
    by_uri = {row.uri.id: row.code for row in tabulation.rows}
    known = frozenset(row.code for row in tabulation.rows)
    chapter: str | None = None
    open_: dict[int, str] = {}
    for row in tabulation.rows:
        if row.kind == "chapter":
            chapter, open_ = row.code, {}
        above = row.cells.get(PARENT) if tabulation.has_parents else _above(row, chapter, open_)
        if row.kind not in {"chapter", "block"}:
            open_ = {depth: code for depth, code in open_.items() if depth < row.depth} | {row.depth: row.code}
        elif row.kind == "block":
            open_ = {}
        if not above:
            yield ()
            continue
        uri = uris.parse(above)
        if uri is not None and not uri.id:  # the root of the linearization
            yield ()
            continue
        code = by_uri.get(uri.id) if uri else above if above in known else None
        if code is None:
            raise problem(tabulation.file.path, row.number, "ICD11_PARENT_UNKNOWN", code=row.code, parent=above)
        yield (code,)


def _above(row: Row, chapter: str | None, open_: dict[int, str]) -> str | None:
    """The parent of a row: by its depth among categories, else its last block, else its chapter."""
    if row.kind == "chapter":
        return None
    if row.kind != "block" and row.depth > 1:
        return open_.get(row.depth - 1, chapter)
    blocks = [text for name in GROUPINGS if (text := row.cells.get(name)) and text != row.code]
    return blocks[-1] if blocks else chapter


def _properties(row: Row) -> Iterator[Property]:
    cells = row.cells
    if row.kind:
        yield Property("classKind", "code", row.kind)
    if row.kind in {"chapter", "block"}:
        yield Property("notSelectable", "boolean", value=True)
    foundation = uris.parse(cells.get("foundationuri", ""))
    if foundation is not None and foundation.id:
        yield Property("foundation", "Coding", Coding(FOUNDATION, foundation.id))
    yield Property("uri", "string", _uri_text(cells))
    if chapter := cells.get("chapterno"):
        yield Property("chapterNo", "code", chapter)
    for name, column in (("isResidual", "isresidual"), ("primaryTabulation", "primarytabulation")):
        if (text := cells.get(column, "").casefold()) in {"true", "false"}:
            yield Property(name, "boolean", text == "true")
    if note := cells.get("codingnote"):
        yield Property("codingNote", "string", note)
    if link := _LINK.search(cells.get("browserlink", "")):
        yield Property("browserUrl", "string", link[0])
