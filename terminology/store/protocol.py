"""What a store offers: immutable code system versions, resources, source documents, and one generation number.

The store knows rows, bytes and bitmaps. It does not parse FHIR resources, resolve canonicals or build indexes.
Every backend (SQLite, PostgreSQL) passes the same contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy.typing as npt
from pyroaring import BitMap

from terminology.model.closure import ClosureTables
from terminology.store.cache import BoundedCache
from terminology.store.entries import (
    ConceptRow,
    Damage,
    DocumentEntry,
    DocumentState,
    HistoryEntry,
    KeyEntry,
    MappingRow,
    Misindexed,
    NewResource,
    PartEntry,
    ResourceEntry,
    ResourceType,
    VersionEntry,
    WordsOf,
)
from terminology.store.jobs import Jobs
from terminology.store.queries import HistoryQuery, ResourcePage, ResourceQuery

T = TypeVar("T")


class VersionReader(Protocol):
    """Reads one published version. `key` below is the concept key: the code, casefolded when not case-sensitive."""

    @property
    def entry(self) -> VersionEntry:
        """What the version is."""

    @property
    def layers(self) -> Sequence[VersionReader]:
        """What its terms are read from: itself, or the version below it and then what was laid over that."""

    def row(self, key: str) -> ConceptRow | None:
        """One concept: one statement."""

    def rows(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """Concepts in the order asked for."""

    def documents(self, ordinals: Sequence[int]) -> str:
        """JSON: an array of pairs, ordinal and document, of these concepts, in any order."""

    def documents_by_key(self, keys: Collection[str]) -> dict[str, bytes]:
        """The documents of those keys that exist: one statement."""

    def scan(self, within: BitMap | None = None) -> Iterator[ConceptRow]:
        """All concepts (or those within) in ordinal order, streamed."""

    def ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        """Ordinals of those keys that exist."""

    def codes(self) -> Sequence[str]:
        """All codes by ordinal; cached (bounded)."""

    def bitmap(self, kind: str, key: str) -> BitMap | None:
        """A stored set, decoded; cached (bounded). Callers must not change it."""

    def bitmap_keys(self, kind: str, start: str = "", end: str | None = None) -> Sequence[str]:
        """Keys of a kind in order, from `start` up to but not including `end`. Callers must not change them."""

    def array(self, kind: str, key: str = "", dtype: str = "<u4") -> npt.NDArray[Any]:
        """A blob as array, empty when there is none; cached (bounded)."""

    def kept(self, name: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """What `make` made of this version: cached (bounded) under the name, by the bytes that `weigh` says."""

    def blob(self, kind: str, key: str = "") -> bytes | None:
        """A stored array or other derived data."""


class VersionWriter(Protocol):
    """Fills a hidden version in short transactions; only `publish` makes it visible."""

    @property
    def key(self) -> int:
        """The version's key."""

    def write_concepts(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Rows of (ordinal, key, code, document). A duplicate key raises TerminologyError conflict."""

    def write_bitmaps(self, kind: str, items: Iterable[tuple[str, BitMap]]) -> None:
        """Sets of one kind."""

    def write_blob(self, kind: str, key: str, data: bytes) -> None:
        """Derived data that is no set."""

    def read_concepts(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """Rows written before, for passes that complete them."""

    def confirm(self) -> None:
        """Make sure that everything written is still there. Raises TerminologyError unavailable."""

    def reader(self, entry: VersionEntry) -> VersionReader:
        """Reads the version once all is written, before anybody sees it. `entry` is what it will be."""

    def abandon(self) -> None:
        """Give the version up: it is collected with the next garbage."""


class Publication(Protocol):
    """One transaction that makes a load visible: everything in it or nothing. Raises the generation."""

    def publish_version(self, writer: VersionWriter, entry: VersionEntry, header: NewResource) -> None:
        """Make a version visible in place of the active one of the same url and version."""

    def put_base(self, writer: VersionWriter, entry: VersionEntry) -> None:
        """Keep a hidden version for the one that lies over it; nobody else sees it."""

    def drop_version(self, url: str, version: str | None, *, header: bool = True) -> None:
        """Take a version out of sight, with its header resource unless that now heads another; rows go later."""

    def put_part(self, part: PartEntry, blocks: int) -> None:
        """Commit a spilled part (`blocks` is the key under which it was spilled), replacing its predecessor."""

    def drop_part(self, key: int) -> None:
        """Forget a part."""

    def put_resource(self, resource: NewResource) -> ResourceEntry:
        """Write a resource; the previous content goes into history."""

    def drop_resource(self, type_: ResourceType, id_: str) -> bool:
        """Delete a resource; False when it is not there."""

    def index(self, keys: Sequence[int], words_of: WordsOf) -> int:
        """Write anew by which words resources are found; returns how many of them are still there."""

    def put_mappings(self, map_key: int, rows: Iterable[MappingRow]) -> None:
        """Replace the mappings of a concept map."""

    def put_aliases(self, resource_key: int, aliases: Iterable[tuple[str, str]]) -> None:
        """Replace the (alias, canonical) pairs of a naming system."""

    def put_document(self, document: DocumentEntry, raw: bytes) -> None:
        """Keep a document, replacing the one of the same id."""


class Store(Protocol):
    """A database. Safe to use from several threads; connections are opened per thread and after fork."""

    @property
    def url(self) -> str:
        """Where it is, without secrets."""

    @property
    def caches(self) -> Mapping[str, BoundedCache[Any, Any]]:
        """The caches by name, for whoever watches how well they do."""

    @property
    def closures(self) -> ClosureTables:
        """The closure tables of clients."""

    @property
    def jobs(self) -> Jobs:
        """Work that outlives requests."""

    def generation(self) -> int:
        """Rises with every publication: one cheap statement on the reading connection.

        Raises TerminologyError unavailable for a database that cannot be read, or not any more by this program.
        """

    @property
    def is_upgraded(self) -> bool:
        """Whether a newer program has changed the schema, when the generation was last read: publications fail then."""

    def versions(self, url: str | None = None) -> list[VersionEntry]:
        """Published versions, of one url or all."""

    def versions_with(self, text: str) -> set[int]:
        """Keys of the published versions in which a search for this text can find something by word or code."""

    def versions_with_code(self, code: str) -> set[int]:
        """Keys of the published versions that have this code, by the case rule of each: one statement."""

    def version(self, key: int) -> VersionReader:
        """A reader; the same object for the same key while it is cached."""

    def parts(self, url: str | None = None) -> list[PartEntry]:
        """Committed parts."""

    def spill_part(self, blocks: Iterable[bytes]) -> int:
        """Store the concept blocks of a part, invisible until `put_part`; returns their key."""

    def abandon_parts(self, keys: Iterable[int]) -> None:
        """Give up parts that were spilled; those that were put stay."""

    def part_blocks(self, part: int) -> Iterator[bytes]:
        """The blocks of a committed or spilled part, by its PartEntry.key or spill key."""

    def new_version(self, base: int | None = None) -> VersionWriter:
        """Open a hidden version under a lease that its writer renews; `base` is what it lies over."""

    def writing(self) -> AbstractContextManager[None]:
        """For whoever is about to write what depends on what it reads: reads inside come from where writes go."""

    def publication(self) -> AbstractContextManager[Publication]:
        """Begin the visible transaction; leaving normally commits, an exception rolls back."""

    def damage(self, told: Callable[[str], object]) -> Iterator[Damage]:
        """What does not fit together; `told` hears what is being looked at. Reads everything, and changes nothing."""

    def difference(self, one: int, other: int) -> str | None:
        """Where two versions (hidden ones too) differ first, for people; None when they hold the same."""

    def misindexed(self, words_of: WordsOf) -> Iterator[Misindexed]:
        """Resources that are not found by the words of their bodies, which `words_of` tells (or TerminologyError)."""

    def remove_orphans(self) -> int:
        """Delete rows that belong to nobody; returns how many."""

    def backup(self, path: Path) -> None:
        """Write all of the database into a new SQLite file, as it is at one moment, while others read and write."""

    def restore(self, path: Path) -> None:
        """Take everything from such a file in place of what is there, all at once, while others read."""

    def collect_garbage(self) -> None:
        """Remove hidden versions whose lease has run out, dropped ones and spilled parts without owner."""

    def resources(self, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
        """The total and one page, ordered as the query says, then by url and version."""

    def resource_page(self, query: ResourceQuery) -> ResourcePage:
        """The same with places, for pages that go on where others ended."""

    def resource(self, type_: ResourceType, id_: str) -> ResourceEntry | None:
        """By id."""

    def history(self, type_: ResourceType, id_: str) -> list[ResourceEntry]:
        """What a resource was before it was replaced or deleted, newest first."""

    def history_page(self, query: HistoryQuery) -> tuple[int, list[HistoryEntry]]:
        """The total and one page of versions and deletions, newest first: two statements."""

    def resources_by_url(self, type_: ResourceType, url: str) -> list[ResourceEntry]:
        """All versions of a canonical."""

    def aliases(self) -> dict[str, str]:
        """Alias (oid, urn) → canonical, from naming systems."""

    def mappings(
        self, *, code: str, reverse: bool, source_system: str | None = None, target_system: str | None = None,
        map_key: int | None = None,
    ) -> list[MappingRow]:  # fmt: skip
        """Mappings of a code; `reverse` looks the code up among targets."""

    def map_mappings(self, map_key: int, start: int = 0) -> Iterator[MappingRow]:
        """All mappings of a map in order; without as many as `start` says."""

    def documents(self, state: DocumentState | None = None) -> list[DocumentEntry]:
        """Documents by path."""

    def document(self, id_: str) -> tuple[DocumentEntry, bytes] | None:
        """A document with its raw bytes, by id or an unambiguous beginning of it."""

    def keep_in_client_cache(self, cache: str, bodies: Sequence[tuple[str, bytes]], seconds: float) -> None:
        """Remember (digest, JSON) of resources a client sent under a cache id, which lives `seconds` from now."""

    def client_cache(self, cache: str) -> list[str] | None:
        """Digests under a cache id in the order they came: one statement. None when it is not there."""

    def client_cache_bodies(self, digests: Sequence[str]) -> dict[str, bytes]:
        """The JSON of those digests that are there."""

    def drop_client_cache(self, cache: str) -> bool:
        """Drop a cache id; False when it is not there."""

    def put_api_key(self, key: KeyEntry) -> None:
        """Keep a new API key."""

    def api_key(self, id_: str) -> KeyEntry | None:
        """An API key, revoked or not: one statement."""

    def api_keys(self) -> list[KeyEntry]:
        """All API keys, oldest first."""

    def revoke_api_key(self, id_: str, now: float) -> bool:
        """Take an API key back; False when there is none, or it was taken back before."""

    def lend(self) -> object:
        """Take its connection from the calling thread, for another one to `take`; whoever drops it closes it."""

    def take(self, session: object) -> None:
        """Go on with the connection that another thread lent; None for nothing."""

    def close(self) -> None:
        """Close the calling thread's connection."""
