"""Works on kept documents without their files: lists waiting ones, assigns codes, reads all again."""

from __future__ import annotations

import time
from itertools import groupby

from loaders.systems import canonical
from terminology.ingest.current import reads_what_is_current
from terminology.ingest.deciding import Assignment, Descriptors, checked, decide
from terminology.ingest.documents import TOOLS, Desk, DocumentTools, refresh_value_sets, taken
from terminology.ingest.loading import instant
from terminology.ingest.publishing import Change, publish
from terminology.ingest.report import ClaimReport, LoadReport, Progress, silent
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import DocumentRecord
from terminology.store.entries import DocumentEntry
from terminology.store.protocol import Store


def kept(
    store: Store, document_id: str, *, tools: DocumentTools = TOOLS
) -> tuple[DocumentEntry, DocumentRecord, bytes]:
    """What was decided about a document, how its parser reads it, and its bytes.

    `document_id` may be the beginning of an id. Raises TerminologyError: not-found, invalid when its file no longer
    has it.
    """
    found = store.document(document_id)
    if found is None:
        raise TerminologyError.of("not-found", "DOCUMENT_NOT_FOUND", id=document_id)
    entry, raw = found
    for record in tools.parse_raw(raw, entry.media_type, entry.path):
        if record.index == entry.index or record.problem is not None:
            return entry, record, raw
    raise TerminologyError.of("invalid", "DOCUMENT_PROCEDURE_GONE", path=entry.path, number=str(entry.index + 1))


def pending(store: Store) -> list[DocumentEntry]:
    """Waiting documents, by path."""
    return store.documents("pending")


@reads_what_is_current
def assign(
    store: Store,
    document_id: str,
    code: str,
    system: str | None = None,
    version: str | None = None,
    *,
    tools: DocumentTools = TOOLS,
    now: str | None = None,
) -> LoadReport:
    """Load a kept document under a code that a person chose.

    `document_id` may be the beginning of an id; `system` is a canonical or a label ("CPT"), by default the document's.
    Raises TerminologyError: not-found, invalid (no system, a code against the system's syntax, a document that cannot
    be read), conflict when another document has the code.
    """
    began = time.monotonic()
    entry, record, _ = kept(store, document_id, tools=tools)
    if record.problem is not None:
        raise _refused(record.problem)
    url = (canonical(system) or system) if system else entry.system or record.system
    if url is None:
        raise TerminologyError.of("invalid", "DOCUMENT_WITHOUT_SYSTEM", code=code)
    assignment = checked(url, version or entry.version, code)
    if isinstance(assignment, Issue):
        raise _refused(assignment)
    report, change = LoadReport(), Change()
    desk = Desk(store, change, report, tools, now or instant())
    owner = desk.owner(assignment)
    if owner is not None and owner.id != entry.id:
        raise TerminologyError.of(
            "conflict", "DOCUMENT_SAME_CODE", paths=f"{owner.path} and {entry.path}", code=assignment.code, system=url
        )
    desk.accept(record, assignment, report.claim("documents", f"assignment of {entry.id}"))
    return _published(store, change, report, tools, began, silent)


def _refused(issue: Issue) -> TerminologyError:
    return TerminologyError("invalid", Issue("error", issue.code, issue.message_id, issue.arguments))


@reads_what_is_current
def reparse(
    store: Store, *, tools: DocumentTools = TOOLS, progress: Progress = silent, now: str | None = None
) -> LoadReport:
    """Read all kept documents with the current parser.

    Earlier decisions stand; waiting documents are placed anew; new procedures in a file are added, and those that are
    no longer found are removed.
    """
    began = time.monotonic()
    report, change = LoadReport(), Change()
    desk = Desk(store, change, report, tools, now or instant())
    claim = report.claim("documents", "kept documents")
    entries = [entry for entry in store.documents() if entry.state != "removed"]
    for done, (path, group) in enumerate(groupby(entries, key=lambda entry: entry.path)):
        progress("Reading documents again", done, len(entries))
        _read_again(store, desk, path, list(group), claim, tools)
    return _published(store, change, report, tools, began, progress)


def _read_again(
    store: Store, desk: Desk, path: str, entries: list[DocumentEntry], claim: ClaimReport, tools: DocumentTools
) -> None:
    """All procedures of one file."""
    found = store.document(entries[0].id)
    if found is None:
        return
    raw = found[1]
    records = tools.parse_raw(raw, entries[0].media_type, path)
    claim.read["documents"] += len(records)
    for record in records:
        before = desk.before(record)
        decision = _again(store, record, before)
        owner = desk.owner(decision) if isinstance(decision, Assignment) else None
        if isinstance(decision, Issue):
            desk.keep_waiting(record, _reason(decision, record, before), claim)
        elif owner is None or (before is not None and owner.id == before.id):
            desk.accept(record, decision, claim, again=True)
        else:
            desk.keep_waiting(record, taken(decision, owner, path).text, claim)
    read = {record.index for record in records}
    for entry in entries:
        if entry.index not in read:
            desk.drop(entry, raw)
            claim.read["gone"] += 1


def _again(store: Store, record: DocumentRecord, before: DocumentEntry | None) -> Assignment | Issue:
    """The earlier assignment, or a new decision; an unreadable document waits."""
    if record.problem is None and before and before.system and before.code:
        return Assignment(before.system, before.version, before.code)
    return decide(record, before, Descriptors(store))


def _reason(decision: Issue, record: DocumentRecord, before: DocumentEntry | None) -> str:
    """Why a document waits.

    Where its text states no code, the earlier reason from a manifest or file name still applies, since only a load sees
    those. A document with a title could be read before, so its reason was about codes.
    """
    beside = record.problem is None and not record.codes and before is not None and before.title is not None
    return before.reason if beside and before and before.reason else decision.text


def _published(
    store: Store, change: Change, report: LoadReport, tools: DocumentTools, began: float, progress: Progress
) -> LoadReport:
    refresh_value_sets(store, change, tools)
    publish(store, change, report, progress)
    report.seconds = time.monotonic() - began
    return report
