"""The Code on Dental Procedures and Nomenclature (CDT): a table of codes, nomenclature and descriptors.

The American Dental Association licenses CDT in several forms. This loader reads what they have in common: a table
(.xlsx, .csv, or tab-separated text) with headings, or text without headings whose lines are code, nomenclature and
descriptor, separated by tabs. Contains no content of CDT.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType

from loaders import systems, tables
from loaders.documents.canonicals import BASE
from loaders.fhir_records import batches
from loaders.problems import problem
from loaders.releases import BY_DATE
from loaders.spreadsheet import Row
from loaders.tables import Headings
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import Concept, Property
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, PartBegin, Record, SkippedRecord, Source
from terminology.model.status import CONCEPT_PROPERTIES

NAME = "cdt"
CODE = re.compile(r"D[0-9]{4}")
LINE = re.compile(rf"{CODE.pattern}\t\S.*")
YEAR = re.compile(
    r"cdt[^0-9a-z]{0,3}(?:codes?[^0-9a-z]?)?(20\d\d)(?!\d)|(?<!\d)(20\d\d)[^0-9a-z]{0,3}cdt", re.IGNORECASE
)
HEAD = 1 << 16
RECOGNISED = 50
"""Rows examined for codes of CDT."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "code": ("cdtcode", "code", "procedurecode", "dcode"),
        "nomenclature": ("nomenclature", "name", "title", "shortdescription"),
        "descriptor": ("descriptor", "description", "longdescription"),
        "category": ("category", "categoryofservice"),
        "subcategory": ("subcategory",),
        "effectiveDate": ("effectivedate", "effective"),
        "terminationDate": ("terminationdate", "terminated", "deleteddate", "datedeleted", "enddate"),
    }
)
"""Columns → their possible headings, folded."""

DEFINITIONS = (
    PropertyDefinition("category", "string", f"{BASE}/cdt#category", "Category of service."),
    PropertyDefinition("subcategory", "string", f"{BASE}/cdt#subcategory", "Subcategory of service."),
    PropertyDefinition("effectiveDate", "dateTime", CONCEPT_PROPERTIES + "effectiveDate", "Since when the code holds."),
    PropertyDefinition(
        "terminationDate", "dateTime", CONCEPT_PROPERTIES + "retirementDate", "Last day on which the code may be used."
    ),
    PropertyDefinition("inactive", "boolean", CONCEPT_PROPERTIES + "inactive", "True for terminated codes."),
)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")


class CdtLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every table of D codes."""
        return [Claim(NAME, (file.path,), "CDT table") for file in tree.files() if _is_cdt(file)]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The codes of each table. Raises TerminologyError that names file and line of what is broken."""
        for file in map(tree.file, claim.paths):
            source = Source(name=file.path, path=file.path, digest=file.digest(), loader=NAME)
            version = options.version or _year(file.path)
            if version is None:
                raise TerminologyError.of("invalid", "CDT_RELEASE_UNKNOWN", path=file.path)
            header = _header(version)
            skipped: list[Record] = []
            concepts = list(_concepts(file, header, source, skipped))
            yield PartBegin(source=source, metadata=header)
            yield from batches(concepts)
            yield from skipped
            counts = {"version": version, "count": f"{len(concepts):,}", "name": file.name}
            yield Note(source, Issue("information", "informational", "CDT_READ", counts))


LOADER = CdtLoader()


def _is_cdt(file: SourceFile) -> bool:
    if not tables.is_table(file):
        return False
    try:
        found = tables.rows(file)
        if (headings := _headings(found)) is None:
            return _lines_fit(file)
        place = headings.columns[_column(headings, "code")]
        codes = [row.cells[place].strip() for row in islice(found, RECOGNISED) if place < len(row.cells)]
    except TerminologyError:  # a broken file; if its name says CDT, reading it reports the error
        return YEAR.search(file.name) is not None
    return 2 * sum(CODE.fullmatch(code) is not None for code in codes) > len(codes)


