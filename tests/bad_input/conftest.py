"""A database of terminology that bad requests can trip over, and an application on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology import ingest
from terminology.fhir.json import dumps
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.bad_input.content import BUNDLE


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database; tests that write take a copy of it."""
    folder = tmp_path_factory.mktemp("bad-input")
    (folder / "bundle.json").write_bytes(dumps(BUNDLE))
    store = open_store(f"sqlite:///{folder / 'loaded.db'}")
    ingest.load(store, [str(folder / "bundle.json")], LoadOptions())
    store.close()
    return folder / "loaded.db"


@pytest.fixture(scope="session")
def app(loaded: Path) -> Flask:
    return create_app(Settings.load({}, database=f"sqlite:///{loaded}", max_body=2_000_000))


@pytest.fixture
def writable(loaded: Path, tmp_path: Path) -> Flask:
    """An application to which anybody may write, on a copy."""
    copied = shutil.copy(loaded, tmp_path / "written.db")
    return create_app(Settings.load({}, database=f"sqlite:///{copied}", max_body=2_000_000, insecure_writes=True))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
