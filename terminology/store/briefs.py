"""Blocks of briefs: for each concept what a list shows of it, for reading pages of lists without their documents.

A block begins with the places of its briefs (and of the end of the last one), and belongs to BLOCK successive ordinals.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate

from terminology.model.brief import Brief, brief_with
from terminology.model.status import ConceptStatus
from terminology.store import index_kinds
from terminology.store.protocol import VersionWriter

BLOCK = 64
LONGEST = 800
"""Bytes of a brief; concepts with longer ones are read from their documents."""
NOT_BRIEF = b""
"""Stands for a concept of which a list shows more."""

PLACES = struct.Struct(f"<{BLOCK + 1}H")
TWO_PLACES = struct.Struct("<2H").unpack_from
PLACE_SIZE = 2
NO_BRIEFS = PLACES.pack(*[PLACES.size] * (BLOCK + 1))
"""The block of a version that was stored without them."""


class BriefBlocks:
    """Collects the briefs of a version that is built."""

    def __init__(self) -> None:
        self._data: list[Brief] = []
        self._blocks: list[bytes] = []

    def add(self, status: ConceptStatus, code: str, display: str | None, *, has_extensions: bool) -> None:
        """Add the next concept."""
        found = brief_with(status, code, display) if display and not has_extensions else NOT_BRIEF
        self._data.append(found if len(found) <= LONGEST else NOT_BRIEF)
        if len(self._data) == BLOCK:
            self._close()

    def _close(self) -> None:
        self._blocks.append(block_of(self._data))
        self._data = []

    def write(self, writer: VersionWriter) -> None:
        """Write the blocks of all concepts."""
        if self._data:
            self._close()
        writer.write_blobs(index_kinds.BRIEFS, ((str(number), block) for number, block in enumerate(self._blocks)))


def block_of(briefs: Sequence[Brief]) -> bytes:
    """The block of up to BLOCK briefs."""
    lengths = [*map(len, briefs), *[0] * (BLOCK - len(briefs))]
    return b"".join((PLACES.pack(*accumulate(lengths, initial=PLACES.size)), *briefs))


def briefs_in(ordinals: Sequence[int], blocks: Sequence[bytes]) -> list[Brief]:
    """The brief of each ordinal, or NOT_BRIEF, from the block in which it is."""
    found = []
    for ordinal, block in zip(ordinals, blocks, strict=True):
        begin, end = TWO_PLACES(block, PLACE_SIZE * (ordinal % BLOCK))
        found.append(block[begin:end])
    return found
