"""Relationships found from either end: the same as by looking at all of them, and by looking at few."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.edges import Edges, Groups
from terminology.codesystems.snomed.ecl.sides import Chosen
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.store.arrays import Runs, UInts
from tests.menagerie import MENAGERIE

CONCEPTS, RELATIONSHIPS = 2_000, 20_000


@pytest.fixture(scope="module")
def columns() -> tuple[UInts, UInts, UInts]:
    """Sources, rising, targets and groups; one target has half of all relationships."""
    rng = np.random.default_rng(1)
    sources = np.sort(rng.integers(0, CONCEPTS, RELATIONSHIPS)).astype(np.uint32)
    targets = rng.integers(0, CONCEPTS // 4, RELATIONSHIPS).astype(np.uint32)
    targets[rng.random(RELATIONSHIPS) < 0.5] = 7
    return sources, targets, np.arange(RELATIONSHIPS, dtype=np.uint32)


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many relationships each look at a column takes."""
    counts: list[int] = []
    of = Runs.of

    def counting(runs: Runs, column: UInts) -> UInts:
        counts.append(runs.count)
        return of(runs, column)

    monkeypatch.setattr(Runs, "of", counting)
    return counts


def _edges(sources: UInts, targets: UInts, groups: UInts) -> Edges:
    return Edges.grouped(groups, targets, Groups.of(sources, np.ones(len(sources), dtype=np.bool_), CONCEPTS))


def _led_to(edges: Edges, targets: BitMap) -> Chosen:
    return Chosen(edges.led_to, targets & edges.led_to.concepts)


def _column(*numbers: int) -> UInts:
    return np.array(numbers, dtype=np.uint32)


EVERYTHING = BitMap(range(CONCEPTS))
ASKED = {
    "one to one": (BitMap([5]), BitMap([9])),
    "one to many": (BitMap([5]), BitMap(range(400))),
    "many to one": (EVERYTHING, BitMap([9])),
    "many to the most frequent": (EVERYTHING, BitMap([7])),
    "some to some": (BitMap(range(0, CONCEPTS, 7)), BitMap(range(0, 500, 3))),
    "many to all": (EVERYTHING, EVERYTHING),
    "none": (BitMap(), BitMap()),
}


@pytest.mark.parametrize("asked", ASKED)
def test_sources_and_groups_are_those_of_the_relationships(columns: tuple[UInts, UInts, UInts], asked: str) -> None:
    sources, targets, groups = columns
    within, wanted = ASKED[asked]
    edges = _edges(*columns)
    chosen = [
        (int(group), int(source))
        for source, target, group in zip(sources, targets, groups, strict=True)
        if int(target) in wanted
    ]
    meant = sorted((group, source) for group, source in chosen if source in within)
    found = _led_to(edges, wanted)
    for place, column in enumerate((edges.groups_of(within, found), edges.sources_of(within, found))):
        among = sorted(one[place] for one in meant)
        assert not Counter(among) - Counter(column.tolist())
        assert not Counter(column.tolist()) - Counter(one[place] for one in chosen)
        assert sorted(one for one in column.tolist() if one in set(among)) == among


@pytest.mark.parametrize(("asked", "most"), [("one to one", 40), ("one to many", 40), ("many to one", 80)])
def test_few_are_looked_at(columns: tuple[UInts, UInts, UInts], touched: list[int], asked: str, most: int) -> None:
    within, wanted = ASKED[asked]
    edges = _edges(*columns)
    edges.sources_of(within, _led_to(edges, wanted))
    assert 0 < sum(touched) <= most


def test_targets_of_some(columns: tuple[UInts, UInts, UInts], touched: list[int]) -> None:
    sources, targets, _ = columns
    edges = _edges(*columns)
    assert sorted(Chosen(edges.leading, BitMap([5])).runs.of(edges.targets)) == sorted(targets[sources == 5])
    assert sum(touched) == np.count_nonzero(sources == 5)


@pytest.mark.parametrize("one_in", [1, 2, 3, 4, 5, 7, 40, CONCEPTS])
@pytest.mark.parametrize("size", [CONCEPTS, 50 * CONCEPTS])
def test_targets_of_many_and_of_few_sources(columns: tuple[UInts, UInts, UInts], one_in: int, size: int) -> None:
    """With the larger size those at an end are listed, with the smaller everyone has a place."""
    sources, targets, _ = columns
    edges = Edges.of(sources, targets, size)
    assert edges.sample is not None, "every fourth source, and more, are looked for in a sample first"
    chosen = BitMap(range(3, CONCEPTS, one_in)) & edges.leading.concepts
    meant = {int(target) for source, target in zip(sources, targets, strict=True) if int(source) in chosen}
    assert set(edges.targets_of(Chosen(edges.leading, chosen))) == meant


def test_a_type_without_relationships() -> None:
    none = np.zeros(0, dtype=np.uint32)
    for edges in (_edges(none, none, none), Edges.of(none, none, CONCEPTS)):
        assert not len(edges.sources_of(EVERYTHING, _led_to(edges, BitMap())))
        assert not edges.leading.concepts
        assert not edges.targets_of(Chosen(edges.leading, BitMap()))


def test_groups_that_have_two_and_relationships_in_none() -> None:
    sources = _column(0, 0, 0, 1)
    groups = Groups.of(sources, np.array([True, True, False, True]), CONCEPTS)
    two, alone, ungrouped = (
        Edges.grouped(_column(*of), _column(5, 6), groups).groups for of in ((1, 1), (0, 3), (2, 3))
    )
    assert two is not None
    assert alone is not None
    assert ungrouped is not None
    assert (two.alone, two.always) == (False, True)
    assert (alone.alone, alone.always) == (True, True)
    assert (ungrouped.alone, ungrouped.always) == (True, False)


@pytest.mark.parametrize("form", ["* : «site» = *", "< «Ailment» : [0..0] «site» = *", "* : «site» != «Tail»"])
def test_nearly_any_value_is_found_by_the_others(
    snomed: SnomedCodeSystem, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    counts: list[int] = []
    sources_of = Edges.sources_of

    def counting(edges: Edges, sources: BitMap, targets: Chosen) -> UInts:
        found = sources_of(edges, sources, targets)
        counts.append(len(found))
        return found

    monkeypatch.setattr(Edges, "sources_of", counting)
    assert snomed.constrained(MENAGERIE.named(form))
    assert sum(counts) <= 2
