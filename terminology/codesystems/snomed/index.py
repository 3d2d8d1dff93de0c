"""Adds the data that SNOMED CT needs besides concepts to a version: columns of descriptions and members.

The loader provides the tables (`snomed.tables`); `snomed.descriptions` and `snomed.refsets` read the columns.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import orjson
from pyroaring import BitMap

from terminology.codesystems.snomed import tables
from terminology.codesystems.snomed.members_index import ORDINAL, write_members
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.records import Column
from terminology.store.arrays import distinct
from terminology.store.protocol import VersionWriter

IDS = "sct-ids"
"""blob: little-endian int64: the ids of all concepts, rising; then as many ordinals."""

MEMBERS = "sct-members"
"""bitmap; key: reference set → concepts that are active members of it."""

DESCRIPTIONS = "sct-descriptions"
"""blob; key '': JSON of the values that columns give by their place: {column: [value…]}; key: name of a column →
little-endian array of the type in WIDTHS. Descriptions are in the order of their concepts' ordinals."""

TERMS = "sct-terms"
"""blob; key: number of a block → compressed JSON list of the terms of BLOCK descriptions."""

IDENTIFIERS = "sct-identifiers"
"""blob: JSON {scheme: {identifier: ordinal}}."""

BLOCK = 4096
COMPRESSION = 1

WIDTHS: Mapping[str, str] = {"ordinal": "<u4", "id": "<i8", "effectiveTime": "<u4", "active": "<u1"}
CODED = "<u2"
"""Other columns hold places in the lists of their values."""

Int64s = npt.NDArray[np.int64]


class Places:
    """The ordinal of each concept by its id, for whole columns."""

    def __init__(self, ids: Int64s, ordinals: Int64s) -> None:
        self.ids = ids
        self.ordinals = ordinals

    @classmethod
    def of(cls, codes: Sequence[str]) -> Places:
        """From all codes by ordinal; codes that are no numbers have no place."""
        numbered = [(int(code), ordinal) for ordinal, code in enumerate(codes) if code.isdecimal() and len(code) < 19]
        columns = np.array(numbered, dtype=np.int64).reshape(-1, 2)
        order = np.argsort(columns[:, 0])
        return cls(columns[order, 0], columns[order, 1])

    @classmethod
    def of_columns(cls, columns: Int64s) -> Places:
        """What `packed` wrote, as little-endian int64."""
        return cls(columns[: len(columns) // 2], columns[len(columns) // 2 :])

    def packed(self) -> bytes:
        """As little-endian int64."""
        return np.concatenate((self.ids, self.ordinals)).astype("<i8").tobytes()

    def find(self, wanted: Int64s) -> Int64s:
        """The ordinals of some ids, -1 for what is no concept."""
        if not len(self.ids):
            return np.full(len(wanted), -1, dtype=np.int64)
        found = np.searchsorted(self.ids, wanted)
        found[found == len(self.ids)] = 0
        return np.where(self.ids[found] == wanted, self.ordinals[found], -1)


def write_index(
    writer: VersionWriter,
    _metadata: CodeSystemMetadata,
    found: Mapping[str, Mapping[str, Column]],
    codes: Sequence[str],
) -> None:
    """Write everything; a `registry.Indexer`."""
    places = Places.of(codes)
    writer.write_blob(IDS, "", places.packed())
    if (descriptions := found.get(tables.DESCRIPTIONS)) is not None:
        _write_descriptions(writer, descriptions, places)
    members: list[tuple[str, BitMap]] = []
    for table, columns in found.items():
        if table.startswith(tables.REFSET):
            refset = table.removeprefix(tables.REFSET)
            members.append((refset, _write_refset(writer, refset, columns, places, len(codes))))
    writer.write_bitmaps(MEMBERS, members)
    if (identifiers := found.get(tables.IDENTIFIERS)) is not None:
        _write_identifiers(writer, identifiers, places)


def numbers(columns: Mapping[str, Column], name: str) -> Int64s:
    """A column of numbers."""
    column = columns[name]
    return column if isinstance(column, np.ndarray) else np.array([int(value) for value in column], dtype=np.int64)


def _write_refset(
    writer: VersionWriter, refset: str, columns: Mapping[str, Column], places: Places, size: int
) -> BitMap:
    ordinals = places.find(numbers(columns, "referencedComponentId"))
    write_members(writer, refset, {ORDINAL: ordinals, **columns})
    members = ordinals[(numbers(columns, "active") == 1) & (ordinals >= 0)]
    return distinct(members.astype(np.uint32), size)


def _write_descriptions(writer: VersionWriter, columns: Mapping[str, Column], places: Places) -> None:
    ordinals = places.find(numbers(columns, "conceptId"))
    order = np.argsort(ordinals, kind="stable")
    order = order[int(np.searchsorted(ordinals[order], 0)) :]
    lists: dict[str, list[str]] = {}
    for name, values in _description_columns(columns, ordinals):
        if name in WIDTHS:
            data = values[order].astype(WIDTHS[name])
        else:
            distinct_values, coded = np.unique(values[order], return_inverse=True)
            lists[name] = [str(value) for value in distinct_values.tolist()]
            data = coded.astype(CODED)
        writer.write_blob(DESCRIPTIONS, name, zlib.compress(data.tobytes(), COMPRESSION))
    writer.write_blob(DESCRIPTIONS, "", orjson.dumps(lists))
    terms, chosen = columns["term"], order.tolist()
    for start in range(0, len(chosen), BLOCK):
        block = orjson.dumps([terms[row] for row in chosen[start : start + BLOCK]])
        writer.write_blob(TERMS, str(start // BLOCK), zlib.compress(block, COMPRESSION))


def _description_columns(
    columns: Mapping[str, Column], ordinals: Int64s
) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    yield ORDINAL, ordinals
    for name, column in columns.items():
        if name == "languageCode":
            yield name, np.array(column, dtype=np.str_)
        elif name not in {"conceptId", "term", "caseSignificanceId"}:
            yield name, numbers(columns, name)


def _write_identifiers(writer: VersionWriter, columns: Mapping[str, Column], places: Places) -> None:
    ordinals = places.find(numbers(columns, "referencedComponentId")).tolist()
    schemes: dict[str, dict[str, int]] = {}
    rows = zip(
        numbers(columns, "active").tolist(), numbers(columns, "identifierSchemeId").tolist(),
        columns["alternateIdentifier"], ordinals, strict=True,
    )  # fmt: skip
    for active, scheme, identifier, ordinal in rows:
        if active and ordinal >= 0:
            schemes.setdefault(str(scheme), {})[str(identifier)] = ordinal
    writer.write_blob(IDENTIFIERS, "", orjson.dumps(schemes))
