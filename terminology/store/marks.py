"""Converts boolean arrays and runs to Roaring bitmaps, container by container instead of number by number, and back.

Uses the portable Roaring format (RoaringFormatSpec): chunks of 65,536 numbers, each a list of up to 4,096 numbers, or a
bitset, or here also a list of runs.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

Marks = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

COOKIE, RUNS_COOKIE = 12346, 12347
"""A bitmap without runs, and one that may have them."""

CHUNK = 1 << 16
BITS = CHUNK // 8
LISTED = 4096
OFFSETS = 4
"""A bitmap that may have runs states where its containers begin if it has so many."""


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


def bitmap_of_runs(begins: Places, ends: Places) -> BitMap:
    """The numbers of rising runs that do not overlap, none of them empty; `ends` are the first numbers after each."""
    if not len(begins):
        return BitMap()
    begins, ends = _cut_into_chunks(*_joined(begins, ends))
    chunks = begins >> 16
    firsts = np.flatnonzero(np.append(True, chunks[1:] != chunks[:-1]))
    counts = np.diff(np.append(firsts, len(begins)))
    lengths = ends - begins
    pairs = (begins & (CHUNK - 1) | (lengths - 1) << 16).astype("<u4").tobytes()
    headings = (chunks[firsts] | (np.add.reduceat(lengths, firsts) - 1) << 16).astype("<u4").tobytes()
    containers = [
        struct.pack("<H", count) + pairs[4 * first : 4 * (first + count)]
        for first, count in zip(firsts.tolist(), counts.tolist(), strict=True)
    ]
    flags = b"\xff" * ((len(containers) + 7) // 8)
    head = struct.pack("<I", RUNS_COOKIE | (len(containers) - 1) << 16) + flags + headings
    if len(containers) < OFFSETS:
        return BitMap.deserialize(head + b"".join(containers))
    places = len(head) + 4 * len(containers) + np.cumsum([0, *map(len, containers)])[:-1]
    return BitMap.deserialize(head + places.astype("<u4").tobytes() + b"".join(containers))


def _joined(begins: Places, ends: Places) -> tuple[Places, Places]:
    """The runs, of which none ends where the next begins."""
    apart = begins[1:] != ends[:-1]
    return np.append(begins[:1], begins[1:][apart]), np.append(ends[:-1][apart], ends[-1:])


def _cut_into_chunks(begins: Places, ends: Places) -> tuple[Places, Places]:
    """The runs, cut where chunks begin."""
    borders = np.arange((begins[0] >> 16) + 1, (ends[-1] - 1 >> 16) + 1) << 16
    before = np.searchsorted(begins, borders) - 1
    crossed = ends[before] > borders
    borders, before = borders[crossed], before[crossed]
    return np.insert(begins, before + 1, borders), np.insert(ends, before, borders)


def marked(numbers: BitMap, size: int) -> Marks:
    """A set of numbers below `size` as an array of booleans."""
    marks = np.zeros(size, dtype=np.bool_)
    marks[np.frombuffer(numbers.to_array(), dtype=np.uint32)] = True
    return marks
