"""Writes the members of reference sets column by column, so that a query reads only the columns it needs.

`snomed.refsets` reads them: large maps (hundreds of thousands of members with long advice) are queried for single
members.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import orjson

from terminology.model.records import Column
from terminology.store.protocol import VersionWriter

REFSETS: Final = "sct-refsets"
"""blob; key: reference set → JSON {column: kind}, ORDINAL among them; `<reference set>/<column>` → compressed
little-endian int64, for texts nothing."""

TEXTS: Final = "sct-refset-texts"
"""blob; key: `<reference set>/<column>/<number of a block>` → compressed JSON list of BLOCK texts;
`<reference set>/<column>/order` → compressed little-endian int32: the rows in the order of their texts, for MAPPED."""

ORDINAL: Final = "ordinal"
"""The column with the referenced concept's ordinal, -1 for another component."""

MAPPED: Final = frozenset({"mapTarget", "mapSource"})
"""Columns of texts by which members are looked for."""

BLOCK: Final = 4096
COMPRESSION: Final = 1

ColumnKind = Literal["numbers", "texts"]


def write_members(writer: VersionWriter, refset: str, columns: Mapping[str, Column]) -> None:
    """Write one reference set."""
    kinds: dict[str, ColumnKind] = {}
    for name, column in columns.items():
        if isinstance(column, np.ndarray):
            kinds[name] = "numbers"
            writer.write_blob(REFSETS, f"{refset}/{name}", packed(column, "<i8"))
        else:
            kinds[name] = "texts"
            _write_texts(writer, f"{refset}/{name}", column)
            if name in MAPPED:
                order = np.array(sorted(range(len(column)), key=column.__getitem__), dtype=np.int32)
                writer.write_blob(TEXTS, f"{refset}/{name}/order", packed(order, "<i4"))
    writer.write_blob(REFSETS, refset, orjson.dumps(kinds))


def _write_texts(writer: VersionWriter, place: str, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), BLOCK):
        block = zlib.compress(orjson.dumps(texts[start : start + BLOCK]), COMPRESSION)
        writer.write_blob(TEXTS, f"{place}/{start // BLOCK}", block)


def packed(column: npt.NDArray[np.integer], dtype: str) -> bytes:
    """A column of numbers, compressed."""
    return zlib.compress(column.astype(dtype, copy=False).tobytes(), COMPRESSION)


def unpacked(data: bytes | None, dtype: str) -> npt.NDArray[np.int64]:
    """What `packed` made, or nothing."""
    return np.frombuffer(zlib.decompress(data) if data else b"", dtype=dtype)
