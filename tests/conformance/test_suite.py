"""The terminology-ecosystem suite against the committed baselines: no test that passed may fail.

`python -m tests.conformance.baseline` writes the baselines anew after more tests pass.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import figures, known
from tests.conformance.runner import passed, run_suite
from tests.conformance.runs import RUNS, SHOWN, Run, named


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_nothing_of_the_baseline_is_lost(run: Run, shared: Path, suite_server: str, tmp_path: Path) -> None:
    results = run_suite(shared / "conformance", suite_server, run, tmp_path)
    now = passed(results)
    lost = {test: results.get(test, "did not run") for test in run.must_pass() - now}
    print(f"\nconformance {run.name}: {len(now)} of {len(results)} tests pass, baseline {len(run.must_pass())}")
    assert run.must_pass()
    assert not lost, "\n".join(f"{test}: {difference}" for test, difference in sorted(lost.items()))
    assert not known.unexplained(results.keys() - now), "say in known.toml why these fail"


@pytest.mark.parametrize("release", SHOWN)
def test_the_page_has_the_figures_of_the_baselines(release: str) -> None:
    assert figures.stated(release) == figures.by_suite(named(SHOWN[release]).must_pass())
