"""What lists show of concepts, in blocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminology.model.brief import brief, brief_with, parts_of
from terminology.model.status import SAYS_NOTHING, ConceptStatus
from terminology.store.briefs import BLOCK, LONGEST, NO_BRIEFS, block_of, briefs_in
from terminology.store.counting import counting
from terminology.store.opening import open_store
from tests.store.ticking import entry, header

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(texts, texts, st.builds(ConceptStatus, st.booleans(), st.booleans(), st.none() | texts))
def test_all_parts_can_be_read_again(code: str, display: str, status: ConceptStatus) -> None:
    assert parts_of(brief(code, display)) == (SAYS_NOTHING, code, display)
    found = parts_of(brief_with(status, code, display))
    if found[0] == SAYS_NOTHING:
        assert (status.inactive, status.abstract, (status.status or "active").lower()) == (False, False, "active")
    assert found in {(status, code, display), (SAYS_NOTHING, code, display)}


@given(st.lists(st.binary(max_size=LONGEST), max_size=BLOCK))
def test_a_block_has_each_brief_at_its_place(briefs: list[bytes]) -> None:
    asked = [*range(len(briefs) - 1, -1, -1), *range(len(briefs))]
    later = [7 * BLOCK + place for place in asked]
    assert briefs_in(later, [block_of(briefs)] * len(later)) == [briefs[place] for place in asked]
    assert briefs_in(asked, [NO_BRIEFS] * len(asked)) == [b""] * len(asked)


def test_a_block_of_the_longest_is_as_long_as_one_may_be() -> None:
    longest = [b"x" * LONGEST] * BLOCK
    assert briefs_in([0, BLOCK - 1], [block_of(longest)] * 2) == [b"x" * LONGEST] * 2


def test_a_version_that_was_stored_without_blocks_has_no_briefs() -> None:
    store = open_store("sqlite:///:memory:")
    writer = store.new_version()
    writer.write_concepts([(0, "a", "a", b'["a","A"]')])
    with store.publication() as publication:
        publication.publish_version(writer, entry(size=1), header())
    reader = store.version(writer.key)
    assert reader.briefs([0]) == [b""]
    with counting(store) as statements:
        assert reader.briefs([0]) == [b""]
    assert not statements, "that there is no block is cached, too"
