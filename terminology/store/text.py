"""Searches the text index of a version: words to sets of terms, sets of terms to concepts, best first.

All words must match one term, each as the beginning of a word. Order: the exact code; terms that contain all words
whole; codes that begin with the text; other terms; shorter terms first. Synonymous wordings (`wordings`) are searched,
too. If nothing matches at all, words are assumed to be mistyped. `text_build` makes the index; callers decide which
display is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.protocols import Hits
from terminology.store import index_kinds
from terminology.store.arrays import UInts, bitmap
from terminology.store.protocol import VersionReader
from terminology.store.text_build import CODE_BYTES
from terminology.store.text_fold import fold
from terminology.store.text_hits import (
    CodeSegment,
    Found,
    HitsWhenAsked,
    JoinedSegment,
    KeptHits,
    Outcome,
    Segment,
    TermSegment,
    TextHits,
)
from terminology.store.text_slips import slips_of
from terminology.store.text_terms import Match, Terms
from terminology.store.wordings import LONGEST_KEPT, meaning_the_same, wordings

NO_ORDINALS = np.zeros(0, dtype=np.uint32)
NEARNESS = 1 / 64
"""Concepts that are fewer than this part of the terms found are looked for by their own terms."""


class TextIndex:
    """The index of one published version, of all its layers. Holds nothing itself; safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    @property
    def _layers(self) -> list[Terms]:
        return [Terms(layer) for layer in self._reader.layers]

    def search(
        self, text: str, languages: Languages = ANY_LANGUAGE, within: BitMap | None = None, name: str = ""
    ) -> Hits:
        """Concepts that match `text`, those in `languages` earlier, those outside `within` left out.

        A client that refuses other languages gets only hits in those it asked for, in texts of no stated
        language, and by code. An empty text finds everything, in the order of the system.

        Everybody types the same beginnings: of searches of the whole version, and of those within a set that has a
        name, the best hits are kept.
        """
        if (within is not None and not name) or len(text) + len(languages.source) > LONGEST_KEPT:
            return self._search(text, languages, within)
        every = HitsWhenAsked(partial(self._search, text, languages, within))
        question = f"found:{name}:{len(text)}:{text}{languages.source}"

        def make() -> Outcome:
            return (self._stored(text, languages) if within is None else None) or every.outcome()

        return KeptHits(self._reader.kept(question, make, Outcome.weigh), every)

    def _stored(self, text: str, languages: Languages) -> Outcome | None:
        """What the index knows of a search for one word that begins very many terms, if nothing else counts."""
        begun, whole = wordings(text)
        layers = self._layers
        if whole or len(begun) > 1 or len(begun[0]) != 1:
            return None
        if languages.refuses_others or self._preferred(layers, languages) is not None:
            return None
        best = layers[0].best(begun[0][0])
        if best is None or any(layer.match(begun[0]).found for layer in layers[1:]):
            return None
        if any(map(len, self._codes_from(fold(text.strip())))):
            return None
        return Outcome(*best, guessed=False)

    def _search(self, text: str, languages: Languages, within: BitMap | None = None) -> TextHits:
        size = self._reader.entry.size
        folded = fold(text.strip())
        if not folded:
            every = np.arange(size, dtype=np.uint32)
            found = Found(size, lambda: bitmap(every)) if within is None else Found.of(within)
            return TextHits([CodeSegment(every)], size, found, narrowed=within is not None)
        codes = self._codes_from(folded)
        layers = self._layers
        matches, guessed = self._matches(layers, text, languages, among_codes=any(map(len, codes)))
        if within is None:
            found = _all_found(layers, matches, codes)
        else:
            matches = _all_near(layers, matches, within)
            narrowed = _concepts(layers, matches, codes) & within
            matches = _all_near(layers, matches, narrowed)
            found = Found.of(narrowed)
        order = self._in_order(layers, matches, languages, *codes)
        return TextHits(order, size, found, narrowed=within is not None, guessed=guessed)

    def _matches(
        self, layers: Sequence[Terms], text: str, languages: Languages, *, among_codes: bool
    ) -> tuple[list[Match], bool]:
        """The matches in each layer, and whether the words had to be taken for mistyped."""
        begun, whole = wordings(text)
        matches = [layer.match_any(begun, whole) for layer in layers]
        guessed = not among_codes and not any(match.found for match in matches)
        if guessed:
            slips = [(word, slips_of(word, (layer.vocabulary for layer in layers))) for word in begun[0]]
            meant = [found[0][0] if found else word for word, found in slips]
            matches = [layer.mistyped(slips, meaning_the_same(meant)) for layer in layers]
        refuses = languages and languages.refuses_others
        return (self._refuse(layers, matches, languages) if refuses else matches), guessed

    def _refuse(self, layers: Sequence[Terms], matches: list[Match], languages: Languages) -> list[Match]:
        known = self._reader.bitmap_keys(index_kinds.LANGUAGE)
        allowed = {tag for tag in known if not tag or any(w.matches(tag) for w in languages.wanted)}
        if len(allowed) == len(known):
            return matches
        return [layer.limited(m, layer.in_languages(allowed)) for layer, m in zip(layers, matches, strict=True)]

    def _in_order(
        self, layers: Sequence[Terms], matches: Sequence[Match], languages: Languages, exact: UInts, longer: UInts
    ) -> Iterator[Segment]:
        """Segments of hits, best first; each is computed only when it is reached."""
        preferred = self._preferred(layers, languages) if languages else None
        if len(exact):
            yield CodeSegment(exact)
        if any(whole := [m.whole for m in matches]):
            yield from _tier(layers, whole, preferred)
        if len(longer):
            yield CodeSegment(longer)
        yield from _tier(layers, [m.found - m.whole for m in matches], preferred)

    def _preferred(self, layers: Sequence[Terms], languages: Languages) -> list[BitMap] | None:
        """The terms in requested languages, by layer; None if languages make no difference."""
        if not languages.wanted:
            return None
        known = self._reader.bitmap_keys(index_kinds.LANGUAGE)
        wanted = {tag for tag in known if any(w.matches(tag) for w in languages.wanted)} or {""}
        return [layer.in_languages(wanted) for layer in layers] if wanted < set(known) else None

    def _codes_from(self, folded: str) -> tuple[UInts, UInts]:
        """Ordinals of the codes that equal a folded text, and of those that only begin with it."""
        wanted = folded.encode()
        if wanted[0] not in self._initials:  # so that words do not have the codes read
            return NO_ORDINALS, NO_ORDINALS
        texts, ordinals = self._codes
        width = texts.itemsize
        if width < min(len(wanted), CODE_BYTES):
            return NO_ORDINALS, NO_ORDINALS
        if len(wanted) >= CODE_BYTES:
            return self._long_codes(folded)
        low = texts.searchsorted(np.bytes_(wanted))
        if low == len(texts) or not texts[low].startswith(wanted.rstrip(b"\0")):
            return ordinals[:0], ordinals[:0]
        after = texts.searchsorted(np.bytes_(wanted), side="right")
        high = texts.searchsorted(np.bytes_(wanted.ljust(width, b"\xff")), side="right")  # not in any UTF-8
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
    def _initials(self) -> bytes:
        """The bytes with which codes begin."""
        return self._reader.kept("code-initials", self._read_initials, len)

    def _read_initials(self) -> bytes:
        texts, _ = self._codes
        return bytes(set(texts.view("u1")[:: texts.itemsize].tolist()))

    @property
    def _codes(self) -> tuple[npt.NDArray[np.bytes_], UInts]:
        """The folded codes in order, and the ordinal of each."""
        return self._reader.kept("codes-in-order", self._read_codes, lambda codes: codes[0].nbytes + codes[1].nbytes)

    def _read_codes(self) -> tuple[npt.NDArray[np.bytes_], UInts]:
        ordinals = np.frombuffer(self._reader.blob(index_kinds.CODE_ORDINALS) or b"", dtype="<u4")
        texts = np.frombuffer(self._reader.blob(index_kinds.CODE_TEXTS) or b"", dtype="u1")
        width = len(texts) // len(ordinals) if len(ordinals) else 1
        return texts.view(f"S{width}"), ordinals


