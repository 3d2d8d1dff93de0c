"""Turns texts into words: folding of case and diacritics, splitting, n-grams for scripts without spaces.

The index and searches both use these two functions. Nothing here knows term numbers or bitmaps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 40
"""Words are cut here, in the index and in searches: what is longer is an identifier, not a word."""

LAST_CHARACTER = "\U0010ffff"
"""Above everything a word may contain: a word with it ends the range of the words that begin with it."""

_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
"""Latin, Greek and Cyrillic diacritics, Hebrew points, Arabic vowel signs. Marks of other scripts are letters."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‐": "-", "‑": "-"}
)
"""Letters that Unicode does not decompose, and typographic signs people type as ASCII."""

_UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\u0e00-\u0eff\u1780-\u17ff"
_UNSPACED += "\U00020000-\U0003ffff"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")

_ASCII_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)+|[a-z0-9]+")
_WORD = re.compile("\\d+(?:[.,]\\d+)+|(?:[^\\W_]|[\u0900-\u0dff])+")
"""The range: vowel signs of the scripts of India are marks, and yet letters of a word."""
END_OF_TERM = "\x01"
"""Stands between the terms of `words_of_all`."""

_SIGNS = bytes(c if chr(c) in "\x01.,'" or chr(c).isalnum() else 32 for c in range(128)).lower() + bytes(
    range(128, 256)
)
"""For bytes.translate: lower case, signs become spaces. What `words` treats with care is left to it."""
_POSSESSIVE = re.compile(r"'s\b")


def fold(text: str) -> str:
    """Compatibility forms, case and diacritics levelled: `Ménière` and `MENIERE` fold to the same string."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed))


def words(text: str) -> list[str]:
    """The words of a term as the index holds them, in order, with repetitions.

    Decimals stay together (`0.5`), ranges fall apart (`45-60` → `45`, `60`), a possessive joins its noun
    (`Crohn's` → `crohns`). A run of characters of a script without spaces gives its bigrams and its last
    character, so that every beginning of every part of the run can be found.
    """
    return _words(fold(text))


def _words(folded: str) -> list[str]:
    if "'" in folded:
        folded = _POSSESSIVE.sub("s", folded)
    if folded.isascii():
        return _cut(_ASCII_WORD.findall(folded))
    spaced: list[str] = _WORD.findall(_UNSPACED_RUN.sub(" ", folded))
    for run in _UNSPACED_RUN.findall(folded):
        spaced += [run[i : i + 2] for i in range(len(run))]
    return _cut(spaced)


def words_of_all(texts: Iterable[str]) -> list[str]:
    """The words of many terms, in one list with END_OF_TERM after each term: cheaper than `words`, which it equals.

    Words are not cut to LONGEST_WORD.
    """
    joined = f" {END_OF_TERM} ".join([_plain(text) for text in texts])
    return [*joined.encode(errors="replace").translate(_SIGNS).decode().split(), END_OF_TERM]


def _plain(text: str) -> str:
    """A text whose words are found by splitting at spaces: mostly itself, else its words joined by spaces."""
    if text.isascii():
        plain = text.replace(", ", " ") if "," in text else text
        if "," not in plain and "." not in plain and "'" not in plain and END_OF_TERM not in plain:
            return plain
    return " ".join(words(text))


def query_words(text: str) -> list[str]:
    """The distinct words of a search: like `words`, but a longer run is asked for by its bigrams alone."""
    folded = fold(text)
    found = dict.fromkeys(_words(folded))
    if folded.isascii():
        return list(found)
    last = {run[-1] for run in _UNSPACED_RUN.findall(folded) if len(run) > 1}
    alone = {run for run in _UNSPACED_RUN.findall(folded) if len(run) == 1}
    return [word for word in found if word not in last or word in alone]


def _cut(found: list[str]) -> list[str]:
    if found and len(max(found, key=len)) > LONGEST_WORD:
        return [word[:LONGEST_WORD] for word in found]
    return found
