"""Collects facts about codes from many files, and returns them code by code.

A whole release with its twenty languages does not fit into memory, and every file has its own order. So facts are
written to buckets on disk, each for a range of codes, and read back one bucket at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, Self

import orjson

IN_MEMORY = 1024 * 1024
"""Bytes of a bucket that are kept in memory before it goes to disk."""
STRETCH = 4096
"""Codes of a bucket."""

Fact = Sequence[Any]
"""A kind, and what is said: anything JSON can hold."""


class Spool:
    """Facts about the codes at positions 0 … count-1. A context manager: closing it removes what is on disk."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._buckets: list[IO[bytes]] = [
            tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - __exit__ closes it
            for _ in range(0, max(count, 1), STRETCH)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for bucket in self._buckets:
            bucket.close()

    def add(self, position: int, *fact: Any) -> None:
        """Add a fact about the code at a position."""
        self._buckets[position // STRETCH].write(orjson.dumps((position, fact)) + b"\n")

    def facts(self) -> Iterator[list[Fact]]:
        """The facts about each code, by position, in the order in which they were added."""
        for number, bucket in enumerate(self._buckets):
            begin = number * STRETCH
            gathered: list[list[Fact]] = [[] for _ in range(min(STRETCH, self._count - begin))]
            bucket.seek(0)
            for line in bucket:
                position, fact = orjson.loads(line)
                gathered[position - begin].append(fact)
            yield from gathered
