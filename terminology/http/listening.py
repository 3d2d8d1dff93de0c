"""The sockets a server listens on: one for each worker, created by the parent process, or before it by systemd.

They stay open when workers are replaced or killed, so that the next worker accepts waiting connections. If each worker
created its own socket, the system would reset those; with one socket for all, the worker that wakes up first would
accept most connections.
"""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import struct
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

HANDED_OVER, HANDED_TO, NAMES = "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"
"""Environment variables of systemd's socket activation, sd_listen_fds(3): how many sockets, for which process."""
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
FIRST = 3
"""The first inherited file descriptor."""

SO_ATTACH_FILTER = 26
NO_NEW_CONNECTIONS = (
    (0x30, 0, 0, 13),  # load the flags of the TCP header
    (0x45, 0, 1, 0x02),  # is SYN one of them?
    (0x06, 0, 0, 0),  # then drop the packet,
    (0x06, 0, 0, 0x40000),  # else take it
)
"""A program for Linux's packet filter: operation, jumps if true and if false, operand."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets, and whether systemd handed them over, which keeps listening after this server."""

    sockets: tuple[socket.socket, ...]
    handed_over: bool = False

    @classmethod
    def new(cls, host: str, port: int, *, count: int, backlog: int) -> Self:
        """New sockets at one address. Raises OSError when it is not available."""
        (family, _, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return cls(tuple(_listening(family, address, backlog) for _ in range(count)))

    @property
    def ports(self) -> frozenset[int]:
        """The ports they listen on."""
        return frozenset(listener.getsockname()[1] for listener in self.sockets)

    @property
    def urls(self) -> Sequence[str]:
        """Where clients reach them; each address once."""
        addresses = dict.fromkeys(listener.getsockname()[:2] for listener in self.sockets)
        return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" for host, port in addresses]

    def of_worker(self, index: int) -> socket.socket:
        """The socket of a worker; workers share sockets when there are too few."""
        return self.sockets[index % len(self.sockets)]

    def refuse(self) -> None:
        """Refuse new connections, but complete those in progress, whose clients may have sent a request.

        The system would reset them when the sockets are closed. New clients get no answer and retry after a second,
        when a new server may listen. Sockets that were handed over stay as they are, and so do all where the system has
        no such filter.
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
    """The sockets that systemd opened for this process; removes the variables, for child processes."""
    count, process = environment.pop(HANDED_OVER, ""), environment.pop(HANDED_TO, "")
    environment.pop(NAMES, None)
    if process != str(os.getpid()) or not count.isdecimal():
        return ()
    return tuple(socket.socket(fileno=number) for number in range(FIRST, FIRST + int(count)))


def stop_accepting() -> None:
    """Accept no more connections in this process. Others that share its listening sockets go on.

    It is not enough to close them: whoever polls for connections knows the socket by its description, which stays as
    long as others share it, and the number would be free for another file. So each number is given to a socket to which
    nobody connects.
    """
    with suppress(OSError):
        for number in [int(file.name) for file in Path("/dev/fd").iterdir()]:
            _leave_to_others(number)


def _leave_to_others(number: int) -> None:
    """Do so for one file, if it is such a socket. Files are not even duplicated: closing one drops SQLite's locks."""
    with suppress(OSError):
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return
        with socket.socket(fileno=os.dup(number)) as found:
            listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and found.family in LOOPBACK:
                with socket.create_server((LOOPBACK[found.family], 0), family=found.family) as nobodys:
                    nobodys.setblocking(False)
                    os.dup2(nobodys.fileno(), number, inheritable=os.get_inheritable(number))


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
