"""Decides which code a document is for: from stated codes, earlier decisions, or codes with its descriptor.

Stores nothing. Whether another document has the code already is checked afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from loaders.systems import by_url
from terminology.ingest.merging import concepts_of, folded
from terminology.model.concept import Concept
from terminology.model.outcome import Issue
from terminology.model.records import DocumentRecord, StatedCode
from terminology.store.documents import decode
from terminology.store.entries import DocumentEntry, PartEntry
from terminology.store.protocol import Store
from terminology.store.text import TextIndex

CANDIDATES = 200
"""How many of the best hits are compared with a descriptor; an equal text is among the shortest."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The place of a document. `version` None: every version of the system."""

    system: str
    version: str | None
    code: str


def decide(record: DocumentRecord, before: DocumentEntry | None, known: Descriptors) -> Assignment | Issue:
    """The assignment of a document, or why it must wait.

    `before` is the stored document. An earlier decision stands while the document is the same, and also when a changed
    document states no code (or contradicts itself).
    """
    if record.problem is not None:
        return record.problem
    stated = list(dict.fromkeys((code.system or record.system, code.code) for code in record.codes))
    decided = _decided(before)
    if decided and _stands(decided, record, before, stated):
        agrees = stated == [(decided.system, decided.code)]
        return replace(decided, version=record.version or decided.version) if agrees else decided
    if len(stated) > 1:
        return _issue("DOCUMENT_CODES_DISAGREE", codes=_told(record.codes, record.system))
    if not stated:
        return _by_descriptor(record, known)
    ((system, code),) = stated
    if system is None:
        return _issue("DOCUMENT_WITHOUT_SYSTEM", code=code)
    return checked(system, record.version, code)


def checked(system: str, version: str | None, code: str) -> Assignment | Issue:
    """An assignment, if the system's syntax allows the code; lower case is corrected."""
    known = by_url(system)
    if known is None or known.spells(code):
        return Assignment(system, version, code)
    if known.spells(code.upper()):
        return Assignment(system, version, code.upper())
    return _issue("DOCUMENT_CODE_SYNTAX", code=code, system=known.name, form=known.form)


def _decided(before: DocumentEntry | None) -> Assignment | None:
    if before is None or before.state != "loaded" or before.system is None or before.code is None:
        return None
    return Assignment(before.system, before.version, before.code)


def _stands(
    decided: Assignment, record: DocumentRecord, before: DocumentEntry | None, stated: list[tuple[str | None, str]]
) -> bool:
    if stated == [(decided.system, decided.code)]:
        return True
    if any(code.origin == "option" for code in record.codes):
        return False
    return len(stated) != 1 or (before is not None and before.digest == record.source.digest)


def _by_descriptor(record: DocumentRecord, known: Descriptors) -> Assignment | Issue:
    if record.system is None or not record.concept.display:
        return _issue("DOCUMENT_WITHOUT_CODE")
    codes = known.codes(record.system, record.concept.display)
    if len(codes) == 1:
        return Assignment(record.system, record.version, codes[0])
    if codes:
        found = ", ".join(codes)
        return _issue("DOCUMENT_DESCRIPTOR_AMBIGUOUS", descriptor=record.concept.display, codes=found)
    return _issue("DOCUMENT_WITHOUT_CODE_OR_MATCH", descriptor=record.concept.display, system=record.system)


def _told(codes: Iterable[StatedCode], system: str | None) -> str:
    told = ((code.code, code.system or system, code.origin) for code in codes)
    return " and ".join(
        dict.fromkeys(f"{code} of {of} ({origin})" if of else f"{code} ({origin})" for code, of, origin in told)
    )


def _issue(message_id: str, **arguments: str) -> Issue:
    return Issue("warning", "incomplete", message_id, arguments)


@dataclass(slots=True)
class Descriptors:
    """Finds codes by their exact descriptor, in loaded versions and in parts that are being loaded.

    `wanted` are the folded descriptors that may be asked for, so that one pass over new parts is enough.
    """

    store: Store
    new: Sequence[PartEntry] = ()
    wanted: frozenset[str] = frozenset()
    _scanned: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    _indexes: dict[int, TextIndex] = field(default_factory=dict)

    def codes(self, system: str, descriptor: str) -> list[str]:
        """The codes with a display or designation equal to it, apart from case and white space."""
        wanted = folded(descriptor)
        found: dict[str, None] = {}
        for entry in self.store.versions(system):
            reader = self.store.version(entry.key)
            hits = self._indexes.setdefault(entry.key, TextIndex(reader)).search(descriptor)
            for row in reader.rows(list(hits.page(0, CANDIDATES))):
                if wanted in _texts(decode(row.document)):
                    found[row.code] = None
        if system not in self._scanned:
            self._scanned[system] = self._scan(system)
        return list(found | self._scanned[system].get(wanted, {}))

    def _scan(self, system: str) -> dict[str, dict[str, None]]:
        found: dict[str, dict[str, None]] = {}
        for part in self.new:
            if part.url != system:
                continue
            for concept in concepts_of(self.store, part):
                for text in _texts(concept) & self.wanted:
                    found.setdefault(text, {})[concept.code] = None
        return found


def _texts(concept: Concept) -> set[str]:
    return {folded(text) for text in (concept.display or "", *(d.value for d in concept.designations)) if text}
