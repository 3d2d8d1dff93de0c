"""Procedure documents: each gets its code or waits, and every one is kept. Also later assignments and new parses.

Works on a `Change` that is published elsewhere. The loader reads documents; `deciding` chooses codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from loaders.documents import parse_raw
from loaders.documents.valuesets import value_sets
from loaders.systems import header
from terminology.ingest.deciding import Assignment, Descriptors, decide
from terminology.ingest.headers import encode_header
from terminology.ingest.ids import Ids
from terminology.ingest.merging import concepts_of, folded
from terminology.ingest.publishing import Change, document_source
from terminology.ingest.report import ClaimReport, LoadReport, Remark
from terminology.ingest.resources import changes_something, value_set_change
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import DocumentRecord, LoadOptions, Source, ValueSetRecord
from terminology.model.valueset import ValueSet
from terminology.store.documents import encode_batch
from terminology.store.entries import DocumentEntry, PartEntry
from terminology.store.protocol import Store


@dataclass(frozen=True, slots=True)
class DocumentTools:
    """What the documents loader offers beside loading.

    `parse_raw` reads kept bytes again, `value_sets` makes the value sets of a system's documents, `header` is the
    CodeSystem of a system that only documents describe.
    """

    parse_raw: Callable[[bytes, str, str], list[DocumentRecord]] = parse_raw
    value_sets: Callable[[str, Iterable[Concept]], list[ValueSet]] = value_sets
    header: Callable[[str], CodeSystemMetadata] = header


TOOLS = DocumentTools()

Place = tuple[str, int]


class Desk:
    """Takes documents one by one and records the result in a change.

    A code belongs to one document: to the one that has it already, else to the first.
    """

    def __init__(self, store: Store, change: Change, report: LoadReport, tools: DocumentTools, now: str) -> None:
        self._store = store
        self._change = change
        self._report = report
        self._tools = tools
        self._now = now
        self._entries: dict[Place, DocumentEntry] = {(e.path, e.index): e for e in store.documents()}
        self._ids = {entry.id for entry in self._entries.values()}
        self._by_content: dict[Place, list[DocumentEntry]] = {}
        self._parts = {part.source: part for part in store.parts() if part.kind == "detail"}
        self._owners: dict[Assignment, DocumentEntry] = {}
        for entry in self._entries.values():
            if entry.state == "loaded":
                self._by_content.setdefault((entry.digest, entry.index), []).append(entry)
            if (assignment := self._assignment(entry)) is not None:
                self._owners[assignment] = entry

    def before(self, record: DocumentRecord) -> DocumentEntry | None:
        """The stored document, if any."""
        return self._entries.get((record.source.path, record.index))

    def twin(self, record: DocumentRecord) -> DocumentEntry | None:
        """A loaded document with the same bytes from another path."""
        same = self._by_content.get((record.source.digest, record.index), ())
        return next((entry for entry in same if entry.path != record.source.path), None)

    def owner(self, assignment: Assignment) -> DocumentEntry | None:
        """The document that a code belongs to."""
        return self._owners.get(assignment)

    def accept(
        self, record: DocumentRecord, assignment: Assignment, claim: ClaimReport, *, again: bool = False
    ) -> None:
        """Load a document under its code, which no other document may own.

        A document with the same bytes and code is left alone; with `again`, only if the parser still gives the same
        result.
        """
        entry = self._entry(record, assignment)
        part = self._part(record, assignment, entry)
        block = encode_batch([replace(record.concept, code=assignment.code)])
        old = self._parts.get(part.source)
        before = self.before(record)
        if old and before and _is_same(old, part) and (not again or self._holds(old, part, block)):
            claim.unchanged["documents"] += 1
            if before.state == "pending":
                self._report.pending.append(before)
            return
        if old is not None and (old.url, old.version) != (part.url, part.version):
            self._change.parts.dropped.append(old)
        self._release(before)
        self._owners[assignment] = entry
        self._by_content.setdefault((entry.digest, entry.index), []).append(entry)
        self._change.parts.new.append(replace(part, key=self._store.spill_part([block]), count=1))
        self._change.documents[entry.id] = (entry, record.raw)
        claim.stored["documents"] += 1

    def _holds(self, old: PartEntry, part: PartEntry, block: bytes) -> bool:
        return old.header == part.header and list(self._store.part_blocks(old.key)) == [block]

    def keep_waiting(self, record: DocumentRecord, reason: str, claim: ClaimReport) -> None:
        """Keep a document without a code; what it contributed before is withdrawn."""
        entry = replace(self._entry(record, None), state="pending", reason=reason)
        before = self.before(record)
        if (old := self._parts.get(document_source(entry))) is not None:
            self._change.parts.dropped.append(old)
            self._release(before)
        claim.read["pending"] += 1
        if before is None or replace(before, loaded_at=entry.loaded_at) != entry:
            self._change.documents[entry.id] = (entry, record.raw)
        self._report.pending.append(entry)

    def drop(self, entry: DocumentEntry, raw: bytes) -> None:
        """Withdraw what a document contributed; its bytes are kept."""
        if (old := self._parts.get(document_source(entry))) is not None:
            self._change.parts.dropped.append(old)
        self._release(entry)
        self._change.documents[entry.id] = (replace(entry, state="removed", reason=None), raw)

    def _assignment(self, entry: DocumentEntry) -> Assignment | None:
        part = self._parts.get(document_source(entry))
        if entry.state == "removed" or part is None or entry.code is None:
            return None
        return Assignment(part.url, part.version, entry.code)

    def _release(self, entry: DocumentEntry | None) -> None:
        assignment = self._assignment(entry) if entry else None
        owner = self._owners.get(assignment) if assignment else None
        if assignment and owner and entry and owner.id == entry.id:
            del self._owners[assignment]

    def _entry(self, record: DocumentRecord, assignment: Assignment | None) -> DocumentEntry:
        before = self.before(record)
        return DocumentEntry(
            id=before.id if before else self._new_id(record),
            path=record.source.path,
            index=record.index,
            digest=record.source.digest,
            loader=record.source.loader,
            state="loaded",
            reason=None,
            system=assignment.system if assignment else record.system,
            version=assignment.version if assignment else record.version,
            code=assignment.code if assignment else None,
            title=record.concept.display,
            media_type=record.media_type,
            loaded_at=self._now,
        )

    def _new_id(self, record: DocumentRecord) -> str:
        mark = hashlib.sha256(f"{record.source.path}#{record.index}".encode()).hexdigest()
        id_ = next(mark[:length] for length in range(8, 65) if mark[:length] not in self._ids)
        self._ids.add(id_)
        return id_

    def _part(self, record: DocumentRecord, assignment: Assignment, entry: DocumentEntry) -> PartEntry:
        metadata = replace(
            self._tools.header(assignment.system), version=assignment.version, properties=record.property_definitions
        )
        return PartEntry(
            key=0, url=assignment.system, version=assignment.version, kind="detail", source=document_source(entry),
            digest=f"{record.source.digest}:{assignment.code}", loader=record.source.loader, count=0,
            header=encode_header(metadata),
        )  # fmt: skip


def _is_same(old: PartEntry, new: PartEntry) -> bool:
    return (old.url, old.version, old.digest, old.loader) == (new.url, new.version, new.digest, new.loader)


def place_documents(
    desk: Desk, store: Store, change: Change, records: Sequence[tuple[DocumentRecord, ClaimReport]],
    options: LoadOptions, report: LoadReport,
) -> None:  # fmt: skip
    """Place the documents of a load. Raises TerminologyError invalid for `--code` without just one document."""
    if options.code and not records and not report.unreadable:
        raise TerminologyError.of("invalid", "DOCUMENT_CODE_FOR_NONE", code=options.code)
    if options.code and len(records) > 1:
        raise TerminologyError.of("invalid", "DOCUMENT_CODE_FOR_SEVERAL", code=options.code, count=str(len(records)))
    wanted = frozenset(folded(r.concept.display) for r, _ in records if r.concept.display and not r.codes)
    known = Descriptors(store, tuple(change.parts.new), wanted)
    twins: dict[str, str] = {}
    decided = [(record, claim, decide(record, desk.before(record), known)) for record, claim in records]
    for record, claim, decision in sorted(decided, key=lambda d: not _is_incumbent(desk, d[0], d[2])):
        if isinstance(decision, Issue):
            desk.keep_waiting(record, decision.text, claim)
            continue
        owner = desk.owner(decision)
        if owner is None or (owner.path, owner.index) == (record.source.path, record.index):
            desk.accept(record, decision, claim)
        elif owner == desk.twin(record):
            claim.unchanged["documents"] += 1
            twins[record.source.path] = owner.path
        else:
            desk.keep_waiting(record, taken(decision, owner, record.source.path).text, claim)
    report.notes.extend(_twins(twins))


def _twins(others: Mapping[str, str]) -> Iterator[Remark]:
    """Says which files are loaded already under other paths: in one note, since copies mostly come as whole folders."""
    if not others:
        return
    path, other = next(iter(others.items()))
    message = "DOCUMENT_TWIN" if len(others) == 1 else "DOCUMENT_TWINS"
    arguments = {"path": path, "other": other, "count": str(len(others))}
    yield Remark(path, "", Issue("information", "duplicate", message, arguments))


def _is_incumbent(desk: Desk, record: DocumentRecord, decision: Assignment | Issue) -> bool:
    """Whether a document keeps its code; such documents are placed first."""
    owner = desk.owner(decision) if isinstance(decision, Assignment) else None
    return owner is not None and (owner.path, owner.index) == (record.source.path, record.index)


def taken(assignment: Assignment, owner: DocumentEntry, path: str) -> Issue:
    """Why a document must wait: another one has its code."""
    paths = f"{owner.path} and {path}"
    arguments = {"paths": paths, "code": assignment.code, "system": assignment.system}
    return Issue("warning", "conflict", "DOCUMENT_SAME_CODE", arguments)


def refresh_value_sets(store: Store, change: Change, tools: DocumentTools) -> None:
    """Update the value sets of systems whose documents change, and drop those no longer needed."""
    sources = {document_source(entry) for entry in store.documents()}
    sources |= {document_source(entry) for entry, _ in change.documents.values()}
    ids = Ids(store)
    changed = (*change.parts.new, *change.parts.dropped)
    for url in dict.fromkeys(part.url for part in changed if part.source in sources):
        committed = store.parts(url)
        before, after = (
            tools.value_sets(url, _concepts(store, [part for part in parts if part.source in sources]))
            for parts in (committed, change.parts.after(committed, url))
        )
        source = Source(name=f"documents of {url}", path="", digest="", loader="documents")
        for value_set in after:
            made = value_set_change(ValueSetRecord(source, value_set), ids)
            if changes_something(store, made):
                change.resources.append(made)
        kept = {value_set.url for value_set in after}
        for value_set in before:
            for entry in store.resources_by_url("ValueSet", value_set.url):
                if value_set.url not in kept and entry.source == source.name:
                    change.dropped_resources.append(("ValueSet", entry.id))


def _concepts(store: Store, parts: Iterable[PartEntry]) -> Iterator[Concept]:
    for part in parts:
        yield from concepts_of(store, part)
