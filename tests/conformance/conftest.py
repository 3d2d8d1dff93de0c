"""One server for all conformance tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.content import load_content
from tests.conformance.runner import server


@pytest.fixture(scope="session")
def suite_server(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base url of a server that holds what the suite needs."""
    folder = tmp_path_factory.mktemp("conformance")
    with server(load_content(shared, folder), folder / "server.log") as base:
        yield base
