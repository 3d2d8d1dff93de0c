"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from terminology.store.opening import open_store
from tests import browsers, postgres

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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests that need no more than a database in it."""
    with postgres.cluster() as made:
        yield made


@pytest.fixture(scope="session")
def _one_postgres_database(postgres_server: postgres.Cluster) -> str:
    url = postgres_server.new_database()
    open_store(url).close()
    return url


@pytest.fixture
def postgres_url(_one_postgres_database: str) -> str:
    """The url of an empty database of today's schema: the same one for every test, emptied before each."""
    postgres.empty(_one_postgres_database)
    return _one_postgres_database


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: Playwright's event loop runs as long as it does, and would be in the way of others."""
    with browsers.chromium() as browser:
        yield browser
