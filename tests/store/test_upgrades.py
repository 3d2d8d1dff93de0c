"""A database of each schema there has been is brought up to date with what it holds; older programs refuse it then."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store import schema
from terminology.store.opening import open_database, open_store

STEPS = schema.migrations()
COLUMNS = ("type", "id", "url", "version", "last_updated", "version_id", "body")
ROW = ("ValueSet", "vs", "http://example.org/vs", "1", "2026-01-01T00:00:00.000Z", 3, b'{"resourceType":"ValueSet"}')


def known(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Be the program that knew so many steps."""
    monkeypatch.setattr(schema, "migrations", lambda: STEPS[:steps])


@pytest.mark.parametrize("steps", range(1, len(STEPS)))
@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_an_older_database_is_brought_up_to_date(
    steps: int, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    with monkeypatch.context() as older:
        known(older, steps)
        database = open_database(url)
        with database.transaction():
            database.insert("resource", COLUMNS, [ROW])
            database.execute("UPDATE generation SET value = 7")
        assert schema.applied(database) == steps
        database.close()

    store = open_store(url)
    assert store.generation() == 7
    (found,) = store.resources_by_url("ValueSet", "http://example.org/vs")
    assert (found.id, found.version_id, found.body) == ("vs", 3, ROW[-1])
    with store.publication() as publication:
        publication.drop_resource("ValueSet", "vs")
    assert store.generation() == 8
    assert store.resources_by_url("ValueSet", "http://example.org/vs") == []
    store.close()

    known(monkeypatch, steps)
    with pytest.raises(TerminologyError, match="written by a newer version"):
        open_database(url)
