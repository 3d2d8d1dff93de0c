"""The list of code system versions: which are visible, how they are published and withdrawn."""

from __future__ import annotations

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database, Row
from terminology.store.entries import VersionEntry
from terminology.store.leases import Leases

ENTRY = (
    "SELECT key, url, version, content, size, case_sensitive, supplements, effective_start, effective_end, resource_id,"
    " base FROM code_system_version WHERE "
)


def entries(database: Database, url: str | None) -> list[VersionEntry]:
    """Published versions, by url and version."""
    if url is None:
        rows = database.select(f"{ENTRY}state = 'active' ORDER BY url, version")
    else:
        rows = database.select(f"{ENTRY}state = 'active' AND url = ? ORDER BY version", (url,))
    return [_entry(row) for row in rows]


def by_key(database: Database, key: int) -> VersionEntry:
    """A version that is visible, or was a moment ago. Raises TerminologyError not-found."""
    row = database.first(f"{ENTRY}key = ? AND state IN ('active', 'retired')", (key,))
    if row is None:
        raise TerminologyError.of("not-found", "STORE_VERSION_NOT_FOUND", key=str(key))
    return _entry(row)


def publish(database: Database, leases: Leases, key: int, entry: VersionEntry) -> None:
    """Make a hidden version visible in place of the active one of the same url and version."""
    retire(database, leases, entry.url, entry.version)
    _describe(database, key, entry, "active", 0)


def put_base(database: Database, leases: Leases, key: int, entry: VersionEntry) -> None:
    """Keep a hidden version as a base: invisible, but it can be read, and stays as long as a layer lies over it."""
    _describe(database, key, entry, "retired", leases.farewell())


def _describe(database: Database, key: int, entry: VersionEntry, state: str, expires: float) -> None:
    changed = database.execute(
        "UPDATE code_system_version SET state = ?, expires = ?, url = ?, version = ?, content = ?, size = ?,"
        " case_sensitive = ?, supplements = ?, effective_start = ?, effective_end = ?, resource_id = ?"
        " WHERE key = ? AND state = 'loading'",
        (
            state, expires, entry.url, entry.version or "", entry.content, entry.size, entry.case_sensitive,
            entry.supplements, entry.effective_start, entry.effective_end, entry.resource_id, key,
        ),
    )  # fmt: skip
    if not changed:
        raise TerminologyError.of("conflict", "STORE_LEASE_LOST", key=str(key))


def retire(database: Database, leases: Leases, url: str, version: str | None) -> None:
    """Make the active version invisible, if there is one."""
    database.execute(
        "UPDATE code_system_version SET state = 'retired', expires = ?"
        " WHERE url = ? AND version = ? AND state = 'active'",
        (leases.farewell(), url, version or ""),
    )


def _entry(row: Row) -> VersionEntry:
    key, url, version, content, size, case_sensitive, supplements, start, end, resource_id, base = row
    return VersionEntry(
        key=key, url=url, version=version or None, content=content, size=size, case_sensitive=bool(case_sensitive),
        supplements=supplements, effective_start=start, effective_end=end, resource_id=resource_id, base=base,
    )  # fmt: skip
