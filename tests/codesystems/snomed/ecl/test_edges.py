"""Relationships found from either end: the same as by looking at all of them, and by looking at few."""

from __future__ import annotations

import numpy as np
import pytest
from pyroaring import BitMap

from terminology.codesystems.snomed.ecl.edges import Edges
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
def test_owners_are_those_of_the_relationships(columns: tuple[UInts, UInts, UInts], asked: str) -> None:
    sources, targets, groups = columns
    within, wanted = ASKED[asked]
    edges = Edges.of(*columns)
    found = set(edges.owners_of(within, wanted & edges.led_to.concepts).tolist())
    chosen = [
        (int(group), int(source))
        for source, target, group in zip(sources, targets, groups, strict=True)
        if int(target) in wanted
    ]
    assert {group for group, source in chosen if source in within} <= found <= {group for group, _ in chosen}


@pytest.mark.parametrize(("asked", "most"), [("one to one", 40), ("one to many", 40), ("many to one", 80)])
def test_few_are_looked_at(columns: tuple[UInts, UInts, UInts], touched: list[int], asked: str, most: int) -> None:
    within, wanted = ASKED[asked]
    edges = Edges.of(*columns)
    edges.owners_of(within, wanted & edges.led_to.concepts)
    assert 0 < sum(touched) <= most


def test_whatever_is_asked_at_most_a_quarter_is_gathered(
    columns: tuple[UInts, UInts, UInts], touched: list[int]
) -> None:
    edges = Edges.of(*columns)
    edges.owners_of(EVERYTHING, BitMap([7]))
    edges.owners_of(EVERYTHING, edges.led_to.concepts)
    assert touched == []


def test_targets_of_some(columns: tuple[UInts, UInts, UInts], touched: list[int]) -> None:
    sources, targets, _ = columns
    edges = Edges.of(*columns)
    assert sorted(edges.targets_of(BitMap([5]))) == sorted(targets[sources == 5])
    assert sum(touched) == np.count_nonzero(sources == 5)


def test_a_type_without_relationships() -> None:
    none = np.zeros(0, dtype=np.uint32)
    edges = Edges.of(none, none, none)
    assert not len(edges.owners_of(EVERYTHING, BitMap()))
    assert not len(edges.targets_of(EVERYTHING))


@pytest.mark.parametrize("form", ["* : «site» = *", "< «Ailment» : [0..0] «site» = *", "* : «site» != «Tail»"])
def test_nearly_any_value_is_found_by_the_others(
    snomed: SnomedCodeSystem, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    counts: list[int] = []
    owners_of = Edges.owners_of

    def counting(edges: Edges, sources: BitMap, targets: BitMap) -> UInts:
        found = owners_of(edges, sources, targets)
        counts.append(len(found))
        return found

    monkeypatch.setattr(Edges, "owners_of", counting)
    assert snomed.constrained(MENAGERIE.named(form))
    assert sum(counts) <= 2
