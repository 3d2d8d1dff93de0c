"""JavaScript clients by name from the npm registry, and programs that use them.

`package.json` says which, in which versions. They go into the user's cache, once for each state of the files that say
so: nothing of them is in the project's folder. A machine without Node.js or a registry skips those tests, except CI,
where they must run.
"""

from __future__ import annotations

import contextlib
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
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline")
INSTALL = ("install", "--no-save", "--no-package-lock", *QUIET)
BUNDLE = (
    "--bundle", "--minify", "--jsx=automatic", "--outfile=form.js", '--define:process.env.NODE_ENV="production"',
    "--loader:.woff=empty", "--loader:.woff2=empty", "--log-level=error",
)  # fmt: skip
PATIENCE = 240


def installed() -> Path:
    """A folder whose `node_modules` has the `dependencies` of package.json."""

    def make(folder: Path) -> None:
        shutil.copy(LISTED, folder)
        _npm(folder, *INSTALL)

    return _cached("installed", make, LISTED)


def unpacked(name: str) -> Path:
    """A folder with one package of `packed` as it was published: it brings all it needs in one file."""
    version = json.loads(LISTED.read_text())["packed"][name]

    def fetch(folder: Path) -> None:
        _npm(folder, "pack", f"{name}@{version}", *QUIET)
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()

    return _cached(name, fetch, LISTED) / "package"


def built(project: Path) -> Path:
    """The page of a folder whose form.jsx has become one script, form.js, with all it imports."""

    def make(folder: Path) -> None:
        shutil.copytree(project, folder, dirs_exist_ok=True)
        _npm(folder, *INSTALL, "--legacy-peer-deps")
        _npm(folder, "exec", "--", "esbuild", "form.jsx", *BUNDLE)
        shutil.rmtree(folder / "node_modules")

    return _cached(project.name, make, *sorted(project.iterdir()))


def run(program: str, *, patience: float = 60) -> Any:
    """Run a program (an ES module that may import what is installed) and return the JSON that it prints."""
    command = [_found("node"), "--input-type=module", "-"]
    finished = subprocess.run(
        command, input=program, cwd=installed(), capture_output=True, text=True, timeout=patience, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def _cached(name: str, make: Callable[[Path], None], *sources: Path) -> Path:
    """The folder that `make` fills, at most once for a state of the files it is made of; what fails leaves nothing."""
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    folder = platformdirs.user_cache_path("fhir-terminology-server-tests") / f"{name}-{state}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            made = Path(temporary) / name
            made.mkdir()
            make(made)
            with contextlib.suppress(OSError):  # another process has made it meanwhile
                made.rename(folder)
    return folder


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
