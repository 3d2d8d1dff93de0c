"""The reference sets of a version: their members as sets, and with all fields as columns.

Answers with ordinals of concepts and columns; which members a constraint means is `ecl.members`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import orjson
from pyroaring import BitMap

from terminology.codesystems.snomed import index
from terminology.codesystems.snomed.index import Int64s, Places, numbers
from terminology.model.records import Column
from terminology.store.arrays import bitmap
from terminology.store.protocol import VersionReader
from terminology.store.tables import decode_table

NOTHING = BitMap()
FIELD_BYTES = 16
COMMON = frozenset({index.ORDINAL, "active", "moduleId", "effectiveTime"})
REFERENCED = "referencedComponentId"


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """All members of one reference set, inactive ones too, in columns."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.columns[index.ORDINAL])

    @property
    def fields(self) -> tuple[str, ...]:
        """The referenced component and the reference set's own fields."""
        return tuple(name for name in self.columns if name not in COMMON)

    @property
    def ordinals(self) -> Int64s:
        """The referenced concepts, -1 for other components."""
        return self.numbers(index.ORDINAL)

    @property
    def active(self) -> Int64s:
        """1 for active members."""
        return self.numbers("active")

    def named(self, name: str) -> str | None:
        """The field of that name, in any case."""
        return next((field for field in self.columns if field.lower() == name.lower()), None)

    def is_number(self, name: str) -> bool:
        """Whether a field holds components or integers."""
        return isinstance(self.columns[name], np.ndarray)

    def numbers(self, name: str) -> Int64s:
        """A field of numbers."""
        return numbers(self.columns, name)

    def text(self, name: str, row: int) -> str:
        """One field of one member, as text."""
        return str(self.columns[name][row])

    def texts(self, name: str) -> Sequence[str]:
        """Any field as texts."""
        column = self.columns[name]
        return [str(value) for value in column.tolist()] if isinstance(column, np.ndarray) else column


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
        return self._reader.kept(f"members:{refset}", lambda: self._read(refset), _weight)

    def _read(self, refset: str) -> Members | None:
        data = self._reader.blob(index.REFSETS, refset)
        return None if data is None else Members(decode_table(data).columns)

    def ordinals(self, ids: Int64s) -> BitMap:
        """The concepts among some ids."""
        found = self.places.find(ids)
        return bitmap(np.unique(found[found >= 0]))


def _weight(members: Members | None) -> int:
    return 0 if members is None else len(members) * len(members.columns) * FIELD_BYTES
