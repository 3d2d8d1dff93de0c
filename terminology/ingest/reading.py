"""Runs loaders over a tree and collects their records; parts are spilled to the store as they come.

Does not place documents or publish. Spilled parts stay invisible until they are published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from terminology.ingest.headers import encode_header
from terminology.ingest.ids import Ids
from terminology.ingest.parts import FACTS, PartChange, Place, places
from terminology.ingest.report import ClaimReport, LoadReport, Progress, Remark
from terminology.ingest.resources import (
    ResourceChange,
    changes_something,
    concept_map_change,
    naming_system_change,
    structure_change,
    value_set_change,
)
from terminology.model.concept import Concept
from terminology.model.loading import Claim, Loader, SourceTree
from terminology.model.outcome import TerminologyError
from terminology.model.records import (
    ConceptBatch,
    ConceptMapRecord,
    DocumentRecord,
    LoadOptions,
    NamingSystemRecord,
    Note,
    PartBegin,
    PlainBatch,
    Record,
    SkippedRecord,
    StructureRecord,
    TableBatch,
    ValueSetRecord,
)
from terminology.store.documents import encode_batch, encode_plain
from terminology.store.entries import PartEntry
from terminology.store.protocol import Store
from terminology.store.tables import encode_table

BLOCK = 1000
"""The least number of concepts in a block, except the last."""

MEGABYTE = 1_000_000
WORTH_WATCHING = 5 * MEGABYTE

Batch = ConceptBatch | PlainBatch | TableBatch

FORCE = "force"
"""The parameter that loads sources again although their bytes have not changed."""


@dataclass(slots=True)
class Intake:
    """The records collected from loaders: spilled parts, changed resources, documents."""

    parts: PartChange = field(default_factory=PartChange)
    resources: list[ResourceChange] = field(default_factory=list)
    documents: list[tuple[DocumentRecord, ClaimReport]] = field(default_factory=list)


def read_tree(
    store: Store, tree: SourceTree, loaders: Sequence[Loader], options: LoadOptions, report: LoadReport,
    progress: Progress,
) -> Intake:  # fmt: skip
    """Read everything that a loader recognises; a file belongs to the first loader that claims it."""
    reader = RecordReader(store, report, force=options.parameters.get(FORCE) == "yes")
    claimed: set[str] = set()
    for loader in loaders:
        for claim in loader.recognise(tree):
            paths = tuple(path for path in claim.paths if path not in claimed)
            if not paths:
                continue
            claimed.update(paths)
            own = Claim(claim.loader, paths, claim.description)
            told = report.claim(loader.name, claim.description, paths)
            with _watched(tree, own, progress):
                reader.take(loader.read(tree, own, options), told, progress)
    report.unclaimed += [file.path for file in tree.files() if file.path not in claimed]
    return reader.intake


@contextmanager
def _watched(tree: SourceTree, claim: Claim, progress: Progress) -> Iterator[None]:
    """Report how many megabytes of a claim's files were read, unless they are small."""
    files = [tree.file(path) for path in claim.paths]
    total = sum(file.size for file in files)
    if total < WORTH_WATCHING:
        yield
        return
    read = dict.fromkeys(claim.paths, 0)
    stage = f"Reading {claim.description}, MB"

    def told(path: str, done: int) -> None:
        read[path] = max(read[path], done)
        progress(stage, min(sum(read.values()), total) // MEGABYTE, total // MEGABYTE)

    for file in files:
        file.watch(told)
    try:
        yield
        progress(stage, total // MEGABYTE, total // MEGABYTE)
    finally:
        for file in files:
            file.watch(None)


class RecordReader:
    """Collects the records of claims, one after another."""

    def __init__(self, store: Store, report: LoadReport, *, force: bool = False, ids: Ids | None = None) -> None:
        self.intake = Intake()
        self._store = store
        self._report = report
        self._force = force
        self._ids = ids or Ids(store)
        self._committed: dict[str, dict[Place, PartEntry]] = {}
        self._sources: set[Place] = set()

    def take(self, records: Iterable[Record], claim: ClaimReport, progress: Progress) -> None:
        """Collect all records of a claim."""
        flow = _Flow(iter(records), claim, progress, self._other)
        for begin in flow.parts():
            self._part(begin, flow, claim)

    def _part(self, begin: PartBegin, flow: _Flow, claim: ClaimReport) -> None:
        entry = PartEntry(
            key=0, url=begin.metadata.url, version=begin.metadata.version, kind=begin.kind, source=begin.source.name,
            digest=begin.source.digest, loader=begin.source.loader, count=0, header=encode_header(begin.metadata),
        )  # fmt: skip
        source, *whole = places(entry)
        if source in self._sources:
            raise TerminologyError.of(
                "conflict", "PART_TWICE", source=entry.source, system=str(begin.metadata.canonical)
            )
        self._sources.add(source)
        self._report.sources.add(entry.source)
        if whole:
            new = self.intake.parts.new
            new[:] = [part for part in new if whole[0] not in places(part)]
        if self._is_unchanged(entry):
            count = sum(len(batch.concepts) for batch in flow.batches() if not isinstance(batch, TableBatch))
            claim.unchanged.update(_counts(begin, count))
            return
        counter = _Counter()
        key = self._store.spill_part(blocks(counter.counted(flow.batches())))
        self.intake.parts.new.append(replace(entry, key=key, count=counter.count))
        claim.stored.update(_counts(begin, counter.count))

    def _is_unchanged(self, entry: PartEntry) -> bool:
        """Whether this part is stored already, from the same bytes.

        After a changed part, further parts of the version are read again: their order is that of loading.
        """
        if self._force or any((p.url, p.version) == (entry.url, entry.version) for p in self.intake.parts.new):
            return False
        if entry.url not in self._committed:
            known = self._store.parts(entry.url)
            self._committed[entry.url] = {place: part for part in known for place in places(part)}
        before = self._committed[entry.url].get(places(entry)[-1])
        return before is not None and (before.digest, before.loader, before.kind, before.header) == (
            entry.digest, entry.loader, entry.kind, entry.header,
        )  # fmt: skip

    def _other(self, record: Record, claim: ClaimReport) -> None:
        """A record that does not belong to a part."""
        match record:
            case ValueSetRecord():
                self._resource(value_set_change(record, self._ids), claim)
            case ConceptMapRecord():
                self._resource(concept_map_change(record, self._ids), claim)
            case NamingSystemRecord():
                self._resource(naming_system_change(record, self._ids), claim)
            case StructureRecord():
                self._resource(structure_change(record, self._ids), claim)
            case DocumentRecord():
                claim.read["documents"] += 1
                self._report.sources.add(record.source.path)
                self.intake.documents.append((record, claim))
            case SkippedRecord():
                claim.read["skipped"] += 1
                self._report.skipped.append(Remark(record.source.path, record.place, record.reason))
            case Note():
                self._report.notes.append(Remark(record.source.path, "", record.issue))

    def _resource(self, change: ResourceChange, claim: ClaimReport) -> None:
        type_ = change.resource.type
        claim.read[type_] += 1
        self._report.sources.add(change.resource.source or "")
        if changes_something(self._store, change):
            claim.stored[type_] += 1
            self.intake.resources.append(change)
        else:
            claim.unchanged[type_] += 1


class _Flow:
    """Splits a stream of records into parts and their batches; other records go to `other` as they come."""

    def __init__(
        self, records: Iterator[Record], claim: ClaimReport, progress: Progress,
        other: Callable[[Record, ClaimReport], None],
    ) -> None:  # fmt: skip
        self._records = records
        self._claim = claim
        self._progress = progress
        self._other = other
        self._next: PartBegin | None = None
        self._unit = "concepts"

    def parts(self) -> Iterator[PartBegin]:
        """Each part; its batches must be read before the next part."""
        for batch in self.batches():
            raise ValueError(f"loader {self._claim.loader} gave a {type(batch).__name__} before any PartBegin")
        while self._next is not None:
            begin, self._next = self._next, None
            self._unit = "facts" if begin.kind in FACTS else "concepts"
            self._claim.read.update(_counts(begin, 0))
            yield begin

    def batches(self) -> Iterator[Batch]:
        """The batches up to the next part."""
        for record in self._records:
            match record:
                case PartBegin():
                    self._next = record
                    return
                case ConceptBatch() | PlainBatch():
                    self._claim.read[self._unit] += len(record.concepts)
                    self._progress(f"Reading {self._claim.description}", self._claim.read[self._unit], None)
                    yield record
                case TableBatch():
                    yield record
                case _:
                    self._other(record, self._claim)


def _counts(begin: PartBegin, count: int) -> dict[str, int]:
    """What a part counts as; facts do not count as concepts or code systems."""
    return {"facts": count} if begin.kind in FACTS else {"CodeSystem": 1, "concepts": count}


@dataclass(slots=True)
class _Counter:
    count: int = 0

    def counted(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for batch in batches:
            if not isinstance(batch, TableBatch):
                self.count += len(batch.concepts)
            yield batch


def blocks(batches: Iterable[Batch]) -> Iterator[bytes]:
    """Batches as blocks of a part; small ones are joined, to compress better."""
    waiting: list[Concept] = []
    for batch in batches:
        match batch:
            case TableBatch():
                yield encode_table(batch)
            case PlainBatch():
                yield encode_plain(batch)
            case ConceptBatch():
                waiting += batch.concepts
                if len(waiting) >= BLOCK:
                    yield encode_batch(waiting)
                    waiting = []
    if waiting:
        yield encode_batch(waiting)
