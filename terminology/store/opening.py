"""Opens a store by its URL. The only module that knows which backend a URL means."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from terminology.store.database import Database
from terminology.store.leases import Clock
from terminology.store.schema import SQLITE, Migration, migrate
from terminology.store.schema import go_back as undo
from terminology.store.sqlite import MAPPED_BYTES, SqliteFile
from terminology.store.sqlite_memory import SqliteMemory
from terminology.store.sqlstore import CACHED_BYTES, SqlStore

IN_MEMORY = "sqlite:///:memory:"
PREFIX = "sqlite:///"
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
CONNECTIONS = 16


def open_store(
    url: str = IN_MEMORY,
    *,
    replicas: Sequence[str] = (),
    clock: Clock = time.time,
    cached_bytes: int = CACHED_BYTES,
    mapped_bytes: int = MAPPED_BYTES,
    connections: int = CONNECTIONS,
) -> SqlStore:
    """Open (and where needed create, or bring up to date) the database at a url.

    `sqlite:///x.db` is relative to the working directory, `sqlite:////x.db` absolute, `sqlite:///:memory:` a scratch
    database that threads share and that `close` drops; `postgresql://…` is what libpq takes. `replicas` are urls of
    copies of a PostgreSQL database that are read instead of it. `cached_bytes` bounds what is kept of sets and arrays,
    `mapped_bytes` how much of a SQLite file is mapped into memory, `connections` how many this process opens to each
    PostgreSQL server. Raises TerminologyError invalid or not-supported for a url, unavailable for a database that
    cannot be used.
    """
    if url == IN_MEMORY:
        return SqlStore(_empty().copy(url), clock=clock, cached_bytes=cached_bytes)
    database = open_database(url, replicas=replicas, mapped_bytes=mapped_bytes, connections=connections)
    return SqlStore(database, clock=clock, cached_bytes=cached_bytes)


def open_configured(settings: Settings) -> SqlStore:
    """Open the database that the settings name. Raises as `open_store`."""
    return open_store(
        settings.database,
        replicas=settings.database_read.split(),
        cached_bytes=settings.cached_sets,
        mapped_bytes=settings.mapped_database,
        connections=settings.database_connections,
    )


def open_database(
    url: str, *, replicas: Sequence[str] = (), mapped_bytes: int = MAPPED_BYTES, connections: int = CONNECTIONS
) -> Database:
    """The database that a store is laid over; arguments and errors are those of `open_store`."""
    if url.startswith(POSTGRES_SCHEMES):
        return _postgres(url, replicas, connections)
    database = SqliteFile(_path(url), url, mapped_bytes=mapped_bytes)
    migrate(database, SQLITE)
    return database


def must_exist(url: str) -> None:
    """Raises TerminologyError not-found if a url names a file that is not there, which opening it would make."""
    if url.startswith(PREFIX) and url != IN_MEMORY and not (Path.cwd() / url.removeprefix(PREFIX)).is_file():
        raise TerminologyError.of("not-found", "STORE_MISSING", url=url)


def is_remote(url: str) -> bool:
    """Whether the database is another process: whoever asks it waits for it."""
    return url.startswith(POSTGRES_SCHEMES)


def go_back(url: str, schema: int) -> list[Migration]:
    """Bring a database back to an older schema; returns the steps that were undone.

    Raises as `open_database` and `schema.go_back`.
    """
    database = open_database(url)
    try:
        if is_remote(url):
            from terminology.store.postgres_dialect import POSTGRES  # noqa: PLC0415 - an extra

            return undo(database, schema, POSTGRES)
        return undo(database, schema, SQLITE)
    finally:
        database.close()


def _postgres(url: str, replicas: Sequence[str], connections: int) -> Database:
    """PostgreSQL, migrated if necessary. If only replicas answer, one with the current schema is enough for reading."""
    try:
        from terminology.store.postgres import Postgres  # noqa: PLC0415 - an extra
        from terminology.store.postgres_dialect import POSTGRES  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TerminologyError.of("not-supported", "STORE_DRIVER_MISSING", reason=str(error)) from error
    database = Postgres(url, replicas, limit=connections)
    migrate(database, POSTGRES)
    return database


@cache
def _empty() -> SqliteMemory:
    """The template of scratch databases: requests open many, and copying one is much faster than migrating."""
    database = SqliteMemory(IN_MEMORY)
    migrate(database, SQLITE)
    return database


def _path(url: str) -> Path:
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise TerminologyError.of("invalid", "STORE_URL_INVALID", url=url)
    if scheme != "sqlite":
        secretless = f"{scheme}://…"
        raise TerminologyError.of("not-supported", "STORE_SCHEME_UNSUPPORTED", url=secretless, scheme=scheme)
    if not url.startswith(PREFIX) or url == PREFIX:
        raise TerminologyError.of("invalid", "STORE_URL_INVALID", url=url)
    path = Path.cwd() / url.removeprefix(PREFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TerminologyError.of("unavailable", "STORE_CANNOT_OPEN", url=url, reason=str(error)) from error
    return path
