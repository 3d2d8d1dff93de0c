"""An application on a small database of invented terminology."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.http.app import create_app
from tests.http.changing import put
from tests.http.content import BIOPSIES, EVERYTHING, OLD_TO_NEW, PROCEDURES
from tests.http.publishing import database_with


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return database_with(tmp_path_factory.mktemp("http"), *EVERYTHING)


@pytest.fixture(scope="session")
def app(database: str) -> Flask:
    return create_app(database=database, max_body=100_000, kept_answers=0)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{tmp_path / 'empty.db'}").test_client()


@pytest.fixture
def writable(tmp_path: Path) -> FlaskClient:
    return create_app(database=f"sqlite:///{tmp_path / 'written.db'}", insecure_writes=True).test_client()


@pytest.fixture
def filled(writable: FlaskClient) -> FlaskClient:
    for resource in (PROCEDURES, BIOPSIES, OLD_TO_NEW):
        put(writable, resource)
    return writable
