"""Builds the text index of a version in columns: terms in, bitmaps of term numbers out.

Terms are numbered by length, displays before designations, so that the smallest number is the best hit. `text_fold`
defines what a word is; `text` searches the index.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.arrays import UInts, bitmap, distinct, how_many, numbers
from terminology.store.protocol import VersionWriter
from terminology.store.text_fold import END_OF_TERM, LAST_CHARACTER, LONGEST_WORD, fold, words_of_all
from terminology.store.text_hits import KEPT, Found, TermSegment, TextHits
from terminology.store.text_slips import Vocabulary

PREFIX_WORDS = 16
"""A beginning shared by more words than this gets a bitmap of its own; fewer are united when searching."""

WIDE = 50_000
"""A beginning that more terms share also gets its bitmap, and the set of its concepts: counting is then free."""

POPULAR = 256
"""Of a beginning that more terms share, the best hits and the number of all are stored."""

WORDY = 8192
"""More words than these are stored once more, all together, so that typing errors can be looked for at once."""

CODE_BYTES = 64
"""Codes are ordered by this much of their folded form; a search for a longer beginning looks at the code itself."""

BATCH = 4096
"""Terms split into words at once."""

END = 0
"""The number of END_OF_TERM."""

REPEATED = 2
"""When fewer than one in so many terms of a batch differ, each is split once."""

CHUNK = 1 << 20
"""Postings sorted at once."""


class _Ids(dict[str, int]):
    """Numbers words in the order of their first use."""

    def __missing__(self, word: str) -> int:
        if len(word) > LONGEST_WORD:
            return self[word[:LONGEST_WORD]]
        number = self[word] = len(self)
        return number


class TextIndexBuilder:
    """Collects terms and codes of concepts, in any order of ordinals; `write` may be called once.

    Memory: about 8 bytes a term and 4 a word while collecting, twice that while writing.
    """

    def __init__(self) -> None:
        self._ordinals = array("I")
        self._ranks = array("I")
        self._languages = array("H")
        self._language_ids: dict[str, int] = {}
        self._pending: list[str] = []
        self._words = array("I")
        self._word_ids = _Ids({END_OF_TERM: END})
        self._codes: list[bytes] = []
        self._code_ordinals = array("I")

    def add(self, ordinal: int, text: str, language: str | None = None, *, designation: bool = False) -> None:
        """Add a display, or a designation, of a concept."""
        self._ordinals.append(ordinal)
        self._ranks.append(len(text) << 1 | designation)
        self._languages.append(self._language_ids.setdefault(language or "", len(self._language_ids)))
        self._pending.append(text)
        if len(self._pending) == BATCH:
            self._split()

    def add_designations(self, ordinal: int, terms: Sequence[tuple[str, str | None]]) -> None:
        """Add texts with their languages: `add` for what large releases have most of."""
        ids = self._language_ids
        for text, language in terms:
            self._ordinals.append(ordinal)
            self._ranks.append(len(text) << 1 | 1)
            self._languages.append(ids.setdefault(language or "", len(ids)))
            self._pending.append(text)
        if len(self._pending) >= BATCH:
            self._split()

    def _split(self) -> None:
        """Split pending texts into words; if most texts are repeated (the parts of ICD-10-PCS), each only once."""
        texts = list(dict.fromkeys(self._pending))
        if len(texts) * REPEATED > len(self._pending):
            self._words.extend(map(self._word_ids.__getitem__, words_of_all(self._pending)))
        else:
            words = array("I", map(self._word_ids.__getitem__, words_of_all(texts)))
            ends = [place + 1 for place, word in enumerate(words) if word == END]
            own = {text: words[low:high].tobytes() for text, low, high in zip(texts, [0, *ends], ends, strict=False)}
            self._words.frombytes(b"".join(map(own.__getitem__, self._pending)))
        self._pending.clear()

    def add_code(self, ordinal: int, code: str) -> None:
        """Index a concept's code, so that its beginning finds the concept."""
        self._codes.append(fold(code).encode()[:CODE_BYTES])
        self._code_ordinals.append(ordinal)

    def write(self, writer: VersionWriter) -> None:
        """Write everything, and free it."""
        self._write_codes(writer)
        if not self._ordinals:
            return
        if self._pending:
            self._split()
        ranks = np.frombuffer(self._ranks, dtype=np.uint32)
        order = np.argsort(ranks, kind="stable")
        writer.write_blob(
            index_kinds.TERM_RANKS,
            "",
            np.concatenate(np.unique(ranks[order], return_index=True)).astype("<u4").tobytes(),
        )
        number_of = np.empty(len(order), dtype=np.uint32)
        number_of[order] = np.arange(len(order), dtype=np.uint32)
        ordinals = np.frombuffer(self._ordinals, dtype=np.uint32)
        of_number = ordinals[order]
        writer.write_blob(index_kinds.TERM_ORDINALS, "", of_number.astype("<u4").tobytes())
        by_ordinal = number_of[np.argsort(ordinals, kind="stable")]
        writer.write_blob(index_kinds.ORDINAL_TERMS, "", by_ordinal.astype("<u4").tobytes())
        writer.write_bitmaps(index_kinds.LANGUAGE, self._languages_in(order))
        self._write_words(writer, number_of, of_number)

    def _languages_in(self, order: npt.NDArray[np.intp]) -> Iterator[tuple[str, BitMap]]:
        of_number = np.frombuffer(self._languages, dtype=np.uint16)[order]
        for language, number in self._language_ids.items():
            yield language, bitmap(np.flatnonzero(of_number == number))

    def _write_codes(self, writer: VersionWriter) -> None:
        if not self._codes:
            return
        codes = np.array(self._codes, dtype=np.bytes_)
        self._codes.clear()
        order = np.argsort(codes, kind="stable")
        ordinals = np.frombuffer(self._code_ordinals, dtype=np.uint32)[order]
        writer.write_blob(index_kinds.CODE_TEXTS, "", codes[order].tobytes())
        writer.write_blob(index_kinds.CODE_ORDINALS, "", ordinals.astype("<u4").tobytes())

    def _write_words(self, writer: VersionWriter, number_of: UInts, ordinals: UInts) -> None:
        occurrences = np.frombuffer(self._words, dtype=np.uint32)
        ends = np.flatnonzero(occurrences == self._word_ids.pop(END_OF_TERM))
        counts = np.diff(ends, prepend=-1) - 1
        texts = sorted(self._word_ids)
        rank = np.zeros(len(texts) + 1, dtype=np.uint32)
        rank[[self._word_ids[text] for text in texts]] = np.arange(len(texts), dtype=np.uint32)
        postings = _Postings(rank[np.delete(occurrences, ends)], np.repeat(number_of, counts), len(texts))
        self._word_ids.clear()
        self._words = array("I")
        if len(texts) > WORDY:
            writer.write_blob(index_kinds.VOCABULARY, "", Vocabulary.of(texts).packed())
        prefixes = _Prefixes(ordinals)
        for start, sets in postings.chunks():
            chunk = texts[start : start + len(sets)]
            writer.write_bitmaps(index_kinds.TOKEN, zip(chunk, sets, strict=True))
            prefixes.add(chunk, sets)
            prefixes.write(writer)
        prefixes.close()
        prefixes.write(writer)


