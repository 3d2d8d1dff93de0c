"""Disconnects clients that stop in the middle of a request, or send it a few bytes at a time.

granian limits the time for the headers of a request to half a minute, but not the time for its body. It does not tell
which connection a request belongs to, but the kernel knows how much each connection received, and when data last came
and went (Linux; elsewhere nothing is done). So connections are looked at repeatedly while bodies are being read.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import NamedTuple

LAST_SENT, LAST_RECEIVED, BYTES_RECEIVED = 44, 52, 128
"""Offsets in `struct tcp_info`: milliseconds since then, and the bytes received in all."""
LENGTH = 136
DESCRIPTORS = "/proc/self/fd"

SLOWEST = 8 * 1024
"""Bytes per second that a client has to send if it sends one request for long."""

TICK = 0.02
"""Seconds by which the kernel's times may differ from ours."""


class Traffic(NamedTuple):
    """A connection's traffic: seconds since data was last sent and received, and the bytes received in all."""

    sent: float
    received: float
    bytes: int


class Watched(NamedTuple):
    """A connection that received data after its last answer: when it was first seen so, with how many bytes."""

    since: float
    bytes: int


class SlowConnections:
    """Finds slow clients by looking at all connections repeatedly, and shuts their connections down.

    `seconds` must be longer than any answer takes, since clients that wait for an answer send nothing either.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: dict[tuple[object, object], Watched] = {}

    def shut_down(self, ports: Collection[int]) -> int:
        """Look once: shut down connections to these ports that were too slow for too long; returns how many.

        Some keep-alive connections whose last answer followed within milliseconds are closed, too: any server may.
        """
        now, before = time.monotonic(), self._watched
        self._watched = {}
        closed = 0
        for connection in _connections(ports):
            with connection, suppress(OSError):
                traffic = _traffic(connection)
                if traffic is None or traffic.sent < traffic.received:
                    continue
                key = connection.getpeername(), connection.getsockname()
                watched = before.get(key)
                if watched is None or _is_new(watched, traffic, now):
                    watched = Watched(now, traffic.bytes)
                elif now - watched.since >= self._seconds:
                    if traffic.bytes - watched.bytes < SLOWEST * (now - watched.since):
                        connection.shutdown(socket.SHUT_RD)
                        closed += 1
                        continue
                    watched = Watched(now, traffic.bytes)
                self._watched[key] = watched
        return closed

    def forget(self) -> None:
        """Begin anew: no body is being read."""
        self._watched = {}


def _is_new(watched: Watched, traffic: Traffic, now: float) -> bool:
    """Whether the request was answered meanwhile, or the connection is another one from the same port."""
    return traffic.sent + TICK < now - watched.since or traffic.bytes < watched.bytes


def _traffic(connection: socket.socket) -> Traffic | None:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
    if len(info) < LENGTH:  # before Linux 4.2
        return None
    ((sent,), (received,)) = struct.unpack_from("I", info, LAST_SENT), struct.unpack_from("I", info, LAST_RECEIVED)
    return Traffic(sent / 1000, received / 1000, *struct.unpack_from("Q", info, BYTES_RECEIVED))


def _connections(ports: Collection[int]) -> Iterator[socket.socket]:
    """Copies of this process' connections that came to one of the ports; numbers may change hands meanwhile."""
    if not hasattr(socket, "TCP_INFO") or not os.path.isdir(DESCRIPTORS):  # noqa: PTH112 - one of two ways to be elsewhere
        return
    for name in os.listdir(DESCRIPTORS):  # noqa: PTH208 - there may be ten thousand
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            copy = os.dup(int(name))
        except OSError:  # gone
            continue
        try:
            connection = socket.socket(fileno=copy)
        except OSError:  # no socket any more
            os.close(copy)
            continue
        with suppress(OSError):
            connection.getpeername()  # else it listens
            if connection.family in {socket.AF_INET, socket.AF_INET6} and connection.getsockname()[1] in ports:
                yield connection
                continue
        connection.close()
