"""Makes records of each file of a release: a part of its version, counts for the report, the conversion's concept map.

The name of a part's source is `icd-10-pcs/{version}/{role}`, whatever the file is called and wherever it lies: a later
edition of the same file takes the place of the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from loaders.fhir_records import batches
from loaders.icd10pcs import addenda, conversion, definitions, index, lists, tables
from loaders.icd10pcs.knowledge import figures_fact
from loaders.icd10pcs.release import header
from loaders.icd10pcs.roles import Role
from loaders.icd10pcs.uses import (
    ADDENDUM_DEFINITIONS,
    CONVERSION_DEFINITIONS,
    DEFINITION_DEFINITIONS,
    HEADER_DEFINITIONS,
)
from loaders.releases import Release
from terminology.model.codesystem import PropertyDefinition
from terminology.model.concept import Concept
from terminology.model.loading import SourceFile
from terminology.model.outcome import Issue
from terminology.model.records import ConceptMapRecord, Note, PartBegin, PartKind, Record, Source

NAME: Final = "icd-10-pcs"
"""The name of the loader, and the beginning of the names of its sources."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file with what is known of it."""

    role: Role
    file: SourceFile
    release: Release

    def source(self, role: str | None = None) -> Source:
        """The source of the part it makes."""
        name = f"{NAME}/{self.release.version}/{role or self.role}"
        return Source(name=name, path=self.file.path, digest=self.file.digest(), loader=NAME)

    def facts(
        self,
        concepts: Iterable[Concept],
        properties: tuple[PropertyDefinition, ...] = (),
        *,
        kind: PartKind = "annotation",
        role: str | None = None,
    ) -> Iterator[Record]:
        """A part of facts; an outline describes the whole version, an annotation some of it."""
        metadata = header(self.release, "complete" if kind == "outline" else "fragment", properties)
        yield PartBegin(source=self.source(role), metadata=metadata, kind=kind)
        yield from batches(concepts)

    def note(self, message_id: str, **counts: int) -> Note:
        """A note of the report, with counts."""
        arguments = {"path": self.file.path, **{name: f"{count:,}" for name, count in counts.items()}}
        return Note(self.source(), Issue("information", "informational", message_id, arguments))


@dataclass(slots=True)
class _Counter:
    headers: int = 0
    codes: int = 0

    def counted(self, concepts: Iterable[Concept]) -> Iterator[Concept]:
        for concept in concepts:
            if len(concept.code) == lists.CODE_LENGTH:
                self.codes += 1
            else:
                self.headers += 1
            yield concept


def _order(given: Input) -> Iterator[Record]:
    counter = _Counter()
    yield PartBegin(source=given.source(), metadata=header(given.release, properties=HEADER_DEFINITIONS))
    yield from batches(counter.counted(lists.order_file(given.file)))
    yield given.note("PCS_ORDER_READ", codes=counter.codes, headers=counter.headers)
    yield from given.facts([figures_fact(counter.codes, counter.headers)], role="order-figures")


def _codes(given: Input) -> Iterator[Record]:
    counter = _Counter()
    yield PartBegin(source=given.source(), metadata=header(given.release))
    yield from batches(counter.counted(lists.codes_file(given.file)))
    yield given.note("PCS_CODES_READ", codes=counter.codes)
    yield from given.facts([figures_fact(counter.codes, None)], role="codes-figures")


def _tables(given: Input) -> Iterator[Record]:
    read = tables.parse(given.file)
    rows = sum(len(table.rows) for table in read)
    yield given.note("PCS_TABLES_READ", tables=len(read), rows=rows)
    properties = HEADER_DEFINITIONS + tables.property_definitions(read)
    yield from given.facts(tables.to_facts(read), properties, kind="outline")


def _definitions(given: Input) -> Iterator[Record]:
    read = definitions.parse(given.file)
    includes = sum(len(term.includes) for term in read.terms)
    yield given.note("PCS_DEFINITIONS_READ", terms=len(read.terms), includes=includes, aggregates=len(read.aggregates))
    yield from given.facts(definitions.to_facts(read), DEFINITION_DEFINITIONS)


def _index(given: Input) -> Iterator[Record]:
    read = index.parse(given.file)
    yield given.note("PCS_INDEX_READ", entries=len(read))
    yield from given.facts(index.to_facts(read))


def _addendum(given: Input) -> Iterator[Record]:
    read = addenda.parse(given.file, with_short=given.role == "order-addendum")
    stated = read.codes is not None or read.headers is not None
    yield given.note("PCS_ADDENDUM_READ" if stated else "PCS_ADDENDUM_OPEN", changes=len(read.changes))
    yield from given.facts(addenda.to_facts(read), ADDENDUM_DEFINITIONS)


def _conversion(given: Input) -> Iterator[Record]:
    read = conversion.parse(given.file)
    map_ = conversion.to_map(read, given.release.version)
    mappings = sum(len(group.mappings) for group in map_.groups)
    yield given.note("PCS_CONVERSION_READ", pairs=len(read.pairs), mappings=mappings, without=read.without_predecessor)
    yield ConceptMapRecord(given.source(), map_)
    yield from given.facts(conversion.to_facts(read), CONVERSION_DEFINITIONS)


READERS: Mapping[Role, Callable[[Input], Iterator[Record]]] = MappingProxyType(
    {
        "order": _order,
        "codes": _codes,
        "tables": _tables,
        "definitions": _definitions,
        "index": _index,
        "order-addendum": _addendum,
        "codes-addendum": _addendum,
        "conversion": _conversion,
    }
)
"""In the order in which the files of a release are read: the order file first, whose titles are the displays."""
