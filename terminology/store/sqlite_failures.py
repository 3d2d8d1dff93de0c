"""Translates SQLite's errors into messages for operators of a server. Errors in our own SQL are not translated."""

from __future__ import annotations

import sqlite3

from terminology.model.outcome import TerminologyError

MESSAGES: dict[int, str] = {
    sqlite3.SQLITE_FULL: "STORE_FULL",
    sqlite3.SQLITE_READONLY: "STORE_READ_ONLY",
    sqlite3.SQLITE_PERM: "STORE_READ_ONLY",
    sqlite3.SQLITE_BUSY: "STORE_BUSY",
    sqlite3.SQLITE_LOCKED: "STORE_BUSY",
    sqlite3.SQLITE_CORRUPT: "STORE_CORRUPT",
    sqlite3.SQLITE_NOTADB: "STORE_NOT_A_DATABASE",
    sqlite3.SQLITE_CANTOPEN: "STORE_CANNOT_OPEN",
    sqlite3.SQLITE_IOERR: "STORE_INPUT_OUTPUT",
}
"""Message ids by SQLite's primary result code (https://sqlite.org/rescode.html)."""


def explained(error: sqlite3.Error, url: str) -> Exception:
    """The error to raise instead: a TerminologyError unavailable, or the error itself when it is a fault of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    message_id = None if code is None else MESSAGES.get(code & 0xFF)
    if message_id is None:
        return error
    return TerminologyError.of("unavailable", message_id, url=url, reason=str(error))
