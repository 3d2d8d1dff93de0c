"""Loads any table (.csv, .tsv, .xlsx) as a code system, by a mapping file: `tools.csv` and `tools.mapping.toml`.

Tables without a mapping are ignored, since nothing says what their columns mean. `--system` and `--version` take
precedence over the mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import chain, islice

from loaders import spreadsheet, tables
from loaders.digests import digest_of
from loaders.spreadsheet import Row
from loaders.systems import header, url_name
from loaders.table_mapping import CONTENTS, Column, TableMapping, parse
from loaders.tables import Headings, folded
from terminology.model.codesystem import CodeSystemMetadata, Content, PropertyDefinition
from terminology.model.coding import Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import ConceptBatch, LoadOptions, Note, PartBegin, Record, Source
from terminology.model.status import CONCEPT_PROPERTIES

NAME = "table"
BATCH = 2000
ENDINGS = (".mapping.json", ".mapping.toml")
_TRUE = frozenset({"true", "yes", "y", "1", "x"})
_FALSE = frozenset({"false", "no", "n", "0"})


class TableLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """Every table with a mapping file of its name beside it; one table and one mapping belong together anyway."""
        files = tree.files()
        mappings = [file.path for file in files if file.name.lower().endswith(ENDINGS)]
        found = [file for file in files if tables.is_table(file)]
        if len(mappings) == len(found) == 1:
            return [_claim(found[0], mappings)]
        beside = {
            file.path: [path for path in mappings if path[: -len(ENDINGS[0])] == _stem(file.path)] for file in found
        }
        return [_claim(file, beside[file.path]) for file in found if beside[file.path]]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The rows as concepts. Raises TerminologyError invalid that names file and line."""
        table = tree.file(claim.paths[0])
        beside = [tree.file(path) for path in claim.paths[1:]]
        if len(beside) > 1:
            raise TerminologyError.of(
                "invalid", "TABLE_MAPPING", path=beside[0].path, reason=f"{beside[1].path} is another mapping"
            )
        mapping = beside[0]
        yield from records(table, parse(mapping.path, mapping.read()), digest_of([table, mapping]), options)


def _claim(table: SourceFile, mappings: Sequence[str]) -> Claim:
    return Claim(NAME, (table.path, *mappings), f"table {table.name}")


