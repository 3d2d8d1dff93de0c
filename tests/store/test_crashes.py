"""A process that dies while it loads leaves what was published before: nothing more, nothing less."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from terminology.store.opening import open_store
from terminology.store.schema import SQLITE, Migration, migrate, migrations
from tests.store.ticking import HOUR, Ticking, concepts, publish, put_part

PROJECT = Path(__file__).parent.parent.parent

PREAMBLE = """
import itertools, sys, time
from pyroaring import BitMap
from terminology.store import garbage
from terminology.store.opening import open_store
from tests.store.ticking import concepts, entry, header, part, value_set

def ready():
    print("ready", flush=True)

def wait_to_be_killed():
    ready()
    time.sleep(60)

store = open_store(sys.argv[1])
"""

WRITING = """
writer = store.new_version()
for n in itertools.count():
    writer.write_concepts([(n * 500 + i, f"{n}-{i}", f"{n}-{i}", b"x" * 500) for i in range(500)])
    writer.write_bitmaps("kind", [(str(n), BitMap(range(n)))])
    store.spill_part([b"x" * 5000] * 10)
    if n == 3:
        ready()
"""

PUBLISHING = """
writer = store.new_version()
writer.write_concepts(concepts(["new"]))
blocks = store.spill_part([b"new"])
with store.publication() as publication:
    publication.publish_version(writer, entry(size=1), header(body=b"new"))
    publication.put_part(part(digest="new"), blocks)
    publication.put_resource(value_set(body=b"new" * 100_000))
    wait_to_be_killed()
"""

PUBLISHING_OVER_AND_OVER = """
for n in itertools.count():
    writer = store.new_version()
    writer.write_concepts(concepts([f"{n}"]))
    with store.publication() as publication:
        publication.publish_version(writer, entry(size=1), header(body=b"%d" % n))
        publication.put_resource(value_set(body=b"%d" % n))
    if n == 5:
        ready()
"""

COLLECTING = """
garbage.ROWS_A_TRANSACTION = 10
store._leases.clock = lambda: time.time() + 1e6
commits = itertools.count()
store.watch(lambda statement: wait_to_be_killed() if statement == "COMMIT" and next(commits) == 5 else None)
store.collect_garbage()
"""


def killed(script: str, url: str) -> None:
    """Run a script until it says that it is ready, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(script), url], stdout=subprocess.PIPE, cwd=PROJECT
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def state(store) -> tuple:
    return (
        store.generation(),
        store.versions(),
        [list(store.version(v.key).scan()) for v in store.versions()],
        store.parts(),
        [list(store.part_blocks(p.key)) for p in store.parts()],
        store.resource("CodeSystem", "cs"),
        store.resource("ValueSet", "vs"),
    )


def rows(store, table: str) -> int:
    return store._database.first(f"SELECT count(*) FROM {table}")[0]


@pytest.mark.parametrize("script", [WRITING, PUBLISHING], ids=["writing", "publishing"])
def test_a_kill_leaves_the_state_before(tmp_path, script):
    url = f"sqlite:///{tmp_path}/store.db"
    clock = Ticking()
    store = open_store(url, clock=clock)
    publish(store, ["a", "b"])
    put_part(store, [b"block"])
    before = state(store)
    store.close()
    killed(script, url)

    clock.forward(24 * 365 * HOUR)
    store = open_store(url, clock=clock)
    assert store._database.first("PRAGMA integrity_check") == ("ok",)
    assert state(store) == before
    assert rows(store, "concept") > 2, "the crash left something to collect"
    assert rows(store, "part_block") > 1
    store.collect_garbage()
    assert state(store) == before
    assert (rows(store, "concept"), rows(store, "bitmap"), rows(store, "part_block")) == (2, 0, 1)
    assert publish(store, ["new"]).row("new") is not None
    store.close()


def test_a_kill_among_publications_leaves_a_whole_one(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    killed(PUBLISHING_OVER_AND_OVER, url)
    store = open_store(url)
    (version,) = store.versions()
    number = store.resource("ValueSet", "vs").body
    assert store.resource("CodeSystem", "cs").body == number
    assert [row.code.encode() for row in store.version(version.key).scan()] == [number]
    assert store.generation() == int(number) + 1
    store.close()


def test_a_collection_that_was_killed_is_taken_up_again(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    clock = Ticking()
    store = open_store(url, clock=clock)
    kept = publish(store, ["kept"])
    store.new_version().write_concepts(concepts([str(n) for n in range(1000)]))
    store.close()
    killed(COLLECTING, url)
    assert 1 < rows(store, "concept") < 1001
    store.collect_garbage()
    assert rows(store, "concept") == 1
    assert rows(store, "code_system_version") == 1
    assert kept.row("kept") is not None
    store.close()


def test_a_migration_that_fails_leaves_the_schema_before(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_store(url)
    publish(store)
    next_number = len(migrations()) + 1
    broken = Migration(next_number, "broken", ("CREATE TABLE extra (a INTEGER)", "INSERT INTO nowhere VALUES (1)"))
    fixed = Migration(next_number, "fixed", ("CREATE TABLE extra (a $BIGINT)",))
    both = (*migrations(), broken)
    monkeypatch.setattr("terminology.store.schema.migrations", lambda: both)
    with pytest.raises(Exception, match="nowhere"):
        migrate(store._database, SQLITE)
    assert "extra" not in store._database.tables()
    both = (*both[:-1], fixed)
    migrate(store._database, SQLITE)
    assert "extra" in store._database.tables()
    recorded = store._database.select("SELECT number, name FROM schema_migration ORDER BY number")
    assert recorded[-1] == (next_number, "fixed")
    assert len(store.versions()) == 1
    store.close()
