"""Which published versions have a code, or can have hits for a search: asked once, so that only those are read."""

from __future__ import annotations

from collections.abc import Sequence

from terminology.store import kinds
from terminology.store.database import Database, after_prefix

WITH_WORD = "SELECT DISTINCT version FROM bitmap WHERE kind = ? AND key >= ? AND key < ?"
LAYERED = "SELECT key, base FROM code_system_version WHERE state = 'active' AND base IS NOT NULL"
WITH_CODE = (
    "SELECT v.key FROM code_system_version v WHERE v.state = 'active' AND EXISTS"
    " (SELECT 1 FROM concept c WHERE c.version = coalesce(v.base, v.key) AND c.key >= ? AND c.key < ?)"
)
EXACTLY = (
    "SELECT v.key FROM code_system_version v WHERE v.state = 'active' AND EXISTS"
    " (SELECT 1 FROM concept c WHERE c.version = coalesce(v.base, v.key)"
    " AND c.key = CASE WHEN v.case_sensitive THEN ? ELSE ? END)"
)


def with_code(database: Database, code: str) -> set[int]:
    """Keys of versions that have exactly this code, by the case rule of each."""
    return {int(row[0]) for row in database.select(EXACTLY, (code, code.casefold()))}


def versions(database: Database, words: Sequence[str], code: str) -> set[int]:
    """Keys of versions that have words beginning with all of `words`, or a code beginning with `code`.

    `words` are folded as in the text index. Codes are tried as written, in upper and in lower case.
    """
    found: set[int] = set()
    layered = database.select(LAYERED) if words else []
    for number, word in enumerate(words):
        having = {int(row[0]) for row in database.select(WITH_WORD, (kinds.TOKEN, word, after_prefix(word)))}
        having |= {key for key, base in layered if base in having}
        found = having if number == 0 else found & having
    for spelling in {code, code.upper(), code.casefold()} - {""}:
        found |= {int(row[0]) for row in database.select(WITH_CODE, (spelling, after_prefix(spelling)))}
    return found
