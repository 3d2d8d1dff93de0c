"""PostgreSQL's own matters: lost connections, forks, threads, limits, secrets, and transactions that failed."""

from __future__ import annotations

import contextlib
import threading

import psycopg
import pytest

from terminology.model.outcome import TerminologyError
from terminology.model.remembering import LONGEST
from terminology.store.opening import open_store
from terminology.store.postgres_dialect import joined
from terminology.store.postgres_failures import secretless
from terminology.store.schema import SQLITE, migrations
from tests.store.test_sqlite import in_child
from tests.store.ticking import concepts, publish, value_set


@pytest.fixture
def store(postgres_url):
    opened = open_store(postgres_url)
    yield opened
    opened.close()


def administrator(url) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, application_name="test")


def prepared(store) -> dict[bytes, bytes]:
    """The names of what this thread's connection has prepared, by statement."""
    return {sql: name for (sql, _), name in store._database._primary.cursor()._names.items()}


def cut_connections(url) -> int:
    """End all connections of the program, as a restarted server does."""
    with administrator(url) as connection:
        sql = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'terminology' AND datname = current_database()"
        )
        return connection.execute(sql).fetchone()[0]


def test_a_connection_that_broke_is_opened_again_and_nobody_notices(store, postgres_url):
    reader = publish(store, ["a"])
    assert cut_connections(postgres_url) >= 1
    assert reader.row("a") is not None
    cut_connections(postgres_url)
    publish(store, ["b"], version="2", id_="cs2")
    assert store.generation() == 2


def along(store, sql="SELECT 1, 2") -> list[object]:
    """Asks a statement along with the next one; what it told so far."""
    told: list[object] = []
    store._database.along(sql, 2, told.append)
    return told


def test_a_statement_is_asked_along_with_the_next_one(store, postgres_url):
    reader = publish(store, ["a", "b"])
    told = along(store)
    assert told == []
    assert reader.row("a").code == "a"
    assert told == [(1, 2)]
    assert reader.row("b").code == "b"
    assert told == [(1, 2)], "once"

    told = along(store)
    assert cut_connections(postgres_url) >= 1
    assert reader.row("none") is None
    assert told == [(1, 2)], "it is repeated on a new connection"

    for sql, next_one in (("SELECT 1, 2", "SELECT 1/0"), ("SELECT 1, 2/0", "SELECT 1")):
        told = along(store, sql)
        with pytest.raises(psycopg.errors.DivisionByZero):
            store._database.select(next_one)
        assert told == []
        assert store._database.select("SELECT 1") == [(1,)], "it is not asked again"

    told = along(store, "SELECT 3, NULL")
    assert store._database.select(f"SELECT NULL, ? {' ' * LONGEST}", (5,)) == [(None, 5)]
    assert told == [(3, None)]

    told = along(store)
    with store._database.transaction():
        assert store._database.first("SELECT 1") == (1,)
        assert told == []


def test_rows_keep_their_order_beside_a_statement_that_is_asked_along(store):
    numbers = "SELECT n, n FROM generate_series(1, 1000) AS n ORDER BY n % 7, n DESC"
    alone = store._database.select(numbers)
    told = along(store)
    assert store._database.select(numbers) == alone
    assert told == [(1, 2)]


def test_a_transaction_that_lost_its_connection_leaves_nothing(store, postgres_url):
    def publish_through_a_cut():
        with store.publication() as publication:
            publication.put_resource(value_set())
            cut_connections(postgres_url)
            publication.put_resource(value_set("other", "http://other"))

    with pytest.raises(TerminologyError, match="does not answer") as caught:
        publish_through_a_cut()
    assert caught.value.kind == "unavailable"
    assert store.generation() == 0
    assert store.resource("ValueSet", "vs") is None


def test_a_transaction_is_not_continued_after_a_failure_was_swallowed(store):
    def publish_nevertheless():
        with store.publication() as publication:
            publication.put_resource(value_set())
            with contextlib.suppress(psycopg.Error):
                store._database.execute("DELETE FROM nonsense")
            with contextlib.suppress(TerminologyError):
                publication.put_resource(value_set("other", "http://other"))

    with pytest.raises(TerminologyError, match="Nothing of this transaction") as caught:
        publish_nevertheless()
    assert caught.value.kind == "unavailable"
    assert store.generation() == 0


def test_writers_wait_for_each_other_and_not_for_ever(store, postgres_url):
    other = open_store(f"{postgres_url}?options=-clock_timeout%3D50ms")
    with store.publication():
        assert other.versions() == [], "readers do not wait"
        with pytest.raises(TerminologyError, match="being written by someone else") as caught:
            other.new_version()
    assert caught.value.kind == "unavailable"
    other.new_version()
    other.close()


def test_a_fork_opens_a_connection_of_its_own(store):
    reader = publish(store, ["a"])
    parents = store._database._primary.cursor().connection

    def child() -> bytes:
        assert reader.row("a") is not None
        assert store._database._primary.cursor().connection is not parents
        publish(store, ["b"], version="2", id_="cs2")
        store.close()
        return b"published"

    assert in_child(child) == b"published"
    assert store._database._primary.cursor().connection is parents
    assert [version.version for version in store.versions()] == ["1", "2"]


def test_a_thread_has_its_own_connection_and_takes_it_along(store):
    connections = []
    thread = threading.Thread(target=lambda: connections.append(store._database._primary.cursor().connection))
    thread.start()
    thread.join()
    (theirs,) = connections
    assert theirs is not store._database._primary.cursor().connection
    assert theirs.closed


