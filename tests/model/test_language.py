"""Lists of languages as clients write them."""

from __future__ import annotations

import pytest

from terminology.model.language import MOST_RANGES, Languages


def test_best_first_and_alike_in_their_order() -> None:
    found = Languages.parse("en;q=0.5, de-AT, *; q=0 , fr;q=1")
    assert [(r.tag, r.weight) for r in found.ranges] == [("de-AT", 1), ("fr", 1), ("en", 0.5), ("*", 0)]
    assert [r.tag for r in found.wanted] == ["de-AT", "fr", "en"]
    assert found.refuses_others


@pytest.mark.parametrize("weight", ["nan", "-0.1", "1.1", "inf", "high", ""])
def test_weights_are_between_0_and_1(weight: str) -> None:
    with pytest.raises(ValueError, match=r"weight|float"):
        Languages.parse(f"de;q={weight}")


def test_a_list_has_an_end() -> None:
    assert len(Languages.parse(",".join(["de"] * MOST_RANGES)).ranges) == MOST_RANGES
    with pytest.raises(ValueError, match="more than 100 languages"):
        Languages.parse(",".join(["de"] * (MOST_RANGES + 1)))
