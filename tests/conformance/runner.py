"""Runs HL7's terminology-ecosystem suite, through the shared folder's runner, against a real server process."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import requests

from tests.conformance.content import SETTINGS
from tests.conformance.proxy.server import as_r5
from tests.conformance.runs import Run

START_SECONDS = 30
SUITE_SECONDS = 1200
JOBS = 2
FHIR_VERSIONS = {"R4": "4.0.1", "R5": "5.0.0"}
SUITE_RUNNER = Path(__file__).parent / "suite_runner.py"

Results = Mapping[str, str]
"""Test (`suite/test`; a second one of that name is `suite/test#2`) → '' when it passed, else the first difference."""


@contextlib.contextmanager
def server(database: str, log: Path) -> Iterator[str]:
    """Serve a database in a process of its own; yields the base url."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "terminology.cli", "serve", "--database", database, "--port", str(port)]
    environment = os.environ | SETTINGS
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, process, log)
            yield base
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _wait(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped at once:\n{log.read_text()}")
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"{base}/r5/metadata", timeout=START_SECONDS).raise_for_status()
            return
        time.sleep(0.2)
    raise RuntimeError(f"the server did not answer within {START_SECONDS} s:\n{log.read_text()}")


def run_suite(conformance: Path, base: str, run: Run, folder: Path) -> Results:
    """Run the tests of a run strictly against a server; writes what differs into the folder.

    Raises RuntimeError when the run itself fails, or when answers are not of the run's release and format.
    """
    endpoint = f"{base}/{run.release.lower()}"
    if (run.release, run.format) == ("R5", "json"):
        return _run(conformance, endpoint, run, folder)
    with as_r5(endpoint, run.release, run.format) as proxy:
        results = _run(conformance, proxy.url, run, folder)
    if proxy.complaints:
        raise RuntimeError(f"answers that are no {run.release} in {run.format}:\n" + "\n".join(proxy.complaints))
    return results


def _run(conformance: Path, endpoint: str, run: Run, folder: Path) -> Results:
    report = folder / "report.json"
    command = [
        sys.executable, SUITE_RUNNER, conformance, FHIR_VERSIONS[run.release],
        "--server", endpoint, "--modes", run.modes, "--strict", "--quiet", "--jobs", str(JOBS),
        "--json", report, "--out", folder,
        *(["--cache"] if run.cached else []),
    ]  # fmt: skip
    finished = subprocess.run(command, capture_output=True, text=True, timeout=SUITE_SECONDS, check=False)
    if not report.exists():
        raise RuntimeError(f"the suite's runner failed:\n{finished.stdout}\n{finished.stderr}")
    results: dict[str, str] = {}
    for suite in json.loads(report.read_text())["suites"]:
        for test in suite["tests"]:
            name = _unused(f"{suite['name']}/{test['name']}", results)
            results[name] = "" if test["status"] == "pass" else test.get("message", "failed")
    return results


def _unused(name: str, results: Results) -> str:
    numbered = (f"{name}#{number}" for number in itertools.count(2))
    return name if name not in results else next(n for n in numbered if n not in results)


def passed(results: Results) -> frozenset[str]:
    """The tests that passed."""
    return frozenset(test for test, difference in results.items() if not difference)
