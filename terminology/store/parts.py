"""Parts: what one source states about one version, as opaque blocks to be merged later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from terminology.model.outcome import TerminologyError
from terminology.store import histories
from terminology.store.database import Database
from terminology.store.entries import PartEntry
from terminology.store.leases import Leases

BLOCK = "SELECT data FROM part_block WHERE part = ? AND number = ?"
ENTRY = "SELECT key, url, version, kind, source, digest, loader, concepts, header FROM part WHERE state = 'committed'"


def entries(database: Database, url: str | None) -> list[PartEntry]:
    """Committed parts in the order in which they were spilled."""
    if url is None:
        rows = database.select(f"{ENTRY} ORDER BY key")
    else:
        rows = database.select(f"{ENTRY} AND url = ? ORDER BY key", (url,))
    return [
        PartEntry(
            key=key, url=of, version=version or None, kind=kind, source=source, digest=digest, loader=loader,
            count=count, header=bytes(header or b""),
        )
        for key, of, version, kind, source, digest, loader, count, header in rows
    ]  # fmt: skip


def spill(database: Database, leases: Leases, blocks: Iterable[bytes]) -> int:
    """Store blocks, each in a transaction of its own; returns their key. If one is refused, all are abandoned."""
    with database.transaction():
        breaks = database.breaks()
        histories.enter(database)
        row = database.first(
            "INSERT INTO part (state, expires, owner) VALUES ('spilled', ?, ?) RETURNING key",
            (leases.expiry(), leases.owner),
        )
    assert row is not None
    key = int(row[0])
    leases.spilled[key] = breaks
    try:
        for number, block in enumerate(blocks):
            with database.transaction():
                _confirm(database, leases, key)
                _hold(database, key, "UPDATE part SET expires = ? WHERE key = ? AND state = 'spilled'", leases.expiry())
                leases.renew(database)
                database.insert("part_block", ("part", "number", "data"), [(key, number, block)])
    except TerminologyError as error:
        if error.kind != "unavailable":
            abandon(database, leases, [key])
        raise
    return key


def abandon(database: Database, leases: Leases, keys: Iterable[int]) -> None:
    """Give up spilled parts, so that the next collection deletes them. Committed ones are kept."""
    with database.transaction():
        for key in keys:
            leases.spilled.pop(key, None)
            database.execute(
                "UPDATE part SET state = 'dropped', expires = 0 WHERE key = ? AND state = 'spilled'", (key,)
            )


def blocks_of(database: Database, key: int) -> Iterator[bytes]:
    """The blocks one by one, in order."""
    number = 0
    while (row := database.first(BLOCK, (key, number))) is not None:
        yield bytes(row[0])
        number += 1


def commit(database: Database, leases: Leases, part: PartEntry, key: int) -> None:
    """Make a spilled part visible in place of the one of the same source, url and version."""
    _confirm(database, leases, key)
    leases.spilled.pop(key, None)
    database.execute(
        "UPDATE part SET state = 'dropped', expires = ?"
        " WHERE url = ? AND version = ? AND source = ? AND state = 'committed' AND key <> ?",
        (leases.farewell(), part.url, part.version or "", part.source, key),
    )
    changed = database.execute(
        "UPDATE part SET state = 'committed', expires = 0, url = ?, version = ?, kind = ?, source = ?, digest = ?,"
        " loader = ?, concepts = ?, header = ? WHERE key = ? AND state IN ('spilled', 'committed')",
        (part.url, part.version or "", part.kind, part.source, part.digest, part.loader, part.count, part.header, key),
    )
    if not changed:
        raise _lost(key)


def drop(database: Database, leases: Leases, key: int) -> None:
    """Make a part invisible; its blocks are collected later."""
    database.execute(
        "UPDATE part SET state = 'dropped', expires = ? WHERE key = ? AND state = 'committed'", (leases.farewell(), key)
    )


def _confirm(database: Database, leases: Leases, key: int) -> None:
    """Make sure that all blocks written so far are there."""
    if leases.spilled.get(key, database.breaks()) != database.breaks():
        raise TerminologyError.of("unavailable", "STORE_BROKE_OFF", url=database.url)


def _hold(database: Database, key: int, sql: str, expires: float) -> None:
    if not database.execute(sql, (expires, key)):
        raise _lost(key)


def _lost(key: int) -> TerminologyError:
    return TerminologyError.of("conflict", "STORE_PART_LOST", key=str(key))
