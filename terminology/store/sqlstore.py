"""A `Store` over any SQL `Database`: delegates to the modules of the tables, and owns the shared caches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from terminology.store import (
    backups,
    checking,
    client_caches,
    comparing,
    conceptmaps,
    finding,
    garbage,
    histories,
    history,
    keys,
    parts,
    resource_index,
    resource_pages,
    resources,
    rolling,
    schema,
    sources,
    versions,
    wordings,
)
from terminology.store.cache import BoundedCache
from terminology.store.closures import Closures
from terminology.store.database import Database, Row
from terminology.store.entries import (
    Damage,
    DocumentEntry,
    DocumentState,
    HistoryEntry,
    KeyEntry,
    MappingRow,
    Misindexed,
    PartEntry,
    ResourceEntry,
    ResourceType,
    VersionEntry,
    WordsOf,
)
from terminology.store.jobs import Jobs
from terminology.store.layered import LayeredReader
from terminology.store.leases import Clock, Leases
from terminology.store.protocol import VersionReader
from terminology.store.publishing import SqlPublication
from terminology.store.queries import HistoryQuery, ResourcePage, ResourceQuery
from terminology.store.reading import Kept, SqlVersionReader
from terminology.store.timed import Timed, Times
from terminology.store.writing import SqlVersionWriter

CACHED_BYTES = 56 * 1024 * 1024
READERS_KEPT = 256
GENERATION = f"SELECT value, {rolling.NUMBER} FROM generation"  # noqa: S608 - names of our own


class SqlStore:
    """See `protocol.Store`."""

    def __init__(self, database: Database, *, clock: Clock = time.time, cached_bytes: int = CACHED_BYTES) -> None:
        self._database = database
        self._leases = Leases(clock=clock)
        self._schema = rolling.Schema(len(schema.migrations()))
        self._kept: Kept = BoundedCache(cached_bytes)
        self._readers: BoundedCache[int, VersionReader] = BoundedCache(READERS_KEPT)
        self._seen: tuple[bytes | None, int] = None, 0
        """The generation, and the database's mark when it was read."""

    @property
    def caches(self) -> Mapping[str, BoundedCache[Any, Any]]:
        """The caches by name, for whoever watches how well they do."""
        return {"decoded": self._kept}

    def timed(self) -> Times:
        """Time all statements from now on. Call it before the store is used: readers opened earlier are not timed."""
        times = Times()
        self._database = cast("Database", Timed(self._database, times))
        return times

    @property
    def closures(self) -> Closures:
        """See Store."""
        return Closures(self._database, self._leases.clock)

    @property
    def jobs(self) -> Jobs:
        """See Store."""
        return Jobs(self._database, self._leases.clock, self._schema.known)

    @property
    def url(self) -> str:
        """See Store."""
        return self._database.url

    @property
    def distant(self) -> bool:
        """See Store."""
        return self._database.distant

    def generation(self) -> int:
        """See Store: read again when something was committed. Raises as `rolling.Schema.see`."""
        mark = self._database.commit_mark()  # before the statement: what is committed in between is noticed next time
        if mark is not None and mark == self._seen[0]:
            return self._seen[1]
        return self._see(mark, self._database.first(GENERATION))

    def read_generation_along(self) -> None:
        """See Store."""
        mark = self._database.commit_mark()
        if mark is not None and mark != self._seen[0]:
            self._database.along(GENERATION, 2, partial(self._see, mark))

    def _see(self, mark: bytes | None, row: Row | None) -> int:
        generation, number = (int(row[0]), int(row[1])) if row else (0, self._schema.known)
        self._schema.see(self._database, number)
        self._seen = mark, generation
        return generation

    @property
    def is_upgraded(self) -> bool:
        """See Store."""
        return self._schema.is_newer

    def versions(self, url: str | None = None) -> list[VersionEntry]:
        """See Store; by url and version (as text)."""
        return versions.entries(self._database, url)

    def version(self, key: int) -> VersionReader:
        """See Store. Raises TerminologyError not-found for a key that is not, or no longer, there."""
        if (kept := self._readers.get(key)) is not None:
            return kept[0]
        entry = versions.by_key(self._database, key)
        own = SqlVersionReader(self._database, entry, self._kept)
        return self._readers.put(key, own if entry.base is None else LayeredReader(own, self.version(entry.base)), 1)

    def versions_with(self, text: str) -> set[int]:
        """See Store: one statement a word of each wording, and up to three for the code."""
        return finding.versions(self._database, *wordings.wordings(text), text.strip())

    def versions_with_code(self, code: str) -> set[int]:
        """See Store."""
        return finding.with_code(self._database, code)

    def parts(self, url: str | None = None) -> list[PartEntry]:
        """See Store; oldest first."""
        return parts.entries(self._database, url)

    def spill_part(self, blocks: Iterable[bytes]) -> int:
        """See Store."""
        return parts.spill(self._database, self._leases, blocks)

    def abandon_parts(self, keys: Iterable[int]) -> None:
        """See Store."""
        parts.abandon(self._database, self._leases, keys)

    def part_blocks(self, part: int) -> Iterator[bytes]:
        """See Store."""
        return parts.blocks_of(self._database, part)

    def new_version(self, base: int | None = None) -> SqlVersionWriter:
        """See Store."""
        return SqlVersionWriter(self._database, self._leases, self._kept, base)

    def writing(self) -> AbstractContextManager[None]:
        """See Store."""
        return self._database.writing()

    @contextmanager
    def publication(self) -> Iterator[SqlPublication]:
        """See Store; after the block, what was published survives a power cut."""
        with self._database.transaction(durable=True):
            self._schema.permit_writing(self._database)
            histories.enter(self._database)
            self._database.execute("UPDATE generation SET value = value + 1")
            yield SqlPublication(self._database, self._leases)

    def collect_garbage(self) -> None:
        """See Store; call it when a load begins."""
        garbage.collect(self._database, self._leases.clock())

    def damage(self, told: Callable[[str], object]) -> Iterator[Damage]:
        """See Store."""
        return checking.damage(self._database, told)

    def difference(self, one: int, other: int) -> str | None:
        """See Store."""
        return comparing.difference(self._database, one, other)

    def misindexed(self, words_of: WordsOf) -> Iterator[Misindexed]:
        """See Store."""
        return resource_index.misindexed(self._database, words_of)

    def remove_orphans(self) -> int:
        """See Store."""
        return checking.remove_orphans(self._database)

    def backup(self, path: Path) -> None:
        """See Store."""
        self._database.backup(path)

    def restore(self, path: Path) -> None:
        """See Store."""
        with backups.prepared(path, self._database) as copy:
            self._database.restore(copy)

    def resources(self, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
        """See Store: two statements."""
        return resources.search(self._database, query)

    def resource_page(self, query: ResourceQuery) -> ResourcePage:
        """See Store."""
        return resource_pages.page(self._database, query)

    def resource(self, type_: ResourceType, id_: str) -> ResourceEntry | None:
        """See Store."""
        return resources.by_id(self._database, type_, id_)

    def resources_by_url(self, type_: ResourceType, url: str) -> list[ResourceEntry]:
        """See Store."""
        return resources.by_url(self._database, type_, url)

    def history(self, type_: ResourceType, id_: str) -> list[ResourceEntry]:
        """See Store."""
        return resources.history(self._database, type_, id_)

    def history_page(self, query: HistoryQuery) -> tuple[int, list[HistoryEntry]]:
        """See Store."""
        return history.page(self._database, query)

    def aliases(self) -> dict[str, str]:
        """See Store."""
        return conceptmaps.aliases(self._database)

    def mappings(
        self, *, code: str | None, reverse: bool, source_systems: Sequence[str] = (),
        target_systems: Sequence[str] = (), map_key: int | None = None,
    ) -> list[MappingRow]:  # fmt: skip
        """See Store: one statement."""
        return conceptmaps.mappings(
            self._database, code=code, reverse=reverse, source_systems=source_systems, target_systems=target_systems,
            map_key=map_key,
        )  # fmt: skip

    def map_mappings(self, map_key: int, start: int = 0) -> Iterator[MappingRow]:
        """See Store."""
        return conceptmaps.of_map(self._database, map_key, start)

    def documents(self, state: DocumentState | None = None) -> list[DocumentEntry]:
        """See Store."""
        return sources.entries(self._database, state)

    def document(self, id_: str) -> tuple[DocumentEntry, bytes] | None:
        """See Store. Raises TerminologyError invalid when several documents begin so."""
        return sources.find(self._database, id_)

    def keep_in_client_cache(self, cache: str, bodies: Sequence[tuple[str, bytes]], seconds: float, most: int) -> None:
        """See Store; it need not survive a power cut, and leaves the generation as it is."""
        client_caches.keep(self._database, cache, bodies, self._leases.clock(), seconds, most)

    def client_cache(self, cache: str) -> list[str] | None:
        """See Store."""
        return client_caches.kept(self._database, cache, self._leases.clock())

    def client_cache_bodies(self, digests: Sequence[str]) -> dict[str, bytes]:
        """See Store."""
        return client_caches.bodies(self._database, digests)

    def drop_client_cache(self, cache: str) -> bool:
        """See Store."""
        return client_caches.forget(self._database, cache)

    def put_api_key(self, key: KeyEntry) -> None:
        """See Store; it survives a power cut."""
        keys.put(self._database, key)

    def api_key(self, id_: str) -> KeyEntry | None:
        """See Store."""
        return keys.by_id(self._database, id_)

    def api_keys(self) -> list[KeyEntry]:
        """See Store."""
        return keys.entries(self._database)

    def revoke_api_key(self, id_: str, now: float) -> bool:
        """See Store; it survives a power cut."""
        return keys.revoke(self._database, id_, now)

    def watch(self, callback: Callable[[str], object] | None) -> None:
        """Tell `callback` every statement of this thread; for `terminology.store.counting`."""
        self._database.watch(callback)

    def lend(self) -> object:
        """See Store."""
        return self._database.lend()

    def take(self, session: object) -> None:
        """See Store."""
        self._database.take(session)

    def close(self) -> None:
        """See Store; a database in memory is gone."""
        self._database.close()
