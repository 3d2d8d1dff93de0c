"""The committed lists of conformance tests that must pass, and the command that writes them anew.

Run `python -m tests.conformance.baseline` in the project's folder; it prints what fails, per suite.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.conformance.content import load_content
from tests.conformance.runner import run_suite, server

FOLDER = Path(__file__).parent / "baseline"
BASELINES = {"general": "general", "tx.fhir.org": "!general,tx.fhir.org"}
"""Baseline → modes of the runner that it covers."""


def read(name: str) -> frozenset[str]:
    """The tests of a baseline."""
    path = FOLDER / f"{name}.txt"
    return frozenset(path.read_text().split()) if path.exists() else frozenset()


def main(shared: Path) -> None:
    """Run all modes and write the baselines."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        database = load_content(folder)
        with server(database, folder / "server.log") as base:
            for name, modes in BASELINES.items():
                results = run_suite(shared / "conformance", base, modes, folder)
                _report(name, results)
                passed = sorted(test for test, difference in results.items() if not difference)
                (FOLDER / f"{name}.txt").write_text("\n".join(passed) + "\n")


def _report(name: str, results: dict[str, str]) -> None:
    total = Counter(test.partition("/")[0] for test in results)
    passed = Counter(test.partition("/")[0] for test, difference in results.items() if not difference)
    print(f"{name}: {passed.total()} of {total.total()}")
    for suite, count in total.items():
        print(f"  {suite:<24} {passed[suite]:>4} / {count}")


if __name__ == "__main__":
    project = Path(__file__).parent.parent.parent
    main(Path(os.environ.get("TERMINOLOGY_SHARED", project.parent / "shared")))
    sys.exit(0)