def _all_found(layers: Sequence[Terms], matches: Sequence[Match], codes: Sequence[UInts]) -> Found:
    """All concepts found; they are only counted where those of one layer are all."""
    there = [(layer, match) for layer, match in zip(layers, matches, strict=True) if match.found]
    if len(there) == 1 and not any(map(len, codes)):
        layer, match = there[0]
        return Found(layer.count(match), partial(layer.concepts, match))
    return Found.of(_concepts(layers, matches, codes))


def _concepts(layers: Sequence[Terms], matches: Sequence[Match], codes: Iterable[UInts]) -> BitMap:
    """All concepts found."""
    found = [layer.concepts(match) for layer, match in zip(layers, matches, strict=True)]
    found += [bitmap(ordinals) for ordinals in codes if len(ordinals)]
    return found[0] if len(found) == 1 else BitMap.union(*found)


def _all_near(layers: Sequence[Terms], matches: Sequence[Match], concepts: BitMap) -> list[Match]:
    """The matches, restricted to the terms of `concepts` where these are few compared with the terms found."""
    return [
        layer.limited(match, layer.of(concepts)) if len(concepts) < NEARNESS * len(match.found) else match
        for layer, match in zip(layers, matches, strict=True)
    ]


def _tier(layers: Sequence[Terms], terms: Sequence[BitMap], preferred: Sequence[BitMap] | None) -> Iterator[Segment]:
    """Terms of equal merit by their order, but those that are preferred before all others."""
    if preferred is None:
        yield _segment(layers, terms)
        return
    yield _segment(layers, [mine & first for mine, first in zip(terms, preferred, strict=True)])
    yield _segment(layers, [mine - first for mine, first in zip(terms, preferred, strict=True)])


def _segment(layers: Sequence[Terms], terms: Sequence[BitMap]) -> Segment:
    """The terms of one layer, or of two in their common order."""
    first, *others = (TermSegment(found, layer.ordinals) for found, layer in zip(terms, layers, strict=True))
    for layer, segment in zip(layers[1:], others, strict=True):
        if len(segment):
            return JoinedSegment(first, segment, layer.places_among(layers[0]))
    return first
