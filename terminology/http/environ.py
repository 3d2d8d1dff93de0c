"""The WSGI environ of a request: types that all layers share, and reading the body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

CHUNK = 64 * 1024


def content_length(environ: Environ) -> int | None:
    """The stated size of the body in bytes; None if none is stated, or not as a plain number."""
    stated = environ.get("CONTENT_LENGTH") or ""
    return int(stated[:20]) if stated.isascii() and stated.isdigit() else None


def chunks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    """Up to `most` bytes of a stream, in chunks, so that memory is only taken for what has arrived."""
    while most > 0 and (chunk := stream.read(min(CHUNK, most))):
        yield chunk
        most -= len(chunk)
