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

from terminology.model.brief import Brief
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
        """The version's description."""

    @property
    def layers(self) -> Sequence[VersionReader]:
        """The versions that its terms are read from: itself, or the version below it followed by its layers."""

    def row(self, key: str) -> ConceptRow | None:
        """One concept: one statement."""

    def row_with_named(self, key: str) -> tuple[ConceptRow | None, Mapping[str, bytes] | None]:
        """As `row`, with the documents of the concepts that it names, by key, where they cost no further statement.

        These are its parents, children, and values of properties that are codes. None: they were not read. For callers
        that keep what they make of it: the row itself is not kept.
        """

    def rows(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """Concepts in the order asked for."""

    def briefs(self, ordinals: Sequence[int]) -> list[Brief]:
        """The brief of each of these concepts, empty where a list shows more of it; cached (bounded)."""

    def documents(self, ordinals: Sequence[int]) -> str:
        """JSON: an array of [ordinal, document] pairs of these concepts, in any order."""

    def documents_by_key(self, keys: Collection[str]) -> dict[str, bytes]:
        """The documents of those keys that exist: one statement."""

    def scan(self, within: BitMap | None = None) -> Iterator[ConceptRow]:
        """All concepts (or those within) in ordinal order, streamed."""

    def ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        """Ordinals by key, for keys that exist."""

    def codes(self) -> Sequence[str]:
        """All codes by ordinal; cached (bounded)."""

    def bitmap(self, kind: str, key: str) -> BitMap | None:
        """A stored set, decoded; cached (bounded). Callers must not change it."""

    def bitmaps(self, kind: str, keys: Collection[str]) -> Mapping[str, BitMap]:
        """Those of several sets that there are, by key: one statement."""

    def bitmaps_between(self, kind: str, start: str, end: str) -> Mapping[str, BitMap]:
        """All sets whose keys lie from `start` up to but not including `end`, by key: one statement."""

    def bitmap_keys(self, kind: str) -> Sequence[str]:
        """All keys of a kind in order; cached (bounded). Callers must not change them."""

    def array(self, kind: str, key: str = "", dtype: str = "<u4") -> npt.NDArray[Any]:
        """A blob as array, empty when there is none; cached (bounded)."""

    def kept(self, name: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """A value that `make` computes from this version, cached by name; `weigh` returns its size in bytes."""

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
        """Derived data other than sets."""

    def write_blobs(self, kind: str, items: Iterable[tuple[str, bytes]]) -> None:
        """Many pieces of it, of one kind."""

    def read_concepts(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """Rows written earlier, for a second pass that completes them."""

    def confirm(self) -> None:
        """Check that everything written is still there. Raises TerminologyError unavailable."""

    def reader(self, entry: VersionEntry) -> VersionReader:
        """A reader of the version before it is published. `entry` is its future description."""

    def abandon(self) -> None:
        """Give up the version: garbage collection deletes it."""


class Publication(Protocol):
    """One transaction that makes a load visible: everything in it or nothing. Raises the generation."""

    def publish_version(self, writer: VersionWriter, entry: VersionEntry, header: NewResource) -> None:
        """Publish a version, replacing the active one of the same url and version."""

    def put_base(self, writer: VersionWriter, entry: VersionEntry) -> None:
        """Keep a hidden version as the base of a layer; it is not visible by itself."""

    def drop_version(self, url: str, version: str | None, *, header: bool = True) -> None:
        """Take a version out of sight, with its header resource unless that now heads another; rows go later."""

    def put_part(self, part: PartEntry, blocks: int) -> None:
        """Commit a spilled part (`blocks` is the key under which it was spilled), replacing its predecessor."""

    def drop_part(self, key: int) -> None:
        """Delete a part."""

    def put_resource(self, resource: NewResource) -> ResourceEntry:
        """Write a resource; the previous content goes into history."""

    def drop_resource(self, type_: ResourceType, id_: str) -> bool:
        """Delete a resource; False if there is none."""

    def index(self, keys: Sequence[int], words_of: WordsOf) -> int:
        """Replace the search words of resources; returns how many of these resources still exist."""

    def put_mappings(self, map_key: int, rows: Iterable[MappingRow]) -> None:
        """Replace the mappings of a concept map."""

    def put_aliases(self, resource_key: int, aliases: Iterable[tuple[str, str]]) -> None:
        """Replace the (alias, canonical) pairs of a naming system."""

    def put_document(self, document: DocumentEntry, raw: bytes) -> None:
        """Store a document, replacing the one of the same id."""


class Store(Protocol):
    """A database. Safe to use from several threads; connections are opened per thread and after fork."""

    @property
    def url(self) -> str:
        """The URL of the database, without secrets."""

    @property
    def caches(self) -> Mapping[str, BoundedCache[Any, Any]]:
        """The caches by name, for metrics."""

    @property
    def closures(self) -> ClosureTables:
        """The closure tables of clients."""

    @property
    def jobs(self) -> Jobs:
        """The asynchronous jobs."""

    def generation(self) -> int:
        """The generation, which rises with every publication; costs one cheap statement.

        Raises TerminologyError unavailable if the database cannot be read, or no longer by this version of the program.
        """

    def read_generation_along(self) -> None:
        """Read the generation along with what this thread reads next, unless it is known; `generation` then knows it.

        Saves a round trip whoever can find out afterwards that something was published. Raises as `generation`, then.
        """

    @property
    def distant(self) -> bool:
        """Whether each statement waits for another process."""

    @property
    def is_upgraded(self) -> bool:
        """Whether a newer program had changed the schema when the generation was last read: then publications fail."""

    def versions(self, url: str | None = None) -> list[VersionEntry]:
        """Published versions, of one url or all."""

    def versions_with(self, text: str) -> set[int]:
        """Keys of the published versions in which a search for this text may find words or a code."""

    def versions_with_code(self, code: str) -> set[int]:
        """Keys of the published versions that have this code, by the case rule of each: one statement."""

    def version(self, key: int) -> VersionReader:
        """A reader; the same object for the same key while it is cached."""

    def parts(self, url: str | None = None) -> list[PartEntry]:
        """Committed parts."""

    def spill_part(self, blocks: Iterable[bytes]) -> int:
        """Store the concept blocks of a part, hidden until `put_part`; returns their key."""

    def abandon_parts(self, keys: Iterable[int]) -> None:
        """Give up spilled parts, except committed ones."""

    def part_blocks(self, part: int) -> Iterator[bytes]:
        """The blocks of a committed or spilled part, by its PartEntry.key or spill key."""

    def new_version(self, base: int | None = None) -> VersionWriter:
        """Create a hidden version under a lease that its writer renews; `base` is the version below, for a layer."""

    def writing(self) -> AbstractContextManager[None]:
        """A block whose reads go to the primary, for writes that depend on what was read."""

    def publication(self) -> AbstractContextManager[Publication]:
        """A publishing transaction: commits at the end of the block, rolls back on exceptions."""

    def damage(self, told: Callable[[str], object]) -> Iterator[Damage]:
        """Inconsistencies in the database; `told` gets the progress. Reads everything, and changes nothing."""

    def difference(self, one: int, other: int) -> str | None:
        """The first difference between two versions (hidden ones too), in words; None if they are equal."""

    def misindexed(self, words_of: WordsOf) -> Iterator[Misindexed]:
        """Resources whose search words are not those that `words_of` finds in their bodies, or cannot be read."""

    def remove_orphans(self) -> int:
        """Delete orphaned rows; returns how many."""

    def backup(self, path: Path) -> None:
        """Write a consistent copy of the database to a new SQLite file, while others read and write."""

    def restore(self, path: Path) -> None:
        """Replace the whole content by that of such a file in one transaction, while others read."""

    def collect_garbage(self) -> None:
        """Delete hidden versions with expired leases, dropped versions, and spilled parts without an owner."""

    def resources(self, query: ResourceQuery) -> tuple[int, list[ResourceEntry]]:
        """The total and one page, ordered as the query says, then by url and version."""

    def resource_page(self, query: ResourceQuery) -> ResourcePage:
        """A page with the places of its matches, by which the next or previous page continues."""

    def resource(self, type_: ResourceType, id_: str) -> ResourceEntry | None:
        """The resource of an id."""

    def history(self, type_: ResourceType, id_: str) -> list[ResourceEntry]:
        """Earlier versions of a resource, newest first."""

    def history_page(self, query: HistoryQuery) -> tuple[int, list[HistoryEntry]]:
        """The total and one page of versions and deletions, newest first: two statements."""

    def resources_by_url(self, type_: ResourceType, url: str) -> list[ResourceEntry]:
        """All versions of a canonical."""

    def aliases(self) -> dict[str, str]:
        """Alias (oid, urn) → canonical, from naming systems."""

    def mappings(
        self, *, code: str | None, reverse: bool, source_systems: Sequence[str] = (),
        target_systems: Sequence[str] = (), map_key: int | None = None,
    ) -> list[MappingRow]:  # fmt: skip
        """Mappings of a code; with `reverse`, mappings to it. Of None: those that name none there."""

    def map_mappings(self, map_key: int, start: int = 0) -> Iterator[MappingRow]:
        """The mappings of a map in order, except the first `start` ones."""

    def documents(self, state: DocumentState | None = None) -> list[DocumentEntry]:
        """Documents by path."""

    def document(self, id_: str) -> tuple[DocumentEntry, bytes] | None:
        """A document with its raw bytes, by its id or an unambiguous prefix of it."""

    def keep_in_client_cache(self, cache: str, bodies: Sequence[tuple[str, bytes]], seconds: float, most: int) -> None:
        """Add (digest, JSON) pairs of resources to a client's cache, which expires `seconds` from now.

        Raises TerminologyError too-large if it would have more than `most` bytes.
        """

    def client_cache(self, cache: str) -> list[str] | None:
        """Digests in a client's cache in the order they were added: one statement. None if there is no such cache."""

    def client_cache_bodies(self, digests: Sequence[str]) -> dict[str, bytes]:
        """The JSON of those digests that are stored."""

    def drop_client_cache(self, cache: str) -> bool:
        """Delete a client's cache; False if there is none."""

    def put_api_key(self, key: KeyEntry) -> None:
        """Store a new API key."""

    def api_key(self, id_: str) -> KeyEntry | None:
        """An API key, revoked or not: one statement."""

    def api_keys(self) -> list[KeyEntry]:
        """All API keys, oldest first."""

    def revoke_api_key(self, id_: str, now: float) -> bool:
        """Revoke an API key; False if there is none, or it was revoked before."""

    def lend(self) -> object:
        """Detach the calling thread's connection, for another thread to `take`; it closes when it is dropped."""

    def take(self, session: object) -> None:
        """Use the connection that another thread lent; None for nothing."""

    def close(self) -> None:
        """Close the calling thread's connection."""
