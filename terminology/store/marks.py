"""Converts boolean arrays to Roaring bitmaps and back, container by container instead of number by number.

Uses the portable Roaring format (RoaringFormatSpec, without runs): chunks of 65,536 numbers, each a list of up to 4,096
numbers, else a bitset.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

Marks = npt.NDArray[np.bool_]

COOKIE = 12346
"""A bitmap without runs."""

CHUNK = 1 << 16
BITS = CHUNK // 8
LISTED = 4096


def bitmap_of_marks(marks: Marks) -> BitMap:
    """The numbers that are marked."""
    bits = np.packbits(marks, bitorder="little").tobytes()
    headings: list[int] = []
    containers: list[bytes] = []
    for number, begin in enumerate(range(0, len(marks), CHUNK)):
        chunk = marks[begin : begin + CHUNK]
        if count := int(np.count_nonzero(chunk)):
            headings += number, count - 1
            if count > LISTED:
                containers.append(bits[number * BITS : (number + 1) * BITS].ljust(BITS, b"\0"))
            else:
                containers.append(np.flatnonzero(chunk).astype("<u2").tobytes())
    head = struct.pack(f"<II{len(headings)}H", COOKIE, len(containers), *headings)
    lengths = np.array([0, *map(len, containers)], dtype=np.uint32)
    offsets = len(head) + 4 * len(containers) + np.cumsum(lengths)[:-1]
    return BitMap.deserialize(head + offsets.astype("<u4").tobytes() + b"".join(containers))


def marked(numbers: BitMap, size: int) -> Marks:
    """A set of numbers below `size` as an array of booleans."""
    marks = np.zeros(size, dtype=np.bool_)
    marks[np.frombuffer(numbers.to_array(), dtype=np.uint32)] = True
    return marks
