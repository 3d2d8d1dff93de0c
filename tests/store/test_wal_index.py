"""Commits of anybody are noticed without a statement."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminology.store.counting import counting
from terminology.store.opening import open_store
from terminology.store.sqlite import ASKED_OFTEN
from terminology.store.sqlstore import SqlStore

RAISE = "UPDATE generation SET value = value + 1"
ELSEWHERE = f"""
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN")
connection.execute({RAISE!r})
connection.execute(sys.argv[2])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{path}")
    for _ in range(ASKED_OFTEN + 1):
        store.generation()
    yield store
    store.close()


def elsewhere(path: Path, end: str) -> None:
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(path), end], check=True)


def statements(store: SqlStore) -> int:
    with counting(store) as seen:
        store.generation()
    return len(seen)


def test_reading_the_generation_again_takes_no_statement(store: SqlStore) -> None:
    assert statements(store) == 0


def test_commits_of_another_process_are_noticed(store: SqlStore, path: Path) -> None:
    before = store.generation()
    elsewhere(path, "COMMIT")
    assert store.generation() == before + 1
    assert statements(store) == 0


def test_a_rollback_of_another_process_is_no_commit(store: SqlStore, path: Path) -> None:
    before = store.generation()
    elsewhere(path, "ROLLBACK")
    assert store.generation() == before


def test_many_commits_and_checkpoints(store: SqlStore, path: Path) -> None:
    """A checkpoint lets the log begin anew, at the same places."""
    before = store.generation()
    for count in range(1, 6):
        elsewhere(path, "COMMIT")
        store._database.select("PRAGMA wal_checkpoint(TRUNCATE)")
        assert store.generation() == before + count


def test_commits_are_noticed_after_all_other_connections_have_closed(store: SqlStore, path: Path) -> None:
    """With the last connection SQLite would remove the WAL-index, and make another for the next one."""
    before = store.generation()
    store.close()
    elsewhere(path, "COMMIT")
    assert store.generation() == before + 1
    elsewhere(path, "COMMIT")
    assert store.generation() == before + 2


def test_within_a_transaction_its_own_writes_count(store: SqlStore) -> None:
    before = store.generation()
    with store._database.transaction():
        store._database.execute(RAISE)
        assert store.generation() == before + 1
    assert store.generation() == before + 1


def test_within_a_snapshot_later_commits_do_not_exist(store: SqlStore, path: Path) -> None:
    with store._database.snapshot():
        before = store.generation()
        elsewhere(path, "COMMIT")
        assert store.generation() == before
    assert store.generation() == before + 1


def test_a_forked_process_looks_by_itself(store: SqlStore, path: Path) -> None:
    before = store.generation()
    child = os.fork()
    if not child:
        os._exit(0 if store.generation() == before and statements(store) == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    elsewhere(path, "COMMIT")
    assert store.generation() == before + 1


def test_a_database_that_is_asked_now_and_then_is_left_alone(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    assert statements(store) == statements(store) == 1
    store.close()


def test_a_database_in_memory_has_none() -> None:
    store = open_store()
    for _ in range(ASKED_OFTEN + 1):
        store.generation()
    assert statements(store) == 1
    store.close()
