"""Disconnects clients that stopped in the middle of a request.

granian limits the time for the headers of a request to half a minute, but not the time for its body. It does not tell
which connection a request belongs to, but the kernel knows when each connection last received and sent data (Linux;
elsewhere nothing is done).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress

LAST_SENT, LAST_RECEIVED = 44, 52
"""Offsets in `struct tcp_info` of the milliseconds since then."""
LENGTH = 104
DESCRIPTORS = "/proc/self/fd"


def shut_down(ports: Collection[int], seconds: float) -> int:
    """Shut down connections to these ports that received nothing for `seconds` and sent no answer; returns how many.

    `seconds` must be longer than any answer takes, since clients that wait for an answer send nothing either. Some
    keep-alive connections whose last answer followed within milliseconds are closed, too, as any server may do.
    """
    return sum(_shut_down(connection, seconds) for connection in _connections(ports))


def _shut_down(connection: socket.socket, seconds: float) -> bool:
    with connection, suppress(OSError):
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
        ((sent,), (received,)) = struct.unpack_from("I", told, LAST_SENT), struct.unpack_from("I", told, LAST_RECEIVED)
        if received > seconds * 1000 and sent >= received:
            connection.shutdown(socket.SHUT_RD)
            return True
    return False


def _connections(ports: Collection[int]) -> Iterator[socket.socket]:
    """Duplicates of this process's connections to one of the ports; descriptors may be reused meanwhile."""
    if not hasattr(socket, "TCP_INFO") or not os.path.isdir(DESCRIPTORS):  # noqa: PTH112 - not Linux
        return
    for name in os.listdir(DESCRIPTORS):  # noqa: PTH208 - there may be ten thousand of them
        try:
            connection = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # not a socket, or closed
            continue
        with suppress(OSError):
            connection.getpeername()  # fails for listening sockets
            if connection.family in {socket.AF_INET, socket.AF_INET6} and connection.getsockname()[1] in ports:
                yield connection
                continue
        connection.close()
