"""Checks before any worker starts: whether address, database and settings can be used.

A worker that cannot start is restarted again and again, and its reason is lost among tracebacks; here it is reported
once.
"""

from __future__ import annotations

import errno
import re
import socket
import sys
from contextlib import closing
from importlib.util import find_spec
from types import MappingProxyType

from terminology.http.upstream.addresses import addresses
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings

REFUSALS = MappingProxyType({errno.EADDRINUSE: "PORT_TAKEN", errno.EADDRNOTAVAIL: "ADDRESS_UNKNOWN"})
"""Why a server cannot listen, by the system's error."""
ADDRESS = re.compile(r"https?://[^/\s]+", re.IGNORECASE)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def check(settings: Settings, *, listens: bool = False) -> None:
    """Check everything, except the address when the server listens already.

    Raises TerminologyError: unavailable for address and database, otherwise what readers of settings raise.
    """
    if not listens:
        check_address(settings.host, settings.port)
    check_database(settings)
    check_addresses(settings)
    check_access(settings)
    check_tracing(settings)


def check_database(settings: Settings) -> None:
    """Check that the database can be opened; updates its schema."""
    from terminology.store.opening import open_configured  # noqa: PLC0415 - the workers load it

    open_configured(settings).close()


def check_addresses(settings: Settings) -> None:
    """Check the settings that name other places. Raises TerminologyError invalid."""
    from terminology.store.opening import is_remote  # noqa: PLC0415 - as above

    if settings.base_url and not ADDRESS.match(settings.base_url):
        raise TerminologyError.of("invalid", "BASE_URL_INVALID", url=settings.base_url)
    if settings.database_read and not is_remote(settings.database):
        raise TerminologyError.of("invalid", "REPLICAS_OF_A_FILE", url=settings.database)
    addresses(settings.upstream)


def check_access(settings: Settings) -> None:
    """Check the access settings. Raises TerminologyError for contradictions."""
    from terminology.catalogue.licences import Licences  # noqa: PLC0415 - as above
    from terminology.http.access.tokens import Tokens  # noqa: PLC0415

    Licences(settings)
    Tokens.of(settings)
    if settings.insecure_writes and settings.host not in LOOPBACK:
        print(f"Anybody who reaches {settings.host} may write (--insecure-writes).", file=sys.stderr)  # noqa: T201 - for whoever starts it


def check_tracing(settings: Settings) -> None:
    """Check that what traces need is installed. Raises TerminologyError unavailable."""
    if settings.tracing and find_spec("opentelemetry") is None:
        raise TerminologyError.of("unavailable", "TRACING_NOT_INSTALLED")


def check_address(host: str, port: int) -> None:
    """Check that the server can listen at an address.

    Workers share the address (SO_REUSEPORT), so a second server would start without an error and receive half of the
    requests.
    """
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TerminologyError.of("unavailable", "ADDRESS_UNKNOWN", host=host, reason=str(error.strerror)) from None
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            message = REFUSALS.get(error.errno or 0, "PORT_NOT_ALLOWED")
            reason = str(error.strerror)
            raise TerminologyError.of("unavailable", message, host=host, port=str(port), reason=reason) from None
