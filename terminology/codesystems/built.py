"""Small code systems that need no loading: built on first use, like any load, in a scratch database.

So they support everything that stored systems do: filters, hierarchy, text search, supplements. Each system's own
module provides its concepts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy.typing as npt
from pyroaring import BitMap

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.brief import Brief
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.valueset import Compose, ValueSet
from terminology.store.build import build_version, version_entry
from terminology.store.entries import ConceptRow, NewResource, VersionEntry
from terminology.store.opening import open_store
from terminology.store.protocol import VersionReader

T = TypeVar("T")
ConceptSource = Callable[[], Iterable[Concept]]


class LazyReader:
    """A `store.protocol.VersionReader` over concepts that are read and indexed when the first question comes."""

    def __init__(self, metadata: CodeSystemMetadata, concepts: ConceptSource) -> None:
        self._metadata = metadata
        self._concepts = concepts
        self._lock = threading.Lock()
        self._built: VersionReader | None = None

    @property
    def _reader(self) -> VersionReader:
        if self._built is None:
            with self._lock:
                if self._built is None:
                    self._built = _build(self._metadata, self._concepts())
        return self._built

    @property
    def entry(self) -> VersionEntry:
        """What the version is."""
        return self._reader.entry

    @property
    def layers(self) -> Sequence[VersionReader]:
        """What its terms are read from."""
        return self._reader.layers

    def row(self, key: str) -> ConceptRow | None:
        """One concept."""
        return self._reader.row(key)

    def row_with_named(self, key: str) -> tuple[ConceptRow | None, Mapping[str, bytes] | None]:
        """One concept, with what it names where that costs nothing."""
        return self._reader.row_with_named(key)

    def rows(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """Concepts in the order asked for."""
        return self._reader.rows(ordinals)

    def briefs(self, ordinals: Sequence[int]) -> list[Brief]:
        """Codes and displays of those of which a list shows no more."""
        return self._reader.briefs(ordinals)

    def documents(self, ordinals: Sequence[int]) -> str:
        """Their documents."""
        return self._reader.documents(ordinals)

    def documents_by_key(self, keys: Collection[str]) -> dict[str, bytes]:
        """The documents of those keys that exist."""
        return self._reader.documents_by_key(keys)

    def scan(self, within: BitMap | None = None) -> Iterator[ConceptRow]:
        """All concepts in ordinal order."""
        return self._reader.scan(within)

    def ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        """Ordinals of those keys that exist."""
        return self._reader.ordinals(keys)

    def codes(self) -> Sequence[str]:
        """All codes by ordinal."""
        return self._reader.codes()

    def bitmap(self, kind: str, key: str) -> BitMap | None:
        """A stored set."""
        return self._reader.bitmap(kind, key)

    def bitmaps(self, kind: str, keys: Collection[str]) -> Mapping[str, BitMap]:
        """Several stored sets."""
        return self._reader.bitmaps(kind, keys)

    def bitmaps_between(self, kind: str, start: str, end: str) -> Mapping[str, BitMap]:
        """The stored sets in a range of keys."""
        return self._reader.bitmaps_between(kind, start, end)

    def bitmap_keys(self, kind: str) -> Sequence[str]:
        """Keys of a kind in order."""
        return self._reader.bitmap_keys(kind)

    def array(self, kind: str, key: str = "", dtype: str = "<u4") -> npt.NDArray[Any]:
        """A blob as array."""
        return self._reader.array(kind, key, dtype)

    def kept(self, name: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """What was made of the version."""
        return self._reader.kept(name, make, weigh)

    def blob(self, kind: str, key: str = "") -> bytes | None:
        """Derived data."""
        return self._reader.blob(kind, key)


class BuiltCodeSystem(StoredCodeSystem):
    """A stored code system whose store is made on demand.

    `value_sets` are those that specifications define by rules over this system, by their urls.
    """

    def __init__(
        self, metadata: CodeSystemMetadata, concepts: ConceptSource, value_sets: Mapping[str, Compose] | None = None
    ) -> None:
        super().__init__(metadata, LazyReader(metadata, concepts), f"builtin:{metadata.canonical}")
        self._value_sets = value_sets or {}

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """One of `value_sets`."""
        return self._value_sets.get(url)


def _build(metadata: CodeSystemMetadata, concepts: Iterable[Concept]) -> VersionReader:
    store = open_store()
    writer = store.new_version()
    report = build_version(writer, metadata, concepts)
    header = NewResource(type="CodeSystem", id="builtin", url=metadata.url, version=metadata.version, body=b"{}")
    with store.publication() as publication:
        publication.publish_version(writer, version_entry(writer.key, metadata, report.size, header.id), header)
    return store.version(writer.key)