def test_a_process_opens_no_more_connections_than_it_may(postgres_url, monkeypatch):
    monkeypatch.setattr("terminology.store.postgres_server.CONNECT_SECONDS", 0.1)
    store = open_store(postgres_url, connections=1)
    failures = []

    def read() -> None:
        try:
            store.versions()
        except TerminologyError as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert [error.kind for error in failures] == ["unavailable"]
    assert "no connection left" in str(failures[0])
    store.close()
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert len(failures) == 1


def test_hot_statements_use_an_index(store):
    publish(store, [f"code {n}" for n in range(1000)])
    with store._database.snapshot():
        for sql in (
            "SELECT document FROM concept WHERE version = 1 AND key = 'a'",
            "SELECT document FROM concept WHERE id IN (1, 2)",
            "SELECT data FROM bitmap WHERE version = 1 AND kind = 'x' AND key = 'y'",
            "SELECT DISTINCT version FROM bitmap WHERE kind = 'token' AND key >= 'a' AND key < 'b'",
            "SELECT document FROM mapping WHERE source_code = 'a' ORDER BY map_key, number",
            "SELECT body FROM resource WHERE type = 'ValueSet' AND url = 'x' ORDER BY version",
        ):
            plan = "\n".join(step for (step,) in store._database.select(f"EXPLAIN {sql}"))
            assert "Seq Scan" not in plan, plan
            assert "Index" in plan, plan
            beside = f"EXPLAIN {joined(b'SELECT 1', sql.encode()).decode()}"
            plan = "\n".join(step for (step,) in store._database.select(beside))
            assert "Seq Scan" not in plan, plan
            assert "Index" in plan, plan


def test_lists_of_any_length_are_one_statement_that_finds_each_by_index(store):
    """Places for each of many values made a plan that looked through a whole version for them."""
    reader = publish(store, [f"code {n}" for n in range(2000)])
    store._database.execute("ANALYZE concept")  # without statistics, a few thousand rows may be looked through
    for count in (1, 3, 90, 1999):
        assert len(reader.documents_by_key([f"code {n}" for n in range(count)])) == count
    names = [name for sql, name in prepared(store).items() if b"= ANY" in sql]
    assert len(names) == 1
    explained = f"EXPLAIN EXECUTE {names[0].decode()}(1, ARRAY['code 1'])"
    plan = "\n".join(step for (step,) in store._database.select(explained))
    assert "Index Cond: ((version = $1) AND (key = ANY ($2)))" in plan


def test_long_statements_are_asked_and_not_kept(store):
    before = len(prepared(store))
    assert store._database.select(f"SELECT {' + '.join(['?'] * 800)}", [1] * 800) == [(800,)]
    assert len(prepared(store)) == before


def test_a_publication_waits_for_the_disk_and_other_writes_do_not(store):
    shown = "SELECT current_setting('synchronous_commit')"
    with store.publication():
        assert store._database.first(shown) == ("on",)
    with store._database.transaction():
        assert store._database.first(shown) == ("off",)
    assert store._database.first(shown) == ("on",)


def test_faults_of_our_own_are_not_explained_away(store):
    with pytest.raises(psycopg.errors.UndefinedColumn):
        store._database.select("SELECT nonsense FROM concept")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user:secret@host/db", "postgresql://user:…@host/db"),
        ("postgresql://user@host/db?password=secret&sslmode=require", "postgresql://user@host/db?password=…&sslmode=require"),
        ("postgresql://user:secret@a,b:5433/db", "postgresql://user:…@a,b:5433/db"),
        ("postgresql:///db", "postgresql:///db"),
    ],
)  # fmt: skip
def test_secrets_are_not_shown(url, shown):
    assert secretless(url) == shown


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://user:secret@127.0.0.1:1/db", "does not answer"),
        ("postgresql://user:secret@127.0.0.1:1/db?nonsense=1", "not understood: .*nonsense"),
    ],
)
def test_a_url_that_leads_nowhere_is_explained(url, told, caplog):
    with pytest.raises(TerminologyError, match=told) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)
    assert not caplog.records, "it is said once, by whoever handles the error"


def test_a_database_that_is_not_there_is_told(postgres_server):
    with pytest.raises(TerminologyError, match='"nowhere" does not exist') as caught:
        open_store(postgres_server.url("nowhere"))
    assert caught.value.kind == "unavailable"


def test_a_database_of_another_program_is_left_alone(postgres_server):
    url = postgres_server.new_database()
    with administrator(url) as connection:
        connection.execute("CREATE TABLE accounts (id integer)")
    with pytest.raises(TerminologyError, match="'accounts' of another program"):
        open_store(url)


def test_processes_that_open_a_new_database_at_once_make_it_once(postgres_server):
    url = postgres_server.new_database()
    problems = []

    def open_it() -> None:
        try:
            open_store(url).close()
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            problems.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with administrator(url) as connection:
        assert connection.execute("SELECT count(*) FROM schema_migration").fetchone() == (len(migrations()),)


def test_rows_may_be_made_from_what_is_read_meanwhile(store):
    writer = store.new_version()
    writer.write_concepts(concepts([str(n) for n in range(1200)]))
    rows = ((f"d{n}", bytes(writer.read_concepts([n])[0].document)) for n in range(1200))
    with store._database.transaction():
        store._database.insert("travelling_body", ("digest", "data"), rows)
    assert store.client_cache_bodies(["d1199"]) == {"d1199": b"document of 1199"}


def test_the_words_of_the_migrations_are_all_spelled():
    from terminology.store.postgres_dialect import POSTGRES

    assert POSTGRES.keys() == SQLITE.keys()
