"""`remove`: removes code systems, resources, documents and whole sources."""

from __future__ import annotations

import time

from terminology.ingest.current import reads_what_is_current
from terminology.ingest.documents import TOOLS, Desk, DocumentTools, refresh_value_sets
from terminology.ingest.loading import instant
from terminology.ingest.parts import JOINING
from terminology.ingest.publishing import Change, document_source, publish
from terminology.ingest.report import LoadReport, Progress, silent
from terminology.model.outcome import TerminologyError
from terminology.store.entries import DocumentEntry, PartEntry, ResourceType
from terminology.store.paging import every
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery

TYPES: tuple[ResourceType, ...] = ("ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition")


@reads_what_is_current
def remove(
    store: Store,
    what: str,
    version: str | None = None,
    *,
    tools: DocumentTools = TOOLS,
    progress: Progress = silent,
    now: str | None = None,
) -> LoadReport:
    """Remove what `what` names: a canonical url, the id of a document, or the path of a source (or its folder).

    `version` limits a canonical to one version; documents without a version then stay with the others. Documents are
    kept, marked as removed. Raises TerminologyError not-found when nothing has that name.
    """
    began = time.monotonic()
    report, change = LoadReport(), Change()
    desk = Desk(store, change, report, tools, now or instant())
    removal = Removal(store, change, desk, report)
    removal.canonical(what, version)
    if version is None and not change:
        removal.document(what)
    if version is None and not change:
        removal.source(what)
    if not change:
        raise TerminologyError.of("not-found", "NOTHING_TO_REMOVE", what=f"{what}|{version}" if version else what)
    refresh_value_sets(store, change, tools)
    publish(store, change, report, progress)
    report.seconds = time.monotonic() - began
    return report


class Removal:
    """Records removals in a change."""

    def __init__(self, store: Store, change: Change, desk: Desk, report: LoadReport) -> None:
        self._store = store
        self._change = change
        self._desk = desk
        self._report = report
        self._documents = {document_source(entry): entry for entry in store.documents() if entry.state != "removed"}

    def version(self, url: str, version: str | None) -> None:
        """One version of a code system; parts that join every version stay if there are others."""
        parts = self._store.parts(url)
        others = any(part.version != version and part.kind not in JOINING for part in parts)
        for part in parts:
            if part.version == version and not (version is None and others and part.kind in JOINING):
                self._part(part)

    def canonical(self, url: str, version: str | None) -> None:
        """All versions of a canonical, or one."""
        for part in self._store.parts(url):
            if version is None or part.version == version:
                self._part(part)
        for type_ in TYPES:
            for entry in self._store.resources_by_url(type_, url):
                if version is None or entry.version == version:
                    self._resource(type_, entry.id, url)

    def document(self, id_: str) -> None:
        """A document by its id."""
        found = self._store.document(id_)
        if found is not None and found[0].state != "removed":
            self._document(found[0])

    def source(self, path: str) -> None:
        """Parts, resources and documents of a file, an archive or a folder."""
        inside = tuple(path.rstrip("/") + end for end in ("/", "!/", "#"))

        def is_from(place: str) -> bool:
            return place == path or place.startswith(inside)

        for document in self._documents.values():
            if is_from(document.path):
                self._document(document)
        for part in self._store.parts():
            if part.source not in self._documents and is_from(part.source):
                self._part(part)
        for type_ in TYPES:
            for entry in every(self._store, ResourceQuery(type=type_)):
                if entry.source and is_from(entry.source):
                    self._resource(type_, entry.id, entry.url or entry.id)

    def _part(self, part: PartEntry) -> None:
        if (document := self._documents.get(part.source)) is not None:
            self._document(document)
        else:
            self._change.parts.dropped.append(part)

    def _document(self, document: DocumentEntry) -> None:
        found = self._store.document(document.id)
        if found is not None and document.id not in self._change.documents:
            self._desk.drop(*found)
            self._report.removed.append(document.path)

    def _resource(self, type_: ResourceType, id_: str, name: str) -> None:
        self._change.dropped_resources.append((type_, id_))
        self._report.removed.append(f"{type_} {name}")