def records(table: SourceFile, mapping: TableMapping, digest: str, options: LoadOptions) -> Iterator[Record]:
    """The part that a table is. The digest covers the mapping, so that a table with a changed one is read again."""
    source = Source(name=table.path, path=table.path, digest=digest, loader=NAME)
    yield PartBegin(source=source, metadata=_metadata(table, mapping, options), kind="release")
    reader = _Reader(table, mapping)
    concepts = reader.concepts()
    while batch := tuple(islice(concepts, BATCH)):
        yield ConceptBatch(batch)
    if not reader.count:
        raise TerminologyError.of("invalid", "RELEASE_ROWS_MISSING", path=table.path)
    reader.check_parents()
    yield Note(
        source,
        Issue("information", "informational", "TABLE_TOTALS", {"path": table.path, "count": f"{reader.count:,}"}),
    )


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, table: SourceFile, mapping: TableMapping) -> None:
        self._table = table
        self._mapping = mapping
        self._lines: dict[str, int] = {}
        self._parents: dict[str, int] = {}
        self._rows = spreadsheet.rows(table, mapping.sheet) if spreadsheet.is_workbook(table) else tables.rows(table)
        self._headings = self._find_headings()

    @property
    def count(self) -> int:
        """Concepts read so far."""
        return len(self._lines)

    def _find_headings(self) -> Headings:
        wanted = {folded(heading): heading for heading in self._mapping.headings}
        first = next(self._rows, None)
        rows = self._rows if first is None else chain([first], self._rows)
        found = tables.find_headings(rows, lambda columns: folded(self._mapping.code.heading) in columns)
        missing = [heading for name, heading in wanted.items() if found is None or name not in found.columns]
        if found is None or missing:
            texts = found.texts if found else first.cells if first else ()
            raise TerminologyError.of(
                "invalid", "TABLE_COLUMN_MISSING", path=self._table.path, columns=", ".join(missing),
                found=", ".join(filter(None, texts)) or "none",
            )  # fmt: skip
        return found

    def concepts(self) -> Iterator[Concept]:
        """A concept a row."""
        for row in self._rows:
            yield self._concept(row)

    def check_parents(self) -> None:
        """Every parent must be a row."""
        for parent, number in self._parents.items():
            if parent not in self._lines:
                raise self._problem(number, "TABLE_PARENT_UNKNOWN", code=parent)

    def _concept(self, row: Row) -> Concept:
        mapping, cells = self._mapping, self._headings.cells(row)
        if beyond := [cell for cell in row.cells[len(self._headings.texts) :] if cell.strip()]:
            raise self._problem(row.number, "TABLE_ROW_LONG", cell=beyond[0].strip()[:80])
        code = _cell(cells, mapping.code)
        if not code:
            raise self._problem(row.number, "TABLE_CODE_MISSING", column=mapping.code.heading)
        if code in self._lines:
            raise self._problem(row.number, "TABLE_CODE_TWICE", code=code, first=str(self._lines[code]))
        self._lines[code] = row.number
        parents = tuple(dict.fromkeys(_values(cells, mapping.parent)))
        for parent in parents:
            self._parents.setdefault(parent, row.number)
        return Concept(
            code,
            _cell(cells, mapping.display) or None,
            _cell(cells, mapping.definition) or None,
            tuple(
                Designation(text, column.language, column.use)
                for column in mapping.designations
                for text in _values(cells, column)
            ),
            (*self._inactive(cells, row.number), *self._properties(cells, row.number)),
            parents,
        )

    def _inactive(self, cells: dict[str, str], number: int) -> Iterator[Property]:
        column = self._mapping.inactive
        text = _cell(cells, column).casefold()
        if column is None or not text:
            return
        if text in column.values if column.values else self._boolean(text, column, number):
            yield Property("inactive", "boolean", True)

    def _properties(self, cells: dict[str, str], number: int) -> Iterator[Property]:
        for column in self._mapping.properties:
            for text in _values(cells, column):
                yield Property(column.code, column.kind, self._typed(text, column, number))

    def _typed(self, text: str, column: Column, number: int) -> str | int | Decimal | bool | Coding:
        match column.kind:
            case "boolean":
                return self._boolean(text.casefold(), column, number)
            case "Coding":
                system, _, code = text.rpartition("|")
                return Coding(system or None, code)
            case "integer":
                return int(self._number(text, column, number, whole=True))
            case "decimal":
                return self._number(text, column, number)
        return text

    def _number(self, text: str, column: Column, number: int, *, whole: bool = False) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or (whole and value % 1):
            raise self._wrong(text, column, number)
        return value

    def _boolean(self, text: str, column: Column, number: int) -> bool:
        if text not in _TRUE | _FALSE:
            raise self._wrong(text, replace(column, kind="boolean"), number)
        return text in _TRUE

    def _wrong(self, text: str, column: Column, number: int) -> TerminologyError:
        return self._problem(number, "TABLE_VALUE", column=column.heading, value=text[:80], kind=column.kind)

    def _problem(self, number: int, message_id: str, **arguments: str) -> TerminologyError:
        place = f"{self._table.path}, line {number}"
        return TerminologyError("invalid", Issue("error", "invalid", message_id, {"place": place, **arguments}))


def _values(cells: dict[str, str], column: Column | None) -> Sequence[str]:
    return column.split(_cell(cells, column)) if column is not None else ()


def _cell(cells: dict[str, str], column: Column | None) -> str:
    return cells.get(folded(column.heading), "") if column is not None else ""


def _stem(path: str) -> str:
    return path.rpartition(".")[0] if "." in path.rpartition("/")[2] else path


def _metadata(table: SourceFile, mapping: TableMapping, options: LoadOptions) -> CodeSystemMetadata:
    said = mapping.header
    url = options.system or said.get("system")
    if url is None:
        raise TerminologyError.of("invalid", "TABLE_SYSTEM_MISSING", path=table.path)
    made = header(url)
    content: Content = next((c for c in CONTENTS if c == said.get("content")), "complete")
    return replace(
        made,
        version=options.version or said.get("version"),
        name=said.get("name") or made.name or url_name(url),
        title=said.get("title") or made.title,
        publisher=said.get("publisher") or made.publisher,
        description=said.get("description") or made.description,
        copyright=said.get("copyright") or made.copyright,
        language=said.get("language"),
        date=said.get("date"),
        case_sensitive=mapping.case_sensitive,
        content=content,
        hierarchy_meaning="is-a" if mapping.parent else None,
        properties=_definitions(mapping),
    )


def _definitions(mapping: TableMapping) -> tuple[PropertyDefinition, ...]:
    said = {
        column.code: PropertyDefinition(column.code, column.kind, column.uri, column.description or column.heading)
        for column in mapping.properties
    }
    if mapping.inactive is not None:
        said.setdefault("inactive", PropertyDefinition("inactive", "boolean", CONCEPT_PROPERTIES + "inactive"))
    return tuple(said.values())


LOADER = TableLoader()
