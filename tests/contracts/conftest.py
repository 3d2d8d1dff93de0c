"""The backends every store contract is run against."""

from __future__ import annotations

import pytest

from terminology.store.opening import open_store
from tests.store.ticking import Ticking


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture(params=["sqlite file", "sqlite memory", "postgres"])
def backend(request):
    return request.param


@pytest.fixture
def store(request, backend, tmp_path, clock):
    url = {"sqlite file": f"sqlite:///{tmp_path}/store.db", "sqlite memory": "sqlite:///:memory:"}.get(backend)
    opened = open_store(url or request.getfixturevalue("postgres_url"), clock=clock)
    yield opened
    opened.close()
