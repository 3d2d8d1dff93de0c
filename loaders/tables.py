"""Reads tables as rows of text: workbooks (.xlsx), and files separated by commas, semicolons or tabs.

A table begins with a row of headings, which other rows (titles, licences) may precede. The loaders know which headings
mean what.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from loaders import spreadsheet
from loaders.problems import problem
from loaders.spreadsheet import Row
from terminology.model.loading import SourceFile

SEPARATORS: Mapping[str, str] = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
PREAMBLE = 200
"""Rows that may precede the headings."""
DOS_END = b"\x1a"
SAMPLE_LINES = 20
"""Lines that show what separates the cells."""
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Headings:
    """The row of headings: `columns` by their folded names; of equal ones the first counts."""

    number: int
    columns: Mapping[str, int]
    texts: tuple[str, ...]

    def cells(self, row: Row) -> dict[str, str]:
        """The filled cells of a row, trimmed, by folded heading."""
        cells = row.cells
        return {
            name: text for name, place in self.columns.items() if place < len(cells) and (text := cells[place].strip())
        }


def folded(heading: str) -> str:
    """A heading as it is compared: letters and digits, without case."""
    return _NOT_ALPHANUMERIC.sub("", heading.casefold())


def is_table(file: SourceFile) -> bool:
    """Whether `rows` can read it, by its name."""
    return spreadsheet.is_workbook(file) or _suffix(file) in SEPARATORS


def rows(file: SourceFile) -> Iterator[Row]:
    """The rows that hold anything, of the first sheet of a workbook. A row's number is that of its first line.

    Text is UTF-8, else Windows-1252. Raises TerminologyError invalid: WORKBOOK_BROKEN, TABLE_ENCODING, TABLE_BROKEN.
    """
    if spreadsheet.is_workbook(file):
        yield from spreadsheet.rows(file)
        return
    lines = _text_lines(file)
    if SEPARATORS.get(_suffix(file)) == ",":
        reader = csv.reader(lines, delimiter=_comma(file.head()), strict=True)
    else:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    last = 0
    try:
        for cells in reader:
            number, last = last + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield Row(number, tuple(cells))
    except csv.Error as error:
        raise problem(file.path, reader.line_num, "TABLE_BROKEN", reason=str(error)) from error


def find_headings(found: Iterator[Row], fits: Callable[[Collection[str]], bool]) -> Headings | None:
    """The first row whose folded headings fit. `found` is consumed up to it and goes on with the rows below it."""
    for row in islice(found, PREAMBLE):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row.cells):
            if name := folded(cell):
                columns.setdefault(name, place)
        if fits(columns):
            return Headings(row.number, columns, row.cells)
    return None


def text_lines(file: SourceFile) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, from 1: UTF-8, else Windows-1252, line by line.

    DOS's mark of the end of a file is none of them. Raises TerminologyError invalid (TABLE_ENCODING) for anything else.
    """
    for number, line in enumerate(file.lines(), 1):
        if line == DOS_END:
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = _windows(line, file.path, number)
        if "\0" in text:
            raise problem(file.path, number, "TABLE_ENCODING")
        yield number, text.removeprefix("\ufeff") if number == 1 else text


def _text_lines(file: SourceFile) -> Iterator[str]:
    for _, line in text_lines(file):
        yield line + "\n"


def _comma(beginning: bytes) -> str:
    """The separator of a `.csv`: a comma or, in countries that write numbers with commas, a semicolon.

    It is a semicolon if the first line with either sign has no comma, and most lines have a semicolon.
    """
    lines = [line for line in beginning.splitlines()[:SAMPLE_LINES] if line.strip()]
    first = next((line for line in lines if b";" in line or b"," in line), b",")
    most = sum(b";" in line for line in lines) * 2 > len(lines)
    return ";" if most and b"," not in first else ","


def _windows(line: bytes, path: str, number: int) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        raise problem(path, number, "TABLE_ENCODING") from None


def _suffix(file: SourceFile) -> str:
    return "." + file.name.lower().rpartition(".")[2]
