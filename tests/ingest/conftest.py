"""A store and a folder."""

from __future__ import annotations

import pytest

from terminology.store.opening import open_store
from tests.ingest.building import Box


@pytest.fixture
def box(tmp_path):
    store = open_store()
    yield Box(store, tmp_path / "given")
    store.close()
