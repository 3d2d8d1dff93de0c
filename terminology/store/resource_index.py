"""The search index of resources: written together with them, and checked against their bodies.

Callers decide which words a body has (`fhir.searchable`); bodies are opaque here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from terminology.model.outcome import TerminologyError
from terminology.store.database import Database
from terminology.store.entries import Misindexed, Word, WordsOf
from terminology.store.resource_words import TEXTS
from terminology.store.search_terms import folded

PAGE = 200
BODIES = "SELECT key, type, id, body FROM resource WHERE key > ? ORDER BY key LIMIT ?"
WORDS = "SELECT resource_key, name, system, value FROM resource_word WHERE resource_key"


def put(database: Database, key: int, words: Iterable[Word]) -> None:
    """Write the words of a resource in place of those it has."""
    database.execute("DELETE FROM resource_word WHERE resource_key = ?", (key,))
    rows = [(key, number, *word) for number, word in enumerate(_stored(words))]
    database.insert("resource_word", ("resource_key", "number", "name", "system", "value"), rows)


def misindexed(database: Database, words_of: WordsOf) -> Iterator[Misindexed]:
    """Resources whose words are not those of their bodies, or whose bodies cannot be read."""
    last = 0
    while True:
        with database.snapshot():  # others may be writing them
            page = database.select(BODIES, (last, PAGE))
            kept = _kept(database, [row[0] for row in page])
        if not page:
            return
        last = page[-1][0]
        for key, type_, id_, body in page:
            try:
                expected = _stored(words_of(bytes(body)))
            except TerminologyError:
                yield Misindexed(key, type_, id_, readable=False)
            else:
                if kept.get(key, []) != expected:
                    yield Misindexed(key, type_, id_)


def index(database: Database, keys: Sequence[int], words_of: WordsOf) -> int:
    """Write the words of these resources anew, inside a transaction; returns how many are still there."""
    written = 0
    for among, chunk in database.among(keys):
        for key, body in database.select(f"SELECT key, body FROM resource WHERE key {among}", chunk):  # noqa: S608 - only places
            put(database, key, words_of(bytes(body)))
            written += 1
    return written


def _kept(database: Database, keys: Sequence[int]) -> dict[int, list[tuple[str, str, str]]]:
    found: dict[int, list[tuple[str, str, str]]] = {}
    for among, chunk in database.among(keys):
        rows = database.select(f"{WORDS} {among} ORDER BY resource_key, number", chunk)
        found.update((key, [row[1:] for row in group]) for key, group in groupby(rows, itemgetter(0)))
    return found


def _stored(words: Iterable[Word]) -> list[tuple[str, str, str]]:
    """Words as rows; texts are stored without case and accents."""
    return [(name, system, folded(value) if name in TEXTS else value) for name, system, value in words]
