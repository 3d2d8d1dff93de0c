"""HL7's subset of SNOMED CT (in the shared folder): its figures, and constraints against the naive evaluator."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl.parser import parse
from terminology.codesystems.snomed.system import SnomedCodeSystem
from tests.codesystems.opening import loaded_system
from tests.codesystems.snomed.ecl.naive import Naive
from tests.rf2 import Release

FOLDER = "data/tx-source/snomed"


@pytest.fixture(scope="module")
def subset(shared: Path) -> SnomedCodeSystem:
    system = loaded_system(ids.SYSTEM, shared / FOLDER)
    assert isinstance(system, SnomedCodeSystem)
    return system


@pytest.fixture(scope="module")
def naive(shared: Path) -> Naive:
    return Naive(Release.read(shared / FOLDER))


def test_control_figures(subset: SnomedCodeSystem) -> None:
    assert subset.metadata.version == "http://snomed.info/xsct/31000003106/version/20250909"
    assert (subset.size, len(subset.inactive())) == (2258, 4)
    assert len(subset.relationships.types) > 0


@pytest.mark.parametrize(
    "constraint",
    [
        "*",
        "!!> (<< 10200004)",
        "!!< (<< 10200004)",
        "(< 64572001) . 363698007",
        "< 64572001 . 363698007 . 272741003",
        "< 10200004: R 363698007 = < 64572001",
        "< 64572001: [2..*] 363698007 = *",
        "< 64572001: [0..0] 363698007 = *",
        "< 64572001: 363698007 != << 10200004",
        "< 64572001: { 363698007 = *, 116676008 = * }",
        "< 64572001: [1..1] { [1..1] 363698007 = << 10200004 }",
        "*: 1142135004 >= #1",
        "^ *",
        "^ [*] 734139008",
        "^ 900000000000526001 {{ M active = 0 }}",
        "<< 74400008 {{ + HISTORY }}",
        "< 10200004 {{ C definitionStatus = defined }}",
        '< 10200004 {{ dialect = en-us (prefer), term = "liver seg" }}',
    ],
)
def test_constraints(subset: SnomedCodeSystem, naive: Naive, constraint: str) -> None:
    codes = subset.codes()
    assert {codes[ordinal] for ordinal in subset.constrained(constraint)} == naive.evaluate(parse(constraint))
