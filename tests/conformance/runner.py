"""Runs HL7's terminology-ecosystem suite, through the shared folder's runner, against a real server process."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

START_SECONDS = 30
SUITE_SECONDS = 1200


@contextlib.contextmanager
def server(database: str, log: Path) -> Iterator[str]:
    """Serve a database in a process of its own; yields the base url."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "terminology.cli", "serve", "--database", database, "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
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


def run_suite(conformance: Path, base: str, modes: str, folder: Path) -> dict[str, str]:
    """Run the modes strictly; returns test name → '' when it passed, else the difference found."""
    report = folder / "report.json"
    command = [
        sys.executable, conformance / "run.py", "--tests", conformance / "tests", "--server", base + "/r5",
        "--modes", modes, "--strict", "--quiet", "--jobs", "2", "--json", report, "--out", folder,
    ]  # fmt: skip
    finished = subprocess.run(command, capture_output=True, text=True, timeout=SUITE_SECONDS, check=False)
    if not report.exists():
        raise RuntimeError(f"the suite's runner failed:\n{finished.stdout}\n{finished.stderr}")
    suites = json.loads(report.read_text())["suites"]
    return {
        f"{suite['name']}/{test['name']}": "" if test["status"] == "pass" else test.get("message", "failed")
        for suite in suites
        for test in suite["tests"]
    }
