"""Moving everything between databases: nothing is lost, and what was damaged on the way is refused."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store import moving
from terminology.store.backups import restore_backup, write_backup
from terminology.store.opening import open_database, open_store
from tests.store.contents import everything, fill


@pytest.fixture
def urls(tmp_path, postgres_url) -> dict[str, str]:
    return {
        "sqlite": f"sqlite:///{tmp_path / 'a.db'}",
        "postgres": postgres_url,
        "other": f"sqlite:///{tmp_path / 'b.db'}",
    }


@pytest.mark.parametrize(("source", "target"), [("sqlite", "postgres"), ("postgres", "sqlite"), ("sqlite", "other")])
def test_everything_moves(urls, source, target):
    with closing(open_store(urls[source])) as store:
        fill(store)
        before = everything(store)
        key = store.new_version().key
    told = []
    sums = moving.move(open_database(urls[source]), open_database(urls[target]), lambda *said: told.append(said))
    assert {"concept", "resource", "mapping", "travelling_body", "generation"} <= {t for t, s in sums.items() if s.rows}
    assert ("Moving concept", sums["concept"].rows, sums["concept"].rows) in told
    with closing(open_store(urls[target])) as store:
        assert everything(store) == before
        assert store.new_version().key > key, "numbers are never given twice"
    back = moving.move(open_database(urls[target]), open_database(urls[source]))
    assert back["concept"] == sums["concept"]


def test_moving_replaces_the_content_of_the_target(urls):
    with closing(open_store(urls["sqlite"])) as store:
        fill(store)
        before = everything(store)
    with closing(open_store(urls["postgres"])) as store:
        fill(store, url="http://example.org/old")
    moving.move(open_database(urls["sqlite"]), open_database(urls["postgres"]))
    with closing(open_store(urls["postgres"])) as store:
        assert everything(store) == before


def test_a_damaged_copy_is_refused_and_the_target_unchanged(urls, monkeypatch):
    with closing(open_store(urls["sqlite"])) as store:
        fill(store)
    with closing(open_store(urls["postgres"])) as store:
        fill(store, url="http://example.org/old")
        before = everything(store)
        target = open_database(urls["postgres"])
        written = target.insert

        def damaging(table, columns, rows):
            written(table, columns, (row if table != "mapping" else (*row[:-1], b"damaged") for row in rows))

        monkeypatch.setattr(target, "insert", damaging)
        with pytest.raises(TerminologyError, match="in table mapping") as caught:
            moving.move(open_database(urls["sqlite"]), target)
        assert caught.value.kind == "conflict"
        assert everything(store) == before


def test_a_backup_of_postgres_is_a_sqlite_file_that_can_be_restored(postgres_url, tmp_path):
    backup = tmp_path / "backup.db"
    with closing(open_store(postgres_url)) as store:
        fill(store)
        before = everything(store)
        write_backup(store, backup)
        copy = shutil.copyfile(backup, tmp_path / "copy.db")  # a file that is opened changes
        with closing(open_store(f"sqlite:///{copy}")) as file:
            assert everything(file) == before
        fill(store, url="http://example.org/later")
        generation, keys = store.generation(), {entry.key for entry in store.versions()}
        restore_backup(store, backup)
        assert everything(store)[1:] == before[1:]
        assert store.generation() > generation, "what servers have cached is of no use any more"
        assert store.new_version().key > max(keys)
