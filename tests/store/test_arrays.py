"""Numbers in arrays: each once, counted, and in runs of a column that are few or many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from terminology.store.arrays import PIECE, SORTED, Runs, distinct, how_many, rising, runs_of_equal, taken

NUMBERS = arrays(np.uint32, st.integers(0, 40), elements=st.integers(0, 20))


@given(NUMBERS)
def test_each_number_once(numbers: np.ndarray) -> None:
    assert rising(numbers).tolist() == sorted(set(numbers.tolist()))
    for size in (21, 50 * SORTED):
        assert set(distinct(numbers, size)) == set(numbers.tolist())


@given(NUMBERS)
def test_runs_of_equal_numbers(numbers: np.ndarray) -> None:
    ordered = np.sort(numbers)
    found, begins = runs_of_equal(ordered)
    assert len(begins) == len(found) + 1
    assert np.repeat(found, np.diff(begins)).tolist() == ordered.tolist()


@pytest.mark.parametrize("size", [30, 3_000])
@given(lengths=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=4))
def test_runs_of_a_column(size: int, lengths: list[tuple[int, int]]) -> None:
    column = np.arange(100, 100 + size, dtype=np.uint32)
    begins, place = [], 0
    for gap, length in lengths:
        begins.append(place + gap)
        place += gap + length
    runs = Runs(np.array(begins, dtype=np.int64), np.array([length for _, length in lengths], dtype=np.int64))
    wanted = [
        100 + begin + within for begin, (_, length) in zip(begins, lengths, strict=True) for within in range(length)
    ]
    assert runs.count == len(wanted)
    assert runs.of(column).tolist() == wanted


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 3 * PIECE - 1])
def test_marks_of_a_long_column(length: int) -> None:
    marks = np.arange(100) % 3 == 0
    column = np.random.default_rng(length).integers(0, 100, length).astype(np.uint32)
    assert (taken(marks, column) == marks[column]).all()


@given(st.lists(st.integers(0, 299), max_size=400))
def test_how_many_there_are(ordinals: list[int]) -> None:
    column = np.array(ordinals, dtype=np.uint32)
    assert how_many(column, 300) == how_many(column, 1_000_000) == len({*ordinals})
