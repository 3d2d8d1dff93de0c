"""Resources that clients leave at the server for later requests: caches by id, bodies by digest.

They are in the database so that any process can use them. They are never published, so the generation stays the same.
Anybody who may read may leave them, so their number and total size are limited: caches expire, and those that expire
first make way for new ones. So is the size of each, since whoever uses a cache has all of it in memory. (The tables are
named `travelling_…`; renaming them would break servers of the version before.)
"""

from __future__ import annotations

from collections.abc import Sequence

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database

MOST_CACHES = 500
MOST_BYTES = 512 * 1024 * 1024
OVERHEAD = 200
"""What the smallest body takes in the database, with its members."""


def keep(
    database: Database, cache: str, bodies: Sequence[tuple[str, bytes]], now: float, seconds: float, most: int
) -> None:
    """Add (digest, body) pairs to a cache, created if necessary, and have it expire `seconds` from now.

    Raises TerminologyError too-large if its bodies would have more than `most` bytes; then nothing changes.
    """
    with database.transaction(awaited=True):
        _clear(database, now)
        database.execute("DELETE FROM travelling_cache WHERE id = ?", (cache,))
        database.insert("travelling_cache", ("id", "expires"), [(cache, now + seconds)])
        known = _members(database, cache)
        fresh = {digest: body for digest, body in bodies if digest not in known}
        if fresh and _size_of(database, cache) + sum(map(len, fresh.values())) > most:
            raise TerminologyError.of("too-large", "CACHE_TOO_LARGE", id=cache, limit=str(most))
        stored = fresh.keys() & existing(database, list(fresh))
        database.insert(
            "travelling_body", ("digest", "data"), [(d, body) for d, body in fresh.items() if d not in stored]
        )
        members = [(cache, len(known) + index, digest) for index, digest in enumerate(fresh)]
        database.insert("travelling_member", ("cache", "position", "digest"), members)


def kept(database: Database, cache: str, now: float) -> list[str] | None:
    """Digests of a cache in the order they were added; None if there is no such cache, or no longer."""
    rows = database.select(
        "SELECT m.digest FROM travelling_cache c LEFT JOIN travelling_member m ON m.cache = c.id"
        " WHERE c.id = ? AND c.expires > ? ORDER BY m.position",
        (cache, now),
    )
    return [row[0] for row in rows if row[0] is not None] if rows else None


def bodies(database: Database, digests: Sequence[str]) -> dict[str, bytes]:
    """Those of the bodies that are stored, by digest."""
    found: dict[str, bytes] = {}
    for among, values in database.among(digests):
        rows = database.select(f"SELECT digest, data FROM travelling_body WHERE digest {among}", values)  # noqa: S608 - only places
        found.update((digest, bytes(data)) for digest, data in rows)
    return found


def existing(database: Database, digests: Sequence[str]) -> set[str]:
    """Which of these bodies are stored."""
    found: set[str] = set()
    for among, values in database.among(digests):
        rows = database.select(f"SELECT digest FROM travelling_body WHERE digest {among}", values)  # noqa: S608 - same
        found.update(row[0] for row in rows)
    return found


def forget(database: Database, cache: str) -> bool:
    """Delete a cache; False if there is none."""
    with database.transaction(awaited=True):
        changed = database.execute("DELETE FROM travelling_cache WHERE id = ?", (cache,))
        _sweep(database)
    return changed > 0


def _members(database: Database, cache: str) -> list[str]:
    rows = database.select("SELECT digest FROM travelling_member WHERE cache = ? ORDER BY position", (cache,))
    return [row[0] for row in rows]


def _clear(database: Database, now: float) -> None:
    """Make room for one more cache: delete expired ones, and those that expire next if there are too many."""
    changed = database.execute("DELETE FROM travelling_cache WHERE expires <= ?", (now,))
    changed += database.execute(
        "DELETE FROM travelling_cache WHERE id IN"
        " (SELECT id FROM travelling_cache ORDER BY expires DESC LIMIT 1000000 OFFSET ?)",
        (MOST_CACHES - 1,),
    )
    if changed:
        _sweep(database)
    while _size(database) > MOST_BYTES:
        oldest = database.first("SELECT id FROM travelling_cache ORDER BY expires LIMIT 1")
        if oldest is None:
            return
        database.execute("DELETE FROM travelling_cache WHERE id = ?", oldest)
        _sweep(database)


def _size(database: Database) -> int:
    row = database.first("SELECT coalesce(sum(length(data)), 0), count(*) FROM travelling_body")
    return int(row[0]) + OVERHEAD * int(row[1]) if row else 0


def _size_of(database: Database, cache: str) -> int:
    row = database.first(
        "SELECT coalesce(sum(length(b.data)), 0) FROM travelling_member m JOIN travelling_body b ON b.digest = m.digest"
        " WHERE m.cache = ?",
        (cache,),
    )
    return int(row[0]) if row else 0


def _sweep(database: Database) -> None:
    """Delete members and bodies that belong to no cache."""
    database.execute("DELETE FROM travelling_member WHERE cache NOT IN (SELECT id FROM travelling_cache)")
    database.execute("DELETE FROM travelling_body WHERE digest NOT IN (SELECT digest FROM travelling_member)")
