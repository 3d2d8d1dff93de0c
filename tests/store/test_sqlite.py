"""SQLite's own matters: forks, threads, a full disk, damage, and transactions that failed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pyroaring import BitMap

from terminology.model.outcome import TerminologyError
from terminology.store.counting import counting
from terminology.store.database import value_lists
from terminology.store.entries import MappingRow, NewResource
from terminology.store.opening import open_store
from tests.store.ticking import concepts, entry, header, publish, value_set

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


def in_child(work) -> bytes:
    """Fork, and return what `work` returned there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work())
        except BaseException as error:  # noqa: BLE001 - a forked test must not go on running the suite
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


def test_a_fork_opens_a_connection_of_its_own(store):
    reader = publish(store, ["a"])
    parents = store._database._connection()

    def child() -> bytes:
        assert reader.row("a") is not None
        assert store._database._connection() is not parents
        publish(store, ["b"], version="2", id_="cs2")
        store.close()
        return b"published"

    assert in_child(child) == b"published"
    assert store._database._connection() is parents
    assert [version.version for version in store.versions()] == ["1", "2"]
    assert store._database.first("PRAGMA integrity_check") == ("ok",)


def test_a_fork_in_the_middle_of_a_transaction_begins_its_own(store):
    def child() -> bytes:
        publication = store.publication()
        with pytest.raises(TerminologyError, match="being written by someone else"):
            publication.__enter__()
        return b"waited"

    store._database._connection()
    with store.publication(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("terminology.store.sqlite_sessions.BUSY_SECONDS", 0.1)
        assert in_child(child) == b"waited"
    assert store.generation() == 1


def test_a_thread_has_its_own_connection_and_takes_it_along(store):
    connections = []
    thread = threading.Thread(target=lambda: connections.append(store._database._connection()))
    thread.start()
    thread.join()
    (theirs,) = connections
    assert theirs is not store._database._connection()
    with pytest.raises(Exception, match="closed"):
        theirs.execute("SELECT 1")


def test_statements_of_other_threads_are_not_counted(url):
    for each in (open_store(url), open_store()):
        with counting(each) as statements:
            thread = threading.Thread(target=each.versions)
            thread.start()
            thread.join()
            each.generation()
        assert len(statements) == 1
        each.close()


def limited(store) -> None:
    """A disk with hardly any room left."""
    connection = store._database._connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 8}")


def snapshot(store) -> tuple:
    return store.generation(), store.versions(), store.resources_by_url("ConceptMap", "http://m"), store.parts()


def test_a_full_disk_stops_a_load_and_leaves_what_was_published(store):
    reader = publish(store, ["a"])
    before = snapshot(store)
    limited(store)
    writer = store.new_version()
    with pytest.raises(TerminologyError, match="no room left") as caught:
        writer.write_concepts([(n, str(n), str(n), b"x" * 2000) for n in range(1000)])
    assert caught.value.kind == "unavailable"
    with pytest.raises(TerminologyError, match="no room left"):
        writer.write_bitmaps("k", ((str(n), BitMap(range(0, 100_000, 3))) for n in range(1000)))
    with pytest.raises(TerminologyError, match="no room left"):
        store.spill_part([b"x" * 1_000_000])
    assert snapshot(store) == before
    assert reader.row("a") is not None


def mappings(key: int, count: int):
    return (
        MappingRow(
            map_key=key, group=0, source_system=None, source_code=str(n), target_system=None, target_code="x",
            document=b"x" * 1000,
        )
        for n in range(count)
    )  # fmt: skip


def test_a_full_disk_rolls_a_publication_back_even_when_its_error_is_swallowed(store):
    publish(store, ["a"])
    before = snapshot(store)
    limited(store)
    concept_map = NewResource(type="ConceptMap", id="m", url="http://m", version=None)

    def publish_nevertheless():
        with store.publication() as publication:
            key = publication.put_resource(concept_map).key
            with contextlib.suppress(TerminologyError):
                publication.put_mappings(key, mappings(key, 1000))
            publication.put_resource(value_set())

    with pytest.raises(TerminologyError) as caught:
        publish_nevertheless()
    assert caught.value.kind == "unavailable"
    assert snapshot(store) == before
    assert store.resource("ValueSet", "vs") is None
    assert store._database.first("PRAGMA integrity_check") == ("ok",)


def test_a_file_size_limit_is_reported(url):
    store = open_store(url)
    publish(store, ["a"])
    store.close()
    script = (
        "import resource, sys\n"
        "from terminology.model.outcome import TerminologyError\n"
        "from terminology.store.opening import open_store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "writer = open_store(sys.argv[1]).new_version()\n"
        "try:\n"
        "    writer.write_concepts([(n, str(n), str(n), b'x' * 2000) for n in range(20_000)])\n"
        "except TerminologyError as error:\n"
        "    print(error.kind, error)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, url], cwd=PROJECT, capture_output=True, check=True, text=True
    )
    assert process.stdout.startswith("unavailable The database")
    store = open_store(url)
    assert len(store.versions()) == 1
    store.close()


