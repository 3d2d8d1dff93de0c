"""From numpy arrays to bitmaps and back, and from runs in an array to one array, by the fast way."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from terminology.store.marks import bitmap_of_marks

SORTED = 256
"""Fewer than one in so many are few: they are sorted, more are marked or counted by their number."""

UInts = npt.NDArray[np.uint32]

OBJECT_BYTES = 200
"""What anything kept costs beside its data: key, objects, bookkeeping."""


def bitmap(numbers: npt.NDArray[np.integer[Any]]) -> BitMap:
    """A bitmap of an array: the buffer of an `array` is taken whole, a numpy array would be iterated."""
    return BitMap(array("I", numbers.astype(np.uint32, copy=False).tobytes()))


def distinct(ordinals: UInts, size: int) -> BitMap:
    """The set of the ordinals, all below `size`, in any order and with repetitions: many are marked, few sorted."""
    if len(ordinals) * SORTED < size:
        return bitmap(np.unique(ordinals))
    marks = np.zeros(size, dtype=np.bool_)
    marks[ordinals] = True
    return bitmap_of_marks(marks)


def counted(ordinals: UInts, size: int) -> tuple[UInts, npt.NDArray[np.integer[Any]]]:
    """The ordinals, all below `size`, each once and rising, and how often each occurs."""
    if len(ordinals) * SORTED < size:
        return np.unique(ordinals, return_counts=True)
    counts = np.bincount(ordinals, minlength=size)
    found = np.flatnonzero(counts)
    return found.astype(np.uint32), counts[found]


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
    """Places in columns: where some runs begin, and how long each is."""

    begins: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many places there are."""
        return int(self.lengths.sum())

    def of(self, column: UInts) -> UInts:
        """What a column has at these places."""
        if len(self.begins) == 1:
            return column[self.begins[0] : self.begins[0] + self.lengths[0]]
        within = np.arange(self.count) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        found: UInts = column[np.repeat(self.begins, self.lengths) + within]
        return found
