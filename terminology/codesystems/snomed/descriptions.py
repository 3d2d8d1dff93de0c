"""The descriptions of a version in columns, ordered by concept, for description filters.

A version loaded without a description file (from a CodeSystem resource) has none here. `ecl.description_filters`
decides which descriptions pass.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
import orjson
from pyroaring import BitMap

from terminology.codesystems.snomed import index
from terminology.codesystems.snomed.members_index import ORDINAL
from terminology.codesystems.snomed.tables import DIALECT
from terminology.store.arrays import UInts, distinct, numbers
from terminology.store.cache import BoundedCache
from terminology.store.protocol import VersionReader

BLOCKS = 64
"""Blocks of terms kept."""

Bools = npt.NDArray[np.bool_]
Column = npt.NDArray[np.integer]


class Descriptions:
    """Reads columns when they are first needed; safe to share by threads. Rows are numbered from 0."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader
        self._blocks: BoundedCache[int, list[str]] = BoundedCache(BLOCKS)

    @cached_property
    def _lists(self) -> Mapping[str, list[str]]:
        lists: dict[str, list[str]] = orjson.loads(self._reader.blob(index.DESCRIPTIONS) or b"{}")
        return lists

    @property
    def known(self) -> bool:
        """Whether the version was loaded with descriptions."""
        return bool(self._lists)

    @property
    def ordinals(self) -> UInts:
        """The concept of each description, rising."""
        return self._column(ORDINAL).astype(np.uint32, copy=False)

    @property
    def dialects(self) -> tuple[str, ...]:
        """The language reference sets."""
        return tuple(name.removeprefix(DIALECT) for name in self._lists if name.startswith(DIALECT))

    def rows_of(self, concepts: BitMap) -> UInts:
        """The descriptions of some concepts."""
        ordinals, wanted = self.ordinals, numbers(concepts)
        if len(wanted) * 16 < self._reader.entry.size:
            starts, ends = np.searchsorted(ordinals, wanted), np.searchsorted(ordinals, wanted, side="right")
            counts = ends - starts
            offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            rows: UInts = (np.repeat(starts, counts) + offsets).astype(np.uint32)
            return rows
        chosen = np.zeros(self._reader.entry.size, dtype=np.bool_)
        chosen[wanted] = True
        return np.flatnonzero(chosen.take(ordinals)).astype(np.uint32)

    def rows_of_type(self, type_: str) -> UInts:
        """The descriptions of one type."""
        return self._reader.kept(f"rows-of-type:{type_}", lambda: self._rows_of_type(type_), lambda rows: rows.nbytes)

    def _rows_of_type(self, type_: str) -> UInts:
        every = np.arange(len(self.ordinals), dtype=np.uint32)
        return every[self.coded("typeId", every, [type_])]

    def concepts_of(self, rows: UInts) -> BitMap:
        """The concepts of some descriptions."""
        return distinct(self.ordinals[rows], self._reader.entry.size)

    def values(self, name: str, rows: UInts) -> Column:
        """A column of numbers (`id`, `active`, `effectiveTime`) for some rows."""
        return self._column(name)[rows]

    def coded(self, name: str, rows: UInts, wanted: Sequence[str] | frozenset[str]) -> Bools:
        """For each of some rows whether its `typeId`, `moduleId`, `languageCode` or dialect has one of these values."""
        places = [place for place, value in enumerate(self._lists.get(name, ())) if value in wanted]
        if name not in self._lists:
            return np.zeros(len(rows), dtype=np.bool_)
        return np.isin(self._column(name)[rows], places)

    def terms(self, rows: UInts) -> Iterator[str]:
        """The terms of some rows, which must rise."""
        for block, members in groupby(rows.tolist(), key=lambda row: row // index.BLOCK):
            terms = self._block(block)
            yield from (terms[row % index.BLOCK] for row in members)

    def _block(self, number: int) -> list[str]:
        if (kept := self._blocks.get(number)) is not None:
            return kept[0]
        data = self._reader.blob(index.TERMS, str(number))
        terms: list[str] = orjson.loads(zlib.decompress(data)) if data else []
        return self._blocks.put(number, terms, 1)

    def _column(self, name: str) -> Column:
        return self._reader.kept(f"descriptions:{name}", lambda: self._read_column(name), lambda column: column.nbytes)

    def _read_column(self, name: str) -> Column:
        data = self._reader.blob(index.DESCRIPTIONS, name)
        return np.frombuffer(zlib.decompress(data) if data else b"", dtype=index.WIDTHS.get(name, index.CODED))
