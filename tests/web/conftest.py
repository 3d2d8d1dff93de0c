"""A site over the sample documents."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask

from loaders.documents import samples
from terminology import ingest
from terminology.http.app import create_app
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.opening import open_store


class QuietHandler(WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole application over the samples."""
    url = f"sqlite:///{tmp_path_factory.mktemp('web') / 'site.db'}"
    store = open_store(url)
    with samples.folder() as folder:
        ingest.load(store, [str(folder)], LoadOptions())
    store.close()
    return create_app(Settings.load({}, database=url))


@pytest.fixture(scope="session")
def base(site: Flask) -> Iterator[str]:
    """The application on a port, for a real browser."""
    server = make_server("127.0.0.1", 0, site, handler_class=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sample_code(site: Flask) -> tuple[str, str]:
    """(CodeSystem id, code) of a sample procedure."""
    found = site.test_client().get("/suggest?q=EX").get_json()
    _, _, system, _, code = found[0]["href"].split("/")
    return system, code
