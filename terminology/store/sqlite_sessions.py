"""SQLite connections by thread: each thread has its own, may pass it on, and a child process never uses them."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref

BUSY_SECONDS = 30.0
CACHE_KIB = 16 * 1024

_inherited: list[sqlite3.Connection] = []
"""Connections of a parent process: a child must neither use nor close them (https://sqlite.org/howtocorrupt.html)."""


class _Guard:
    """Lives as long as its thread's use of a connection; the connection is closed with it."""


Lent = tuple[sqlite3.Connection | None, int, _Guard | None]
"""What threads pass on of their sessions."""


class Session(threading.local):
    """The connection of one thread; `depth` counts its nested transactions."""

    connection: sqlite3.Connection | None = None
    process: int = 0
    guard: _Guard | None = None
    depth: int = 0

    def begin(self, connection: sqlite3.Connection) -> None:
        """Take a connection as this thread's own."""
        self.connection, self.process, self.depth = connection, os.getpid(), 0
        self.guard = _Guard()
        weakref.finalize(self.guard, _dispose, connection, os.getpid())

    def lend(self) -> Lent:
        """Detach the connection, for another thread to take."""
        lent = self.connection, self.process, self.guard
        self.connection = self.guard = None
        return lent

    def take(self, lent: Lent) -> None:
        """Use the connection that another thread lent."""
        self.connection, self.process, self.guard = lent

    def close(self) -> None:
        """Close the connection, unless it is a parent process's."""
        if self.connection is not None and self.process == os.getpid():
            self.connection.close()
        self.connection = None


def connect(path: str) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun and ended here, never by the driver."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement with retries, where SQLite itself does not wait: switching a file to WAL while others do too."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _dispose(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
    else:
        _inherited.append(connection)
