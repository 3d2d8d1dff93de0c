"""Words that may be meant by a mistyped one: those of a vocabulary that are a slip or two away.

A slip adds or takes a letter, replaces one, or swaps two. Words of about the same length with about the same letters
are found in columns; only these are compared letter by letter. No index is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from sys import getsizeof

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from terminology.store.wordings import VOCABULARY

SHORTEST = 4
"""Letters of a word that may be mistyped: shorter ones have too many neighbours."""
MOST = 24
"""How many words of a vocabulary are tried for one mistyped word."""
AT_ONCE = 1 << 14
"""Words whose letters are counted at once."""

Slip = tuple[str, int]
"""A word, and how many slips it is away."""


@dataclass(frozen=True)
class Vocabulary:
    """Words in order: `text` has one after another, `lengths` how long each is, and `letters` a bit for each letter.

    Letters whose numbers end in the same six bits share one.
    """

    text: str
    lengths: npt.NDArray[np.uint8]
    letters: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, words: Sequence[str]) -> Vocabulary:
        """That of some words, none of them empty or longer than the index's."""
        pieces = [words[start : start + AT_ONCE] for start in range(0, len(words), AT_ONCE)]
        letters = np.concatenate([np.zeros(0, dtype=np.uint64), *map(_letters, pieces)])
        return cls("".join(words), np.fromiter(map(len, words), dtype=np.uint8, count=len(words)), letters)

    @classmethod
    def unpacked(cls, data: bytes) -> Vocabulary:
        """From what `packed` made."""
        (count,) = np.frombuffer(data[:8], dtype="<u8").tolist()
        letters = np.frombuffer(data, dtype="<u8", offset=8, count=count)
        lengths = np.frombuffer(data, dtype="u1", offset=8 + 8 * count, count=count)
        return cls(data[8 + 9 * count :].decode(), lengths, letters)

    def packed(self) -> bytes:
        """To be stored: the number of words, their letters, their lengths, their text."""
        count = np.array([len(self.lengths)], dtype="<u8")
        return b"".join(
            (count.tobytes(), self.letters.astype("<u8").tobytes(), self.lengths.tobytes(), self.text.encode())
        )

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        return getsizeof(self.text) + 13 * len(self.lengths)

    @cached_property
    def _ends(self) -> npt.NDArray[np.uint32]:
        return np.cumsum(self.lengths, dtype=np.uint32)

    def near(self, word: str, slips: int) -> list[Slip]:
        """The nearest words that are up to so many slips away, those equally near in order."""
        chosen = np.flatnonzero(np.abs(self.lengths.astype(np.int16) - len(word)) <= slips)
        # a slip changes two letters at most: one is there no more, another one is
        chosen = chosen[np.bitwise_count(self.letters[chosen] ^ _letters([word])) <= 2 * slips]
        ends, lengths = self._ends[chosen].tolist(), self.lengths[chosen].tolist()
        known = [self.text[end - length : end] for end, length in zip(ends, lengths, strict=True)]
        found = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=MOST, processor=None)
        return [(other, int(distance)) for other, distance, _ in found]


@cache
def clinical() -> Vocabulary:
    """The words of `wordings`."""
    return Vocabulary.of(VOCABULARY)


def slips_of(word: str, vocabularies: Iterable[Vocabulary]) -> list[Slip]:
    """Words that may be meant, the nearest first; those of `wordings` before those of an index, whatever its layers.

    The vocabularies are not asked for unless the word may be mistyped.
    """
    if len(word) < SHORTEST or not word.isalpha():
        return []
    allowed = 1 if len(word) <= SHORTEST + 1 else 2
    own = {slip for vocabulary in vocabularies for slip in vocabulary.near(word, allowed)}
    nearest = sorted(own, key=lambda slip: (slip[1], slip[0]))[:MOST]
    return sorted(dict.fromkeys([*clinical().near(word, allowed), *nearest]), key=lambda slip: slip[1])


def _letters(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The letters of each word, as bits."""
    numbers = np.frombuffer("".join(words).encode("utf-32-le"), dtype="<u4")
    bits = np.left_shift(np.uint64(1), (numbers & 63).astype(np.uint64))
    begins = [0, *(np.cumsum([*map(len, words)])[:-1])]
    return np.bitwise_or.reduceat(bits, begins)
