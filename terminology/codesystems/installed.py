"""Data files that installed packages carry: found without importing the package, read when first needed.

The packages are ordinary dependencies (`docs/code-systems.md` says which and why); none of their code runs.
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
