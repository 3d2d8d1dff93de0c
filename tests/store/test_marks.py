"""Truth values as bitmaps: the containers that are written are those that Roaring would make."""

from __future__ import annotations

import numpy as np
import pytest
from pyroaring import BitMap

from terminology.store.marks import CHUNK, LISTED, bitmap_of_marks, marked


@pytest.mark.parametrize("size", [0, 1, 7, LISTED, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("share", [0, 0.0001, LISTED / CHUNK, 0.5, 1])
def test_marks_and_bitmaps_convert_both_ways(size: int, share: float) -> None:
    marks = np.random.default_rng(size).random(size) < share
    made = bitmap_of_marks(marks)
    assert made == BitMap(np.flatnonzero(marks).tolist())
    assert np.array_equal(marked(made, size), marks)


@pytest.mark.parametrize("count", [LISTED - 1, LISTED, LISTED + 1])
def test_chunks_around_the_limit_of_lists_are_valid_bitmaps(count: int) -> None:
    marks = np.zeros(2 * CHUNK, dtype=np.bool_)
    marks[CHUNK : CHUNK + count] = True
    made = bitmap_of_marks(marks)
    assert made == BitMap(range(CHUNK, CHUNK + count))
    assert made | BitMap([3]) == BitMap([3, *range(CHUNK, CHUNK + count)])
    assert BitMap.deserialize(made.serialize()) == made
