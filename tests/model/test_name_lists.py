"""Lists of names in messages."""

from __future__ import annotations

import pytest

from terminology.model.name_lists import alternatives, some_of


@pytest.mark.parametrize(
    ("names", "expected"),
    [("", ""), ("a", "a"), ("ab", "a, b"), ("abc", "a, b and 1 more"), ("abcd", "a, b and 2 more")],
)
def test_some_of_names_the_first_and_counts_the_others(names: str, expected: str) -> None:
    assert some_of(list(names), 2) == expected


@pytest.mark.parametrize(("names", "expected"), [("", ""), ("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")])
def test_alternatives_are_joined_by_or(names: str, expected: str) -> None:
    assert alternatives(list(names)) == expected
