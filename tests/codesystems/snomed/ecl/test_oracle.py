"""Constraints at random: written and read again they are the same, and they mean what the naive evaluator says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl.parser import parse
from terminology.codesystems.snomed.ecl.text import write
from terminology.codesystems.snomed.system import SnomedCodeSystem
from tests.codesystems.opening import loaded_system
from tests.codesystems.snomed.ecl.naive import Naive
from tests.codesystems.snomed.ecl.random_release import RandomRelease
from tests.codesystems.snomed.ecl.strategies import constraints, counts

SEEDS = (1, 2, 3)


@dataclass
class World:
    system: SnomedCodeSystem
    naive: Naive
    release: RandomRelease


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[int, World]:
    """A few random releases, loaded, and their rows."""
    made = {}
    for seed in SEEDS:
        release = RandomRelease(seed)
        system = loaded_system(ids.SYSTEM, release.write(tmp_path_factory.mktemp("random")))
        assert isinstance(system, SnomedCodeSystem)
        made[seed] = World(system, Naive(release), release)
    return made


TREES = {seed: constraints(RandomRelease(seed)) for seed in SEEDS}
COUNTS = {seed: counts(RandomRelease(seed)) for seed in SEEDS}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.sampled_from(SEEDS))
def test_random_constraints(worlds: dict[int, World], data: st.DataObject, seed: int) -> None:
    world, tree = worlds[seed], data.draw(TREES[seed])
    text = write(tree)
    note(text)
    assert parse(text) == tree
    codes = world.system.codes()
    assert {codes[ordinal] for ordinal in world.system.constrained(text)} == world.naive.evaluate(tree)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.sampled_from(SEEDS))
def test_random_cardinalities(worlds: dict[int, World], data: st.DataObject, seed: int) -> None:
    world, tree = worlds[seed], data.draw(COUNTS[seed])
    note(write(tree))
    codes = world.system.codes()
    assert {codes[ordinal] for ordinal in world.system.constrained(write(tree))} == world.naive.evaluate(tree)