def _lines_fit(file: SourceFile) -> bool:
    lines = file.head(HEAD).decode("utf-8", "replace").splitlines()
    return sum(LINE.fullmatch(line) is not None for line in lines) * 2 > sum(bool(line.strip()) for line in lines)


def _headings(found: Iterator[Row]) -> Headings | None:
    def fit(names: Collection[str]) -> bool:
        return all(set(COLUMNS[what]) & set(names) for what in ("code", "nomenclature"))

    return tables.find_headings(found, fit)


def _column(headings: Headings, what: str) -> str:
    return next((name for name in COLUMNS[what] if name in headings.columns), "")


def _concepts(
    file: SourceFile, header: CodeSystemMetadata, source: Source, skipped: list[Record]
) -> Iterator[Concept]:  # fmt: skip
    lines: dict[str, int] = {}
    for line, cells in _rows(file):
        code = cells.get("code", "")
        if not CODE.fullmatch(code):
            reason = Issue("warning", "incomplete", "CDT_ROW_MALFORMED", {"refused": code})
            skipped.append(SkippedRecord(source, f"line {line}", reason))
        elif code in lines:
            raise problem(file.path, line, "CDT_CODE_TWICE", twice=code, first=str(lines[code]))
        else:
            lines[code] = line
            yield _concept(code, cells, header, file.path, line)
    if not lines:
        raise problem(file.path, 1, "CDT_NO_CODES")


def _rows(file: SourceFile) -> Iterator[tuple[int, dict[str, str]]]:
    found = tables.rows(file)
    headings = _headings(found)
    if headings is None:
        for row in tables.rows(file):
            if CODE.match(row.cells[0]):
                cells = dict(zip(("code", "nomenclature", "descriptor"), map(str.strip, row.cells), strict=False))
                yield row.number, cells
        return
    columns = {what: name for what in COLUMNS if (name := _column(headings, what))}
    for row in found:
        if any(cell.strip() for cell in row.cells[len(headings.texts) :]):
            raise problem(file.path, row.number, "TABLE_CELLS", count=str(len(headings.texts)))
        cells = headings.cells(row)
        yield row.number, {what: cells[name] for what, name in columns.items() if name in cells}


def _concept(code: str, cells: Mapping[str, str], header: CodeSystemMetadata, path: str, line: int) -> Concept:
    """A row as a concept: the nomenclature is its display, the descriptor its definition."""
    dates = {what: _date(cells[what], path, line) for what in ("effectiveDate", "terminationDate") if what in cells}
    properties = [Property(what, "string", cells[what]) for what in ("category", "subcategory") if what in cells]
    properties += [Property(what, "dateTime", day) for what, day in dates.items()]
    if (last := dates.get("terminationDate")) and (header.effective_start is None or last < header.effective_start):
        properties.append(Property("inactive", "boolean", value=True))
    nomenclature = " ".join(cells.get("nomenclature", "").split())
    descriptor = " ".join(cells.get("descriptor", "").split())
    return Concept(code, nomenclature or descriptor or None, descriptor or None, properties=tuple(properties))


def _date(text: str, path: str, line: int) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        raise problem(path, line, "CDT_DATE_WRONG", value=text)
    return "-".join(found.groups())


def _year(path: str) -> str | None:
    """The year beside "CDT" in the path: in the file's name, else in the nearest folder's or archive's."""
    names = reversed(re.split(r"!/|/", path)[-3:])
    return next((found[1] or found[2] for name in names if (found := YEAR.search(name))), None)


def _header(version: str) -> CodeSystemMetadata:
    """The header of a release; a year is in effect from its first to its last day."""
    year = version if re.fullmatch(r"20\d\d", version) else None
    return replace(
        systems.header(systems.CDT),
        version=version,
        version_algorithm=BY_DATE,
        content="complete",
        language="en",
        effective_start=f"{year}-01-01" if year else None,
        effective_end=f"{year}-12-31" if year else None,
        properties=DEFINITIONS,
    )
