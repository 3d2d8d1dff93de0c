"""Rate limits: requests per minute for each caller, counted by all workers of a server together (token buckets).

A caller may send up to a minute's worth at once. Memory is bounded: the caller not seen for longest is forgotten.
Several servers, and applications not run by `terminology serve`, count for themselves.
"""

from __future__ import annotations

import mmap
import os
import secrets
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b

MINUTE = 60.0
FILE = "TERMINOLOGY_LIMITS_FILE"
"""The environment variable with the path of the workers' shared table; not a setting."""

BUCKET = struct.Struct("=Qdd")
"""A caller's digest, the remaining requests, and the time of that count."""
ROWS, WIDTH = 2048, 8
"""A caller's digest determines the row of its bucket; in a full row, the oldest bucket is replaced."""
ROW = WIDTH * BUCKET.size
SECRET = 16
"""Bytes of a secret before the rows, so that nobody can compute who shares a row with whom."""
SIZE = SECRET + ROWS * ROW


class Limits:
    """One token bucket per caller. Shared by threads, and by processes where FILE names a table."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._lock = threading.Lock()
        self._file: int | None = None
        if path := os.environ.get(FILE):
            self._file = os.open(path, os.O_RDWR)
            self._table = mmap.mmap(self._file, SIZE)
        else:
            self._table = mmap.mmap(-1, SIZE)
            self._table[:SECRET] = secrets.token_bytes(SECRET)

    def take(self, caller: str) -> float:
        """Count one request: 0 when it is within the limit, else the seconds until the next one is."""
        digest = int.from_bytes(blake2b(caller.encode(), digest_size=8, key=self._table[:SECRET]).digest())
        row = SECRET + digest % ROWS * ROW
        with self._lock, self._alone(row):
            now = self._clock()
            place, left, since = self._bucket(row, digest, now)
            left = min(self._most, left + max(0.0, now - since) * self._most / MINUTE)
            wait = 0.0 if left >= 1 else (1 - left) * MINUTE / self._most
            BUCKET.pack_into(self._table, place, digest, left if wait else left - 1, now)
        return wait

    def _bucket(self, row: int, digest: int, now: float) -> tuple[int, float, float]:
        """The place of a caller's bucket (existing or new) and its content."""
        oldest, place = now, row
        for at in range(row, row + ROW, BUCKET.size):
            found, left, since = BUCKET.unpack_from(self._table, at)
            if found == digest:
                return at, left, since
            if not found:
                return at, self._most, now
            if since < oldest:
                oldest, place = since, at
        return place, self._most, now

    @contextmanager
    def _alone(self, row: int) -> Iterator[None]:
        """Lock the row against other processes."""
        if self._file is None:
            yield
            return
        import fcntl  # noqa: PLC0415 - not on every system, and only servers share a table

        fcntl.lockf(self._file, fcntl.LOCK_EX, ROW, row)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, ROW, row)


@contextmanager
def shared(*, enabled: bool) -> Iterator[None]:
    """Create a table for this process and its children, for the duration of the context."""
    if not enabled:
        yield
        return
    with tempfile.NamedTemporaryFile(prefix="terminology-limits-") as file:
        file.write(secrets.token_bytes(SECRET) + bytes(SIZE - SECRET))
        file.flush()
        os.environ[FILE] = file.name
        try:
            yield
        finally:
            del os.environ[FILE]
