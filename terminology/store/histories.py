"""Handles failover to a replica that lags behind, so that no number is given to two different things.

Processes cache data by generation and row keys, some of it from transactions that the new primary never received. So
before the new primary is written to, these numbers skip all values that the old one may have given.
"""

from __future__ import annotations

from terminology.store.database import Database
from terminology.store.moving import NUMBERED

LEAP = 1_000_000
"""More publications, versions or resources than a replica lags behind; keys of versions have room for 2,000 leaps."""


def enter(database: Database) -> None:
    """Skip numbers if the server's timeline has changed. Call inside a transaction, before a number is taken."""
    now = database.history()
    if not now:
        return
    row = database.first("SELECT history FROM generation")
    before = row[0] if row else now
    if before == now:
        return
    if before:
        database.execute("UPDATE generation SET value = value + ?", (LEAP,))
        for table in NUMBERED:
            database.raise_key(table, database.last_key(table) + LEAP)
    database.execute("UPDATE generation SET history = ?", (now,))
