"""Backups: consistent while others write, checked before they are restored, numbers that never go back."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest

from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.store.backups import restore_backup, write_backup
from terminology.store.opening import open_store
from tests.store.building import publish

URL = "http://example.org/s"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    publish(opened, [Concept("a", "Alpha"), Concept("b", "Beta")], url=URL, version="1")
    yield opened
    opened.close()


def codes(store):
    return {entry.version: list(store.version(entry.key).codes()) for entry in store.versions(URL)}


def test_a_backup_is_a_database_with_a_checksum(store, tmp_path):
    backup = tmp_path / "backup.db"
    write_backup(store, backup)
    digest, name = (tmp_path / "backup.db.sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(backup.read_bytes()).hexdigest(), "backup.db")
    other = open_store(f"sqlite:///{backup}")
    assert codes(other) == codes(store) == {"1": ["a", "b"]}
    other.close()
    assert not list(tmp_path.glob("*.partial"))


def test_a_backup_does_not_hold_what_is_written_meanwhile(store, tmp_path, monkeypatch):
    written = store.backup

    def with_a_writer(path):
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE generation SET value = 999")
            written(path)
            writer.execute("COMMIT")

    monkeypatch.setattr(store, "backup", with_a_writer)
    write_backup(store, tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        assert backup.execute("SELECT value FROM generation").fetchone()[0] < 999
    assert store.generation() == 999


def test_restoring_brings_back_the_content_and_goes_on_with_the_numbers(store, tmp_path):
    write_backup(store, tmp_path / "backup.db")
    publish(store, [Concept("c", "Gamma")], url=URL, version="2")
    generation, keys = store.generation(), {entry.key for entry in store.versions()}
    reader = store.version(max(keys))
    assert list(reader.codes()) == ["c"]
    restore_backup(store, tmp_path / "backup.db")
    assert codes(store) == {"1": ["a", "b"]}
    assert store.generation() > generation
    publish(store, [Concept("d", "Delta")], url=URL, version="3")
    (new,) = {entry.key for entry in store.versions()} - keys
    assert new > max(keys), "a running server would take version 3 for what it remembers of version 2"
    assert codes(store) == {"1": ["a", "b"], "3": ["d"]}


def test_another_connection_sees_the_old_content_or_the_new(store, tmp_path):
    write_backup(store, tmp_path / "backup.db")
    publish(store, [Concept("c", "Gamma")], url=URL, version="2")
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM concept").fetchone()
        restore_backup(store, tmp_path / "backup.db")
        assert reader.execute("SELECT count(*) FROM concept").fetchone() == before == (3,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM concept").fetchone() == (2,)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda backup: backup.write_bytes(backup.read_bytes()[:-100]), "has changed since it was written"),
        (lambda backup: backup.with_name("backup.db.sha256").unlink(), "no backup.db.sha256"),
        (lambda backup: backup.unlink(), "There is no file"),
    ],
)
def test_a_damaged_backup_is_refused(store, tmp_path, damage, message):
    backup = tmp_path / "backup.db"
    write_backup(store, backup)
    damage(backup)
    with pytest.raises(TerminologyError, match=message):
        restore_backup(store, backup)
    assert codes(store) == {"1": ["a", "b"]}


@pytest.mark.parametrize("content", [b"", b"This is no database. " * 1000])
def test_what_is_no_database_is_refused(store, tmp_path, content):
    backup = tmp_path / "backup.db"
    backup.write_bytes(content)
    (tmp_path / "backup.db.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  backup.db\n")
    with pytest.raises(TerminologyError, match="is not a database of this server"):
        restore_backup(store, backup)
    assert codes(store) == {"1": ["a", "b"]}


def test_nothing_is_overwritten(store, tmp_path):
    (tmp_path / "backup.db").write_text("something else")
    with pytest.raises(TerminologyError, match="There is a file"):
        write_backup(store, tmp_path / "backup.db")
    with pytest.raises(TerminologyError, match=r"could not be written"):
        write_backup(store, tmp_path / "no" / "such" / "folder.db")
