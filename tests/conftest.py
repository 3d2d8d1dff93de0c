"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("patient")

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real releases and the conformance suite; a clone by itself does not have it."""
    folder = Path(os.environ.get("TERMINOLOGY_SHARED", PROJECT.parent / "shared"))
    if not (folder / "conformance").is_dir():
        pytest.skip(f"needs the shared data folder, which is not at {folder} (set TERMINOLOGY_SHARED)")
    return folder
