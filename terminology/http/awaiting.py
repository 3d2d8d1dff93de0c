"""Bodies are awaited before a request gets a place, so that slow clients keep places, and threads, from nobody.

A thread of granian waits for each body, and cannot be told to stop. So only some requests are awaited at a time; those
beyond are refused, while requests without a body go on. A client that has gone silent is hung up on (`silence`).
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import IO, Any

from terminology.http import bodies, silence

Environ = dict[str, Any]

SMALL = 256 * 1024
"""Bytes: of what is larger, or of unknown size, fewer are awaited, since they are held in memory."""
SMALL_AT_A_TIME, LARGE_AT_A_TIME, UPLOADS_AT_A_TIME = 64, 8, 4
AT_A_TIME = SMALL_AT_A_TIME + LARGE_AT_A_TIME + UPLOADS_AT_A_TIME
"""Threads that may wait for clients."""
CHUNK = 64 * 1024
UPLOAD = "/$load"
LOOK_SECONDS = 5.0


class Coming(Enum):
    """What became of waiting for a body."""

    WHOLE = "it is there, or there is none"
    BUSY = "too many wait already"
    CUT_OFF = "its client has gone, or said nothing for too long"


def is_small(environ: Environ) -> bool:
    """Whether a body is said to be so small that it comes with the request, mostly."""
    stated = environ.get("CONTENT_LENGTH") or ""
    return stated.isascii() and stated.isdigit() and int(stated[:20]) <= SMALL


class Bodies:
    """The bodies a worker waits for. Those larger than `most` bytes are left to whoever refuses them."""

    def __init__(self, most: int, silent_seconds: float) -> None:
        self._most = most
        self._silent_seconds = silent_seconds
        # Each of them stands for somebody who may wait; taking one out of a list needs no lock.
        self._small, self._large, self._uploads = (
            [object() for _ in range(count)] for count in (SMALL_AT_A_TIME, LARGE_AT_A_TIME, UPLOADS_AT_A_TIME)
        )
        self._began: dict[object, tuple[float, str]] = {}
        """When somebody began to wait, and the port the client came to."""
        self._watches = False
        self._starting = threading.Lock()

    def await_(self, environ: Environ) -> Coming:
        """Wait for the body of a request, and put it, whole, into the place of the stream it is read from."""
        stated = environ.get("CONTENT_LENGTH") or ""
        size = int(stated[:20]) if stated.isascii() and stated.isdigit() else None
        if size == 0 or (size is None and not environ.get("HTTP_TRANSFER_ENCODING")):
            return Coming.WHOLE
        if size is not None and size > self._most:
            return Coming.WHOLE
        if bodies.SMALL in environ:  # it was awaited, and read, before
            return Coming.WHOLE
        rooms = self._small if size is not None and size <= SMALL else self._large
        try:
            room = rooms.pop()
        except IndexError:
            return Coming.BUSY
        self._watch(room, environ)
        try:
            # Of unknown size, it may be a byte longer than allowed, to be refused by whoever reads it.
            body = _read(environ["wsgi.input"], self._most + 1 if size is None else size)
        finally:
            del self._began[room]
            rooms.append(room)
        if size is not None and len(body) < size:
            return Coming.CUT_OFF
        environ["wsgi.input"] = io.BytesIO(body)
        return Coming.WHOLE

    @contextmanager
    def upload(self, environ: Environ) -> Iterator[bool]:
        """Whether a file may be received now, which whoever carries out the request does, piece by piece."""
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
        """Hang up on the client when it says nothing for too long."""
        self._began[room] = time.monotonic(), environ.get("SERVER_PORT") or "0"
        if not self._watches:
            with self._starting:
                if not self._watches:
                    self._watches = True
                    threading.Thread(target=self._look, name="silence", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            long_ago = time.monotonic() - self._silent_seconds
            if ports := {int(port) for began, port in list(self._began.values()) if began < long_ago}:
                silence.hang_up(ports, self._silent_seconds)


def _read(stream: IO[bytes], most: int) -> bytes:
    """At most so many bytes, in pieces, so that no more is held than has come."""
    chunks: list[bytes] = []
    while most > 0 and (chunk := stream.read(min(CHUNK, most))):
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks)
