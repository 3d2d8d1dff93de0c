"""Writes the committed lists of conformance tests that must pass, and the figures in docs/conformance.md.

Run `python -m tests.conformance.baseline` in the project's folder after more tests pass; it says what was gained and
lost, and leaves what differs in the failing tests in a folder that it names.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.conformance import figures
from tests.conformance.content import load_content
from tests.conformance.runner import Results, passed, run_suite, server
from tests.conformance.runs import RUNS, Run

PROJECT = Path(__file__).parents[2]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="write nothing, only say how the tests stand")
    parser.add_argument("--out", type=Path, help="folder for what differs (default: a temporary one)")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("TERMINOLOGY_SHARED", PROJECT.parent / "shared"))
    folder = arguments.out or Path(tempfile.mkdtemp(prefix="conformance-"))
    results = _run_all(shared, folder)
    if not arguments.dry_run:
        for run in RUNS:
            if run.writes:
                run.write(passed(results[run.name]))
        figures.write(results)
    print(f"What differs: {folder}")


def _run_all(shared: Path, folder: Path) -> dict[str, Results]:
    results = {}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        database = load_content(shared, Path(temporary))
        with server(database, folder / "server.log") as base:
            for run in RUNS:
                results[run.name] = run_suite(shared / "conformance", base, run, folder / run.name)
                _report(run, results[run.name])
    return results


def _report(run: Run, results: Results) -> None:
    now, before = passed(results), run.must_pass()
    print(f"{run.name}: {len(now)} of {len(results)} pass, {len(before)} did")
    for sign, tests in (("+", now - before), ("-", before - now)):
        for test in sorted(tests):
            print(f"  {sign} {test} {results.get(test, 'did not run')[:200]}".rstrip())


if __name__ == "__main__":
    main()
