"""What happens when a replica takes over that did not have everything: no number means two things.

Processes keep what they read by the generation and by the keys of rows, and some have read what is lost now. Before
anything is written in another course of events, all these numbers leap over those that were given in the former one.
"""

from __future__ import annotations

from terminology.store.database import Database
from terminology.store.moving import NUMBERED

LEAP = 1_000_000
"""More publications, versions or resources than a replica lags behind; keys of versions have room for 2,000 leaps."""


def enter(database: Database) -> None:
    """Call inside a transaction, before a number is taken: notices that the course of events is another one."""
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
