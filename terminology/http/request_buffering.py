"""Request bodies are read completely before a request is carried out, so that slow clients occupy nothing else.

A thread of granian blocks on each body and cannot be interrupted. So the number of bodies that are read at a time is
limited: requests beyond it are refused, while requests without a body go on. Clients that stop sending, or send hardly
anything, are disconnected (`slow_connections`).
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from terminology.http import bodies
from terminology.http.environ import CHUNK, Environ, chunks, content_length
from terminology.http.slow_connections import SlowConnections

SMALL = 256 * 1024
"""Bytes; fewer bodies that are larger, or of unknown size, are read at a time, since they are held in memory."""
SMALL_AT_A_TIME, LARGE_AT_A_TIME, UPLOADS_AT_A_TIME = 64, 8, 4
AT_A_TIME = SMALL_AT_A_TIME + LARGE_AT_A_TIME + UPLOADS_AT_A_TIME
"""The largest number of threads that read bodies."""
UPLOAD = "/$load"
LOOK_SECONDS = 5.0
"""How often connections are looked at, while somebody has been waited for as long."""


class Buffered(Enum):
    """The outcome of reading a body."""

    WHOLE = "it is complete, or there is none"
    BUSY = "too many bodies are being read"
    CUT_OFF = "its client has gone, or was too slow for too long"


def is_small(environ: Environ) -> bool:
    """Whether the stated size is so small that the body usually arrives with the headers."""
    size = content_length(environ)
    return size is not None and size <= SMALL


class RequestBuffer:
    """Reads the bodies of a worker's requests. Those above `most` bytes are left to the layer that refuses them."""

    def __init__(
        self,
        most: int,
        slow_seconds: float,
        before_read: Callable[[], None] | None = None,
        after_read: Callable[[], None] | None = None,
    ) -> None:
        """`slow_seconds` is how long a client may send nothing, or less than `slow_connections.SLOWEST`.

        `before_read` and `after_read` are called around each body.
        """
        self._most = most
        self._before_read, self._after_read = before_read, after_read
        self._slow = SlowConnections(slow_seconds)
        # Tokens, one for each body that may be read at a time: `list.pop` is atomic and needs no lock.
        self._small, self._large, self._uploads = (
            [object() for _ in range(count)] for count in (SMALL_AT_A_TIME, LARGE_AT_A_TIME, UPLOADS_AT_A_TIME)
        )
        self._began: dict[object, tuple[float, str]] = {}
        """When reading began, and the port that the client connected to, by token."""
        self._watches = False
        self._starting = threading.Lock()

    def fill(self, environ: Environ) -> Buffered:
        """Read the whole body and replace the stream in the environ by it."""
        size = content_length(environ)
        if size == 0 or (size is None and not environ.get("HTTP_TRANSFER_ENCODING")):
            return Buffered.WHOLE
        if size is not None and size > self._most:
            return Buffered.WHOLE
        if bodies.SMALL in environ:  # it was read before
            return Buffered.WHOLE
        rooms = self._small if size is not None and size <= SMALL else self._large
        # One of unknown size may be read up to a byte above the limit, so that its reader notices and refuses it.
        body = self._read(environ, rooms, self._most + 1 if size is None else size)
        if body is None:
            return Buffered.BUSY
        if size is not None and len(body) < size:
            return Buffered.CUT_OFF
        environ["wsgi.input"] = io.BytesIO(body)
        return Buffered.WHOLE

    def small(self, environ: Environ, size: int) -> bytes | None:
        """A body of this stated size, which is not above SMALL; None where `fill` would not read it, or not the whole.

        The stream in the environ is read, but not replaced.
        """
        if size > self._most:
            return None
        body = self._read(environ, self._small, size) if size else b""
        return None if body is None or len(body) < size else body

    def _read(self, environ: Environ, rooms: list[object], most: int) -> bytes | None:
        """Up to `most` bytes; None if too many bodies of this kind are being read."""
        try:
            room = rooms.pop()
        except IndexError:
            return None
        self._watch(room, environ)
        if self._before_read is not None:
            self._before_read()
        try:
            stream = environ["wsgi.input"]
            body: bytes = stream.read(min(CHUNK, most))
            return b"".join((body, *chunks(stream, most - len(body)))) if 0 < len(body) < most else body
        finally:
            if self._after_read is not None:
                self._after_read()
            del self._began[room]
            rooms.append(room)

    @contextmanager
    def upload(self, environ: Environ) -> Iterator[bool]:
        """Whether an upload may be received now; the operation itself reads it in pieces."""
        try:
            room = self._uploads.pop()
        except IndexError:
            yield False
            return
        self._watch(room, environ)
        try:
            yield True
        finally:
            del self._began[room]
            self._uploads.append(room)

    def _watch(self, room: object, environ: Environ) -> None:
        """Have the client disconnected if it is too slow for too long."""
        self._began[room] = time.monotonic(), environ.get("SERVER_PORT") or "0"
        if not self._watches:
            with self._starting:
                if not self._watches:
                    self._watches = True
                    threading.Thread(target=self._look, name="idle-connections", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            before = time.monotonic() - LOOK_SECONDS
            if ports := {int(port) for began, port in list(self._began.values()) if began < before}:
                self._slow.shut_down(ports)
            else:
                self._slow.forget()
