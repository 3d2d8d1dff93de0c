"""Builds a version from its parts: as a whole, or as a layer over the same release without its documents.

The cost of a layer depends on its documents only, so adding one to a large release takes moments. Everything is built
hidden; nothing is published here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from loaders import COMPLETERS
from terminology.codesystems.registry import INDEXERS
from terminology.fhir import codesystem, json
from terminology.fhir.searchable import words
from terminology.ingest.headers import decode_header, merged_header
from terminology.ingest.ids import Ids
from terminology.ingest.merging import Merge, Unplaced, table_batches
from terminology.ingest.report import Progress
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.name_lists import some_of
from terminology.model.outcome import TerminologyError
from terminology.store.build import BuildReport, build_documents, version_entry
from terminology.store.build_layer import Unlayable, build_layer, same_meaning
from terminology.store.documents import Frozen
from terminology.store.entries import NewResource, PartEntry, VersionEntry
from terminology.store.protocol import Store, VersionWriter
from terminology.store.tables import joined

TOLD_EVERY = 1000
SOURCES_NAMED = 3

LARGE = 5_000
"""Smaller releases are built as a whole, documents included, which is fast enough."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A version that was built and waits to be published; `base`, below it, was built for it and waits as well."""

    writer: VersionWriter
    metadata: CodeSystemMetadata
    header: NewResource
    built: BuildReport
    parts: tuple[PartEntry, ...]
    unplaced: tuple[Unplaced, ...]
    base: Derived | None = None

    @property
    def entry(self) -> VersionEntry:
        """Its row in the store."""
        return version_entry(self.writer.key, self.metadata, self.built.size, self.header.id)

    def abandon(self) -> None:
        """Give it up."""
        self.writer.abandon()
        if self.base is not None:
            self.base.abandon()


class Deriver:
    """Builds versions in one store."""

    def __init__(self, store: Store, ids: Ids, progress: Progress) -> None:
        self._store = store
        self._ids = ids
        self._progress = progress

    def derive(
        self, version: str | None, parts: tuple[PartEntry, ...], *, below: int | None = None, layered: bool = False
    ) -> Derived:
        """Build a version; if `layered`, as a layer where possible.

        `below` is the key of a version of the same release without documents; without it, one is built.
        """
        release = without_documents(parts)
        if layered and release and same_meaning(merged_header(release, version), merged_header(parts, version)):
            try:
                return self._layer(version, parts, below)
            except Unlayable:
                pass
        return self._whole(version, parts)

    def _whole(self, version: str | None, parts: tuple[PartEntry, ...]) -> Derived:
        metadata = merged_header(parts, version)
        writer = self._store.new_version()
        merge = Merge(self._store, metadata, parts, COMPLETERS)
        total = sum(part.count for part in parts)
        stage = f"Building {metadata.title or metadata.name or metadata.url}"
        told = _told(merge, stage, total, self._progress)
        with _given_up_on_failure(writer):
            built = build_documents(writer, metadata, told, called=_called(metadata, parts))
            if (indexer := INDEXERS.get(metadata.url)) is not None:
                indexer(writer, metadata, joined(table_batches(self._store, parts)), built.codes)
        return self._derived(writer, metadata, replace(built, issues=(*merge.issues, *built.issues)), parts, merge)

    def _layer(self, version: str | None, parts: tuple[PartEntry, ...], below: int | None) -> Derived:
        base: Derived | None = None
        if below is None:
            base = self._whole(version, without_documents(parts))
            reader = base.writer.reader(base.entry)
        else:
            reader = self._store.version(below)
        metadata = merged_header(parts, version)
        writer = self._store.new_version(reader.entry.key)
        merge = Merge(self._store, metadata, parts)
        with _given_up_on_failure(writer, *(() if base is None else (base,))):
            build_layer(writer, metadata, reader, merge.over(reader))
        built = BuildReport(reader.entry.size, base.built.issues if base else ())
        return replace(self._derived(writer, metadata, built, parts, merge), base=base)

    def _derived(
        self,
        writer: VersionWriter,
        metadata: CodeSystemMetadata,
        built: BuildReport,
        parts: tuple[PartEntry, ...],
        merge: Merge,
    ) -> Derived:
        first = decode_header(parts[0].header)
        if not first.resource and metadata.content == "complete":
            metadata = replace(metadata, count=built.size)
        header = self._header(metadata, first, parts[0].source)
        return Derived(writer, metadata, header, built, parts, tuple(merge.unplaced))

    def _header(self, metadata: CodeSystemMetadata, first: CodeSystemMetadata, source: str) -> NewResource:
        """The CodeSystem resource without concepts: as published, unless merging changed it."""
        id_ = self._ids.choose("CodeSystem", metadata.id, metadata.url, metadata.version)
        published = metadata.resource if metadata.resource and metadata == first else b""
        body = json.loads_object(published) if published else codesystem.render_metadata(metadata)
        return NewResource(
            type="CodeSystem", id=id_, url=metadata.url, version=metadata.version, name=metadata.name,
            title=metadata.title, status=metadata.status, date=metadata.date, publisher=metadata.publisher,
            source=source, body=json.dumps({**body, "id": id_}), by_id=self._ids.is_fixed("CodeSystem", id_),
            words=words(body),
        )  # fmt: skip


@contextmanager
def _given_up_on_failure(*built: VersionWriter | Derived) -> Iterator[None]:
    """Abandon unfinished versions, so that they are collected soon rather than when this process ends."""
    try:
        yield
    except (TerminologyError, Unlayable) as error:
        if not (isinstance(error, TerminologyError) and error.kind == "unavailable"):
            for one in built:
                one.abandon()
        raise


def without_documents(parts: Sequence[PartEntry]) -> tuple[PartEntry, ...]:
    """The parts of a version except detail."""
    return tuple(part for part in parts if part.kind != "detail")


def is_large(parts: Sequence[PartEntry]) -> bool:
    """Whether rebuilding a release for each document would take noticeable time."""
    return sum(part.count for part in without_documents(parts)) >= LARGE


def _called(metadata: CodeSystemMetadata, parts: Sequence[PartEntry]) -> str:
    """Names a version with its source files, for whoever has to correct one of them."""
    sources = some_of([part.source for part in parts], SOURCES_NAMED)
    return f"{metadata.canonical} (from {sources})"


def _told(merge: Merge, stage: str, total: int, progress: Progress) -> Iterator[Frozen]:
    done = 0
    for item in merge:
        yield item
        done += 1
        if done % TOLD_EVERY == 0:
            progress(stage, done, max(total, done))
    progress(stage, done, done)
