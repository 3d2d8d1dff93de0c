"""FHIR packages from the registry, for tests that need real ones.

The registry is the setting; a machine that cannot reach it skips those tests, except CI, where they must run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from terminology.settings import Settings


def registry() -> str:
    """The configured registry, else the one npm is set up with, else the default."""
    configured = Settings.load().registry
    if "TERMINOLOGY_REGISTRY" in os.environ or not (npm := shutil.which("npm")):
        return str(configured)
    command = [npm, "config", "get", "registry"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or str(configured)


def load(database: str, *names: str) -> str:
    """Load packages by name with the ordinary command; returns what it printed. Skips when none can be had."""
    program = Path(sys.executable).parent / "terminology"
    environment = os.environ | {"TERMINOLOGY_REGISTRY": registry()}
    command = [program, "load", "--no-dependencies", "--database", database, *names]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if finished.returncode and "CI" not in os.environ:
        pytest.skip(f"the package registry does not give {names}: {finished.stderr.strip()[-300:]}")
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
