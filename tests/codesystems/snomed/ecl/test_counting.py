"""How often something occurs: the same whether it is counted, or the others are taken from what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.codesystems.snomed.ecl.counting import AllBut, AnyOf, Each, Occurrences
from terminology.codesystems.snomed.ecl.edges import Edges
from terminology.store.arrays import UInts

SIZE = 12
COLUMNS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.booleans()), max_size=60)
TIMES = st.integers(1, 8)


def _column(owners: list[int]) -> UInts:
    return np.array(owners, dtype=np.uint32)


def _expected(owners: list[int], times: int) -> set[int]:
    return {owner for owner in owners if owners.count(owner) >= times}


def _known(owners: list[int]) -> Edges:
    ordered = _column(sorted(owners))
    return Edges.of(ordered, np.zeros_like(ordered), None)


@given(COLUMNS, TIMES)
def test_counted_or_taken_away(rows: list[tuple[int, bool]], times: int) -> None:
    owners, chosen = [owner for owner, _ in rows], [owner for owner, meant in rows if meant]
    others = [owner for owner, meant in rows if not meant]
    tally = _known(owners).leading.tally
    ways: tuple[Occurrences, ...] = (Each(_column(chosen), SIZE), AllBut(tally, _column(others), SIZE))
    for one in (*ways, AnyOf(ways)) if times == 1 else ways:
        assert set(one.at_least(times)) == _expected(chosen, times)


@given(COLUMNS, TIMES)
def test_a_tally_knows_all(rows: list[tuple[int, bool]], times: int) -> None:
    owners = [owner for owner, _ in rows]
    tally = _known(owners).leading.tally
    assert set(tally.at_least(times)) == _expected(owners, times)
    some = sorted(set(owners))
    assert tally.counts_of(_column(some)).tolist() == [owners.count(owner) for owner in some]


def test_kinds_are_not_added_up() -> None:
    once = Each(_column([1]), SIZE)
    assert set(AnyOf((once, once)).at_least(1)) == {1}
    with pytest.raises(ValueError, match="not added up"):
        AnyOf((once, once)).at_least(2)
