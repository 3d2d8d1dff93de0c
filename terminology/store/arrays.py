"""From numpy arrays to bitmaps, by the fast way."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

UInts = npt.NDArray[np.uint32]

OBJECT_BYTES = 200
"""What anything kept costs beside its data: key, objects, bookkeeping."""


def bitmap(numbers: npt.NDArray[np.integer[Any]]) -> BitMap:
    """A bitmap of an array: the buffer of an `array` is taken whole, a numpy array would be iterated."""
    return BitMap(array("I", numbers.astype(np.uint32, copy=False).tobytes()))


def distinct(ordinals: UInts, size: int) -> BitMap:
    """The set of the ordinals, all below `size`, in any order and with repetitions: O(size), without sorting."""
    marks = np.zeros(size, dtype=np.bool_)
    marks[ordinals] = True
    return bitmap(np.flatnonzero(marks))


def numbers(ordinals: BitMap) -> UInts:
    """The members of a bitmap as an array, rising."""
    return np.frombuffer(ordinals.to_array(), dtype=np.uint32)


def weight(ordinals: BitMap) -> int:
    """About how many bytes a bitmap takes."""
    said = ordinals.get_statistics()
    containers = said["n_bytes_array_containers"] + said["n_bytes_run_containers"] + said["n_bytes_bitset_containers"]
    return OBJECT_BYTES + containers
