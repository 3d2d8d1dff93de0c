"""Streams rows of .xlsx workbooks as text: the subset of Office Open XML that loaders need (ECMA-376 part 1, §18).

Values only: no formulas, styles or pictures. Numbers are kept as the file states them, except for a superfluous `.0`;
numbers formatted as dates become ISO dates (and times). A light reader instead of openpyxl: releases are plain tables,
and lxml is a dependency anyway.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any, NamedTuple

from lxml import etree

from loaders.files import BROKEN, check_growth
from terminology.model.loading import SourceFile
from terminology.model.outcome import TerminologyError

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
RELATION_ID = re.compile(r"\{.*/relationships\}id")
DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Built-in number formats that show dates or times (§18.8.30)."""
NO_DATE = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|General', re.IGNORECASE)
"""What letters of a number format mean nothing in: quoted text, colours, locales."""
DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - cells have no time zone
MOST_COLUMNS = 16_384
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, as strings of cells have it (`ST_Xstring`, §22.9.2.19)."""


class Row(NamedTuple):
    """A row: its number in the sheet, from 1, and its cells from column A on; '' for an empty one."""

    number: int
    cells: tuple[str, ...]


def is_workbook(file: SourceFile) -> bool:
    """Whether a file is an .xlsx workbook, by its name and first bytes."""
    return file.name.lower().endswith(".xlsx") and file.head(4) == b"PK\x03\x04"


def rows(file: SourceFile, sheet: str | None = None) -> Iterator[Row]:
    """The rows of a sheet, by its name; without one, of the first sheet. Empty rows are left out.

    Raises TerminologyError invalid: WORKBOOK_BROKEN, WORKBOOK_SHEET_MISSING.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
            yield from _Workbook(file.path, archive).rows(sheet)
    except (*BROKEN, etree.LxmlError, LookupError, ValueError, OverflowError) as error:
        raise TerminologyError.of(
            "invalid", "WORKBOOK_BROKEN", path=file.path, reason=str(error) or type(error).__name__
        ) from error


class _Workbook:
    def __init__(self, path: str, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        check_growth(archive)

    def rows(self, sheet: str | None) -> Iterator[Row]:
        """See the function `rows`."""
        _, main = self._related("", "officeDocument")[0]
        workbook = self._tree(main)
        sheets = {str(s.get("name")): _relation_of(s) for s in workbook.iterfind("{*}sheets/{*}sheet")}
        name = sheet if sheet is not None else next(iter(sheets), "")
        if name not in sheets:
            raise TerminologyError.of(
                "invalid", "WORKBOOK_SHEET_MISSING", path=self._path, sheet=name, known=", ".join(sheets)
            )
        part = dict(self._related(main, "worksheet"))[sheets[name]]
        settings = workbook.find("{*}workbookPr")
        since_1904 = settings is not None and settings.get("date1904") in {"1", "true"}
        yield from _Sheet(self._shared(main), self._dates(main), EPOCHS[since_1904]).rows(self._archive.open(part))

    def _related(self, part: str, kind: str) -> list[tuple[str, str]]:
        """Ids and part names of what a part refers to by relationships of a kind (part 2, §9.3)."""
        folder, _, name = part.rpartition("/")
        prefix = f"{folder}/" if folder else ""
        relations = self._tree(f"{prefix}_rels/{name}.rels")
        return [
            (str(r.get("Id")), _resolved(prefix, str(r.get("Target"))))
            for r in relations
            if str(r.get("Type")).rpartition("/")[2] == kind
        ]

    def _shared(self, main: str) -> _Strings:
        parts = self._related(main, "sharedStrings")
        return _Strings(map(_text, self._items(parts[0][1], "si")) if parts else iter(()))

    def _dates(self, main: str) -> frozenset[int]:
        """The cell formats (by number) that show dates."""
        parts = self._related(main, "styles")
        if not parts:
            return frozenset()
        styles = self._tree(parts[0][1])
        own = {
            int(f.get("numFmtId", "0"))
            for f in styles.iterfind("{*}numFmts/{*}numFmt")
            if DATE_LETTERS.search(NO_DATE.sub("", str(f.get("formatCode"))))
        }
        formats = styles.iterfind("{*}cellXfs/{*}xf")
        return frozenset(n for n, f in enumerate(formats) if int(f.get("numFmtId", "0")) in DATE_FORMATS | own)

    def _tree(self, part: str) -> etree._Element:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self._archive.read(part), parser)

    def _items(self, part: str, name: str) -> Iterator[etree._Element]:
        yield from _elements(self._archive.open(part), name)


class _Strings:
    """The strings that cells refer to by number, read as far as they are asked for: headings need the first few."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._read: list[str] = []

    def __getitem__(self, number: int) -> str:
        if number >= len(self._read):
            self._read += islice(self._source, number + 1 - len(self._read))
        return self._read[number]


class _Sheet:
    """Reads cells. `dates` are the formats of dates."""

    def __init__(self, shared: _Strings, dates: frozenset[int], epoch: datetime) -> None:
        self._shared = shared
        self._dates = dates
        self._epoch = epoch

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        number = 0
        for element in _elements(stream, "row"):
            number = int(element.get("r", number + 1))
            cells: list[str] = []
            for cell in element:
                reference = cell.get("r")
                column = _column(reference) if reference else len(cells)
                if column > len(cells):
                    cells += [""] * (column - len(cells))
                cells.append(self._value(cell))
            if any(cells):
                yield Row(number, tuple(cells))

    def _value(self, cell: etree._Element) -> str:
        kind, value = cell.get("t", "n"), ""
        for child in cell:  # two or three: much faster than a search by path
            tag = child.tag
            if tag.endswith("}v"):
                value = child.text or ""
            elif kind == "inlineStr" and tag.endswith("}is"):
                return _text(child)
        match kind:
            case "s":
                return self._shared[int(value)] if value else ""
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case "n" if value:
                return self._number(value, int(cell.get("s", "0")))
            case "inlineStr":
                return ""
        return value

    def _number(self, value: str, style: int) -> str:
        if style in self._dates:
            moment = self._epoch + timedelta(seconds=round(float(value) * 86_400))
            return moment.date().isoformat() if moment.time() == moment.min.time() else moment.isoformat()
        return value.removesuffix(".0")


def _elements(stream: IO[bytes], name: str) -> Iterator[etree._Element]:
    """Elements one at a time, forgotten after use: a sheet may have a million rows."""
    for _, element in etree.iterparse(
        stream, tag=(MAIN + name, STRICT + name), resolve_entities=False, remove_comments=True, remove_pis=True
    ):
        yield element
        element.clear()
        above: Any = element.getparent()
        while above is not None and above[0] is not element:
            del above[0]


def _text(item: etree._Element) -> str:
    """A string, of runs or plain, without phonetic hints (`rPh`, §18.4.6)."""
    if len(item) == 1 and str(item[0].tag).endswith("}t"):
        text = item[0].text or ""
    else:
        text = "".join(t.text or "" for path in ("{*}t", "{*}r/{*}t") for t in item.iterfind(path))
    return ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def _relation_of(sheet: etree._Element) -> str:
    return next((str(value) for name, value in sheet.attrib.items() if RELATION_ID.fullmatch(str(name))), "")


def _resolved(prefix: str, target: str) -> str:
    return target[1:] if target.startswith("/") else prefix + target


def _column(reference: str) -> int:
    """The column of `AB12`, from 0."""
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = column * 26 + ord(letter) - 64
    if not 0 < column <= MOST_COLUMNS:
        raise ValueError(f"{reference} is no cell")
    return column - 1
