"""Runs the shared folder's runner for a server of any FHIR release.

    python suite_runner.py CONFORMANCE_FOLDER FHIR_VERSION [arguments of run.py]

The runner takes every server for an R5 one: what `$version$` stands for in expected responses, and which alternatives
of them hold, is a constant of it. With another release it is set here, as the official runner does by itself.
"""

from __future__ import annotations

import importlib
import sys


def main(folder: str, version: str, *arguments: str) -> int:
    """The command; returns its exit status."""
    sys.path.insert(0, folder)
    runner = importlib.import_module("run")
    runner.R5_VERSION = version
    status: int = runner.main(["--tests", f"{folder}/tests", "--fhir-version", version, *arguments])
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
