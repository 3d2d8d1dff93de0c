"""Procedure documents as they were loaded: all of them are kept, with their state."""

from __future__ import annotations

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database, Row, after_prefix
from terminology.store.entries import DocumentEntry, DocumentState

COLUMNS = (
    "id", "path", "position", "digest", "loader", "state", "reason", "system", "version", "code", "title",
    "media_type", "loaded_at",
)  # fmt: skip
NAMES = ", ".join(COLUMNS)
CANDIDATES_SHOWN = 6


def entries(database: Database, state: DocumentState | None) -> list[DocumentEntry]:
    """Documents by path."""
    if state is None:
        rows = database.select(f"SELECT {NAMES} FROM source_document ORDER BY path, position, id")  # noqa: S608 - our own
    else:
        sql = f"SELECT {NAMES} FROM source_document WHERE state = ? ORDER BY path, position, id"  # noqa: S608 - our own
        rows = database.select(sql, (state,))
    return [_entry(row) for row in rows]


def find(database: Database, id_: str) -> tuple[DocumentEntry, bytes] | None:
    """A document by its id or the beginning of it. Raises TerminologyError invalid when several begin so."""
    if not id_:
        return None
    rows = database.select(
        f"SELECT {NAMES} FROM source_document WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",  # noqa: S608 - our own
        (id_, after_prefix(id_), CANDIDATES_SHOWN),
    )
    if not rows:
        return None
    entry = _entry(rows[0])
    if len(rows) > 1 and entry.id != id_:
        candidates = ", ".join(row[0] for row in rows)
        raise TerminologyError.of("invalid", "STORE_DOCUMENT_AMBIGUOUS", id=id_, candidates=candidates)
    raw = database.first("SELECT raw FROM source_document WHERE id = ?", (entry.id,))
    return None if raw is None else (entry, bytes(raw[0]))


def put(database: Database, document: DocumentEntry, raw: bytes) -> None:
    """Store a document in place of the one of the same id."""
    database.execute("DELETE FROM source_document WHERE id = ?", (document.id,))
    row = (
        document.id, document.path, document.index, document.digest, document.loader, document.state, document.reason,
        document.system, document.version, document.code, document.title, document.media_type, document.loaded_at, raw,
    )  # fmt: skip
    database.insert("source_document", (*COLUMNS, "raw"), [row])


def _entry(row: Row) -> DocumentEntry:
    (
        id_, path, index, digest, loader, state, reason, system, version, code, title, media_type, loaded_at,
    ) = row  # fmt: skip
    return DocumentEntry(
        id=id_, path=path, index=index, digest=digest, loader=loader, state=state, reason=reason, system=system,
        version=version, code=code, title=title, media_type=media_type, loaded_at=loaded_at,
    )  # fmt: skip
