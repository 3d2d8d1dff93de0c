"""Functions that remember: how much, and of which texts."""

from __future__ import annotations

from terminology.model.remembering import LONGEST, Memo, remembering


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


def test_a_memo_computes_each_result_once_and_starts_anew_when_it_is_full() -> None:
    asked: list[int] = []
    memo = Memo(lambda n: asked.append(n) or n * 2, most=2)
    assert [memo[1], memo[1], memo[2]] == [2, 2, 4]
    assert asked == [1, 2]
    assert (memo[3], dict(memo)) == (6, {3: 6})
