"""Searches the text index of a version: words to sets of terms, sets of terms to concepts, best first.

All words must match a term, each as the beginning of one of its words. Order: the exact code; terms that hold every
word whole; codes that begin so; the other terms; shorter terms always first. When nothing at all matches, words
are taken for mistyped. How the index is made, `text_build` says; which display is shown is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap
from rapidfuzz import process
from rapidfuzz.distance import OSA

from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.store import kinds
from terminology.store.arrays import UInts, bitmap
from terminology.store.protocol import VersionReader
from terminology.store.text_build import CODE_BYTES
from terminology.store.text_fold import fold, query_words
from terminology.store.text_hits import CodeSegment, JoinedSegment, Segment, TermSegment, TextHits
from terminology.store.text_terms import Match, Terms

NEARNESS = 1 / 64
"""A set smaller than this part of what was found is laid over the terms before anything is counted."""

SHORTEST_MISTYPED = 4
MISTYPED_LIMIT = 24
"""How many words of the index are tried for one mistyped word."""


class TextIndex:
    """The index of one published version, of all its layers. Holds nothing itself; safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    @property
    def _layers(self) -> list[Terms]:
        return [Terms(layer) for layer in self._reader.layers]

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
        layers = self._layers
        matches = [layer.match(asked) for layer in layers]
        if not any(match.found for match in matches) and not len(codes) and not len(exact_codes):
            slips = [(word, self._slips(word)) for word in asked]
            matches = [layer.mistyped(slips) for layer in layers]
        if languages.refuses_others:
            matches = self._refuse(layers, matches, languages)
        if within is not None:
            matches = [_near(layer, match, within) for layer, match in zip(layers, matches, strict=True)]
        whole, other = self._by_language(layers, matches, languages)
        known = _known(layers, matches)
        if known is not None:
            known = known | bitmap(exact_codes) | bitmap(codes)
        segments: list[Segment] = [CodeSegment(exact_codes), *whole, CodeSegment(codes), *other]
        return TextHits([s for s in segments if len(s)], size, within, known)

    def _slips(self, word: str) -> list[tuple[str, int]]:
        if len(word) < SHORTEST_MISTYPED or not word.isalpha():
            return []
        allowed = 1 if len(word) <= SHORTEST_MISTYPED + 1 else 2
        known = self._reader.bitmap_keys(kinds.TOKEN)
        found = process.extract(
            word, known, scorer=OSA.distance, score_cutoff=allowed, limit=MISTYPED_LIMIT, processor=None
        )
        return [(other, int(distance)) for other, distance, _ in found]

    def _refuse(self, layers: Sequence[Terms], matches: list[Match], languages: Languages) -> list[Match]:
        known = self._reader.bitmap_keys(kinds.LANGUAGE)
        allowed = {tag for tag in known if not tag or any(w.matches(tag) for w in languages.wanted)}
        if len(allowed) == len(known):
            return matches
        return [m.limited(layer.in_languages(allowed)) for layer, m in zip(layers, matches, strict=True)]

    def _by_language(
        self, layers: Sequence[Terms], matches: Sequence[Match], languages: Languages
    ) -> tuple[list[Segment], list[Segment]]:
        """The whole-word terms and the others, each with the wanted languages' terms first."""
        tiers = ([m.whole for m in matches], [m.found - m.whole for m in matches])
        known = self._reader.bitmap_keys(kinds.LANGUAGE)
        wanted = {tag for tag in known if any(w.matches(tag) for w in languages.wanted)} or {""}
        if not languages.wanted or not wanted < set(known):
            return [_segment(layers, tiers[0])], [_segment(layers, tiers[1])]
        preferred = [layer.in_languages(wanted) for layer in layers]
        whole, other = (
            [
                _segment(layers, [terms & first for terms, first in zip(tier, preferred, strict=True)]),
                _segment(layers, [terms - first for terms, first in zip(tier, preferred, strict=True)]),
            ]
            for tier in tiers
        )
        return whole, other

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
    def _codes(self) -> tuple[npt.NDArray[np.bytes_], UInts]:
        ordinals = self._reader.array(kinds.CODE_ORDINALS)
        texts = self._reader.array(kinds.CODE_TEXTS, dtype="u1")
        width = len(texts) // len(ordinals) if len(ordinals) else 1
        return texts.view(f"S{width}"), ordinals


def _near(layer: Terms, match: Match, within: BitMap) -> Match:
    """The match, when few concepts are looked at in only their terms."""
    return match.limited(layer.of(within)) if len(within) < NEARNESS * len(match.found) else match


def _known(layers: Sequence[Terms], matches: Sequence[Match]) -> BitMap | None:
    """All concepts of the matches, where the index of the first layer, the large one, knows its own."""
    known = matches[0].concepts
    if known is None:
        return None
    added = (layer.concepts(match.found) for layer, match in zip(layers[1:], matches[1:], strict=True))
    return BitMap.union(known, *added)


def _segment(layers: Sequence[Terms], terms: Sequence[BitMap]) -> Segment:
    """The terms of one layer, or of two in their common order."""
    first, *others = (TermSegment(found, layer.ordinals) for found, layer in zip(terms, layers, strict=True))
    for layer, segment in zip(layers[1:], others, strict=True):
        if len(segment):
            return JoinedSegment(first, segment, layer.places_among(layers[0]))
    return first
