"""The terms of one layer of a version: words to sets of term numbers, and merging the order of two layers.

`text` decides which words are searched and in which order terms are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.arrays import Runs, UInts, bitmap, distinct, how_many, numbers, weight
from terminology.store.protocol import VersionReader
from terminology.store.reading import weight_of_texts
from terminology.store.text_fold import LAST_CHARACTER
from terminology.store.text_slips import Slip, Vocabulary

NOTHING = BitMap()
SHORT = 1
"""Letters: everybody types such words first, and most terms have one that begins with a given letter."""
MANY = 8192
"""The concepts of more terms are marked in an array over all concepts, those of fewer put in a set at once."""


@dataclass(frozen=True, slots=True)
class Match:
    """Matching terms of a layer: those that contain the words whole, and all of them.

    `begun`: they are the terms with words that begin so, and no others. Empty for all other matches.
    """

    whole: BitMap
    found: BitMap
    begun: str = ""

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        return weight(self.whole) + weight(self.found)


NO_MATCH = Match(NOTHING, NOTHING)


def _united(matches: Sequence[Match]) -> Match:
    """The terms that any of the matches has."""
    there = [match for match in matches if match.found]
    if len(there) <= 1:
        return there[0] if there else NO_MATCH
    return Match(BitMap.union(*(match.whole for match in there)), BitMap.union(*(match.found for match in there)))


class Terms:
    """Reads one layer. Holds nothing itself; safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    @property
    def ordinals(self) -> UInts:
        """The concept of each term."""
        return self._reader.array(index_kinds.TERM_ORDINALS)

    def match_any(self, begun: Sequence[Sequence[str]], whole: Sequence[Sequence[str]]) -> Match:
        """Terms that match one of several wordings: some by beginnings of words, others by whole words only."""
        if len(begun) == 1 and not whole:
            return self.match(begun[0])
        return _united([self.match(words) for words in begun] + [self._match_whole(words) for words in whole])

    def _match_whole(self, words: Sequence[str]) -> Match:
        sets = []
        for word in words:
            sets.append(self.whole(word))
            if not sets[-1]:
                return NO_MATCH
        found = BitMap.intersection(*sorted(sets, key=len))
        return Match(found, found)

    def match(self, asked: Sequence[str]) -> Match:
        """Terms with words that begin with each of those asked for; those of several short ones are many, and kept."""
        if not asked:
            return NO_MATCH
        if len(asked) == 1:
            return self._beginning(asked[0])
        if max(map(len, asked)) <= SHORT:
            name = " ".join(sorted(asked))
            return self._reader.kept(f"beginnings:{name}", lambda: self._match_all(asked, name), lambda m: m.weight)
        return self._match_all(asked)

    def _match_all(self, asked: Sequence[str], name: str = "") -> Match:
        begun = []
        for word in sorted(asked, key=len, reverse=True):  # long words are rare: an empty one ends it at once
            begun.append(self._beginning(word))
            if not begun[-1].found:
                return NO_MATCH
        found = BitMap.intersection(*sorted((one.found for one in begun), key=len))
        whole = BitMap.intersection(*sorted((one.whole for one in begun), key=len)) if found else NOTHING
        return Match(whole, found, name)

    def _beginning(self, word: str) -> Match:
        return self._reader.kept(f"beginning:{word}", lambda: self._read_beginning(word), lambda match: match.weight)

    def _read_beginning(self, word: str) -> Match:
        if word in self._known(index_kinds.PREFIX):
            return Match(self._read(index_kinds.TOKEN, word), self._read(index_kinds.PREFIX, word), word)
        sets = self._reader.bitmaps_between(index_kinds.TOKEN, word, word + LAST_CHARACTER)
        whole = sets.get(word, NOTHING)
        return Match(whole, BitMap.union(*sets.values()) if len(sets) > (word in sets) else whole, word)

    def _read(self, kind: str, word: str) -> BitMap:
        """A set that is kept as a part of something else."""
        return self._reader.bitmaps(kind, (word,)).get(word, NOTHING)

    def _known(self, kind: str) -> AbstractSet[str]:
        """The keys of a kind of which there are few, so that looking for others takes no statement."""
        return self._reader.kept(f"known:{kind}", lambda: frozenset(self._reader.bitmap_keys(kind)), weight_of_texts)

    def limited(self, match: Match, terms: BitMap) -> Match:
        """A match restricted to some terms."""
        return Match(match.whole & terms, match.found & terms)

    def mistyped(self, asked: Sequence[tuple[str, Sequence[Slip]]], meant: Sequence[Sequence[str]] = ()) -> Match:
        """Terms with words one or two slips away. `asked`: each word with the index's words near it and their distance.

        A word with one slip counts as whole. `meant` are wordings of what was probably meant, matched by whole words.
        """
        there = self._reader.bitmaps(index_kinds.TOKEN, {other for _, slips in asked for other, _ in slips})
        near, far = [], []
        for word, slips in asked:
            found = [(there[other], distance) for other, distance in slips if other in there]
            close = BitMap.union(self._beginning(word).found, *(terms for terms, distance in found if distance == 1))
            near.append(close)
            far.append(BitMap.union(close, *(terms for terms, _ in found)))
        nearly = Match(BitMap.intersection(*near), BitMap.intersection(*far)) if near else NO_MATCH
        return _united([nearly, *map(self._match_whole, meant)])

    def whole(self, word: str) -> BitMap:
        """Terms that have this word."""
        return self._reader.bitmap(index_kinds.TOKEN, word) or NOTHING

    def best(self, word: str) -> tuple[int, list[int]] | None:
        """How many concepts a search for this beginning finds, and the first of them, where that is stored."""
        stored = self._reader.blob(index_kinds.BEST, word)
        if stored is None:
            return None
        total, *first = np.frombuffer(stored, dtype="<u4").tolist()
        return total, first

    @property
    def vocabulary(self) -> Vocabulary:
        """All words."""
        return self._reader.kept("vocabulary", self._read_vocabulary, lambda words: words.weight)

    def _read_vocabulary(self) -> Vocabulary:
        stored = self._reader.blob(index_kinds.VOCABULARY)
        if stored is None:  # they are few, or an earlier program stored them
            return Vocabulary.of(self._reader.bitmap_keys(index_kinds.TOKEN))
        return Vocabulary.unpacked(stored)

    def languages(self) -> Sequence[str]:
        """The languages of terms."""
        return self._reader.bitmap_keys(index_kinds.LANGUAGE)

    def in_languages(self, tags: Iterable[str]) -> BitMap:
        """Terms in any of these languages."""
        return BitMap.union(NOTHING, *(self._reader.bitmap(index_kinds.LANGUAGE, tag) or NOTHING for tag in tags))

    def of(self, concepts: BitMap) -> BitMap:
        """The terms of some concepts."""
        if len(self.ordinals) <= len(concepts):
            ordinals = self.ordinals.tolist()
            return BitMap(number for number, ordinal in enumerate(ordinals) if ordinal in concepts)
        chosen = numbers(concepts)
        starts = self._starts.take(chosen).astype(np.int64)
        terms = Runs(starts, self._starts.take(chosen + 1) - starts)
        return bitmap(np.sort(terms.of(self._reader.array(index_kinds.ORDINAL_TERMS))))

    def concepts(self, match: Match) -> BitMap:
        """The concepts of all terms that match; those of beginnings are stored or kept."""
        if not match.begun:
            return self._concepts(match.found)
        return self._reader.kept(f"concepts:{match.begun}", lambda: self._concepts_begun(match), weight)

    def count(self, match: Match) -> int:
        """How many concepts have the terms that match; of beginnings, that is kept."""
        if not match.begun:
            return self._count_concepts(match)
        return self._reader.kept(f"count:{match.begun}", lambda: self._count_concepts(match), lambda _: 0)

    def _count_concepts(self, match: Match) -> int:
        if match.begun in self._known(index_kinds.PREFIX_CONCEPTS):
            return len(self._concepts_begun(match))
        return how_many(self.ordinals.take(numbers(match.found)), self._reader.entry.size)

    def _concepts_begun(self, match: Match) -> BitMap:
        if match.begun in self._known(index_kinds.PREFIX_CONCEPTS):
            return self._read(index_kinds.PREFIX_CONCEPTS, match.begun)
        return self._concepts(match.found)

    def _concepts(self, terms: BitMap) -> BitMap:
        ordinals = self.ordinals.take(numbers(terms))
        return bitmap(ordinals) if len(ordinals) <= MANY else distinct(ordinals, self._reader.entry.size)

    @property
    def _starts(self) -> UInts:
        return self._reader.kept("term-starts", self._count, lambda starts: starts.nbytes)

    def _count(self) -> UInts:
        counts = np.bincount(self.ordinals, minlength=self._reader.entry.size)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)

    def places_among(self, first: Terms) -> npt.NDArray[np.int64]:
        """For each term, its place among those of another layer: the number of the first that comes after it; rising.

        Shorter terms come first, then displays, then concepts in their order, as if all were of one layer.
        """
        return self._reader.kept("term-places", lambda: self._places_among(first), lambda places: places.nbytes)

    def _places_among(self, first: Terms) -> npt.NDArray[np.int64]:
        ranks, begins = first._ranks
        ends = np.append(begins[1:], len(first.ordinals))
        places = np.append(begins, len(first.ordinals)).astype(np.int64)[np.searchsorted(ranks, self._rank_of_each())]
        for number, (rank, ordinal) in enumerate(
            zip(self._rank_of_each().tolist(), self.ordinals.tolist(), strict=True)
        ):
            at = int(np.searchsorted(ranks, rank))
            if at < len(ranks) and ranks[at] == rank:
                equal = first.ordinals[begins[at] : ends[at]]
                places[number] += int(np.searchsorted(equal, ordinal, side="right"))
        return places

    @property
    def _ranks(self) -> tuple[UInts, UInts]:
        data = self._reader.array(index_kinds.TERM_RANKS)
        return data[: len(data) // 2], data[len(data) // 2 :]

    def _rank_of_each(self) -> UInts:
        ranks, begins = self._ranks
        return np.repeat(ranks, np.diff(np.append(begins, len(self.ordinals))))
