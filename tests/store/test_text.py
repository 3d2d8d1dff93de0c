"""The text index: folding, order, totals, prefixes, languages, typing errors; and an oracle that reads every term."""

from __future__ import annotations

import itertools
import random
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from terminology.model.concept import Concept, Designation
from terminology.model.language import Languages
from terminology.store import text_build, text_hits, text_terms
from terminology.store.text import TextIndex
from terminology.store.text_build import PREFIX_WORDS
from terminology.store.text_fold import END_OF_TERM, fold, query_words, words, words_of_all
from tests import synthetic
from tests.store.building import built


def index_of(concepts, **fields):
    return TextIndex(built(concepts, **fields))


def named(*displays):
    return [Concept(f"c{n}", display) for n, display in enumerate(displays)]


def found(index, text, **arguments):
    hits = index.search(text, **arguments)
    page = list(hits.page(0, 10_000))
    assert len(page) == len(set(page)) == hits.total
    assert BitMap(page) == hits.members()
    return page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ménière's disease", ["menieres", "disease"]),
        ("Menière’s", ["menieres"]),
        ("l'estomac", ["l", "estomac"]),
        ("45-60 minutes", ["45", "60", "minutes"]),
        ("0.5 mg, 1,000 mL", ["0.5", "mg", "1,000", "ml"]),
        ("Straße ŁÓDŹ Ærø", ["strasse", "lodz", "aero"]),
        ("snake_case (x-ray)", ["snake", "case", "x", "ray"]),
        ("高血压 II", ["ii", "高血", "血压", "压"]),
        ("が", ["が"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("x" * 100, ["x" * 40]),
        ("-- , .", []),
    ],
)
def test_texts_split_into_folded_words(text, expected):
    assert words(text) == expected


def test_a_longer_run_is_asked_for_by_bigrams():
    assert query_words("高血压") == ["高血", "血压"]
    assert query_words("压") == ["压"]
    assert query_words("a b a") == ["a", "b"]


@given(st.lists(st.text(), max_size=8))
def test_words_of_all_are_the_words_of_each(texts):
    everything = words_of_all(texts) if texts else []
    each = [[*words(text), END_OF_TERM] for text in texts]
    assert [word[:40] for word in everything] == list(itertools.chain.from_iterable(each))


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


def test_the_shortest_term_comes_first():
    index = index_of(named("Excision of left kidney", "Kidney", "Left kidney", "Liver"))
    assert found(index, "kidney") == [1, 2, 0]
    assert found(index, "KIDNEY left") == [2, 0]
    assert found(index, "spleen") == []


def test_every_word_may_be_a_beginning():
    index = index_of(named("Heart attack", "Hearing aid", "Heat rash"))
    assert found(index, "hea") == [2, 1, 0]
    assert found(index, "hear a") == [1, 0]
    assert found(index, "at hea") == [0]


def test_whole_words_come_before_beginnings():
    index = index_of(named("Carted", "A cart of some length"))
    assert found(index, "cart") == [1, 0]


def test_an_equal_term_comes_first_whatever_its_kind():
    index = index_of(
        [Concept("a", "Left knee pain"), Concept("b", "Gonalgia", designations=(Designation("Knee pain"),))]
    )
    assert found(index, "knee pain") == [1, 0]


def test_a_display_comes_before_a_designation_of_equal_length():
    index = index_of([Concept("a", "Other", designations=(Designation("Ankle"),)), Concept("b", "Ankle")])
    assert found(index, "ankle") == [1, 0]


def test_a_concept_counts_once():
    index = index_of([Concept("a", "Knee", designations=(Designation("Knee joint"), Designation("Knee")))])
    hits = index.search("knee")
    assert (hits.total, list(hits.page(0, 5))) == (1, [0])


def test_codes_are_found_by_their_beginning():
    index = index_of([Concept("0DT60", "x"), Concept("0DT6", "y"), Concept("E11.9", "z"), Concept("e", "0dt words")])
    assert found(index, "0dt6") == [1, 0]
    assert found(index, "0dt") == [3, 1, 0]
    assert found(index, "e11.") == [2]
    assert found(index, "E11.9") == [2]
    assert found(index, "0DT60ZZ") == []


def test_codes_longer_than_the_index_keeps():
    long = "a" * 70
    index = index_of([Concept(long + "2"), Concept(long), Concept("b")])
    assert found(index, long) == [1, 0]
    assert found(index, long + "2") == [0]
    assert found(index, "a" * 64) == [0, 1]


def test_an_empty_text_finds_everything_in_order():
    index = index_of(named("b", "a"))
    assert found(index, " ") == [0, 1]
    assert found(index, "", within=BitMap([1])) == [1]
    assert found(index, "--") == []


def test_an_empty_system():
    index = index_of([])
    assert found(index, "kidney") == []
    assert found(index, "") == []


def test_other_scripts():
    index = index_of(named("高血压", "低血压", "血", "アレルギー"))
    assert found(index, "血压") == [0, 1]
    assert found(index, "压") == [0, 1]
    assert found(index, "血") == [2, 0, 1]
    assert found(index, "ルギ") == [3]


def test_typing_errors_are_forgiven_when_nothing_matches():
    index = index_of(named("Hypertension", "Heart disease", "Cart"))
    assert found(index, "hypertenson") == [0]
    assert found(index, "hypretension") == [0]
    assert found(index, "haert diseese") == [1]
    assert found(index, "hart") == [1, 2] or found(index, "hart") == [2, 1]
    assert found(index, "zzzz") == []
    assert found(index, "crt") == [], "three letters have too many neighbours"


def test_a_match_elsewhere_is_no_typing_error():
    index = index_of(named("Left", "Cleft"))
    assert found(index, "left", within=BitMap([1])) == []