@dataclass(frozen=True, slots=True)
class _Postings:
    """Two parallel columns: each occurrence of a word, as the word's rank, and the number of the term it is in."""

    ranks: UInts
    terms: UInts
    count: int

    def chunks(self) -> Iterator[tuple[int, list[BitMap]]]:
        """The first rank and the sets of consecutive words, about CHUNK occurrences at a time."""
        ends = np.cumsum(np.bincount(self.ranks, minlength=self.count))
        start = 0
        while start < self.count:
            before = int(ends[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + CHUNK, side="right")))
            yield start, self._sets(start, stop)
            start = stop

    def _sets(self, start: int, stop: int) -> list[BitMap]:
        chosen = np.flatnonzero((self.ranks >= start) & (self.ranks < stop))
        keys = (self.ranks[chosen].astype(np.uint64) << np.uint64(32)) | self.terms[chosen]
        keys.sort()
        ranks = (keys >> np.uint64(32)).astype(np.uint32)
        terms = array("I", keys.astype(np.uint32).tobytes())
        bounds = np.searchsorted(ranks, np.arange(start, stop + 1, dtype=np.uint32)).tolist()
        return [BitMap(terms[low:high]) for low, high in pairwise(bounds)]


class _Prefixes:
    """Unites words, which come in order, into the sets of their common beginnings: one first letter at a time."""

    def __init__(self, ordinals: UInts) -> None:
        self._ordinals = ordinals
        self._size = int(ordinals.max()) + 1
        self._words: list[str] = []
        self._terms: list[BitMap] = []
        self._sets: list[tuple[str, BitMap]] = []
        self._concepts: list[tuple[str, BitMap]] = []
        self._best: dict[str, bytes] = {}

    def add(self, words: list[str], sets: list[BitMap]) -> None:
        """The next words with their terms."""
        self._words += words
        self._terms += sets
        end = bisect_left(self._words, self._words[-1][0])
        self._unite(0, end, 0)
        del self._words[:end], self._terms[:end]

    def close(self) -> None:
        """End: no more words will be added."""
        self._unite(0, len(self._words), 0)

    def _unite(self, low: int, high: int, length: int) -> list[BitMap]:
        """Sets that together hold the terms of the words from `low` up to `high`, which share `length` letters."""
        found: list[BitMap] = []
        if low < high and len(self._words[low]) == length:
            found.append(self._terms[low])
            low += 1
        while low < high:
            prefix = self._words[low][: length + 1]
            end = bisect_left(self._words, prefix + LAST_CHARACTER, low, high)
            found += self._group(prefix, low, end)
            low = end
        return found

    def _group(self, prefix: str, low: int, high: int) -> list[BitMap]:
        """The sets of the words from `low` up to `high`, which begin with `prefix`: united if there is much in them."""
        sets = self._terms[low:high]
        count = sum(map(len, sets))
        is_wide = len(sets) > PREFIX_WORDS or count > WIDE
        if not is_wide and count <= POPULAR:
            return sets
        terms = BitMap.union(*self._unite(low, high, len(prefix)))
        if is_wide:
            self._sets.append((prefix, terms))
        if len(terms) > WIDE:
            self._concepts.append((prefix, distinct(self._ordinals[numbers(terms)], self._size)))
        if len(terms) > POPULAR:
            self._best[prefix] = self._best_of(prefix, low, high, terms)
        return [terms]

    def _best_of(self, prefix: str, low: int, high: int, terms: BitMap) -> bytes:
        """What `index_kinds.BEST` has of a beginning."""
        first = self._words[low]
        longer = first[: len(prefix) + 1]
        if first != prefix and self._words[high - 1].startswith(longer):
            return self._best[longer]  # the same words
        whole = self._terms[low] if first == prefix else BitMap()
        tiers = [TermSegment(whole, self._ordinals), TermSegment(terms - whole, self._ordinals)]
        best = TextHits(tiers, self._size, Found.of(terms)).page(0, KEPT)
        return np.array([how_many(self._ordinals[numbers(terms)], self._size), *best], dtype="<u4").tobytes()

    def write(self, writer: VersionWriter) -> None:
        """Write the sets that are complete."""
        writer.write_bitmaps(index_kinds.PREFIX, self._sets)
        writer.write_bitmaps(index_kinds.PREFIX_CONCEPTS, self._concepts)
        writer.write_blobs(index_kinds.BEST, sorted(self._best.items()))
        self._sets, self._concepts, self._best = [], [], {}
