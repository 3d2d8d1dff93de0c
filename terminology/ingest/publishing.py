"""Derives the versions a change concerns and makes everything visible in one transaction.

All reading, merging and building happens before, in hidden versions; what fails there leaves the store as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from loaders import COMPLETERS
from terminology.codesystems.registry import INDEXERS
from terminology.fhir import codesystem, json
from terminology.ingest.headers import decode_header, merged_header
from terminology.ingest.ids import Ids
from terminology.ingest.merging import Merge, Unplaced, table_batches
from terminology.ingest.parts import PartChange, versions_of
from terminology.ingest.report import LoadReport, Progress, PublishedVersion, Remark
from terminology.ingest.resources import ResourceChange
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, TerminologyError
from terminology.store.build import BuildReport, build_documents, version_entry
from terminology.store.documents import Frozen
from terminology.store.protocol import (
    DocumentEntry,
    NewResource,
    PartEntry,
    Publication,
    ResourceType,
    Store,
    VersionEntry,
    VersionWriter,
)
from terminology.store.tables import joined

TOLD_EVERY = 1000
SOURCES_NAMED = 3


ResourceKey = tuple[ResourceType, str]


@dataclass(slots=True)
class Change:
    """Everything one load, assignment or removal does to a store."""

    parts: PartChange = field(default_factory=PartChange)
    resources: list[ResourceChange] = field(default_factory=list)
    dropped_resources: list[ResourceKey] = field(default_factory=list)
    documents: dict[str, tuple[DocumentEntry, bytes]] = field(default_factory=dict)
    expected: dict[ResourceKey, int] = field(default_factory=dict)
    """Version ids that resources written by their ids must still have (0: not there) when this is made visible."""

    def __bool__(self) -> bool:
        return bool(self.parts.urls or self.resources or self.dropped_resources or self.documents)


@dataclass(frozen=True, slots=True)
class _Derived:
    """A version that was built and waits to be published."""

    writer: VersionWriter
    metadata: CodeSystemMetadata
    header: NewResource
    built: BuildReport
    parts: tuple[PartEntry, ...]
    unplaced: tuple[Unplaced, ...]


@dataclass(slots=True)
class _System:
    """The versions of one code system before and after the change."""

    url: str
    committed: list[PartEntry]
    derived: list[_Derived] = field(default_factory=list)
    kept: list[tuple[VersionEntry, tuple[PartEntry, ...]]] = field(default_factory=list)
    dropped: list[VersionEntry] = field(default_factory=list)


def publish(store: Store, change: Change, report: LoadReport, progress: Progress) -> None:
    """Carry out a change, all of it or nothing.

    Raises what building raises, and conflict: LOAD_OVERTAKEN, WRITE_OVERTAKEN.
    """
    if not change:
        return
    ids = Ids(store, change.expected)
    systems = [_derive(store, url, change.parts, ids, progress) for url in change.parts.urls]
    for system in systems:
        _judge_documents(store, system, change, report)
    with store.publication() as publication:
        _check_expected(store, change)
        for system in systems:
            if store.parts(system.url) != system.committed:
                raise TerminologyError.of("conflict", "LOAD_OVERTAKEN", system=system.url)
        for type_, id_ in change.dropped_resources:
            publication.drop_resource(type_, id_)
        _write_systems(publication, systems, change.parts)
        for resource in change.resources:
            resource.write(publication)
        for document, raw in change.documents.values():
            publication.put_document(document, raw)
    _report(systems, report)
    _report_waiting(systems, change.parts, report)


def _check_expected(store: Store, change: Change) -> None:
    for (type_, id_), version_id in change.expected.items():
        entry = store.resource(type_, id_)
        if (entry.version_id if entry else 0) != version_id:
            raise TerminologyError.of("conflict", "WRITE_OVERTAKEN", type=type_, id=id_)


def _write_systems(publication: Publication, systems: Iterable[_System], parts: PartChange) -> None:
    for system in systems:
        for part in parts.forgotten(system.committed, system.url):
            publication.drop_part(part.key)
    for part in parts.new:
        publication.put_part(part, part.key)
    moved = {derived.header.id for system in systems for derived in system.derived if derived.header.by_id}
    for system in systems:
        for entry in system.dropped:
            publication.drop_version(entry.url, entry.version, header=entry.resource_id not in moved)
        for derived in system.derived:
            entry = version_entry(derived.writer.key, derived.metadata, derived.built.size, derived.header.id)
            publication.publish_version(derived.writer, entry, derived.header)


def _derive(store: Store, url: str, parts: PartChange, ids: Ids, progress: Progress) -> _System:
    """Build the versions whose parts changed; note those that stay, and those that go."""
    system = _System(url, store.parts(url))
    before = versions_of(system.committed)
    after = versions_of(parts.after(system.committed, url))
    published = {entry.version: entry for entry in store.versions(url)}
    for version, made_of in after.items():
        if version in published and before.get(version) == made_of and (url, version) not in parts.again:
            system.kept.append((published[version], made_of))
        else:
            system.derived.append(_build(store, version, made_of, ids, progress))
    system.dropped = [entry for version, entry in published.items() if version not in after]
    return system


def derive_hidden(store: Store, url: str, version: str | None, ids: Ids, progress: Progress) -> VersionWriter:
    """Build a version from its committed parts once more, to be looked at and abandoned."""
    made_of = versions_of(store.parts(url))[version]
    return _build(store, version, made_of, ids, progress).writer


def _build(store: Store, version: str | None, parts: tuple[PartEntry, ...], ids: Ids, progress: Progress) -> _Derived:
    metadata = merged_header(parts, version)
    writer = store.new_version()
    merge = Merge(store, metadata, parts, COMPLETERS)
    total = sum(part.count for part in parts)
    stage = f"Building {metadata.title or metadata.name or metadata.url}"
    told = _told(merge, stage, total, progress)
    built = build_documents(writer, metadata, told, called=_called(metadata, parts))
    if (indexer := INDEXERS.get(metadata.url)) is not None:
        indexer(writer, metadata, joined(table_batches(store, parts)), built.codes)
    first = decode_header(parts[0].header)
    if not first.resource and metadata.content == "complete":
        metadata = replace(metadata, count=built.size)
    header = _header(metadata, first, ids, parts[0].source)
    built = replace(built, issues=(*merge.issues, *built.issues))
    return _Derived(writer, metadata, header, built, parts, tuple(merge.unplaced))


def _called(metadata: CodeSystemMetadata, parts: Sequence[PartEntry]) -> str:
    """A version by the files that it is made of, for whoever has to mend one of them."""
    more = f" and {len(parts) - SOURCES_NAMED} more" if len(parts) > SOURCES_NAMED else ""
    sources = ", ".join(part.source for part in parts[:SOURCES_NAMED])
    return f"{metadata.canonical} (from {sources}{more})"


def _told(merge: Merge, stage: str, total: int, progress: Progress) -> Iterator[Frozen]:
    done = 0
    for item in merge:
        yield item
        done += 1
        if done % TOLD_EVERY == 0:
            progress(stage, done, max(total, done))
    progress(stage, done, done)


def _header(metadata: CodeSystemMetadata, first: CodeSystemMetadata, ids: Ids, source: str) -> NewResource:
    """The CodeSystem resource without concepts: as published, unless merging changed it."""
    id_ = ids.choose("CodeSystem", metadata.id, metadata.url, metadata.version)
    published = metadata.resource if metadata.resource and metadata == first else b""
    body = json.loads_object(published) if published else codesystem.render_metadata(metadata)
    return NewResource(
        type="CodeSystem", id=id_, url=metadata.url, version=metadata.version, name=metadata.name, title=metadata.title,
        status=metadata.status, date=metadata.date, publisher=metadata.publisher, source=source,
        body=json.dumps({**body, "id": id_}), by_id=ids.is_fixed("CodeSystem", id_),
    )  # fmt: skip


def _judge_documents(store: Store, system: _System, change: Change, report: LoadReport) -> None:
    """Documents of which no version has the code wait; those that waited for that are loaded now."""
    homeless: dict[str, bool] = {}
    for derived in system.derived:
        without = {unplaced.part.source for unplaced in derived.unplaced}
        for part in derived.parts:
            if part.kind == "detail":
                homeless[part.source] = homeless.get(part.source, True) and part.source in without
    if not homeless:
        return
    waiting = {entry.id: entry for entry in store.documents() if entry.system == system.url and entry.code}
    waiting.update({entry.id: entry for entry, _ in change.documents.values() if entry.system == system.url})
    for entry in waiting.values():
        source = document_source(entry)
        if entry.state == "removed" or source not in homeless:
            continue
        lost = homeless[source] and not _is_in_kept(store, system, source, entry.code or "")
        if lost != (entry.state == "pending"):
            moved = _moved(entry, system, lost=lost)
            change.documents[entry.id] = (moved, _raw(store, change, entry))
            report.pending += [moved] if lost else []


def document_source(entry: DocumentEntry) -> str:
    """The source name of the part that a document makes."""
    return f"{entry.path}#{entry.index}"


def _is_in_kept(store: Store, system: _System, source: str, code: str) -> bool:
    for entry, parts in system.kept:
        key = code if entry.case_sensitive else code.casefold()
        if any(part.source == source for part in parts) and store.version(entry.key).row(key) is not None:
            return True
    return False


def _moved(entry: DocumentEntry, system: _System, *, lost: bool) -> DocumentEntry:
    if not lost:
        return replace(entry, state="loaded", reason=None)
    versions = ", ".join(str(derived.metadata.canonical) for derived in system.derived)
    arguments = {"code": entry.code or "", "systems": versions}
    reason = Issue("warning", "not-found", "DOCUMENT_CODE_NOT_IN_RELEASE", arguments)
    return replace(entry, state="pending", reason=reason.text)


def _raw(store: Store, change: Change, entry: DocumentEntry) -> bytes:
    if entry.id in change.documents:
        return change.documents[entry.id][1]
    found = store.document(entry.id)
    return found[1] if found else b""


def _report(systems: Iterable[_System], report: LoadReport) -> None:
    for system in systems:
        for derived in system.derived:
            m = derived.metadata
            report.versions.append(PublishedVersion(m.url, m.version, m.content, derived.built.size))
            report.notes += [Remark(derived.parts[0].source, "", issue) for issue in derived.built.issues]
        report.removed += [str(Canonical(entry.url, entry.version)) for entry in system.dropped]


def _report_waiting(systems: Iterable[_System], parts: PartChange, report: LoadReport) -> None:
    """Annotations of a version that is not there are kept, and joined when it comes."""
    for system in systems:
        used = {part.key for derived in system.derived for part in derived.parts}
        for part in parts.new:
            if part.kind == "annotation" and part.url == system.url and part.key not in used:
                arguments = {"source": part.source, "system": str(Canonical(part.url, part.version))}
                issue = Issue("information", "informational", "ANNOTATION_WAITS", arguments)
                report.notes.append(Remark(part.source, "", issue))
