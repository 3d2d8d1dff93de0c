"""A primary and its streaming replica, both on the loopback interface, and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from terminology.store.opening import open_store
from tests import postgres


@dataclass(frozen=True)
class Pair:
    """A primary, its replica, and one database on both."""

    primary: postgres.Cluster
    replica: postgres.Cluster
    name: str

    @property
    def writing(self) -> str:
        return self.primary.url(self.name)

    @property
    def reading(self) -> str:
        return self.replica.url(self.name)

    @property
    def any_primary(self) -> str:
        """Whichever of the two takes writes: libpq finds out."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.replica.port}"
        return f"postgresql://{postgres.USER}@{hosts}/{self.name}?target_session_attrs=read-write"


@contextmanager
def pair() -> Iterator[Pair]:
    with postgres.cluster() as primary:
        replica = primary.standby()
        try:
            url = primary.new_database()
            open_store(url).close()
            made = Pair(primary, replica, url.rpartition("/")[2])
            wait_for_replay(made)
            yield made
        finally:
            postgres.remove(replica)


def wait_for_replay(servers: Pair) -> None:
    """Until the replica shows everything, the database itself included: it is asked through one that it began with."""
    primarys, replicas = servers.writing, servers.replica.url()
    with psycopg.connect(primarys) as primary, psycopg.connect(replicas, autocommit=True) as replica:
        (position,) = primary.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        until(lambda: replica.execute("SELECT pg_last_wal_replay_lsn() >= %s::text::pg_lsn", (position,)).fetchone()[0])


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
