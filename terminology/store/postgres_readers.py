"""Chooses the server a process reads from: a replica while it answers, else the next one, the primary last.

All threads of a process read from the same server, so that they see a consistent state.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from terminology.model.outcome import TerminologyError
from terminology.store.database import Row
from terminology.store.postgres_server import ANSWER_SECONDS, Lent, Lost, Server

log = logging.getLogger(__name__)

REPLICA_SECONDS = 2.0
"""How long a publication waits for the replicas to show it, before whoever made it hears that it is done."""

RETURN_SECONDS = 0.25
"""How long a request waits for a replica that was away; if it has not caught up then, it is left alone for longer."""

POSITION = b"SELECT CAST(pg_current_wal_lsn() AS text)"
REACHED = b"SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= CAST(CAST($1 AS text) AS pg_lsn)"


class Readers:
    """The servers that a database can be read from. Threads share it."""

    def __init__(self, primary: Server, replicas: Sequence[Server]) -> None:
        self._primary = primary
        self._replicas = replicas
        self._order: tuple[int, tuple[Server, ...]] = (0, ())
        self.turns = 0
        """How often it may have become another server that answers."""
        self._behind: set[Server] = set()
        """Replicas that did not show in time what this process wrote: not read, but waited for after each write."""

    def drop(self) -> None:
        """Close the connections of this thread."""
        for server in (self._primary, *self._replicas):
            server.drop()

    def lend(self) -> tuple[Lent, ...]:
        """The connections of this thread, for another one."""
        return tuple([server.lend() for server in (self._primary, *self._replicas)])

    def take(self, lent: tuple[Lent, ...]) -> None:
        """Use the connections of another thread."""
        for server, session in zip((self._primary, *self._replicas), lent, strict=True):
            server.take(session)

    def ask(self, sql: bytes, parameters: Sequence[Any] = ()) -> tuple[Server, list[Row]]:
        """The first server that answers a statement, with its rows. Raises as `Server.ask`, never Lost."""
        problem: Lost | None = None
        for server in self._candidates():
            try:
                if server.is_back and not self._has_caught_up(server):
                    server.rest()
                    continue
                rows = server.ask(sql, parameters)
            except Lost as lost:
                problem = problem or lost
                server.rest()
                self.turns += 1
                if self._replicas:
                    log.warning("reading goes on elsewhere if it can: %s", lost)
            else:
                if server.is_back:
                    self.turns += 1
                    server.answered()
                return server, rows
        assert problem is not None
        raise problem.reason from problem

    def _has_caught_up(self, server: Server) -> bool:
        """Whether a server that was away may be read again: what was seen meanwhile must be there. Raises Lost.

        Without a primary there is nothing newer to compare with, and old answers are better than none.
        """
        if server is self._primary:
            return True
        try:
            position = self._primary.ask(POSITION, seconds=ANSWER_SECONDS)[0]
        except (Lost, TerminologyError, psycopg.Error):
            return True
        return self._reaches(server, position, time.monotonic() + RETURN_SECONDS)

    def catch_up(self) -> None:
        """Wait until replicas show what was written, at most `REPLICA_SECONDS`.

        A replica that does not by then is not read by this process until it has caught up: whoever wrote here goes on
        reading here what was written.
        """
        replicas = [replica for replica in self._replicas if replica.is_due() or replica in self._behind]
        if not replicas:
            return
        deadline = time.monotonic() + REPLICA_SECONDS
        with suppress(Lost, TerminologyError, psycopg.Error):  # what was written is written
            position = self._primary.ask_once(POSITION)[0]
            for replica in replicas:
                self._wait_for(replica, position, deadline)

    def _wait_for(self, replica: Server, position: Row, deadline: float) -> None:
        try:
            if self._reaches(replica, position, deadline):
                self._behind.discard(replica)
                return
            log.warning("the replica %s does not show yet what was just written: it is not read here", replica.url)
            self._behind.add(replica)
        except Lost:
            self._behind.discard(replica)
        replica.rest()
        self.turns += 1

    def _reaches(self, server: Server, position: Row, deadline: float) -> bool:
        while not server.ask(REACHED, position)[0][0]:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _candidates(self) -> Iterator[Server]:
        """Servers to read from, in the order of this process: those that answer, then the others."""
        resting = []
        for server in self._readable():
            if server.is_due():
                yield server
            else:
                resting.append(server)
        yield from resting

    def _readable(self) -> tuple[Server, ...]:
        process, order = self._order
        if process != os.getpid():  # each process begins with any of the replicas: they share the work
            first = secrets.randbelow(len(self._replicas)) if self._replicas else 0
            order = (*self._replicas[first:], *self._replicas[:first], self._primary)
            self._order = os.getpid(), order
        return order
