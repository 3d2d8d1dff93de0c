"""A real server that knows more, a database that holds little, and a server that answers what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.publishing import database_with
from tests.http.serving import Served, served
from tests.http.upstream.asking import ANSWER, HERE
from tests.http.upstream.far import Far, far, fhir


@pytest.fixture(scope="session")
def other(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server that holds what the one under test does not."""
    with served(database, tmp_path_factory.mktemp("other"), workers=1) as server:
        yield server


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A database with a system of its own only."""
    return database_with(tmp_path, HERE)


@pytest.fixture
def fake() -> Iterator[Far]:
    with far(lambda _: fhir(ANSWER)) as server:
        yield server
