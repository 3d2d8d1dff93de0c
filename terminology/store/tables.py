"""Tables that belong to parts, as blocks beside those of concepts: columns of numbers or texts, compressed.

A block that begins with MARK is a table; those of `documents` begin as zlib data does. The content has no meaning here.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import orjson

from terminology.model.records import Column, TableBatch

MARK = b"T"
COMPRESSION = 1
LENGTH = struct.Struct("<I")


def is_table(block: bytes) -> bool:
    """Whether a block of a part is a table."""
    return block.startswith(MARK)


def encode_table(batch: TableBatch) -> bytes:
    """The block of a table."""
    columns = [(name, *_encode_column(column)) for name, column in batch.columns.items()]
    head = orjson.dumps([batch.table, [[name, kind, len(data)] for name, kind, data in columns]])
    body = zlib.compress(b"".join([LENGTH.pack(len(head)), head, *(data for _, _, data in columns)]), COMPRESSION)
    return MARK + body


def decode_table(block: bytes) -> TableBatch:
    """The reverse of `encode_table`; texts are a list."""
    data = zlib.decompress(block[len(MARK) :])
    (length,) = LENGTH.unpack_from(data)
    place = LENGTH.size + length
    table, heads = orjson.loads(data[LENGTH.size : place])
    columns: dict[str, Column] = {}
    for name, kind, size in heads:
        columns[name] = _decode_column(kind, data[place : place + size])
        place += size
    return TableBatch(table, columns)


def joined(batches: Iterable[TableBatch]) -> dict[str, dict[str, Column]]:
    """The tables of some batches by name: rows in order. All batches of a table must have the same columns."""
    found: dict[str, list[Mapping[str, Column]]] = defaultdict(list)
    for batch in batches:
        found[batch.table].append(batch.columns)
    return {table: {name: _join([p[name] for p in parts]) for name in parts[0]} for table, parts in found.items()}


def _join(columns: list[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    if all(isinstance(column, np.ndarray) for column in columns):
        return np.concatenate(columns)
    return list(chain.from_iterable(columns))  # texts


def _encode_column(column: Column) -> tuple[str, bytes]:
    if isinstance(column, np.ndarray):
        return "i8", column.astype("<i8", copy=False).tobytes()
    return "text", orjson.dumps(list(column))


def _decode_column(kind: str, data: bytes) -> Any:
    return np.frombuffer(data, dtype="<i8") if kind == "i8" else orjson.loads(data)
