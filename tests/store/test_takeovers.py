"""A server that is not quite what it was before: it crashed and is there again, or a replica that lagged took over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from terminology import ingest
from terminology.fhir.json import dumps
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.histories import LEAP
from terminology.store.opening import open_store
from terminology.store.sqlstore import SqlStore
from tests import postgres
from tests.replicas import Pair, pair, until, wait_for_replay
from tests.store.ticking import concepts, entry, header, part, publish

URL = "http://example.org/CodeSystem/taken-over"
VALUE_SET = "http://example.org/ValueSet/taken-over"


@pytest.fixture
def server() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as made:
        yield made


@pytest.fixture
def store(server: postgres.Cluster) -> Iterator[SqlStore]:
    opened = open_store(server.new_database())
    yield opened
    opened.close()


def test_a_version_that_a_crash_took_rows_from_is_not_published(store: SqlStore, server: postgres.Cluster) -> None:
    """Rows that nobody sees yet are written without waiting for the disk."""
    writer = store.new_version()
    writer.write_concepts(concepts(["a", "b"]))
    server.crash()
    with pytest.raises(TerminologyError, match="broke while rows were written"), store.publication() as publication:
        publication.publish_version(writer, entry(size=2), header())
    with pytest.raises(TerminologyError, match="broke while rows were written"):
        writer.write_concepts(concepts(["c"]))
    assert store.versions() == []
    publish(store, ["a", "b"])
    assert [version.size for version in store.versions()] == [2]


def test_parts_that_a_crash_took_blocks_from_are_not_published(store: SqlStore, server: postgres.Cluster) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"one"
        server.crash()
        yield b"two"

    with pytest.raises(TerminologyError, match="broke while rows were written"):
        store.spill_part(blocks())
    key = store.spill_part([b"one"])
    server.crash()
    with pytest.raises(TerminologyError, match="broke while rows were written"), store.publication() as publication:
        publication.put_part(part(), key)
    assert store.parts() == []


def test_a_load_is_not_disturbed_by_a_crash_before_it(store: SqlStore, server: postgres.Cluster) -> None:
    publish(store, ["a"])
    server.crash()
    publish(store, ["b"], version="2", id_="cs2")
    assert [version.version for version in store.versions()] == ["1", "2"]


def load(url: str, folder: Path, display: str) -> None:
    """A code system and a value set that say what was loaded."""
    system = {
        "resourceType": "CodeSystem", "url": URL, "version": "1", "status": "active", "content": "complete",
        "concept": [{"code": "a", "display": display}, {"code": display}],
    }  # fmt: skip
    include = {"system": URL, "concept": [{"code": display}]}
    value_set = {"resourceType": "ValueSet", "url": VALUE_SET, "status": "active", "compose": {"include": [include]}}
    file = folder / f"{display}.json"
    entries = [{"resource": resource} for resource in (system, value_set)]
    file.write_bytes(dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(url)
    ingest.load(store, [str(file)])
    store.close()


def seen(terminology: Terminology) -> tuple[str | None, list[str]]:
    """The display of a code, and what a value set holds."""
    found = terminology.expand(VALUE_SET).expansion
    return terminology.lookup(URL, "a").display, [code.code for code in found.contains]


def numbers(url: str) -> tuple[int, int]:
    """The generation, and the key of the newest version."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value, (SELECT max(key) FROM code_system_version) FROM generation").fetchone()
    assert row is not None
    return row


def lag(servers: Pair) -> None:
    """Cut the replica off from what the primary does from now on."""
    wait_for_replay(servers)
    with psycopg.connect(servers.reading, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
        connection.execute("SELECT pg_reload_conf()")
        until(lambda: connection.execute("SELECT count(*) FROM pg_stat_wal_receiver").fetchone() == (0,))


def test_a_replica_that_lagged_takes_over_and_no_process_answers_with_what_is_lost(tmp_path: Path) -> None:
    """One process has read what the replica never had, and its numbers would be given again, for something else."""
    with pair() as servers:
        load(servers.writing, tmp_path, "first")
        lag(servers)
        load(servers.writing, tmp_path, "lost")
        settings = Settings.load(environment={}, database=servers.any_primary)
        with Terminology(settings=settings) as terminology:
            assert seen(terminology) == ("lost", ["lost"])
            lost = numbers(servers.writing)
            servers.primary.kill()
            servers.replica.promote()
            assert seen(terminology) == ("first", ["first"])
            load(servers.any_primary, tmp_path, "afterwards")
            assert seen(terminology) == ("afterwards", ["afterwards"])
            after = numbers(servers.reading)
            assert min(after) > LEAP > max(lost)
            load(servers.any_primary, tmp_path, "again")
            assert seen(terminology) == ("again", ["again"])
            assert max(numbers(servers.reading)) < after[1] + LEAP, "a leap for each take-over, and no more"


def test_a_mark_of_commits_holds_for_a_moment_and_outlasts_no_publication(store: SqlStore) -> None:
    database = store._database
    mark = database.commit_mark()
    assert mark is not None
    publish(store, ["a"])
    assert database.commit_mark() != mark
    assert store.generation() == 1
    with database.transaction():
        assert database.commit_mark() is None
    with store.writing():
        assert database.commit_mark() is None
    with database.snapshot():
        assert database.commit_mark() is None
    mark = database.commit_mark()
    time.sleep(0.03)
    assert database.commit_mark() != mark


def test_the_owner_of_the_tables_needs_no_more_rights_to_notice_a_takeover(server: postgres.Cluster) -> None:
    url = server.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("GRANT CREATE ON SCHEMA public TO plain")
    store = open_store(url.replace(f"//{postgres.USER}@", "//plain@"))
    with store._database.transaction():
        assert store._database.history().partition("/")[2] == "00000001"
    store.close()


def test_a_server_that_dies_under_the_first_statement_of_a_connection_is_told(server: postgres.Cluster) -> None:
    """libpq says so without a state, in a result for which psycopg knows no class."""
    url = server.new_database()
    store = open_store(url)
    store.close()
    failures: list[BaseException] = []

    def sleep() -> None:
        try:
            store._database.select("SELECT pg_sleep(60)")
        except TerminologyError as error:
            failures.append(error)

    thread = threading.Thread(target=sleep)
    thread.start()
    asleep = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    with psycopg.connect(url, autocommit=True) as watching:
        until(lambda: watching.execute(asleep).fetchone())
    server.crash()
    thread.join()
    assert [error.kind for error in failures] == ["unavailable"]
