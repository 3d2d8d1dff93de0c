"""A site over the sample documents and the clinic of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from loaders.documents import samples
from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.http.serving import at_a_port

CLINIC = Path(__file__).parent.parent.parent / "docs" / "examples" / "clinic.json"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole application over them."""
    url = f"sqlite:///{tmp_path_factory.mktemp('web') / 'site.db'}"
    store = open_store(url)
    with samples.folder() as folder:
        ingest.load(store, [str(folder), str(CLINIC)], LoadOptions())
    store.close()
    return create_app(Settings.load({}, database=url))


@pytest.fixture(scope="session")
def base(site: Flask) -> Iterator[str]:
    """The application on a port, for a real browser."""
    with at_a_port(site) as url:
        yield url


@pytest.fixture
def sample_code(site: Flask) -> tuple[str, str]:
    """(CodeSystem id, code) of a sample procedure."""
    found = site.test_client().get("/suggest?q=EX101").get_json()
    _, _, system, _, code = found[0]["href"].split("/")
    return system, code
