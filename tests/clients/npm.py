"""JavaScript clients by name from the npm registry, and programs that use them.

`package.json` says which, in which versions. They go into the user's cache, once for each state of that file: nothing
of them is in the project's folder. A machine without Node.js or a registry skips those tests, except CI, where they
must run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest

LISTED = Path(__file__).parent / "package.json"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
PATIENCE = 240


def installed() -> Path:
    """A folder whose `node_modules` has the `dependencies` of package.json."""
    return _cached("installed", lambda folder: _npm(folder, "install", "--no-save", "--no-package-lock", *QUIET))


def unpacked(name: str) -> Path:
    """A folder with one package of `packed` as it was published: it brings all it needs in one file."""
    version = json.loads(LISTED.read_text())["packed"][name]

    def fetch(folder: Path) -> None:
        _npm(folder, "pack", f"{name}@{version}", *QUIET)
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()

    return _cached(name, fetch) / "package"


def run(program: str, *, patience: float = 60) -> Any:
    """Run a program (an ES module that may import what is installed) and return the JSON that it prints."""
    command = [_found("node"), "--input-type=module", "-"]
    finished = subprocess.run(
        command, input=program, cwd=installed(), capture_output=True, text=True, timeout=patience, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def _cached(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, made at most once for a state of package.json; what fails leaves nothing."""
    state = hashlib.sha256(LISTED.read_bytes()).hexdigest()[:16]
    folder = platformdirs.user_cache_path("fhir-terminology-server-tests") / f"{name}-{state}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        shutil.copy(LISTED, temporary)
        make(Path(temporary))
        made = Path(temporary).rename(folder)
        Path(temporary).mkdir()  # for the context manager to remove
    return made


def _npm(folder: Path, *arguments: str) -> None:
    command = [_found("npm"), *arguments]
    try:
        finished = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
        problem = finished.stderr.strip() if finished.returncode else ""
    except subprocess.TimeoutExpired:
        problem = f"npm took more than {PATIENCE} s"
    if problem:
        missing(f"the npm registry does not give the clients: {problem[-300:]}")


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        missing(f"needs {program}")
    return str(path)


def missing(reason: str) -> None:
    """Skip, or fail in CI."""
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)
