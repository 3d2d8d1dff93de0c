"""API keys as rows: everything about a key but the key itself. Authorization is decided elsewhere."""

from __future__ import annotations

from dataclasses import astuple

from terminology.store.database import Database, Row
from terminology.store.entries import KeyEntry

COLUMNS = ("id", "name", "digest", "scopes", "created", "expires", "revoked")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM api_key"  # noqa: S608 - names of our own


def put(database: Database, key: KeyEntry) -> None:
    """Store a new key."""
    with database.transaction(durable=True):
        database.insert("api_key", COLUMNS, [astuple(key)])


def by_id(database: Database, id_: str) -> KeyEntry | None:
    """One key, revoked or not."""
    row = database.first(f"{SELECT} WHERE id = ?", (id_,))
    return None if row is None else _entry(row)


def entries(database: Database) -> list[KeyEntry]:
    """All keys, oldest first."""
    return [_entry(row) for row in database.select(f"{SELECT} ORDER BY created, id")]


def revoke(database: Database, id_: str, now: float) -> bool:
    """Revoke a key; False if there is none, or it was revoked before."""
    with database.transaction(durable=True):
        revoked = database.execute("UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL", (now, id_)) > 0
        if revoked:  # callers recognised before are those of an earlier generation
            database.execute("UPDATE generation SET value = value + 1")
    return revoked


def _entry(row: Row) -> KeyEntry:
    id_, name, digest, scopes, created, expires, revoked = row
    return KeyEntry(id=id_, name=name, digest=digest, scopes=scopes, created=created, expires=expires, revoked=revoked)
