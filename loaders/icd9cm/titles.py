"""The lists of titles: `CMS32_DESC_LONG_SG.txt` and its kin, as text or workbook.

Text: the code without its dot, padded to four or five characters, a blank, the title. Workbook: code, long and short
description. `SG` are procedures, `DX` diagnoses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from loaders import spreadsheet
from loaders.icd9cm.codes import ABBREVIATED, Kind, dotted
from loaders.problems import problem
from loaders.tables import text_lines
from terminology.model.concept import Concept, Designation
from terminology.model.loading import SourceFile

NAME = re.compile(r"cms(\d\d)_desc_(long|short|long_short)_(sg|dx)\b.*\.(txt|xlsx)", re.IGNORECASE)
FORMS = {"procedures": re.compile(r"\d{3,4}"), "diagnoses": re.compile(r"[\dV]\d{2,4}|E\d{3,4}")}
LINE = re.compile(r"(\S{3,5})\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class TitleFile:
    """A list; `titles` says which titles it has: long, short or long_short."""

    file: SourceFile
    version: int
    titles: str
    kind: Kind


class Row(NamedTuple):
    """A code, dotted, with the titles that a list has."""

    code: str
    long: str
    short: str


def recognised(file: SourceFile) -> TitleFile | None:
    """The list that a file is, by its name."""
    found = NAME.search(file.name)
    if found is None or (found[4].lower() == "xlsx") != spreadsheet.is_workbook(file):
        return None
    return TitleFile(file, int(found[1]), found[2].lower(), "procedures" if found[3].lower() == "sg" else "diagnoses")


def rows(given: TitleFile) -> Iterator[Row]:
    """All rows. Raises TerminologyError invalid that names the line."""
    seen = set[str]()
    for number, code, long, short in _cells(given):
        if not FORMS[given.kind].fullmatch(code) or not (long or short):
            raise problem(given.file.path, number, "ICD9_LINE", line=f"{code} {long or short}"[:80])
        if code in seen:
            raise problem(given.file.path, number, "PCS_CODE_TWICE", code=code)
        seen.add(code)
        yield Row(dotted(code, given.kind), long, short)


def _cells(given: TitleFile) -> Iterator[tuple[int, str, str, str]]:
    if given.file.name.lower().endswith(".xlsx"):
        table = spreadsheet.rows(given.file)
        next(table, None)
        for number, cells in table:
            code, long, short = (cell.strip() for cell in (*cells, "", "", "")[:3])
            yield number, code, long, short
        return
    for number, line in text_lines(given.file):
        if line.strip():
            found = LINE.fullmatch(line.rstrip())
            code, title = found.groups() if found else (line, "")
            yield number, code, *(("", title) if given.titles == "short" else (title, ""))


@dataclass(slots=True)
class Titles:
    """The titles of all codes, from one or more lists; `different` are codes to which lists give different ones."""

    titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Add a row; of different titles for a code, the first stays."""
        long, short = self.titles.get(row.code, ("", ""))
        if (long and row.long and long != row.long) or (short and row.short and short != row.short):
            self.different.append(row.code)
        self.titles[row.code] = long or row.long, short or row.short

    def concepts(self) -> Iterator[Concept]:
        """A concept for each code; a short title is its display only where there is no long one."""
        for code, (long, short) in self.titles.items():
            abbreviated = (Designation(short, use=ABBREVIATED),) if long and short not in {"", long} else ()
            yield Concept(code, long or short, None, abbreviated)


def merged(lists: Iterable[TitleFile]) -> Titles:
    """The titles of lists of one kind of codes. Raises TerminologyError invalid that names the line."""
    titles = Titles()
    for given in lists:
        for row in rows(given):
            titles.add(row)
    return titles
