"""What clients write by id: resources put and deleted, all or nothing, by the same path as a load.

A CodeSystem that is put states its version as a whole: it replaces the releases that made the version, while documents
that join it stay. Permissions and validity are checked before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from loaders.fhir_records import records
from terminology.fhir.json import Json, dumps
from terminology.ingest.current import reads_what_is_current
from terminology.ingest.documents import TOOLS, Desk, DocumentTools, refresh_value_sets
from terminology.ingest.ids import Ids
from terminology.ingest.loading import NO_OPTIONS, instant
from terminology.ingest.parts import JOINING, PartChange, versions_of
from terminology.ingest.publishing import Change, publish
from terminology.ingest.reading import RecordReader
from terminology.ingest.removing import Removal
from terminology.ingest.report import LoadReport
from terminology.model.deadline import check
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import Source
from terminology.store.entries import ResourceEntry, ResourceType
from terminology.store.protocol import Store

LOADER = "client"
ATTEMPTS = 8
"""Attempts when writers to different versions of one system conflict: the later one derives its version again."""


@dataclass(frozen=True, slots=True)
class Put:
    """A resource (JSON of any release, with its id) that replaces the version with id `seen` (0: it is new)."""

    type: ResourceType
    id: str
    seen: int
    resource: Json


@dataclass(frozen=True, slots=True)
class Delete:
    """The deletion of the resource with version id `seen`; its history stays."""

    type: ResourceType
    id: str
    seen: int


Write = Put | Delete


@reads_what_is_current
def write(store: Store, writes: Sequence[Write], *, tools: DocumentTools = TOOLS, now: str | None = None) -> None:
    """Carry out all writes or none. A resource that does not change gets no new version.

    Raises TerminologyError: invalid for a resource that cannot be stored, conflict when its canonical belongs to
    another id or another writer changed it since it was `seen`, too-costly when the time that `deadline.within` gave is
    up.
    """
    store.collect_garbage()
    for attempt in range(ATTEMPTS):
        try:
            return _write(store, writes, tools, now or instant())
        except TerminologyError as error:
            if error.issues[0].message_id != "LOAD_OVERTAKEN" or attempt == ATTEMPTS - 1:
                raise
    return None


def _write(store: Store, writes: Sequence[Write], tools: DocumentTools, now: str) -> None:
    report = LoadReport()
    expected = {(each.type, each.id): each.seen for each in writes}
    reader = RecordReader(store, report, ids=Ids(store, expected))
    try:
        for each in writes:
            if isinstance(each, Put):
                _take(reader, each, report)
    except TerminologyError as error:
        if error.kind != "unavailable":
            store.abandon_parts(part.key for part in reader.intake.parts.new)
        raise
    change = Change(parts=reader.intake.parts, resources=reader.intake.resources, expected=expected)
    removal: Removal | None = None
    for each in writes:
        entry = store.resource(each.type, each.id) if each.seen else None
        if entry is not None and isinstance(each, Delete):
            change.dropped_resources.append((entry.type, entry.id))
            if entry.type == "CodeSystem" and entry.url:
                removal = removal or Removal(store, change, Desk(store, change, report, tools, now), report)
                removal.version(entry.url, entry.version)
        elif entry is not None and isinstance(each, Put) and each.type == "CodeSystem":
            _supersede(store, change.parts, each, entry)
    if change.parts.urls:
        refresh_value_sets(store, change, tools)
    publish(store, change, report, _in_time)


def _in_time(stage: str, done: int, total: int | None) -> None:
    """A Progress that only checks whether the time of a write is up."""
    del stage, done, total
    check()


def _take(reader: RecordReader, put: Put, report: LoadReport) -> None:
    name = f"{put.type}/{put.id}"
    digest = hashlib.sha256(dumps(put.resource)).hexdigest()
    source = Source(name=name, path=name, digest=digest, loader=LOADER)
    reader.take(records(put.resource, source, NO_OPTIONS), report.claim(LOADER, name), _in_time)
    if report.skipped:
        reason = report.skipped[0].issue
        raise TerminologyError("invalid", Issue("error", "invalid", reason.message_id, reason.arguments))


def _supersede(store: Store, parts: PartChange, put: Put, before: ResourceEntry) -> None:
    """Drop what made the version so far, and the version of the canonical that the resource had before."""
    url, version = str(put.resource.get("url")), put.resource.get("version")
    for part in store.parts(url):
        if part.version == version and part.kind not in JOINING and part.source != f"{put.type}/{put.id}":
            parts.dropped.append(part)
    if before.url is None or (before.url, before.version) == (url, version):
        return
    committed = store.parts(before.url)
    parts.dropped += [part for part in committed if part.version == before.version and part.kind not in JOINING]
    if before.version in versions_of(parts.after(committed, before.url)):
        canonical = f"{before.url}|{before.version or ''}".rstrip("|")
        raise TerminologyError.of("conflict", "WRITE_LEAVES_DOCUMENTS", id=put.id, canonical=canonical)
