"""The sockets a server listens on: one for each worker, made by the process that starts them, or by systemd before.

They stay open when workers are replaced or killed: who has connected, and waits to be taken, is taken by the next
worker. With a socket that each worker makes for itself, the system would reset those; and of one socket for all, the
worker that wakes up first takes most connections.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

HANDED_OVER, HANDED_TO, NAMES = "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"
"""The variables of systemd's socket activation, sd_listen_fds(3): how many sockets are open, for which process."""
FIRST = 3
"""The first file descriptor that is handed over."""

SO_ATTACH_FILTER = 26
NO_NEW_CONNECTIONS = (
    (0x30, 0, 0, 13),  # load the flags of the TCP header
    (0x45, 0, 1, 0x02),  # is SYN one of them?
    (0x06, 0, 0, 0),  # then drop the packet,
    (0x06, 0, 0, 0x40000),  # else take it
)
"""A program for Linux' packet filter: operation, steps to leap over if so, and if not, operand."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets, and whether they were handed over by systemd, which goes on listening when this server is gone."""

    sockets: tuple[socket.socket, ...]
    handed_over: bool = False

    @classmethod
    def new(cls, host: str, port: int, *, count: int, backlog: int) -> Self:
        """New ones at one address. Raises OSError when it cannot be had."""
        (family, _, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return cls(tuple(_listening(family, address, backlog) for _ in range(count)))

    @property
    def ports(self) -> frozenset[int]:
        """Where they listen."""
        return frozenset(listener.getsockname()[1] for listener in self.sockets)

    def of_worker(self, index: int) -> socket.socket:
        """The socket a worker takes connections from; workers share them when there are too few."""
        return self.sockets[index % len(self.sockets)]

    def refuse(self) -> None:
        """Take no new connections, but finish those that are on their way, whose clients may have sent a request.

        The system would reset them when the sockets are closed. Who tries from now on gets no answer, and tries again
        after a second, when nobody listens or a new server does. Sockets that were handed over stay as they are, and so
        do all where the system has no such filter.
        """
        if self.handed_over:
            return
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in NO_NEW_CONNECTIONS))
        with suppress(OSError):
            for listener in self.sockets:
                given = struct.pack("HP", len(NO_NEW_CONNECTIONS), ctypes.addressof(program))
                listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, given)

    def close(self) -> None:
        """Close them in this process."""
        for listener in self.sockets:
            listener.close()


def handed_over(environment: MutableMapping[str, str]) -> tuple[socket.socket, ...]:
    """The sockets that systemd opened for this process; the variables that say so are removed for those it starts."""
    count, process = environment.pop(HANDED_OVER, ""), environment.pop(HANDED_TO, "")
    environment.pop(NAMES, None)
    if process != str(os.getpid()) or not count.isdecimal():
        return ()
    return tuple(socket.socket(fileno=number) for number in range(FIRST, FIRST + int(count)))


def _listening(family: int, address: tuple[object, ...], backlog: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # several at one address
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # which those that it accepts inherit
    try:
        listener.bind(address)
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener
