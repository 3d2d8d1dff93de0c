"""Finds the published versions that have a code or may match a search, so that only those are read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from terminology.store import index_kinds
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


def versions(database: Database, begun: Sequence[Sequence[str]], whole: Sequence[Sequence[str]], code: str) -> set[int]:
    """Keys of versions that have all words of one of some wordings, or a code beginning with `code`.

    The words of `begun` may begin longer ones, those of `whole` may not; they are folded as in the text index. Codes
    are tried as written, in upper and in lower case.
    """
    layered = database.select(LAYERED) if any(begun) else []

    @cache
    def having(word: str, end: str) -> set[int]:
        keys = {int(row[0]) for row in database.select(WITH_WORD, (index_kinds.TOKEN, word, end))}
        return keys | {int(key) for key, base in layered if base in keys}

    ways = [[(word, after_prefix(word)) for word in words] for words in begun]
    ways += [[(word, word + "\x01") for word in words] for words in whole]
    found: set[int] = set()
    for way in ways:
        found |= set.intersection(*(having(*bounds) for bounds in way)) if way else set()
    for spelling in {code, code.upper(), code.casefold()} - {""}:
        found |= {int(row[0]) for row in database.select(WITH_CODE, (spelling, after_prefix(spelling)))}
    return found
