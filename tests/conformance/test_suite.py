"""The terminology-ecosystem suite against the committed baseline: no test that passed may fail.

`python -m tests.conformance.baseline` writes the baseline anew after more tests pass.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.baseline import BASELINES, read
from tests.conformance.runner import run_suite


@pytest.mark.parametrize("name", sorted(BASELINES))
def test_nothing_of_the_baseline_is_lost(name: str, shared: Path, suite_server: str, tmp_path: Path) -> None:
    results = run_suite(shared / "conformance", suite_server, BASELINES[name], tmp_path)
    passed = {test for test, difference in results.items() if not difference}
    lost = {test: results.get(test, "did not run") for test in read(name) - passed}
    print(f"\nconformance {name}: {len(passed)} of {len(results)} tests pass, baseline {len(read(name))}")
    assert not lost, "\n".join(f"{test}: {difference}" for test, difference in sorted(lost.items()))