LANGUAGES = [
    Concept("a", "Hand", designations=(Designation("Main", "fr"),)),
    Concept("b", "Main entrance", designations=(Designation("Haupteingang", "de-AT"),)),
]


def test_wanted_languages_come_first():
    index = index_of(LANGUAGES)
    assert found(index, "main") == [0, 1]
    assert found(index, "main", languages=Languages.parse("en")) == [1, 0]
    assert found(index, "main", languages=Languages.parse("fr, en;q=0.5")) == [0, 1]


def test_refused_languages_are_not_searched():
    index = index_of(LANGUAGES)
    assert found(index, "main", languages=Languages.parse("fr, *;q=0")) == [0]
    assert found(index, "main", languages=Languages.parse("de, *;q=0")) == []
    assert found(index, "haupt", languages=Languages.parse("de, *;q=0")) == [1]
    assert found(index, "b", languages=Languages.parse("fr, *;q=0")) == [1], "a code is in no language"


def test_pages_join_to_the_whole():
    index = index_of(synthetic.tree(3_000, words=200))
    hits = index.search("b")
    whole = list(hits.page(0, hits.total))
    parts = [o for start in range(0, hits.total + 50, 50) for o in index.search("b").page(start, 50)]
    assert parts == whole
    assert hits.total > 1_000


@pytest.fixture(scope="module", params=["narrow", "wide"])
def release(request):
    concepts = list(synthetic.polyhierarchy(2_000, words=600))
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "wide":  # what only beginnings of many thousands of terms get
            patch.setattr(text_build, "WIDE", 40)
            patch.setattr(text_build, "POPULAR", 4)
            patch.setattr(text_build, "CHUNK", 500)
            patch.setattr(text_build, "BATCH", 100)
            patch.setattr(text_terms, "MANY", 30)
        yield concepts, index_of(concepts)


class Watched:
    """A segment of a million terms that counts how many are looked at."""

    def __init__(self):
        self.read = 0

    def __len__(self):
        return 1_000_000

    def ordinals(self, start, stop):
        self.read += min(stop, len(self)) - start
        return np.arange(start, min(stop, len(self)), dtype=np.uint32)


@pytest.mark.parametrize("within", [None, BitMap(range(0, 1_000_000, 3))])
def test_a_page_looks_at_no_more_terms_than_it_needs(within):
    segment = Watched()
    everything = BitMap(range(1_000_000))
    found = text_hits.Found.of(within or everything)
    hits = text_hits.TextHits([segment], 1_000_000, found, narrowed=within is not None)
    assert len(hits.page(0, 10)) == 10
    assert hits.total == len(BitMap(range(1_000_000)) if within is None else within)
    assert segment.read <= text_hits.FIRST_CHUNK
    hits.page(20, 10)
    assert segment.read <= 3 * text_hits.FIRST_CHUNK, "what is read at once doubles"


def test_results_of_short_words_are_cached_together(release):
    """Most terms match them: to put the concepts of all these together takes longer than anything else."""
    concepts, index = release
    first = index.search("b k")
    with counting_calls(text_terms, "numbers") as calls:
        again = index.search("k b")
        assert calls == []
        index.search("ba k")
        assert calls, "of other words, only what each finds is kept"
    assert again.members() == first.members() == matching(concepts, "b k")


@contextmanager
def counting_calls(owner, name):
    """The calls of a method meanwhile."""
    calls, original = [], getattr(owner, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, lambda *arguments: (calls.append(name), original(*arguments))[1])
        yield calls


def matching(concepts, asked):
    """Every concept with a term in which every word begins some word."""
    wanted = words(asked)
    return BitMap(
        n
        for n, concept in enumerate(concepts)
        if any(
            all(any(word.startswith(w) for word in words(term)) for w in wanted)
            for term in (concept.display, *(d.value for d in concept.designations))
        )
    )


def test_the_index_agrees_with_reading_every_term(release):
    concepts, index = release
    rng = random.Random(7)
    vocabulary = synthetic.vocabulary(600)
    assert sum(word.startswith("b") for word in vocabulary) > PREFIX_WORDS, "both kinds of beginnings are tried"
    nonempty = 0
    for _ in range(60):
        asked = " ".join(w[: rng.randint(1, len(w))] for w in rng.choices(vocabulary, k=rng.randint(1, 3)))
        expected = matching(concepts, asked)
        for within in (None, BitMap(rng.sample(range(2_000), 15)), BitMap(range(0, 2_000, 3))):
            wanted = expected if within is None else expected & within
            if expected:
                nonempty += 1
                assert BitMap(found(index, asked, within=within)) == wanted
    assert nonempty > 60


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(alphabet="abcé 高血.1-'", max_size=12), min_size=1, max_size=20),
    st.text(alphabet="abc高血1", max_size=3),
)
def test_search_finds_every_term_whose_words_begin_so(terms, asked):
    concepts = [Concept(f"_{n}", term) for n, term in enumerate(terms)]
    wanted = query_words(asked)
    expected = {n for n, t in enumerate(terms) if all(any(x.startswith(w) for x in words(t)) for w in wanted)}
    if wanted and expected:
        assert set(found(index_of(concepts), asked)) == expected


def test_terms_that_are_repeated_are_split_once(monkeypatch):
    split: list[str] = []

    def counting(texts):
        split.extend(texts)
        return words_of_all(texts)

    monkeypatch.setattr(text_build, "words_of_all", counting)
    parts = ("Via opening", "Ménière's open", "Via opening", "--")
    index = index_of([Concept(f"c{n}", designations=tuple(map(Designation, parts))) for n in range(9)])
    assert sorted(split) == sorted(set(parts))
    for text, count in (("via", 9), ("open", 9), ("menieres", 9), ("via menieres", 0)):
        assert len(found(index, text)) == count
