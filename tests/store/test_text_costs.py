"""What searches cost, counted in statements and bytes: little when they are new, nothing when they were made before.

And what makes it so: best hits that are stored or kept, which must be those of a search that looks at all terms.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from pyroaring import BitMap

from terminology.model.concept import Concept
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.store import index_kinds, text_build, text_hits, text_terms
from terminology.store.arrays import numbers
from terminology.store.counting import counting
from terminology.store.opening import open_store
from terminology.store.protocol import Store, VersionReader
from terminology.store.text import TextIndex
from terminology.store.text_fold import words
from terminology.store.text_hits import KEPT
from tests import synthetic
from tests.store.building import publish
from tests.store.searches import counting_searches

SIZE = 3_000
WORDS = 300
Built = tuple[Store, VersionReader, TextIndex]


def built(concepts: Sequence[Concept]) -> Built:
    store = open_store("sqlite:///:memory:")
    reader, _ = publish(store, concepts)
    return store, reader, TextIndex(reader)


@pytest.fixture(scope="module")
def concepts() -> list[Concept]:
    return list(synthetic.polyhierarchy(SIZE, words=WORDS))


@pytest.fixture(scope="module")
def release(concepts: list[Concept]) -> Built:
    return built(concepts)


@pytest.fixture
def new(release: Built) -> Built:
    """The release, of which nothing is kept but what every search needs."""
    store, reader, index = release
    store.caches["decoded"].clear()
    index.search("zz")
    return store, reader, index


def asked(store: Store, index: TextIndex, text: str) -> list[str]:
    """The statements of a search for a page."""
    with counting(store) as statements:
        index.search(text).page(0, 10)
    return statements


def popular(reader: VersionReader) -> Iterator[str]:
    """The beginnings whose best hits are stored."""
    for word in reader.bitmap_keys(index_kinds.TOKEN):
        yield from (word[:n] for n in range(1, len(word) + 1) if reader.blob(index_kinds.BEST, word[:n]) is not None)


@pytest.mark.parametrize("most", [text_build.POPULAR, 3])
def test_what_is_stored_is_what_is_found(concepts: list[Concept], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_build, "POPULAR", most)
        _, reader, index = built(concepts)
    beginnings = {*popular(reader)}
    assert len(beginnings) > 80
    for text in beginnings:
        hits, every = index.search(text), index._search(text, ANY_LANGUAGE)
        assert isinstance(hits, text_hits.KeptHits)
        assert hits.total == every.total
        assert [*hits.page(0, KEPT)] == [*every.page(0, KEPT)]
        assert [*hits.page(KEPT - 2, 10)] == [*every.page(KEPT - 2, 10)]
        assert hits.members() == every.members()


def test_every_beginning_that_many_terms_share_is_stored(release: Built, concepts: list[Concept]) -> None:
    _, reader, _ = release
    counts = Counter(
        beginning
        for concept in concepts
        for text in (concept.display or "", *(designation.value for designation in concept.designations))
        for beginning in {word[:n] for word in words(text) for n in range(1, len(word) + 1)}
    )
    for beginning, count in counts.items():
        assert (reader.blob(index_kinds.BEST, beginning) is not None) == (count > text_build.POPULAR), beginning


def test_a_new_search_for_a_beginning_that_many_terms_share_takes_one_statement_and_few_bytes(new: Built) -> None:
    store, reader, index = new
    text = synthetic.vocabulary(WORDS)[0][:1]
    assert len(index.search(text).members()) > SIZE // 10
    store.caches["decoded"].clear()
    index.search("zz")
    before = store.caches["decoded"].used
    (statement,) = asked(store, index, text)
    assert "'best'" in statement
    assert len(reader.blob(index_kinds.BEST, text) or b"") == 4 * (1 + KEPT)
    assert store.caches["decoded"].used - before < 2_500, "what is kept does not grow with the number of hits"


def test_a_new_search_for_a_rare_beginning_takes_two_statements(new: Built) -> None:
    store, reader, index = new
    rare = next(word for word in reversed(synthetic.vocabulary(WORDS)) if index.search(word[:4]).total > 2)
    assert reader.blob(index_kinds.BEST, rare[:4]) is None
    index.search("a zz")  # reads the concepts of terms
    assert len(asked(store, index, rare[:4])) <= 2


def test_a_search_that_was_made_before_takes_no_statement_and_looks_at_no_terms(new: Built) -> None:
    store, _, index = new
    common, rare = (synthetic.vocabulary(WORDS)[place] for place in (0, -1))
    for text in (common, rare, f"{common} {rare[:2]}", f"{common[1:]}q{rare}", "zzzz", synthetic.code(7), "b k"):
        for languages in (ANY_LANGUAGE, Languages.parse("de"), Languages.parse("en, *;q=0")):
            first = [*index.search(text, languages).page(0, 10)]
            with counting(store) as statements, counting_searches() as searches:
                assert [*index.search(text, languages).page(0, 10)] == first
            assert (statements, searches) == ([], [])


def test_languages_have_results_of_their_own() -> None:
    _, _, index = built([Concept("a", "Main"), *(Concept(f"c{n}", f"Main {n}") for n in range(5))])
    found = [index.search("main", Languages.parse(text)).total for text in ("de, *;q=0", "en", "de", "en, *;q=0")]
    assert found == [0, 6, 6, 6]
    assert index.search("main").total == 6


def test_what_is_found_within_a_set_is_kept_under_its_name(new: Built) -> None:
    store, _, index = new
    text = synthetic.vocabulary(WORDS)[0][:1]
    even, odd = (BitMap(range(start, SIZE, 2)) for start in (0, 1))
    every, *found = [
        index.search(text, ANY_LANGUAGE, within, name).members()
        for within, name in ((None, ""), (even, "0"), (odd, "1"), (odd, ""), (None, "0"))
    ]
    assert found == [every & even, every & odd, every & odd, every]
    for within, name, most in ((even, "0", 0), (odd, "1", 0), (odd, "", 1)):
        with counting_searches() as searches, counting(store) as statements:
            assert len(index.search(text, ANY_LANGUAGE, within, name).page(0, 10)) == 10
        assert (len(searches), statements) == (most, [])


def test_within_few_concepts_only_their_terms_are_looked_at(new: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, index = new
    text = synthetic.vocabulary(WORDS)[0][:1]
    few = BitMap(range(100, 103))
    expected = index.search(text).members() & few
    looked_at: list[int] = []
    monkeypatch.setattr(text_terms, "numbers", lambda found: looked_at.append(len(found)) or numbers(found))
    hits = index.search(text, ANY_LANGUAGE, few)
    assert (BitMap(hits.page(0, 10)), hits.total) == (expected, len(expected))
    assert max(looked_at) <= 4 * len(few), "a concept has four terms"


def test_hits_are_counted_and_collected_only_where_all_are_wanted(new: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, index = new
    one, other = (word[:2] for word in synthetic.vocabulary(WORDS)[:2])
    collected: list[object] = []
    concepts = text_terms.Terms.concepts
    monkeypatch.setattr(text_terms.Terms, "concepts", lambda *more: collected.append(more) or concepts(*more))
    with counting_searches() as searches:
        hits = index.search(f"{one} {other}")
        assert hits.total > KEPT
        assert len(hits.page(0, 50)) == 50
        assert not collected
        assert len(hits.members()) == hits.total
    assert (len(collected), len(searches)) == (1, 1)


def test_typing_errors_take_few_statements(new: Built) -> None:
    store, _, index = new
    one, other = synthetic.vocabulary(WORDS)[-2:]
    asked(store, index, "zzzzzz")
    statements = asked(store, index, f"{one[:-1]}q {other[:2]}q{other[2:]}")
    assert len(statements) <= 6, "the words meant are read together"


def test_a_version_of_an_earlier_program_is_searched_as_well(concepts: list[Concept]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_build, "WORDY", 100)
        _, newest, index = built(concepts)
        patch.setattr(text_build, "WORDY", 1 << 40)
        patch.setattr(text_build, "POPULAR", 1 << 40)
        _, reader, _ = built(concepts)
    assert [one.blob(index_kinds.VOCABULARY) is None for one in (newest, reader)] == [False, True]
    assert [one.blob(index_kinds.BEST, "b") is None for one in (newest, reader)] == [False, True]
    earlier, rng = TextIndex(reader), random.Random(11)
    known = synthetic.vocabulary(WORDS)
    for word in rng.sample(known, 60):
        for text in (word, word[:2], f"{word[:-1]}q", f"{word} {rng.choice(known)[:1]}"):
            hits, before = index.search(text), earlier.search(text)
            assert ([*hits.page(0, 50)], hits.total, hits.guessed) == (
                [*before.page(0, 50)], before.total, before.guessed,
            )  # fmt: skip
