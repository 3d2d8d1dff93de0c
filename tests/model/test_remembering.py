"""Functions that remember: how much, and of which texts."""

from __future__ import annotations

from terminology.model.remembering import LONGEST, remembering


def test_so_many_short_texts_are_remembered_and_no_long_one() -> None:
    asked: list[str] = []

    @remembering(2)
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [length(text) for text in ("a", "b", "a", "c", "b")] == [1] * 5
    assert asked == ["a", "b", "c", "b"]
    asked.clear()
    longest = "x" * LONGEST
    assert [length(longest), length(longest), length(longest + "x"), length(longest + "x")] == [
        LONGEST, LONGEST, LONGEST + 1, LONGEST + 1,
    ]  # fmt: skip
    assert asked == [longest, longest + "x", longest + "x"]
