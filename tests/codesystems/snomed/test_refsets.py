"""Members of reference sets, read by columns, blocks and rows."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.members_index import BLOCK
from terminology.codesystems.snomed.refsets import Members
from terminology.codesystems.snomed.system import SnomedCodeSystem
from tests.codesystems.opening import loaded_system
from tests.menagerie import MENAGERIE
from tests.rf2 import Release

TARGETS = [f"{'ABC'[number % 3]}{number % 997}" for number in range(2 * BLOCK + 100)]
random.Random(1).shuffle(TARGETS)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """A map with more members than two blocks hold."""
    release = Release()
    map_, one = release.concept("Large map", ids.ROOT), release.concept("One", ids.ROOT)
    for number, target in enumerate(TARGETS):
        own = ("1", str(number % 5), "TRUE", f"ALWAYS {target}", target, "447557004", "447637006")
        release.member("ExtendedMap", map_, one, *own, active=number % 7 != 0)
    folder: Path = tmp_path_factory.mktemp("map")
    system = loaded_system(ids.SYSTEM, release.write(folder))
    assert isinstance(system, SnomedCodeSystem)
    found = system.substrate.refsets.members(map_)
    assert found is not None
    return found


def test_columns(members: Members) -> None:
    assert len(members) == len(TARGETS)
    assert members.texts("mapTarget") == TARGETS
    assert members.texts("mapPriority")[:6] == ["0", "1", "2", "3", "4", "0"]
    assert members.active.tolist() == [int(number % 7 != 0) for number in range(len(TARGETS))]
    assert members.fields[0] == "referencedComponentId"
    assert members.named("MAPTARGET") == "mapTarget"
    assert members.named("ordinal2") is None


@pytest.mark.parametrize("row", [0, BLOCK - 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 99])
def test_one_field_of_one_member(members: Members, row: int) -> None:
    assert members.text("mapTarget", row) == TARGETS[row]
    assert members.text("mapAdvice", row) == f"ALWAYS {TARGETS[row]}"
    assert members.text("mapPriority", row) == str(row % 5)


@pytest.mark.parametrize("text", [*TARGETS[::900], "", "A", "Z", "A9999", "0"])
def test_members_by_a_text(members: Members, text: str) -> None:
    expected = [row for row, target in enumerate(TARGETS) if target == text]
    assert members.rows_with("mapTarget", text).tolist() == expected
    advice = [row for row, target in enumerate(TARGETS) if f"ALWAYS {target}" == f"ALWAYS {text}"]
    assert members.rows_with("mapAdvice", f"ALWAYS {text}").tolist() == advice


def test_members_by_a_number(members: Members) -> None:
    assert members.rows_with("mapPriority", "3").tolist() == list(range(3, len(TARGETS), 5))
    for none in ("x", "", "-3", "3" * 19, "٣"):
        assert len(members.rows_with("mapPriority", none)) == 0


def test_concepts_that_are_no_reference_sets_are_errors(snomed: SnomedCodeSystem) -> None:
    refsets = snomed.substrate.refsets
    rarity = MENAGERIE["Rarity"]
    assert refsets.members(rarity) is not None
    for other in (MENAGERIE["Paw"], "", f"{rarity}/valueId"):
        assert refsets.members(other) is None
    assert not refsets.concepts(MENAGERIE["Paw"])
    assert rarity in refsets.ids
    assert np.array_equal(refsets.places.find(np.array([1, int(ids.ROOT)]))[:1], [-1])
