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

from terminology.http import silence

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


class Bodies:
    """The bodies a worker waits for. Those larger than `most` bytes are left to whoever refuses them."""

    def __init__(self, most: int, silent_seconds: float) -> None:
        self._most = most
        self._silent_seconds = silent_seconds
        self._small = threading.BoundedSemaphore(SMALL_AT_A_TIME)
        self._large = threading.BoundedSemaphore(LARGE_AT_A_TIME)
        self._uploads = threading.BoundedSemaphore(UPLOADS_AT_A_TIME)
        self._began: dict[object, tuple[float, int]] = {}
        """When a thread began to wait, and the port its client came to."""
        self._watch = threading.Thread(target=self._look, name="silence", daemon=True)
        self._starting = threading.Lock()

    def await_(self, environ: Environ) -> Coming:
        """Wait for the body of a request, and put it, whole, into the place of the stream it is read from."""
        stated = environ.get("CONTENT_LENGTH") or ""
        size = int(stated[:20]) if stated.isascii() and stated.isdigit() else None
        if size == 0 or (size is None and not environ.get("HTTP_TRANSFER_ENCODING")):
            return Coming.WHOLE
        if size is not None and size > self._most:
            return Coming.WHOLE
        room = self._small if size is not None and size <= SMALL else self._large
        if not room.acquire(blocking=False):
            return Coming.BUSY
        try:
            with self._watched(environ):
                # Of unknown size, it may be a byte longer than allowed, to be refused by whoever reads it.
                body = _read(environ["wsgi.input"], self._most + 1 if size is None else size)
        finally:
            room.release()
        if size is not None and len(body) < size:
            return Coming.CUT_OFF
        environ["wsgi.input"] = io.BytesIO(body)
        return Coming.WHOLE

    @contextmanager
    def upload(self, environ: Environ) -> Iterator[bool]:
        """Whether a file may be received now, which whoever carries out the request does, piece by piece."""
        taken = self._uploads.acquire(blocking=False)
        try:
            with self._watched(environ):
                yield taken
        finally:
            if taken:
                self._uploads.release()

    @contextmanager
    def _watched(self, environ: Environ) -> Iterator[None]:
        """Hang up on the client when it says nothing for too long."""
        key = object()
        self._began[key] = (time.monotonic(), int(environ.get("SERVER_PORT") or 0))
        with self._starting:
            if not self._watch.ident:
                self._watch.start()
        try:
            yield
        finally:
            del self._began[key]

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            long_ago = time.monotonic() - self._silent_seconds
            if ports := {port for began, port in list(self._began.values()) if began < long_ago}:
                silence.hang_up(ports, self._silent_seconds)


def _read(stream: IO[bytes], most: int) -> bytes:
    """At most so many bytes, in pieces, so that no more is held than has come."""
    chunks: list[bytes] = []
    while most > 0 and (chunk := stream.read(min(CHUNK, most))):
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks)
