"""A database of each schema there has been is brought up to date with what it holds, and back, for older programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store import schema
from terminology.store.database import Database
from terminology.store.opening import go_back, open_database, open_store
from tests.store.contents import fill
from tests.store.ticking import publish

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


def laid_out(database: Database) -> dict[str, frozenset[str]]:
    """Its tables with their columns."""
    return {table: frozenset(database.columns(table)) for table in database.tables()}


def content(database: Database, columns: dict[str, frozenset[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of some columns of tables, but for the record of the schema itself."""
    return {
        table: sorted(database.select(f"SELECT {', '.join(sorted(names))} FROM {table}"), key=repr)
        for table, names in columns.items()
        if table != schema.RECORD
    }


@pytest.mark.parametrize("steps", range(1, len(STEPS)))
@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_a_database_goes_back_to_an_older_schema_and_up_again(
    steps: int, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    def new(name: str) -> str:
        if backend == "sqlite":
            return f"sqlite:///{tmp_path / name}"
        return str(request.getfixturevalue("postgres_server").new_database())

    with monkeypatch.context() as older:
        known(older, steps)
        first = open_database(new("first.db"))
        expected = laid_out(first)
        first.close()

    url = new("main.db")
    store = open_store(url)
    fill(store)
    before = content(store._database, expected)
    store.close()

    assert [step.number for step in go_back(url, steps)] == list(range(len(STEPS), steps, -1))
    with monkeypatch.context() as older:
        known(older, steps)
        database = open_database(url)
        assert laid_out(database) == expected
        assert content(database, expected) == before
        database.close()

    again = open_store(url)
    assert schema.applied(again._database) == len(STEPS)
    assert content(again._database, expected) == before
    assert again._database.integrity() == []
    again.close()


def test_every_step_has_a_way_back_that_says_what_is_lost() -> None:
    assert all(step.back.statements and step.back.lost for step in STEPS[1:])


def test_going_back_is_refused_if_the_older_schema_lacks_something(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'layers.db'}"
    store = open_store(url)
    publish(store, ["a"])
    store._database.execute("UPDATE code_system_version SET base = 1")
    with pytest.raises(TerminologyError, match="cannot go back to schema 5, and stays as it is"):
        go_back(url, 5)
    assert schema.applied(store._database) == len(STEPS)
    store.close()


@pytest.mark.parametrize("number", [0, len(STEPS) + 1])
def test_going_back_to_an_unknown_schema_is_refused(number: int, tmp_path: Path) -> None:
    with pytest.raises(TerminologyError, match=f"There is no schema {number} to go back to"):
        go_back(f"sqlite:///{tmp_path / 'a.db'}", number)
