"""Searches the text index of a version: words to sets of terms, sets of terms to concepts, best first.

All words must match a term, each as the beginning of one of its words. Order: the exact code; terms that hold every
word whole; codes that begin so; the other terms; shorter terms always first. When nothing at all matches, words
are taken for mistyped. How the index is made, `text_build` says; which display is shown is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap
from rapidfuzz import process
from rapidfuzz.distance import OSA

from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.store import kinds
from terminology.store.arrays import UInts, bitmap, numbers
from terminology.store.protocol import VersionReader
from terminology.store.text_build import CODE_BYTES
from terminology.store.text_fold import LAST_CHARACTER, fold, query_words
from terminology.store.text_hits import CodeSegment, Segment, TermSegment, TextHits

NEARNESS = 1 / 64
"""A set smaller than this part of what was found is laid over the terms before anything is counted."""

SHORTEST_MISTYPED = 4
MISTYPED_LIMIT = 24
"""How many words of the index are tried for one mistyped word."""

NOTHING = BitMap()


@dataclass(frozen=True, slots=True)
class _Match:
    """Term numbers: those that hold the words whole, and all (which include them).

    `concepts` are the concepts of `found`, where the index knows them.
    """

    whole: BitMap
    found: BitMap
    concepts: BitMap | None = None

    def limited(self, terms: BitMap) -> _Match:
        return _Match(self.whole & terms, self.found & terms)


_NO_MATCH = _Match(NOTHING, NOTHING)


class TextIndex:
    """The index of one published version. Holds nothing itself; safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    def search(self, text: str, languages: Languages = ANY_LANGUAGE, within: BitMap | None = None) -> TextHits:
        """Concepts that match `text`, those in `languages` earlier, those outside `within` left out.

        A client that refuses other languages gets only hits in those it asked for, in texts of no stated
        language, and by code. An empty text finds everything, in the order of the system.
        """
        size = self._reader.entry.size
        folded = fold(text.strip())
        if not folded:
            every = np.arange(size, dtype=np.uint32)
            return TextHits([CodeSegment(every)], size, within)
        exact_codes, codes = self._codes_from(folded)
        asked = query_words(text)
        match = self._match(asked)
        if not match.found and not len(codes) and not len(exact_codes):
            match = self._mistyped(asked)
        if languages.refuses_others:
            match = self._refuse(match, languages)
        if within is not None and len(within) < NEARNESS * len(match.found):
            match = match.limited(self._terms_of(within))
        whole, other = self._by_language(match, languages)
        known = match.concepts and match.concepts | bitmap(exact_codes) | bitmap(codes)
        segments: list[Segment] = [CodeSegment(exact_codes), *whole, CodeSegment(codes), *other]
        return TextHits([s for s in segments if len(s)], size, within, known)

    def _match(self, asked: Sequence[str]) -> _Match:
        if not asked:
            return _NO_MATCH
        if len(asked) == 1:
            concepts = self._reader.bitmap(kinds.PREFIX_CONCEPTS, asked[0])
            return _Match(self._whole(asked[0]), self._beginning(asked[0]), concepts)
        sets = []
        for word in sorted(asked, key=len, reverse=True):  # long words are rare: an empty one ends it at once
            sets.append(self._beginning(word))
            if not sets[-1]:
                return _NO_MATCH
        found = BitMap.intersection(*sorted(sets, key=len))
        whole = BitMap.intersection(*sorted(map(self._whole, asked), key=len)) if found else NOTHING
        return _Match(whole, found)

    def _whole(self, word: str) -> BitMap:
        return self._reader.bitmap(kinds.TOKEN, word) or NOTHING

    def _beginning(self, word: str) -> BitMap:
        stored = self._reader.bitmap(kinds.PREFIX, word)
        if stored is not None:
            return stored
        longer = self._reader.bitmap_keys(kinds.TOKEN, word, word + LAST_CHARACTER)
        return BitMap.union(*map(self._whole, longer)) if longer else NOTHING

    def _mistyped(self, asked: Sequence[str]) -> _Match:
        """Terms with words one or two slips away from those asked for; one slip counts as whole."""
        near, far = [], []
        for word in asked:
            slips = self._slips(word)
            close = BitMap.union(self._beginning(word), *(self._whole(w) for w, distance in slips if distance == 1))
            near.append(close)
            far.append(BitMap.union(close, *(self._whole(w) for w, _ in slips)))
        return _Match(BitMap.intersection(*near), BitMap.intersection(*far)) if near else _NO_MATCH

    def _slips(self, word: str) -> list[tuple[str, int]]:
        if len(word) < SHORTEST_MISTYPED or not word.isalpha():
            return []
        allowed = 1 if len(word) <= SHORTEST_MISTYPED + 1 else 2
        found = process.extract(
            word, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=MISTYPED_LIMIT, processor=None
        )
        return [(other, int(distance)) for other, distance, _ in found]

    def _refuse(self, match: _Match, languages: Languages) -> _Match:
        allowed = {tag for tag in self._languages if not tag or any(w.matches(tag) for w in languages.wanted)}
        if len(allowed) == len(self._languages):
            return match
        return match.limited(BitMap.union(NOTHING, *(self._in_language(tag) for tag in allowed)))

    def _by_language(self, match: _Match, languages: Languages) -> tuple[list[TermSegment], list[TermSegment]]:
        """The whole-word terms and the others, each with the wanted languages' terms first."""
        tiers = (match.whole, match.found - match.whole)
        wanted = {tag for tag in self._languages if any(w.matches(tag) for w in languages.wanted)} or {""}
        if not languages.wanted or not wanted < set(self._languages):
            return [self._segment(tiers[0])], [self._segment(tiers[1])]
        preferred = BitMap.union(NOTHING, *(self._in_language(tag) for tag in wanted))
        split = [[self._segment(tier & preferred), self._segment(tier - preferred)] for tier in tiers]
        return split[0], split[1]

    def _segment(self, terms: BitMap) -> TermSegment:
        return TermSegment(terms, self._ordinals)

    def _in_language(self, tag: str) -> BitMap:
        return self._reader.bitmap(kinds.LANGUAGE, tag) or NOTHING

    def _terms_of(self, ordinals: BitMap) -> BitMap:
        chosen = numbers(ordinals)
        starts = self._starts[chosen].astype(np.int64)
        counts = self._starts[chosen + 1] - starts
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + counts, counts)
        return bitmap(np.sort(self._terms[places]))

    def _codes_from(self, folded: str) -> tuple[UInts, UInts]:
        """Ordinals of the codes equal to a folded text, and of those that go on from it."""
        texts, ordinals = self._codes
        wanted = folded.encode()
        width = texts.itemsize
        if not len(texts) or width < min(len(wanted), CODE_BYTES):
            return ordinals[:0], ordinals[:0]
        if len(wanted) >= CODE_BYTES:
            return self._long_codes(folded)
        low = np.searchsorted(texts, np.bytes_(wanted), side="left")
        after = np.searchsorted(texts, np.bytes_(wanted), side="right")
        high = np.searchsorted(texts, np.bytes_(wanted.ljust(width, b"\xff")), side="right")  # not in any UTF-8
        return ordinals[low:after], ordinals[after:high]

    def _long_codes(self, folded: str) -> tuple[UInts, UInts]:
        texts, ordinals = self._codes
        cut = np.bytes_(folded.encode()[:CODE_BYTES])
        low, high = (np.searchsorted(texts, cut, side=side) for side in ("left", "right"))
        rows = self._reader.rows(ordinals[low:high].tolist())
        equal = [row.ordinal for row in rows if fold(row.code) == folded]
        longer = [row.ordinal for row in rows if fold(row.code).startswith(folded) and row.ordinal not in equal]
        return np.array(equal, dtype=np.uint32), np.array(longer, dtype=np.uint32)

    @property
    def _ordinals(self) -> UInts:
        return self._reader.array(kinds.TERM_ORDINALS)

    @property
    def _terms(self) -> UInts:
        return self._reader.array(kinds.ORDINAL_TERMS)

    @property
    def _starts(self) -> npt.NDArray[np.uint32]:
        return self._reader.kept("term-starts", self._count_terms, lambda starts: starts.nbytes)

    def _count_terms(self) -> npt.NDArray[np.uint32]:
        counts = np.bincount(self._ordinals, minlength=self._reader.entry.size)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)

    @property
    def _languages(self) -> Sequence[str]:
        return self._reader.bitmap_keys(kinds.LANGUAGE)

    @property
    def _words(self) -> Sequence[str]:
        return self._reader.bitmap_keys(kinds.TOKEN)

    @property
    def _codes(self) -> tuple[npt.NDArray[np.bytes_], UInts]:
        ordinals = self._reader.array(kinds.CODE_ORDINALS)
        texts = self._reader.array(kinds.CODE_TEXTS, dtype="u1")
        width = len(texts) // len(ordinals) if len(ordinals) else 1
        return texts.view(f"S{width}"), ordinals
