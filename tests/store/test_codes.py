"""Codes in two arrays behave as a list of strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.store.codes import Codes


@given(st.lists(st.text(max_size=6), max_size=20))
def test_they_are_the_texts_they_were_made_of(texts):
    codes = Codes(texts)
    assert list(codes) == texts
    assert len(codes) == len(texts)
    assert [codes[place] for place in range(-len(texts), len(texts))] == texts + texts
    assert codes[1:-1] == texts[1:-1]


def test_there_is_nothing_beyond_the_end():
    with pytest.raises(IndexError):
        Codes(["a"])[1]


def test_they_take_little_more_than_their_letters():
    assert Codes([f"{n:09d}" for n in range(1_000)]).weight < 14_000
