"""Fast conversions: numpy arrays to bitmaps and back, and joining slices of an array.

Where indices are unsigned, `column.take(indices)` takes half as long as `column[indices]`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.marks import Marks, bitmap_of_marks

SORTED = 256
"""Fewer than one in so many are few: they are sorted, more are marked or counted by their number."""

GATHERED = 5
"""Fewer than one in so many places of a column are gone to one by one; for more, all of it is passed over."""

PIECE = 32 * 1024
"""Numbers of a long column that are looked at at a time."""

UInts = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
N = TypeVar("N", bound=np.integer[Any])

OBJECT_BYTES = 200
"""What anything kept costs beside its data: key, objects, bookkeeping."""


def bitmap(numbers: npt.NDArray[np.integer[Any]]) -> BitMap:
    """A bitmap of an array. pyroaring takes the buffer of an `array` as a whole, but iterates over a numpy array."""
    return BitMap(array("I", numbers.astype(np.uint32, copy=False).tobytes()))


def rising(numbers: npt.NDArray[N]) -> npt.NDArray[N]:
    """Each number once, in rising order. Takes a tenth of the time of numpy's `unique`, which makes a hash table."""
    ordered = np.sort(numbers)
    return ordered[_firsts(ordered)]


def _firsts(ordered: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
    """True at each place whose number differs from the one before."""
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def runs_of_equal(ordered: npt.NDArray[N]) -> tuple[npt.NDArray[N], Places]:
    """The numbers of a rising column, each once, and the places where each begins, followed by the column's length."""
    begins = np.append(np.flatnonzero(_firsts(ordered)), len(ordered))
    return ordered[begins[:-1]], begins


def distinct(ordinals: UInts, size: int) -> BitMap:
    """The set of some ordinals below `size`, in any order and with repetitions. Few are sorted, many are marked."""
    if are_few(ordinals, size):
        return bitmap(rising(ordinals))
    marks = np.zeros(size, dtype=np.bool_)
    marks[ordinals] = True
    return bitmap_of_marks(marks)


def how_many(ordinals: UInts, size: int) -> int:
    """How many different ones there are among some ordinals below `size`."""
    if are_few(ordinals, size):
        return len(rising(ordinals))
    marks = np.zeros(size, dtype=np.bool_)
    marks[ordinals] = True
    return int(np.count_nonzero(marks))


def taken(marks: Marks, column: UInts) -> Marks:
    """`marks.take(column)`, piece by piece: numpy's own copy of a long column does not fit into a processor's cache."""
    found = np.empty(len(column), dtype=np.bool_)
    for start in range(0, len(column), PIECE):
        stop = start + PIECE
        np.take(marks, column[start:stop], out=found[start:stop], mode="clip")
    return found


def are_few(ordinals: UInts, size: int) -> bool:
    """Whether it is faster to sort some ordinals than to have a place for each of `size`."""
    return len(ordinals) * SORTED < size


def numbers(ordinals: BitMap) -> UInts:
    """The members of a bitmap as an array, rising."""
    return np.frombuffer(ordinals.to_array(), dtype=np.uint32)


def weight(ordinals: BitMap) -> int:
    """About how many bytes a bitmap takes."""
    said = ordinals.get_statistics()
    containers = said["n_bytes_array_containers"] + said["n_bytes_run_containers"] + said["n_bytes_bitset_containers"]
    return OBJECT_BYTES + containers


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of places in columns: where each begins (rising), and how long it is. They do not overlap."""

    begins: Places
    lengths: Places

    @property
    def count(self) -> int:
        """How many places there are."""
        return int(self.lengths.sum())

    def of(self, column: UInts) -> UInts:
        """The values of a column at these places."""
        if len(self.begins) == 1:
            return column[self.begins[0] : self.begins[0] + self.lengths[0]]
        count = self.count
        return column[self._marks(len(column)) if count * GATHERED > len(column) else self._places(count)]

    def _places(self, count: int) -> Places:
        before = np.cumsum(self.lengths) - self.lengths
        places: Places = np.arange(count) + np.repeat(self.begins - before, self.lengths)
        return places

    def _marks(self, size: int) -> Marks:
        """A boolean for each place of a column of this size: true inside runs."""
        borders = np.zeros(2 * len(self.begins) + 2, dtype=np.int64)
        borders[1:-1:2], borders[2:-1:2], borders[-1] = self.begins, self.begins + self.lengths, size
        inside = np.arange(len(borders) - 1) % 2 == 1
        return np.repeat(inside, np.diff(borders))
