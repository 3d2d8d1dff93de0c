"""HCPCS records: lines of the text file or rows of a table, joined to one row per code.

Makes no decisions about codes. Corrupt records (a continuation without a beginning) are errors with file and line;
records that can be left out are a `Trouble`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from loaders import tables
from loaders.hcpcs.fields import DETAIL_LENGTH, FIELDS, LONG, RECORD_LENGTH, SHORT_DESCRIPTION
from loaders.problems import problem
from loaders.spreadsheet import Row as SheetRow
from loaders.tables import Headings
from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue

FIRST, CONTINUED = frozenset("37"), frozenset("48")
MODIFIER = frozenset("78")
COLUMNS = (SHORT_DESCRIPTION, *(column for field in FIELDS for column in field.positions()))
CODE_HEADINGS = ("hcpc", "hcpcs", "hcpcscode", "code")
LONG_HEADING, SHORT_HEADING = tables.folded(LONG[0]), tables.folded(SHORT_DESCRIPTION[0])
FOLDED = {tables.folded(name): name for name, _, _ in COLUMNS}
KNOWN = frozenset({*CODE_HEADINGS, "recid", LONG_HEADING, *FOLDED})
MOST_RECOGNISED = 200
"""Lines looked at to recognise a text file: its disclaimer is shorter."""


@dataclass(slots=True)
class Row:
    """One code: `line` is where it begins, `lines` over how many it runs, `values` its filled columns by heading."""

    line: int
    code: str
    is_modifier: bool
    long: list[str]
    values: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """Over how many lines the long description runs."""
        return len(self.long)

    @property
    def long_description(self) -> str:
        """The lines of the description, joined with single spaces."""
        return " ".join(" ".join(self.long).split())


class Trouble(NamedTuple):
    """A line that is left out or that deviates from the layout, with the reason."""

    line: int
    issue: Issue
    skipped: bool = True


class _Record(NamedTuple):
    """`sequence` rises by the same number from line to line of a code in text files (00100, 00200…)."""

    line: int
    code: str
    type: str
    long: str
    values: dict[str, str]
    sequence: int | None = None


def is_text(file: SourceFile) -> bool:
    """Whether a file is made of 320-character records."""
    if file.name.lower().endswith((".xlsx", ".csv", ".tsv")):
        return False
    lines = file.head(1 << 16).decode("cp1252", "replace").splitlines()[:MOST_RECOGNISED]
    records = sum(_is_record(line) and line[10] in FIRST and len(line) > SHORT_DESCRIPTION[1] for line in lines)
    return records > 0 and records * 2 >= sum(len(line) > SHORT_DESCRIPTION[1] and _is_record(line) for line in lines)


def is_sheet(file: SourceFile) -> bool:
    """Whether a file is a table with the headings of HCPCS."""
    return file.name.lower().endswith((".xlsx", ".csv", ".tsv")) and _headings(tables.rows(file)) is not None


def rows(file: SourceFile) -> Iterator[Row | Trouble]:
    """All codes of a file in its order. Raises TerminologyError invalid that names file and line."""
    records = _of_sheet(file) if file.name.lower().endswith((".xlsx", ".csv", ".tsv")) else _of_text(file)
    return _joined(file.path, records)


def _is_record(line: str) -> bool:
    return len(line) > 10 and line[10] in FIRST | CONTINUED and line[5:10].isdigit() and bool(line[:5].strip())


def _of_text(file: SourceFile) -> Iterator[_Record | Trouble]:
    begun = False
    for number, raw in enumerate(file.lines(), 1):
        try:
            line = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise problem(file.path, number, "TABLE_ENCODING") from None
        if not _is_record(line):
            if begun and line.strip():
                yield Trouble(number, _issue("HCPCS_LINE_UNKNOWN"))
            continue
        begun = True
        first = line[10] in FIRST
        if first and len(line) < DETAIL_LENGTH:
            yield Trouble(number, _issue("HCPCS_LINE_SHORT", length=str(len(line))), skipped=False)
        text = line.ljust(RECORD_LENGTH)
        values = {name: value for name, start, end in COLUMNS if (value := text[start:end].strip())} if first else {}
        long = text[LONG[1] : LONG[2]].strip()
        yield _Record(number, text[:5].strip(), text[10], long, values, int(text[5:10]))


def _of_sheet(file: SourceFile) -> Iterator[_Record | Trouble]:
    found = tables.rows(file)
    headings = _headings(found)
    assert headings is not None, "is_sheet says so"
    unknown = [text for text in headings.texts if (name := tables.folded(text)) and name not in KNOWN]
    if unknown:
        issue = _issue("HCPCS_COLUMN_UNKNOWN", columns=", ".join(unknown))
        yield Trouble(headings.number, issue, skipped=False)
    for row in found:
        if any(cell.strip() for cell in row.cells[len(headings.texts) :]):
            raise problem(file.path, row.number, "TABLE_CELLS", count=str(len(headings.texts)))
        cells = headings.cells(row)
        code = next((cells[name] for name in CODE_HEADINGS if name in cells), "")
        if not code:
            yield Trouble(row.number, _issue("HCPCS_ROW_WITHOUT_CODE"))
            continue
        values = {FOLDED[name]: value for name, value in cells.items() if name in FOLDED}
        type_ = cells.get("recid") or ("7" if len(code) == 2 else "3")
        yield _Record(row.number, code, type_, cells.get(LONG_HEADING, ""), values)


def _headings(found: Iterator[SheetRow]) -> Headings | None:
    return tables.find_headings(
        found, lambda names: LONG_HEADING in names and SHORT_HEADING in names and "termdt" in names
    )


def _joined(path: str, records: Iterable[_Record | Trouble]) -> Iterator[Row | Trouble]:
    """Join records of one code, whose description continues over several lines, into one row."""
    row: Row | None = None
    step = 0
    for record in records:
        if isinstance(record, Trouble):
            yield record
        elif record.type in CONTINUED:
            if row is None or row.code != record.code or row.is_modifier != (record.type in MODIFIER):
                before = row.code if row else "nothing"
                raise problem(path, record.line, "HCPCS_CONTINUATION", continued=record.code, before=before)
            if record.sequence is not None and step and record.sequence != step * (row.lines + 1):
                due, found = str(step * (row.lines + 1)), str(record.sequence)
                raise problem(path, record.line, "HCPCS_SEQUENCE", continued=row.code, found=found, due=due)
            row.long.append(record.long)
        elif record.type in FIRST:
            if row is not None:
                yield row
            row = Row(record.line, record.code, record.type in MODIFIER, [record.long], record.values)
            step = record.sequence or 0
        else:
            raise problem(path, record.line, "HCPCS_RECORD_TYPE", type=record.type)
    if row is not None:
        yield row


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("warning", "incomplete", message_id, arguments)
