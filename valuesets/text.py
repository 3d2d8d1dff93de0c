"""Matches the `filter` parameter against codes that no text index covers: those a value set itself names.

The rule is that of `CodeSystem.search` for the words as typed: every word begins a word of one term. Synonyms and
typing errors are understood only by a code system's index. For small lists only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text without case and diacritics."""
    if text.isascii():
        return _WORDS.findall(text.lower())
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORDS.findall("".join(c for c in plain if not unicodedata.combining(c)))


def matches_any(wanted: list[str], terms: Iterable[str]) -> bool:
    """Whether one of the terms has, for every wanted word, a word that begins with it."""
    return any(all(any(w.startswith(part) for w in found) for part in wanted) for found in map(words, terms))
