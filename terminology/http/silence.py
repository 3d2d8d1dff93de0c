"""Hanging up on clients that stopped in the middle of a request.

The server underneath gives a request's headers half a minute, and its body all the time there is. Which connection a
request came by is not told, but the kernel knows of each when bytes last came, and last went (Linux; elsewhere nothing
is done).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress

LAST_SENT, LAST_RECEIVED = 44, 52
"""Where `struct tcp_info` says how many milliseconds ago that was."""
LENGTH = 104
DESCRIPTORS = "/proc/self/fd"


def hang_up(ports: Collection[int], seconds: float) -> int:
    """End what clients of these ports send, who have said nothing for so long and were not answered; says how many.

    `seconds` must be longer than any answer takes, since a client that has said everything is silent, too. Some that
    were answered within milliseconds, and asked nothing since, are among them: any server may close those.
    """
    return sum(_hang_up(connection, seconds) for connection in _connections(ports))


def _hang_up(connection: socket.socket, seconds: float) -> bool:
    with connection, suppress(OSError):
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
        ((sent,), (received,)) = struct.unpack_from("I", told, LAST_SENT), struct.unpack_from("I", told, LAST_RECEIVED)
        if received > seconds * 1000 and sent >= received:
            connection.shutdown(socket.SHUT_RD)
            return True
    return False


def _connections(ports: Collection[int]) -> Iterator[socket.socket]:
    """Copies of this process' connections that came to one of the ports; numbers may change hands meanwhile."""
    if not hasattr(socket, "TCP_INFO") or not os.path.isdir(DESCRIPTORS):  # noqa: PTH112 - one of two ways to be elsewhere
        return
    for name in os.listdir(DESCRIPTORS):  # noqa: PTH208 - there may be ten thousand
        try:
            connection = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # no socket, or gone
            continue
        with suppress(OSError):
            connection.getpeername()  # else it listens
            if connection.family in {socket.AF_INET, socket.AF_INET6} and connection.getsockname()[1] in ports:
                yield connection
                continue
        connection.close()
