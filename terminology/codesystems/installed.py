"""Reads data files of installed packages: located without importing the package, read on first use.

The packages are ordinary dependencies (`docs/code-systems.md` lists them with reasons); none of their code runs.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from terminology.model.outcome import TerminologyError


def data_file(package: str, path: str) -> Path:
    """Where an installed package keeps a file. Raises TerminologyError unavailable when it is not there."""
    try:
        found = Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        found = None
    if found is None or not found.is_file():
        raise TerminologyError.of("unavailable", "BUILTIN_DATA_MISSING", package=package, file=path)
    return found
