"""The database of the documentation's examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology import ingest
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.docs.examples import DOCS


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a database with docs/examples/clinic.json."""
    path = tmp_path_factory.mktemp("docs") / "clinic.db"
    store = open_store(f"sqlite:///{path}")
    ingest.load(store, [str(DOCS / "examples" / "clinic.json")], LoadOptions())
    store.close()
    return path
