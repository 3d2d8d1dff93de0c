"""Name, version and release date of the server."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

NAME = "FHIR Terminology Server"
RELEASED = "2026-11-23"
"""Date of the release, for `software.releaseDate` and the dates of the capability statements."""
TESTS = "1.9.1"
"""Version of the HL7 terminology ecosystem tests the server is developed against."""


@lru_cache(maxsize=1)
def software_version() -> str:
    """The installed version; `0` for code that runs without being installed. Looked up once: it is read from a file."""
    try:
        return version("fhir-terminology-server")
    except PackageNotFoundError:
        return "0"
