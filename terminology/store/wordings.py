"""Alternative wordings of a search: what clinicians and patients type, and what code systems write.

"Gallbladder removal" is cholecystectomy in one code system and resection of gallbladder in another; "caesarean" is
spelt "cesarean" in a third, and German keyboards type "Roentgen". All wordings are searched at once. `text` decides the
order of hits and handles mistyped words; no index is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from terminology.store.clinical_words import meanings
from terminology.store.text_fold import query_words

MOST = 24
"""Wordings that a search has beside its own: several phrases in one search multiply."""

LONGEST_KEPT = 64
"""Characters of a search whose wordings are kept."""

SHORTEST_RESPELT = 5
"""Letters that a respelt word has at least: "blu" for "blue" would find "blunt"."""

Words = tuple[str, ...]

_RESPELLINGS = (
    (re.compile("[ao](?=e)"), ""),  # British: anaesthesia, oesophagus
    (re.compile("(?<=[aou])e"), ""),  # German without its dots: Roentgen, Luecke
    (re.compile("our$"), "or"),  # British: tumour
)
_MAY_BE_RESPELT = re.compile("[aou]e|our$").search


Wordings = tuple[tuple[Words, ...], tuple[Words, ...]]


def wordings(text: str) -> Wordings:
    """All wordings of a search: those whose words may begin longer ones (its own first), and those of whole words.

    Those of short texts are cached, since every system of a value set is searched for the same text.
    """
    return _kept_wordings(text) if len(text) <= LONGEST_KEPT else _wordings(text)


def _wordings(text: str) -> Wordings:
    asked = tuple(query_words(text))
    begun = (asked, *respelt(asked))
    return begun, tuple(words for way in begun for words in meaning_the_same(way))


_kept_wordings = lru_cache(maxsize=1024)(_wordings)


def respelt(asked: Sequence[str]) -> list[Words]:
    """Other spellings of the words, if they have any; each may be the beginning of a word."""
    own = tuple(asked)
    if not any(map(_MAY_BE_RESPELT, own)):
        return []
    found = [tuple(_respelt(word, letters, other) for word in asked) for letters, other in _RESPELLINGS]
    return [words for words in dict.fromkeys(found) if words != own]


def _respelt(word: str, letters: re.Pattern[str], other: str) -> str:
    changed = letters.sub(other, word)
    return changed if len(changed) >= SHORTEST_RESPELT else word


def meaning_the_same(asked: Sequence[str]) -> list[Words]:
    """Other words with the same meaning. They are matched whole, since abbreviations are the beginning of many words.

    `asked` are words as `text_fold.query_words` gives them. A phrase counts if all its words are there, in any order;
    it is replaced by each phrase that means the same, and the other words stay.
    """
    own = tuple(asked)
    phrases = _phrases_in(own)
    if not phrases:
        return []
    ways: list[tuple[Words, Words]] = [(own, ())]  # what is left of the search, and what is said instead of the rest
    for phrase in phrases:
        for rest, said in ways[:MOST]:
            if phrase.issubset(rest) and len(ways) <= MOST:
                left = tuple(word for word in rest if word not in phrase)
                ways += [(left, said + other) for other in _SAME[phrase]]
    found = dict.fromkeys(tuple(dict.fromkeys(said + rest)) for rest, said in ways[1:])
    return [words for words in found if set(words) != set(own)][:MOST]


def _phrases_in(asked: Words) -> list[frozenset[str]]:
    """The phrases of the table whose words are all in the search, the longest first."""
    words = set(asked)
    if _BY_WORD.keys().isdisjoint(words):
        return []
    phrases = (phrase for word in asked for phrase in _BY_WORD.get(word, ()) if phrase <= words)
    return sorted(dict.fromkeys(phrases), key=len, reverse=True)


def _table() -> tuple[Mapping[frozenset[str], list[Words]], Mapping[str, list[frozenset[str]]]]:
    """Phrase → the other phrases on its lines; and the phrases by their longest word, to look them up."""
    same: dict[frozenset[str], list[Words]] = {}
    by_word: dict[str, list[frozenset[str]]] = {}
    for line in meanings():
        phrases = [tuple(query_words(phrase)) for phrase in line]
        for phrase in phrases:
            key = frozenset(phrase)
            if key not in same:
                by_word.setdefault(max(phrase, key=len), []).append(key)
            same.setdefault(key, []).extend(other for other in phrases if frozenset(other) != key)
    return MappingProxyType(same), MappingProxyType(by_word)


_SAME, _BY_WORD = _table()

VOCABULARY = tuple(sorted({word for phrase in _SAME for word in phrase}))
"""All words of the table, which a search may have mistyped."""
