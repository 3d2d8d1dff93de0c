"""A search in other words: phrases of the table, other spellings, abbreviations, slips; and what must not be found."""

from __future__ import annotations

import pytest

from terminology.model.concept import Concept
from terminology.store.clinical_words import meanings
from terminology.store.text import TextIndex
from terminology.store.text_fold import query_words
from terminology.store.wordings import LONGEST_KEPT, MOST, meaning_the_same, respelt, wordings
from tests.store.building import built

PROCEDURES = {
    "0FT40ZZ": "Resection of Gallbladder, Open Approach",
    "0FT44ZZ": "Resection of Gallbladder, Percutaneous Endoscopic Approach",
    "0FP40YZ": "Removal of Other Device from Gallbladder, Open Approach",
    "0SJC4ZZ": "Inspection of Right Knee Joint, Percutaneous Endoscopic Approach",
    "0SRC0JZ": "Replacement of Right Knee Joint with Synthetic Substitute, Open Approach",
    "0DTJ0ZZ": "Resection of Appendix, Open Approach",
    "10D00Z1": "Extraction of Products of Conception, Low, Open Approach",
    "BQ3": "Magnetic Resonance Imaging of Knee",
    "OPS": "Röntgenaufnahme des Thorax",
    "thing": "Thrombosis of something",
    "blunt": "Blunt dissection",
}


@pytest.fixture(scope="module")
def index() -> TextIndex:
    return TextIndex(built([Concept(code, display) for code, display in PROCEDURES.items()]))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gallbladder removal", "0FT40ZZ"),
        ("removal of gallbladder", "0FT40ZZ"),
        ("Gall bladder removal", "0FT40ZZ"),
        ("lap chole", "0FT44ZZ"),
        ("laparoscopic cholecystectomy", "0FT44ZZ"),
        ("Gallenblasenentfernung", "0FT40ZZ"),
        ("knee scope", "0SJC4ZZ"),
        ("scope right knee", "0SJC4ZZ"),
        ("TKA", "0SRC0JZ"),
        ("apendectomy", "0DTJ0ZZ"),  # a slip in a word that only the table has
        ("galbladder removal", "0FT40ZZ"),
        ("caesarean", "10D00Z1"),
        ("MRI knee", "BQ3"),
        ("Roentgen", "OPS"),
        ("Röntgen", "OPS"),
    ],
)
def test_the_right_code_is_first(index: TextIndex, typed: str, first: str) -> None:
    hits = index.search(typed)
    assert list(PROCEDURES)[hits.page(0, 1)[0]] == first
    assert len(hits.page(0, 100)) == hits.total


def test_abbreviations_in_other_words_begin_no_words(index: TextIndex) -> None:
    """ "Hip replacement" is also "THR", but not "Thrombosis"; "blue" is not "blu", and so not "blunt"."""
    assert index.search("hip replacement").total == 0
    assert index.search("blue").guessed


def test_a_search_for_other_things_has_one_wording() -> None:
    assert wordings("pain in knee") == ((("pain", "in", "knee"),), ())
    assert meaning_the_same([]) == respelt([]) == []


def test_other_words_of_a_search_stay_and_the_number_of_wordings_is_bounded() -> None:
    assert ("cholecystectomy", "left") in meaning_the_same(["gallbladder", "left", "removal"])
    everything = [word for phrases in meanings() for phrase in phrases for word in query_words(phrase)]
    assert len(meaning_the_same(everything)) == MOST


def test_every_line_of_the_table_has_two_distinct_phrases() -> None:
    for phrases in meanings():
        distinct = {frozenset(query_words(phrase)) for phrase in phrases}
        assert len(distinct) == len(phrases) > 1, phrases
        assert all(distinct), phrases


def test_wordings_of_short_searches_are_kept() -> None:
    assert wordings("pain in knee") is wordings("pain in knee")
    long = "knee " * LONGEST_KEPT
    assert wordings(long) == wordings(long)
    assert wordings(long) is not wordings(long)
