"""Reads a layered version: its own rows and sets first, all others from the version below.

A layer is small: the concepts that documents describe. They keep the ordinals of the version below; no concept is added
or removed. Sets of the text index are not merged here, since each layer has its own index (`layers`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Any, TypeVar

import numpy.typing as npt
from pyroaring import BitMap

from terminology.model.brief import Brief
from terminology.store import index_kinds
from terminology.store.briefs import NOT_BRIEF
from terminology.store.entries import ConceptRow, VersionEntry
from terminology.store.protocol import VersionReader
from terminology.store.reading import SqlVersionReader, weight_of_texts

T = TypeVar("T")


class LayeredReader:
    """See `protocol.VersionReader`. Threads may share it. Costs no more statements than one layer would."""

    def __init__(self, top: SqlVersionReader, below: VersionReader) -> None:
        self._top = top
        self._below = below

    @property
    def entry(self) -> VersionEntry:
        """See VersionReader."""
        return self._top.entry

    @property
    def layers(self) -> Sequence[VersionReader]:
        """See VersionReader."""
        return (self._below, self._top)

    def row(self, key: str) -> ConceptRow | None:
        """See VersionReader."""
        return (self._top if key in self._top.own_keys() else self._below).row(key)

    def row_with_named(self, key: str) -> tuple[ConceptRow | None, Mapping[str, bytes] | None]:
        """See VersionReader: what is named may lie in either version."""
        return self.row(key), None

    def rows(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """See VersionReader."""
        changed = self._top.own_ordinals()
        mine = [ordinal for ordinal in ordinals if ordinal in changed]
        if not mine:
            return self._below.rows(ordinals)
        found = {row.ordinal: row for row in self._top.rows(mine)}
        if len(mine) < len(ordinals):
            found.update((row.ordinal, row) for row in self._below.rows([o for o in ordinals if o not in changed]))
        return [found[ordinal] for ordinal in ordinals if ordinal in found]

    def briefs(self, ordinals: Sequence[int]) -> list[Brief]:
        """See VersionReader: concepts that were changed are not brief, so that their documents are read."""
        found, changed = self._below.briefs(ordinals), self._top.own_ordinals()
        if changed.isdisjoint(BitMap(ordinals)):
            return found
        return [NOT_BRIEF if ordinal in changed else one for ordinal, one in zip(ordinals, found, strict=True)]

    def documents(self, ordinals: Sequence[int]) -> str:
        """See VersionReader."""
        changed = self._top.own_ordinals()
        others = [ordinal for ordinal in ordinals if ordinal not in changed]
        if len(others) == len(ordinals):
            return self._below.documents(ordinals)
        mine = self._top.documents([ordinal for ordinal in ordinals if ordinal in changed])
        return f"{mine[:-1]},{self._below.documents(others)[1:]}" if others else mine

    def documents_by_key(self, keys: Collection[str]) -> dict[str, bytes]:
        """See VersionReader."""
        changed = self._top.own_keys()
        mine = [key for key in keys if key in changed]
        if not mine:
            return self._below.documents_by_key(keys)
        others = [key for key in keys if key not in changed]
        return self._top.documents_by_key(mine) | (self._below.documents_by_key(others) if others else {})

    def scan(self, within: BitMap | None = None) -> Iterator[ConceptRow]:
        """See VersionReader."""
        changed = self._top.own_ordinals()
        mine = self._top.scan(changed if within is None else changed & within)
        others = (row for row in self._below.scan(within) if row.ordinal not in changed)
        return merge(mine, others, key=lambda row: row.ordinal)

    def ordinals(self, keys: Iterable[str]) -> dict[str, int]:
        """See VersionReader."""
        return self._below.ordinals(keys)

    def codes(self) -> Sequence[str]:
        """See VersionReader."""
        return self._below.codes()

    def bitmap(self, kind: str, key: str) -> BitMap | None:
        """See VersionReader; of the text index, the set of the version below."""
        mine = kind not in index_kinds.OF_TERMS and (kind, key) in self._top.own_sets()
        return (self._top if mine else self._below).bitmap(kind, key)

    def bitmaps(self, kind: str, keys: Collection[str]) -> Mapping[str, BitMap]:
        """See VersionReader; of the text index, the sets of the version below."""
        found = self._below.bitmaps(kind, keys)
        return found if kind in index_kinds.OF_TERMS else {**found, **self._top.bitmaps(kind, keys)}

    def bitmaps_between(self, kind: str, start: str, end: str) -> Mapping[str, BitMap]:
        """See VersionReader; as `bitmaps`."""
        found = self._below.bitmaps_between(kind, start, end)
        return found if kind in index_kinds.OF_TERMS else {**found, **self._top.bitmaps_between(kind, start, end)}

    def bitmap_keys(self, kind: str) -> Sequence[str]:
        """See VersionReader; of the text index, those of both."""
        return self._top.kept(f"all-keys:{kind}", lambda: self._joined_keys(kind), weight_of_texts)

    def _joined_keys(self, kind: str) -> Sequence[str]:
        mine, below = self._top.bitmap_keys(kind), self._below.bitmap_keys(kind)
        return sorted({*mine, *below}) if mine else below

    def array(self, kind: str, key: str = "", dtype: str = "<u4") -> npt.NDArray[Any]:
        """See VersionReader."""
        return self._below.array(kind, key, dtype)

    def kept(self, name: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """See VersionReader."""
        return self._top.kept(name, make, weigh)

    def blob(self, kind: str, key: str = "") -> bytes | None:
        """See VersionReader."""
        return self._below.blob(kind, key)
