from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from terminology.model.outcome import TerminologyError


def test_live_and_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").json == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json, ready.headers["Cache-Control"]) == (200, {"status": "ready"}, "no-store")


def test_without_its_database_it_lives_but_is_not_ready(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise TerminologyError.of("unavailable", "STORE_CANNOT_OPEN", url="sqlite:///secret.db", reason="gone")

    monkeypatch.setattr(app.extensions["terminology"].store, "generation", broken)
    client = app.test_client()
    assert client.get("/health/live").status_code == 200
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "secret" not in response.text