def test_damage_is_reported(url, tmp_path):
    store = open_store(url)
    reader = publish(store, [f"code {n}" for n in range(20_000)])
    store._database.select("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    file = tmp_path / "store.db"
    content = bytearray(file.read_bytes())
    content[100_000:] = b"\xff" * (len(content) - 100_000)
    file.write_bytes(content)
    with pytest.raises(TerminologyError, match="is damaged") as caught:
        list(reader.scan())
    assert caught.value.kind == "unavailable"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give up root's rights; as another user, permissions just hold")
@pytest.mark.parametrize("folder_too", [False, True])
def test_a_read_only_database_says_so_to_who_has_no_rights(folder_too):
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, check=True, text=True).stdout.strip())
    try:
        url = f"sqlite:///{folder}/store.db"
        store = open_store(url)
        publish(store, ["a"])
        store.close()
        (folder / "store.db").chmod(0o444)
        folder.chmod(0o555 if folder_too else 0o777)

        def child() -> bytes:
            os.setgid(65534)
            os.setuid(65534)
            try:
                opened = open_store(url)
                assert opened.version(1).row("a") is not None
                opened.new_version()
            except TerminologyError as error:
                return f"{error.kind}: {error}".encode()
            return b"written"

        told = in_child(child).decode()
        assert told.startswith("unavailable: The database")
        assert "cannot be written" in told or "cannot be opened" in told
        assert "permissions" in told
    finally:
        shutil.rmtree(folder)


def test_a_busy_database_says_so(url, monkeypatch):
    monkeypatch.setattr("terminology.store.sqlite_sessions.BUSY_SECONDS", 0.05)
    first, second = open_store(url), open_store(url)
    with first.publication():
        assert second.versions() == [], "readers do not wait"
        with pytest.raises(TerminologyError, match="being written by someone else") as caught:
            second.new_version()
    assert caught.value.kind == "unavailable"
    second.new_version()
    first.close()
    second.close()


def test_writes_inside_a_publication_join_it(store):
    def roll_back():
        with store.publication() as publication:
            writer = store.new_version()
            writer.write_concepts(concepts(["a"]))
            publication.publish_version(writer, entry(), header())
            assert len(store.versions()) == 1
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        roll_back()
    assert store.versions() == []
    assert store._database.first("SELECT count(*) FROM concept") == (0,)


def test_a_publication_is_durable_and_other_writes_are_quick(store):
    (usual,) = store._database.first("PRAGMA synchronous")
    with store.publication():
        (within,) = store._database.first("PRAGMA synchronous")
    assert (usual, within) == (1, 2)
    assert store._database.first("PRAGMA synchronous") == (1,)
    assert store._database.first("PRAGMA journal_mode") == ("wal",)
    assert store._database.first("PRAGMA page_size") == (8192,)


def test_faults_of_our_own_are_not_explained_away(store):
    with pytest.raises(Exception, match="no such column"):
        store._database.select("SELECT nonsense FROM concept")


def test_lists_are_cut_and_padded_to_powers_of_two():
    assert list(value_lists([])) == []
    assert list(value_lists([1])) == [("IN (?)", [1])]
    assert list(value_lists("abc")) == [("IN (?, ?, ?, ?)", ["a", "b", "c", "c"])]
    lengths = [len(values) for _, values in value_lists(range(5000))]
    assert lengths == [4096, 1024]


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT * FROM concept WHERE version = ? AND key = ?", 2),
        ("SELECT * FROM concept WHERE id >= ? AND id < ? ORDER BY id", 2),
        ("SELECT key, id FROM concept WHERE version = ?", 1),
        ("SELECT key, code FROM concept WHERE version = ? AND code IS NOT NULL", 1),
        ("SELECT data FROM bitmap WHERE version = ? AND kind = ? AND key = ?", 3),
        ("SELECT key FROM bitmap WHERE version = ? AND kind = ? AND key >= ? AND key < ? ORDER BY key", 4),
        ("SELECT * FROM mapping WHERE source_code = ? AND source_system = ? ORDER BY map_key, number", 2),
        ("SELECT * FROM mapping WHERE target_code = ? ORDER BY map_key, number", 1),
        ("SELECT * FROM resource WHERE type = ? AND url = ? AND version = ?", 3),
        ("SELECT * FROM resource WHERE type = ? ORDER BY url, version, id LIMIT 10", 1),
        ("SELECT * FROM code_system_version WHERE state = 'active' AND url = ? ORDER BY version", 1),
    ],
)
def test_hot_statements_use_an_index_and_sort_nothing(store, sql, parameters):
    plan = [row[3] for row in store._database.select(f"EXPLAIN QUERY PLAN {sql}", ("x",) * parameters)]
    assert all(step.startswith("SEARCH") for step in plan), plan
