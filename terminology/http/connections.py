"""Connections to a port, from the system's tables; only Linux has these, elsewhere nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

TABLES = (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6"))
ESTABLISHED, HALF_OPEN, LISTENING = "01", "03", "0A"


@dataclass(frozen=True, slots=True)
class Connections:
    """The state of some ports: whether clients are connected, and whether some wait to be accepted."""

    connected: bool
    waiting: bool

    @classmethod
    def to(cls, ports: frozenset[int]) -> Self | None:
        """The current state, or None where there are no tables."""
        connected = waiting = False
        try:
            for state, queue in _rows(ports):
                connected |= state == ESTABLISHED
                waiting |= state == HALF_OPEN or (state == LISTENING and queue > 0)
        except OSError:
            return None
        return cls(connected, waiting)


def _rows(ports: frozenset[int]) -> Iterator[tuple[str, int]]:
    """State and receive queue (for a listening socket: connections to accept) of each connection to the ports."""
    for table in TABLES:
        if not table.exists() and table != TABLES[0]:  # no IPv6
            continue
        with table.open() as lines:
            next(lines)
            for line in lines:
                _, local, _, state, queues, *_ = line.split()
                if int(local.rpartition(":")[2], 16) in ports:
                    yield state, int(queues.partition(":")[2], 16)
