"""Requests counted and timed by all workers, in files that each of them maps: adding one costs about a microsecond.

prometheus_client's own histogram does the same in eight, which is more than many answers take. What is added is seen by
all at once, and stays when a worker is killed. Knows nothing of HTTP: whatever has two labels can be tallied.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

NAME_BYTES = 96
ROWS = 1024
"""Pairs of labels that one process can tell apart. Files are sparse: what is not used takes no room."""
REST = ("other", "")
"""Under which the rest is counted."""


class Totals(NamedTuple):
    """What was added under one pair of labels: how often by bucket (the last one has no bound), seconds, bytes."""

    labels: tuple[str, str]
    counts: tuple[int, ...]
    seconds: float
    size: int


class Tallies:
    """The counts of this process, among those of others in one folder. Threads share it."""

    def __init__(self, folder: Path, bounds: Sequence[float]) -> None:
        self._folder = folder
        self._bounds = tuple(bounds)
        self._fields = len(self._bounds) + 3
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], int] = {}
        path = folder / f"tallies-{os.getpid()}-{os.urandom(4).hex()}.bin"
        with path.open("xb+") as file:
            file.truncate(ROWS * self._row_bytes)
            self._bytes = mmap.mmap(file.fileno(), 0)
        self._cells = memoryview(self._bytes).cast("d")

    @property
    def _row_bytes(self) -> int:
        return NAME_BYTES + 8 * self._fields

    def add(self, labels: tuple[str, str], seconds: float, size: int) -> None:
        """Count one thing that took so long and had so many bytes."""
        bucket = bisect_left(self._bounds, seconds)
        with self._lock:
            start = self._rows.get(labels) or self._row(labels)
            cells = self._cells
            cells[start + bucket] += 1.0
            cells[start + self._fields - 2] += seconds
            cells[start + self._fields - 1] += size

    def _row(self, labels: tuple[str, str]) -> int:
        """Where the numbers of a new pair of labels begin, in cells."""
        row = len(self._rows)
        if row >= ROWS - 1:
            labels = REST
        if labels not in self._rows:
            name = "\0".join(labels).encode()[:NAME_BYTES]
            struct.pack_into(f"{NAME_BYTES}s", self._bytes, row * self._row_bytes, name)
            self._rows[labels] = (row * self._row_bytes + NAME_BYTES) // 8
        return self._rows[labels]

    def totals(self) -> list[Totals]:
        """Everything that any process added."""
        found: dict[tuple[str, str], list[float]] = {}
        for path in self._folder.glob("tallies-*.bin"):
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
