"""Derives the versions that a change affects and publishes everything in one transaction.

All reading, merging and building happens before that, in hidden versions; a failure leaves the store as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from terminology.ingest.deriving import Derived, Deriver, is_large, without_documents
from terminology.ingest.ids import Ids
from terminology.ingest.parts import PartChange, versions_of
from terminology.ingest.report import LoadReport, Progress, PublishedVersion, Remark
from terminology.ingest.resources import ResourceChange
from terminology.model.coding import Canonical
from terminology.model.outcome import Issue, TerminologyError
from terminology.store.entries import DocumentEntry, PartEntry, ResourceType, VersionEntry
from terminology.store.protocol import Publication, Store

ResourceKey = tuple[ResourceType, str]


@dataclass(slots=True)
class Change:
    """Everything one load, assignment or removal does to a store."""

    parts: PartChange = field(default_factory=PartChange)
    resources: list[ResourceChange] = field(default_factory=list)
    dropped_resources: list[ResourceKey] = field(default_factory=list)
    documents: dict[str, tuple[DocumentEntry, bytes]] = field(default_factory=dict)
    expected: dict[ResourceKey, int] = field(default_factory=dict)
    """Expected version ids of resources written by id (0: new), checked in the transaction."""

    def __bool__(self) -> bool:
        return bool(self.parts.urls or self.resources or self.dropped_resources or self.documents)


@dataclass(slots=True)
class _System:
    """The versions of one code system before and after the change."""

    url: str
    committed: list[PartEntry]
    derived: list[Derived] = field(default_factory=list)
    kept: list[tuple[VersionEntry, tuple[PartEntry, ...]]] = field(default_factory=list)
    dropped: list[VersionEntry] = field(default_factory=list)


def publish(store: Store, change: Change, report: LoadReport, progress: Progress) -> None:
    """Carry out a change: all of it or nothing.

    Raises what building raises, and conflict: LOAD_OVERTAKEN, WRITE_OVERTAKEN.
    """
    if not change:
        _check_expected(store, change)  # although nothing changes, another writer may have
        return
    ids = Ids(store, change.expected)
    systems: list[_System] = []
    try:
        for url in change.parts.urls:
            systems.append(_System(url, store.parts(url)))
            _derive(store, systems[-1], change.parts, ids, progress)
        for system in systems:
            _judge_documents(store, system, change, report)
        _make_visible(store, change, systems)
    except TerminologyError as error:
        if error.kind != "unavailable":
            _give_up(store, change, systems)
        raise
    _report(systems, report)
    _report_waiting(systems, change.parts, report)


def _make_visible(store: Store, change: Change, systems: Sequence[_System]) -> None:
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


def _give_up(store: Store, change: Change, systems: Iterable[_System]) -> None:
    """Abandon what was built, so that it is collected soon rather than when this process ends."""
    for system in systems:
        for derived in system.derived:
            derived.abandon()
    store.abandon_parts(part.key for part in change.parts.new)


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
            if derived.base is not None:
                publication.put_base(derived.base.writer, derived.base.entry)
            publication.publish_version(derived.writer, derived.entry, derived.header)


def _derive(store: Store, system: _System, parts: PartChange, ids: Ids, progress: Progress) -> None:
    """Build the versions whose parts changed; record those that stay, and those that are dropped."""
    url = system.url
    before = versions_of(system.committed)
    after = versions_of(parts.after(system.committed, url))
    published = {entry.version: entry for entry in store.versions(url)}
    deriver = Deriver(store, ids, progress)
    for version, made_of in after.items():
        again = (url, version) in parts.again
        if version in published and before.get(version) == made_of and not again:
            system.kept.append((published[version], made_of))
        else:
            below = None if again else _below(published.get(version), before.get(version, ()), made_of)
            layered = below is not None or (is_large(made_of) and made_of != without_documents(made_of))
            system.derived.append(deriver.derive(version, made_of, below=below, layered=layered))
    system.dropped = [entry for version, entry in published.items() if version not in after]


def _below(published: VersionEntry | None, before: Sequence[PartEntry], after: Sequence[PartEntry]) -> int | None:
    """The version without documents, when only documents change in a large release."""
    release = without_documents(before)
    if published is None or not release or not is_large(after) or release != without_documents(after):
        return None
    if published.base is not None:
        return published.base
    return published.key if len(release) == len(before) else None


def derive_hidden(store: Store, entry: VersionEntry, ids: Ids, progress: Progress) -> Derived:
    """Build a published version again from its parts, to be compared and abandoned."""
    made_of = versions_of(store.parts(entry.url))[entry.version]
    return Deriver(store, ids, progress).derive(entry.version, made_of, layered=entry.base is not None)


def _judge_documents(store: Store, system: _System, change: Change, report: LoadReport) -> None:
    """Let documents wait whose code no version has, and load waiting ones whose code there is now."""
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
    """Report annotations of missing versions, which are kept until such a version is loaded."""
    for system in systems:
        used = {part.key for derived in system.derived for part in derived.parts}
        for part in parts.new:
            if part.kind == "annotation" and part.url == system.url and part.key not in used:
                arguments = {"source": part.source, "system": str(Canonical(part.url, part.version))}
                issue = Issue("information", "informational", "ANNOTATION_WAITS", arguments)
                report.notes.append(Remark(part.source, "", issue))
