"""A database with a value set, and an issuer of tokens with one key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.http.access.calling import KEY, published
from tests.http.content import BIOPSIES
from tests.http.publishing import database_with


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database_with(tmp_path, BIOPSIES)


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    return published(tmp_path / "jwks.json", first=KEY)
