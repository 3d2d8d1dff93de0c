"""Translates PostgreSQL's errors into messages for operators of a server. Errors in our own SQL are not translated."""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg

from terminology.model.outcome import TerminologyError
from terminology.store.database import Duplicate

MESSAGES: Mapping[str, str] = {
    "22021": "STORE_TEXT_INVALID",  # a character that the encoding lacks: NUL
    "25006": "STORE_STANDBY",
    "25P02": "STORE_ROLLED_BACK",
    "42501": "STORE_REFUSED",
    "40001": "STORE_BUSY",
    "40P01": "STORE_BUSY",
    "53100": "STORE_FULL",
    "53200": "STORE_UNREACHABLE",
    "55P03": "STORE_BUSY",
    "57014": "STORE_TIMED_OUT",
    "58030": "STORE_INPUT_OUTPUT",
    "XX001": "STORE_CORRUPT",
    "XX002": "STORE_CORRUPT",
}
"""Message ids by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

UNIQUE = "23505"
CONFLICT_WITH_RECOVERY = "40001"
"""On a replica: the primary removed rows that a statement was reading. Asked again, it answers."""

LOST_CLASSES = ("08", "57P")
"""Classes of the states in which the connection, or the server, is no longer there."""

PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@|(?<=password=)[^&\s]+")


def secretless(url: str) -> str:
    """A url without the password."""
    return PASSWORD.sub(lambda found: f"{found[1]}:…@" if found[1] is not None else "…", url)


def is_lost(error: psycopg.Error) -> bool:
    """Whether an error says that the connection or the server is gone, rather than something about the statement."""
    if error.sqlstate is None:  # libpq's own errors; where they come as a result, psycopg knows no class for them
        ours = psycopg.OperationalError, psycopg.InterfaceError
        return isinstance(error, ours) or type(error) is psycopg.DatabaseError
    return error.sqlstate.startswith(LOST_CLASSES)


def explained(error: psycopg.Error | UnicodeEncodeError, url: str) -> Exception:
    """The error to raise instead: TerminologyError unavailable or invalid, Duplicate, or itself: a fault of ours."""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, UnicodeEncodeError) or (isinstance(error, psycopg.DataError) and state in {None, "22021"}):
        return TerminologyError.of("invalid", "STORE_TEXT_INVALID", reason=_first_line(error))
    if state == UNIQUE:
        return Duplicate(_first_line(error))
    if isinstance(error, psycopg.Error) and is_lost(error):
        return TerminologyError.of("unavailable", "STORE_UNREACHABLE", url=url, reason=_first_line(error))
    message_id = MESSAGES.get(state or "")
    if message_id is None:
        return error
    return TerminologyError.of("unavailable", message_id, url=url, reason=_first_line(error))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
