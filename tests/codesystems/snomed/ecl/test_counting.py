"""How often something occurs: the same whether it is counted, or the others are taken from what is known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.counting import AllBut, AnyOf, Each, Occurrences, Tally
from terminology.codesystems.snomed.ecl.sides import Side
from terminology.store.arrays import UInts

SIZES = st.sampled_from((12, 1_000))
"""With the smaller all have a place, with the larger those that occur are listed."""
COLUMNS = st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=60)
TIMES = st.integers(1, 9)


def _column(owners: list[int]) -> UInts:
    return np.array(owners, dtype=np.uint32)


def _expected(owners: list[int], times: int) -> set[int]:
    return {owner for owner, count in Counter(owners).items() if count >= times}


def _known(owners: list[int], size: int) -> Tally:
    return Side.of(_column(sorted(owners)), size).tally


@given(COLUMNS, TIMES, SIZES)
def test_counted_or_taken_away(rows: list[tuple[int, bool]], times: int, size: int) -> None:
    owners, chosen = [owner for owner, _ in rows], [owner for owner, meant in rows if meant]
    others = [owner for owner, meant in rows if not meant]
    rest = AllBut(_known(owners, size), _column(others), size)
    ways: tuple[Occurrences, ...] = (Each(_column(chosen), size), rest)
    for one in (*ways, AnyOf(ways)) if times == 1 else ways:
        assert set(one.at_least(times)) == _expected(chosen, times)


@pytest.mark.parametrize("known", [50, 5_000])
@pytest.mark.parametrize("share", [0.0005, 0.5])
@pytest.mark.parametrize("times", [1, 2, 5, 10**9])
def test_many_and_few_in_either_place(known: int, share: float, times: int) -> None:
    rng = np.random.default_rng(known)
    owners, size = rng.integers(0, known // 2, known), 5_000
    missing = rng.random(known) < share
    rest = AllBut(_known(owners.tolist(), size), _column(owners[missing].tolist()), size)
    assert set(rest.at_least(times)) == _expected(owners[~missing].tolist(), times)


@given(COLUMNS, TIMES, SIZES)
def test_a_tally_knows_all(rows: list[tuple[int, bool]], times: int, size: int) -> None:
    owners = [owner for owner, _ in rows]
    assert set(_known(owners, size).at_least(times)) == _expected(owners, times)


def test_kinds_are_not_added_up() -> None:
    once = Each(_column([1]), 12)
    assert set(AnyOf((once, once)).at_least(1)) == {1}
    with pytest.raises(ValueError, match="not added up"):
        AnyOf((once, once)).at_least(2)


def test_a_tally_of_what_occurs_once_keeps_no_columns() -> None:
    tally = Side.of(np.arange(5_000, dtype=np.uint32), 5_000).tally
    for column in (tally.counts.counts, tally.counts.owners):
        assert column is not None
        assert column.nbytes == 0
        assert column.base is None
    assert tally.at_least(1) == BitMap(range(5_000))
    assert not tally.at_least(2)
    assert AllBut(tally, _column([7]), 5_000).at_least(1) == BitMap(range(5_000)) - BitMap([7])
