"""Opening a database: urls, other people's files, newer versions, many processes at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store.opening import open_store
from tests.store.ticking import publish

PROJECT = Path(__file__).parent.parent.parent


def refused(url: str) -> TerminologyError:
    with pytest.raises(TerminologyError) as caught:
        open_store(url)
    return caught.value


def test_three_slashes_are_relative_and_four_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///data/relative.db").close()
    open_store(f"sqlite:///{tmp_path}/deep/down/absolute.db").close()
    assert (tmp_path / "data" / "relative.db").is_file()
    assert (tmp_path / "deep" / "down" / "absolute.db").is_file()


def test_a_relative_path_holds_when_the_folder_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///x.db")
    publish(store)
    store.close()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert len(store.versions()) == 1
    store.close()


def test_opening_again_finds_what_was_published(tmp_path):
    url = f"sqlite:///{tmp_path}/x.db"
    first = open_store(url)
    publish(first, ["a"])
    first.close()
    second = open_store(url)
    assert second.version(second.versions()[0].key).row("a") is not None
    assert second.url == url
    second.close()


def test_a_memory_database_is_its_own_and_ends_with_close():
    first, second = open_store(), open_store("sqlite:///:memory:")
    publish(first)
    assert second.versions() == []
    first.close()
    with pytest.raises(sqlite3.ProgrammingError):
        first.versions()
    second.close()


@pytest.mark.parametrize("url", ["", "x.db", "sqlite://", "sqlite:///", "sqlite://x.db", "/tmp/x.db"])
def test_a_url_that_is_none_is_explained(url):
    error = refused(url)
    assert error.kind == "invalid"
    assert "sqlite:///relative.db" in str(error)


def test_other_databases_are_refused_and_secrets_are_not_repeated():
    error = refused("mysql://user:secret@host/db")
    assert error.kind == "not-supported"
    assert "asks for mysql" in str(error)
    assert "secret" not in str(error)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("Not a database. " * 1000)
    before = file.read_bytes()
    error = refused(f"sqlite:///{file}")
    assert error.kind == "unavailable"
    assert "is not a database of this server" in str(error)
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path):
    file = tmp_path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE accounts (id INTEGER)")
    connection.commit()
    connection.close()
    error = refused(f"sqlite:///{file}")
    assert error.kind == "unavailable"
    assert "'accounts' of another program" in str(error)


def test_a_newer_database_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path}/x.db"
    store = open_store(url)
    store._database.insert("schema_migration", ("number", "name"), [(99, "from the future")])
    store.close()
    error = refused(url)
    assert error.kind == "unavailable"
    assert "newer version" in str(error)
    assert "schema 99" in str(error)


def test_a_folder_is_no_database(tmp_path):
    error = refused(f"sqlite:///{tmp_path}")
    assert error.kind == "unavailable"
    assert "cannot be opened" in str(error)


def test_a_path_through_a_file_is_explained(tmp_path):
    (tmp_path / "file").touch()
    error = refused(f"sqlite:///{tmp_path}/file/x.db")
    assert error.kind == "unavailable"
    assert "cannot be opened" in str(error)


def test_many_processes_create_one_database(tmp_path):
    url = f"sqlite:///{tmp_path}/x.db"
    script = (
        "import sys, time\n"
        "from terminology.store.opening import open_store\n"
        "from tests.store.ticking import publish\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "publish(open_store(sys.argv[1]), ['a'], url='http://' + sys.argv[3], id_=sys.argv[3])\n"
    )
    start = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time() + 3)"], capture_output=True, check=True
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, url, start.stdout.decode(), f"n{n}"], cwd=PROJECT, stderr=subprocess.PIPE
        )
        for n in range(5)
    ]
    errors = [process.communicate()[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, "\n".join(errors)
    store = open_store(url)
    assert store.generation() == len(store.versions()) == 5
    store.close()


def test_opening_an_up_to_date_database_writes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/x.db"
    open_store(url).close()
    before = (tmp_path / "x.db").read_bytes()
    store = open_store(url)
    assert (tmp_path / "x.db").read_bytes() == before
    assert not any(file.stat().st_size for file in tmp_path.glob("x.db-wal"))
    store.close()
