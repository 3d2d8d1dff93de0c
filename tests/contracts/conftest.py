"""The backends every store contract is run against."""

from __future__ import annotations

import pytest

from terminology.store.opening import open_store
from tests.store.ticking import Ticking


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture(params=["sqlite file", "sqlite memory"])
def store(request, tmp_path, clock):
    url = f"sqlite:///{tmp_path}/store.db" if request.param == "sqlite file" else "sqlite:///:memory:"
    opened = open_store(url, clock=clock)
    yield opened
    opened.close()
