"""The reference sets of a version: their members as sets, and all fields as columns.

Returns ordinals of concepts, and columns; `ecl.members` decides which members a constraint selects.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import orjson
from pyroaring import BitMap

from terminology.codesystems.snomed import index
from terminology.codesystems.snomed.ids import LONGEST
from terminology.codesystems.snomed.index import Int64s, Places
from terminology.codesystems.snomed.members_index import (
    BLOCK,
    MAPPED,
    ORDINAL,
    REFSETS,
    TEXTS,
    ColumnKind,
    unpacked,
)
from terminology.store.arrays import bitmap, rising
from terminology.store.protocol import VersionReader

NOTHING = BitMap()
COMMON = frozenset({ORDINAL, "active", "moduleId", "effectiveTime"})
REFERENCED = "referencedComponentId"
TEXT_BYTES = 64
"""What a text in a list takes, beside its characters."""


class Members:
    """All members of one reference set, inactive ones too, by columns that are read when they are needed."""

    def __init__(self, reader: VersionReader, refset: str, kinds: Mapping[str, ColumnKind]) -> None:
        self._reader = reader
        self._refset = refset
        self._kinds = kinds

    def __len__(self) -> int:
        return len(self.ordinals)

    @property
    def columns(self) -> Sequence[str]:
        """The names of all columns."""
        return tuple(self._kinds)

    @property
    def fields(self) -> tuple[str, ...]:
        """The referenced component and the reference set's own fields."""
        return tuple(name for name in self._kinds if name not in COMMON)

    @property
    def ordinals(self) -> Int64s:
        """The referenced concepts, -1 for other components."""
        return self.numbers(ORDINAL)

    @property
    def active(self) -> Int64s:
        """1 for active members."""
        return self.numbers("active")

    def named(self, name: str) -> str | None:
        """The field of that name, in any case."""
        return next((field for field in self._kinds if field.lower() == name.lower()), None)

    def is_number(self, name: str) -> bool:
        """Whether a field holds components or integers."""
        return self._kinds[name] == "numbers"

    def numbers(self, name: str) -> Int64s:
        """A field of numbers."""
        place = f"{self._refset}/{name}"
        return self._reader.kept(
            f"members:{place}", lambda: unpacked(self._reader.blob(REFSETS, place), "<i8"), lambda a: a.nbytes
        )

    def texts(self, name: str) -> Sequence[str]:
        """Any field as texts."""
        if self.is_number(name):
            return [str(value) for value in self.numbers(name).tolist()]
        return [text for number in range(-(-len(self) // BLOCK)) for text in self._block(name, number)]

    def text(self, name: str, row: int) -> str:
        """One field of one member, as text."""
        if self.is_number(name):
            return str(int(self.numbers(name)[row]))
        return self._block(name, row // BLOCK)[row % BLOCK]

    def rows_with(self, name: str, text: str) -> Int64s:
        """The members, rising, whose field is this text (or number); inactive ones too."""
        if self.is_number(name):
            is_id = text.isascii() and text.isdecimal() and len(text) <= LONGEST
            return self._rows_of(name, int(text)) if is_id else np.zeros(0, dtype=np.int64)
        if name not in MAPPED:
            return np.array([row for row, own in enumerate(self.texts(name)) if own == text], dtype=np.int64)
        order = self._order(name)
        start = bisect_left(order, text, key=lambda row: self.text(name, int(row)))
        end = bisect_right(order, text, lo=start, key=lambda row: self.text(name, int(row)))
        return np.sort(order[start:end])

    def _rows_of(self, name: str, number: int) -> Int64s:
        """By the order of the field, which is worked out once: large maps are asked about one code at a time."""
        order, ordered = self._reader.kept(
            f"members:{self._refset}/{name}/ordered",
            lambda: _ordered(self.numbers(name)),
            lambda kept: kept[0].nbytes + kept[1].nbytes,
        )
        start, end = ordered.searchsorted(number, "left"), ordered.searchsorted(number, "right")
        rows: Int64s = order[start:end].astype(np.int64)
        return rows

    def _order(self, name: str) -> Int64s:
        place = f"{self._refset}/{name}/order"
        return self._reader.kept(
            f"members:{place}", lambda: unpacked(self._reader.blob(TEXTS, place), "<i4"), lambda a: a.nbytes
        )

    def _block(self, name: str, number: int) -> list[str]:
        place = f"{self._refset}/{name}/{number}"
        return self._reader.kept(f"members:{place}", lambda: self._read_block(place), _weight_of_texts)

    def _read_block(self, place: str) -> list[str]:
        data = self._reader.blob(TEXTS, place)
        texts: list[str] = orjson.loads(zlib.decompress(data)) if data else []
        return texts


def _weight_of_texts(texts: Sequence[str]) -> int:
    return sum(map(len, texts)) + TEXT_BYTES * len(texts)


class ReferenceSets:
    """Reads what is asked for; safe to share by threads."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """All reference sets that have members."""
        return tuple(self._reader.bitmap_keys(index.MEMBERS))

    @property
    def places(self) -> Places:
        """Where concepts are found by their ids."""
        return Places.of_columns(self._reader.array(index.IDS, dtype="<i8"))

    @cached_property
    def identifiers(self) -> Mapping[str, Mapping[str, int]]:
        """Ordinals by identifier of another scheme, by scheme."""
        found: dict[str, dict[str, int]] = orjson.loads(self._reader.blob(index.IDENTIFIERS) or b"{}")
        return found

    def concepts(self, refset: str) -> BitMap:
        """The concepts that are active members."""
        return self._reader.bitmap(index.MEMBERS, refset) or NOTHING

    def members(self, refset: str) -> Members | None:
        """All members; None for what is no reference set."""
        kinds = self._reader.kept(f"members:{refset}", lambda: self._reader.blob(REFSETS, refset), _weight)
        return None if kinds is None or "/" in refset else Members(self._reader, refset, orjson.loads(kinds))

    def ordinals(self, ids: Int64s) -> BitMap:
        """The concepts among some ids."""
        found = self.places.find(ids)
        return bitmap(rising(found[found >= 0]))


def _weight(data: bytes | None) -> int:
    return 0 if data is None else len(data)


def _ordered(numbers: Int64s) -> tuple[npt.NDArray[np.uint32], Int64s]:
    """The places of numbers in rising order, and the numbers in that order."""
    order = np.argsort(numbers, kind="stable").astype(np.uint32)
    return order, numbers[order]
