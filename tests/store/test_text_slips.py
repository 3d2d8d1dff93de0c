"""Words that may be meant by a mistyped one: an oracle that compares it with every word."""

from __future__ import annotations

import random
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import process
from rapidfuzz.distance import OSA

from terminology.store import text_slips
from terminology.store.text_slips import MOST, Vocabulary, slips_of
from terminology.store.wordings import VOCABULARY
from tests import synthetic


def compared(word: str, known: list[str], slips: int) -> list[tuple[str, int]]:
    """What comparing it with every word says."""
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=MOST, processor=None)
    return [(other, int(distance)) for other, distance, _ in found]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text("abcé高x1", min_size=1, max_size=7), unique=True).map(sorted),
    st.text("abcé高x", min_size=1, max_size=7),
    st.sampled_from([1, 2]),
)
def test_no_word_is_missed(known: list[str], word: str, slips: int) -> None:
    made = Vocabulary.of(known)
    assert made.near(word, slips) == compared(word, known, slips)
    assert Vocabulary.unpacked(made.packed()).near(word, slips) == compared(word, known, slips)


def test_words_of_a_large_vocabulary(monkeypatch) -> None:
    monkeypatch.setattr(text_slips, "AT_ONCE", 100)
    known = sorted(synthetic.vocabulary(3_000))
    made, rng = Vocabulary.of(known), random.Random(3)
    for word in rng.sample(known, 40):
        place = rng.randrange(len(word) - 1)
        for typed in (word[:place] + word[place + 1 :], word[:place] + "q" + word[place:], word[::-1]):
            assert made.near(typed, 2) == compared(typed, known, 2)


def test_few_words_are_compared_letter_by_letter() -> None:
    known = sorted(synthetic.vocabulary(20_000))
    made = Vocabulary.of(known)
    with mock.patch.object(text_slips.process, "extract", wraps=process.extract) as extract:
        for word in ("hypertenson", "kidnye", "strubai"):
            made.near(word, 2)
    assert [len(call.args[1]) < len(known) / 10 for call in extract.call_args_list] == [True] * 3


def test_the_words_of_several_vocabularies_are_in_one_order() -> None:
    parts = [Vocabulary.of(["kidnez", "liver"]), Vocabulary.of(["kidnej", "kidneys"]), Vocabulary.of([])]
    assert slips_of("kidnex", parts) == [
        *((word, 1) for word in VOCABULARY if OSA.distance(word, "kidnex") == 1), ("kidnej", 1), ("kidnez", 1),
        *((word, 2) for word in VOCABULARY if OSA.distance(word, "kidnex") == 2), ("kidneys", 2),
    ]  # fmt: skip


def test_short_words_and_numbers_are_not_mistyped() -> None:
    assert slips_of("kid", [Vocabulary.of(["kit"])]) == []
    assert slips_of("12345", [Vocabulary.of(["12346"])]) == []
    assert slips_of("kid", (pytest.fail("a vocabulary is read") for _ in range(1))) == []
