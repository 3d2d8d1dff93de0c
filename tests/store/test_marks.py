"""Truth values and runs as bitmaps: the containers that are written are those that Roaring would make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from terminology.store.marks import CHUNK, LISTED, OFFSETS, Places, bitmap_of_marks, bitmap_of_runs, marked


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


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=30), st.integers(0, 3 * CHUNK))
def test_runs_near_each_other_are_the_numbers_in_them(steps: list[tuple[int, int]], start: int) -> None:
    borders = start + np.cumsum(np.array(steps, dtype=np.int64).ravel())
    begins, ends = borders[0::2], borders[1::2]
    _check(begins, ends)


@pytest.mark.parametrize("chunks", [1, OFFSETS - 1, OFFSETS, 2 * OFFSETS + 1])
def test_long_runs_are_cut_where_chunks_begin(chunks: int) -> None:
    for begins, ends in (
        ([0], [chunks * CHUNK]),
        ([5, chunks * CHUNK - 9], [8, chunks * CHUNK + 1]),
        ([CHUNK - 1, CHUNK, CHUNK + 2], [CHUNK, CHUNK + 1, chunks * CHUNK + 3]),
        (range(0, chunks * CHUNK, CHUNK // 2), range(1, chunks * CHUNK, CHUNK // 2)),
    ):
        _check(np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64))


def _check(begins: Places, ends: Places) -> None:
    made = bitmap_of_runs(begins, ends)
    wanted = BitMap()
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        wanted.add_range(begin, end)
    assert made == wanted
    assert made | BitMap([3]) == wanted | BitMap([3])
    assert BitMap.deserialize(made.serialize()) == wanted
    assert len(made) == len(wanted)
