"""An application on a small database of invented terminology."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.content import EVERYTHING
from tests.http.publishing import publish


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('http') / 'test.db'}"
    store = open_store(url)
    publish(store, *EVERYTHING)
    store.close()
    return url


@pytest.fixture(scope="session")
def app(database: str) -> Flask:
    return create_app(database=database, max_body=100_000, kept_answers=0)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{tmp_path / 'empty.db'}").test_client()
