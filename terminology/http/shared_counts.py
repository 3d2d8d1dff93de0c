"""Counts and times requests of all workers, in memory-mapped files: adding one costs about a microsecond.

prometheus_client's own histogram takes eight, more than many answers. Counts are visible to all workers at once, and
stay when a worker is killed. Knows nothing of HTTP: anything with two labels can be counted.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

NAME_BYTES = 96
ROWS = 1024
"""The most pairs of labels of one process. Files are sparse: unused rows take no space."""
REST = ("other", "")
"""The labels under which the rest is counted."""


class Totals(NamedTuple):
    """The totals of one pair of labels: counts by bucket (the last one has no bound), seconds, bytes."""

    labels: tuple[str, str]
    counts: tuple[int, ...]
    seconds: float
    size: int


class SharedCounts:
    """The counts of this process, in a folder with those of others. Threads share it."""

    def __init__(
        self, folder: Path, bounds: Sequence[float], report: Callable[[], object] = lambda: None, every: int = 1000
    ) -> None:
        """`report` is called after `every` so many events."""
        self._report = report
        self._every = every
        self._events = count(1)
        self._folder = folder
        self._bounds = tuple(bounds)
        self._fields = len(self._bounds) + 3
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], int] = {}
        path = folder / f"counts-{os.getpid()}-{os.urandom(4).hex()}.bin"
        with path.open("xb+") as file:
            file.truncate(ROWS * self._row_bytes)
            self._bytes = mmap.mmap(file.fileno(), 0)
        self._cells = memoryview(self._bytes).cast("d")

    @property
    def _row_bytes(self) -> int:
        return NAME_BYTES + 8 * self._fields

    def add(self, labels: tuple[str, str], seconds: float, size: int) -> None:
        """Count one event with its duration and size."""
        self.counter(labels)(seconds, size)

    def counter(self, labels: tuple[str, str]) -> Callable[[float, int], None]:
        """What counts events with these labels by their duration and size."""
        with self._lock:
            start = self._rows.get(labels) or self._row(labels)
        bounds, lock, cells, end = self._bounds, self._lock, self._cells, start + self._fields
        report, every, next_event = self._report, self._every, self._events.__next__

        def add(seconds: float, size: int) -> None:
            bucket = start + bisect_left(bounds, seconds)
            with lock:
                cells[bucket] += 1.0
                cells[end - 2] += seconds
                cells[end - 1] += size
            if next_event() % every == 0:
                report()

        return add

    def _row(self, labels: tuple[str, str]) -> int:
        """The index of the first number of a new pair of labels."""
        row = len(self._rows)
        if row >= ROWS - 1:
            labels = REST
        if labels not in self._rows:
            name = "\0".join(labels).encode()[:NAME_BYTES]
            struct.pack_into(f"{NAME_BYTES}s", self._bytes, row * self._row_bytes, name)
            self._rows[labels] = (row * self._row_bytes + NAME_BYTES) // 8
        return self._rows[labels]

    def totals(self) -> list[Totals]:
        """The totals of all processes."""
        found: dict[tuple[str, str], list[float]] = {}
        for path in self._folder.glob("counts-*.bin"):
            for labels, numbers in self._read(path.read_bytes()):
                sums = found.setdefault(labels, [0.0] * self._fields)
                found[labels] = [a + b for a, b in zip(sums, numbers, strict=True)]
        return [
            Totals(labels, tuple(map(int, numbers[:-2])), numbers[-2], int(numbers[-1]))
            for labels, numbers in sorted(found.items())
        ]

    def _read(self, content: bytes) -> Iterator[tuple[tuple[str, str], tuple[float, ...]]]:
        for start in range(0, len(content), self._row_bytes):
            name, *numbers = struct.unpack_from(f"{NAME_BYTES}s{self._fields}d", content, start)
            if name[0] == 0:
                return
            operation, _, status = name.rstrip(b"\0").decode(errors="replace").partition("\0")
            yield (operation, status), tuple(numbers)
