"""A database is upgraded, or brought back, while a program that knows another schema has it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.http.app import create_app
from terminology.model.outcome import TerminologyError
from terminology.store import rolling, schema
from terminology.store.opening import go_back, open_store
from tests.http.wsgi_calls import call
from tests.store.ticking import publish, value_set

STEPS = schema.migrations()
ADDED = schema.Migration(
    len(STEPS) + 1,
    "more",
    (
        "ALTER TABLE concept ADD COLUMN more $TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE resource ADD COLUMN more $BIGINT",
        "CREATE TABLE more (key $IDENTITY, value $TEXT NOT NULL)",
        "CREATE INDEX more_value ON more (value)",
    ),
)
"""What a later version may do: everything that was there is as it was."""
BROKEN = schema.Migration(ADDED.number, f"{rolling.BREAKING}generation", ADDED.statements)
ADDING = ("CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "INSERT INTO ", "UPDATE ")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'x.db'}"
    return str(request.getfixturevalue("postgres_server").new_database())


def upgrade(url: str, step: schema.Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a database as the program after this one would."""
    with monkeypatch.context() as later:
        later.setattr(schema, "migrations", lambda: (*STEPS, step))
        open_store(url).close()


def test_readers_go_on_and_publications_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(url, cached_bytes=0)
    reader = publish(store, ["a", "b"])
    reader.row("a")
    reader.documents([0, 1])
    assert not store.is_upgraded
    upgrade(url, ADDED, monkeypatch)

    assert store.generation() == 1
    assert store.is_upgraded
    assert reader.row("b") is not None
    assert "document of a" in reader.documents([0, 1])
    assert [version.url for version in store.versions()]
    with pytest.raises(TerminologyError, match="written by a newer version"), store.publication() as publication:
        publication.put_resource(value_set())
    assert store.resource("ValueSet", "vs") is None
    assert store.generation() == 1
    store.jobs.add("load", b"")
    assert not store.jobs.waiting(), "left to those who know the schema"
    store.close()


def test_a_step_that_breaks_stops_readers(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(url)
    publish(store, ["a"])
    app = create_app(database=url)
    assert call(app.wsgi_app, "/r4/ValueSet").status.startswith("200")
    upgrade(url, BROKEN, monkeypatch)
    with pytest.raises(TerminologyError, match="written by a newer version"):
        store.generation()
    assert call(app.wsgi_app, "/r4/ValueSet").status.startswith("503")
    ready = call(app.wsgi_app, "/health/ready")
    assert ready.status.startswith("503")
    assert b"another schema" in ready.body
    store.close()


def test_a_database_that_was_brought_back_is_not_read(url: str) -> None:
    store = open_store(url)
    publish(store, ["a"])
    go_back(url, len(STEPS) - 1)
    with pytest.raises(TerminologyError, match=f"brought back to schema {len(STEPS) - 1}") as caught:
        store.generation()
    assert caught.value.kind == "unavailable"
    open_store(url).close()
    assert store.generation() == 1
    store.close()


def test_readiness_says_that_writing_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(database=url, insecure_writes=True)
    client = app.test_client()
    assert client.get("/health/ready").json == {"status": "ready"}
    upgrade(url, ADDED, monkeypatch)
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json == {"status": "ready", "writing": "refused: a newer version has changed the schema"}
    resource = {"resourceType": "ValueSet", "id": "vs", "status": "draft", "url": "http://example.org/vs"}
    refused = client.put("/r5/ValueSet/vs", json=resource, content_type="application/fhir+json")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("step", STEPS[1:], ids=lambda step: step.name)
def test_steps_only_add_unless_their_name_says_otherwise(step: schema.Migration) -> None:
    if not step.name.startswith(rolling.BREAKING):
        for statement in step.statements:
            adds = statement.startswith("ALTER TABLE ") and " ADD COLUMN " in statement
            assert adds or statement.startswith(ADDING), statement
            assert not adds or "NOT NULL" not in statement or "DEFAULT" in statement, statement
