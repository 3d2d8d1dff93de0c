"""Words that may be meant by a mistyped one: those of a vocabulary that are a slip or two away.

A slip adds or takes a letter, replaces one, or swaps two. Words of about the same length with about the same letters
are found in columns; only these are compared letter by letter. No index is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from struct import Struct
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
"""Words whose letters are noted at once."""
COUNT = Struct("<I")

Slip = tuple[str, int]
"""A word, and how many slips it is away."""


class Vocabulary:
    """Words in order, in one text; of each word its length and its letters, as bits.

    Letters whose numbers end in the same six bits share one.
    """

    def __init__(self, text: str, lengths: npt.NDArray[np.uint8]) -> None:
        self._text = text
        self._lengths = lengths
        self._ends = np.cumsum(lengths, dtype=np.uint32)
        self._letters = _letters(text, self._ends - lengths) if text else np.zeros(0, dtype=np.uint64)

    @classmethod
    def of(cls, words: Sequence[str]) -> Vocabulary:
        """That of some words, none of them empty or longer than the index's."""
        return cls("".join(words), np.fromiter(map(len, words), dtype=np.uint8, count=len(words)))

    @classmethod
    def unpacked(cls, data: bytes) -> Vocabulary:
        """From what `packed` made."""
        (count,) = COUNT.unpack_from(data)
        lengths = np.frombuffer(data, dtype=np.uint8, offset=COUNT.size, count=count)
        return cls(data[COUNT.size + count :].decode(), lengths)

    def packed(self) -> bytes:
        """To be stored: the number of words, their lengths, their text."""
        return b"".join((COUNT.pack(len(self._lengths)), self._lengths.tobytes(), self._text.encode()))

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        return getsizeof(self._text) + 13 * len(self._lengths)

    def near(self, word: str, slips: int) -> list[Slip]:
        """The nearest words that are up to so many slips away, those equally near in order."""
        chosen = np.flatnonzero(np.abs(self._lengths.astype(np.int16) - len(word)) <= slips)
        # a slip changes two letters at most: one is there no more, another one is
        own = _letters(word, np.zeros(1, dtype=np.uint32))
        chosen = chosen[np.bitwise_count(self._letters[chosen] ^ own) <= 2 * slips]
        ends, lengths = self._ends[chosen].tolist(), self._lengths[chosen].tolist()
        known = [self._text[end - length : end] for end, length in zip(ends, lengths, strict=True)]
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


def _letters(text: str, begins: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """The letters of each word, as bits; a piece of the text at a time, since each letter takes 16 bytes meanwhile."""
    pieces = []
    for first in range(0, len(begins), AT_ONCE):
        places = begins[first : first + AT_ONCE + 1].tolist()
        piece = text[places[0] : places[AT_ONCE] if len(places) > AT_ONCE else len(text)]
        numbers = np.frombuffer(piece.encode("utf-32-le"), dtype="<u4")
        bits = np.left_shift(np.uint64(1), (numbers & 63).astype(np.uint64))
        pieces.append(np.bitwise_or.reduceat(bits, np.array(places[:AT_ONCE]) - places[0]))
    return np.concatenate(pieces)
