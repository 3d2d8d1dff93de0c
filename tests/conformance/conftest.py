"""One server for all conformance tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.content import load_content
from tests.conformance.runner import server


@pytest.fixture(scope="session")
def suite_database(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Url of a database that holds what the suite needs."""
    return load_content(shared, tmp_path_factory.mktemp("conformance"))


@pytest.fixture(scope="session")
def suite_server(suite_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base url of a server on it."""
    with server(suite_database, tmp_path_factory.mktemp("served") / "server.log") as base:
        yield base
