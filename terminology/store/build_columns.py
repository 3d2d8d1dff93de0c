"""Collects status flags and property values of a version's concepts in columns.

They become bitmaps at the end. The hierarchy is in `build_hierarchy`, texts are in `text_build`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pyroaring import BitMap

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.status import ConceptStatus, StatusReader
from terminology.model.values import value_key
from terminology.store import index_kinds
from terminology.store.documents import KINDS, thaw_property
from terminology.store.protocol import VersionWriter

LONGEST_VALUE = 64
"""A longer value is prose: nobody filters for all of it at once."""

MANY_VALUES = 10_000
DISTINCT_SHARE = 0.75
"""A property with more values than MANY_VALUES, most of them used once, is text too."""


PLAIN = frozenset(KINDS.index(kind) for kind in ("code", "string"))
TRUTH = ("false", "true")
DATE_TIME = KINDS.index("dateTime")
"""What is its own `values.value_key`, or becomes it at once: most values."""
CODED = frozenset(KINDS.index(kind) for kind in ("code", "Coding"))

Frozen = list[Any]


class Flags:
    """Which concepts are inactive or abstract, and which have which status."""

    def __init__(self, metadata: CodeSystemMetadata) -> None:
        self._reader = StatusReader(metadata)
        self.properties = self._reader.properties
        self._flags: dict[str, BitMap] = {index_kinds.INACTIVE: BitMap(), index_kinds.ABSTRACT: BitMap()}
        self._statuses: dict[str, BitMap] = {}

    def add(self, ordinal: int, concept: Concept) -> ConceptStatus:
        """Read one concept; returns its status."""
        said = self._reader.read(concept)
        if said.inactive:
            self._flags[index_kinds.INACTIVE].add(ordinal)
        if said.abstract:
            self._flags[index_kinds.ABSTRACT].add(ordinal)
        if said.status is not None:
            self._statuses.setdefault(said.status, BitMap()).add(ordinal)
        return said

    def write(self, writer: VersionWriter) -> None:
        """Write both kinds of sets."""
        writer.write_bitmaps(index_kinds.FLAG, self._flags.items())
        writer.write_bitmaps(index_kinds.STATUS, self._statuses.items())


class PropertyValues:
    """Which concepts have which property, and which value of it."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def add(self, ordinal: int, properties: Sequence[Frozen]) -> None:
        """Read the properties of one concept, as its document has them. Ordinals must rise."""
        for value in properties:
            column = self._columns.get(value[0])
            if column is None:
                column = self._columns[value[0]] = _Column()
            column.add(ordinal, value)

    def add_existing(self, ordinal: int, code: str) -> None:
        """Record that a concept has a property, for properties whose values are indexed elsewhere."""
        column = self._columns.get(code)
        if column is None:
            column = self._columns[code] = _Column()
        column.mention(ordinal)

    def write(self, writer: VersionWriter) -> None:
        """Write the sets of every property, and free them."""
        for code, column in self._columns.items():
            writer.write_bitmaps(index_kinds.PROPERTY_EXISTS, [(code, _packed(column.exists()))])
            writer.write_bitmaps(index_kinds.property_values(code), column.sets())
            if column.prose:
                writer.write_bitmaps(index_kinds.PROPERTY_PROSE, [(code, _packed(column.prose))])
        self._columns.clear()


class _Column:
    """One property: (value number, ordinal) pairs as two arrays."""

    def __init__(self) -> None:
        self.prose = BitMap()
        self._mentioned = array("I")
        self._numbers: dict[str, int] = {}
        self._values = array("I")
        self._ordinals = array("I")
        self._is_text = False

    def mention(self, ordinal: int) -> None:
        """Record that a concept has the property, without a value."""
        self._mentioned.append(ordinal)

    def exists(self) -> BitMap:
        """All concepts."""
        return BitMap(self._mentioned) | BitMap(self._ordinals) | self.prose

    def add(self, ordinal: int, value: Frozen) -> None:
        kind, key = value[1], value[2]
        if type(key) is bool:
            key = TRUTH[key]
        elif type(key) is not str or not (kind in PLAIN or (kind == DATE_TIME and "T" not in key)):
            key = value_key(thaw_property(value))
        if len(key) > LONGEST_VALUE or self._is_text:
            self.prose.add(ordinal)
            return
        number = self._numbers.setdefault(key, len(self._numbers))
        self._values.append(number)
        self._ordinals.append(ordinal)
        if number > MANY_VALUES and number % 1024 == 0 and kind not in CODED:
            self._judge()

    def _judge(self) -> None:
        if len(self._numbers) > DISTINCT_SHARE * len(self._values):
            self._is_text = True
            self.prose = self.exists()
            self._numbers.clear()
            self._values, self._ordinals = array("I"), array("I")

    def sets(self) -> Iterator[tuple[str, BitMap]]:
        """The concepts of each value."""
        values = np.frombuffer(self._values, dtype=np.uint32)
        order = np.argsort(values, kind="stable")
        ordinals = array("I", np.frombuffer(self._ordinals, dtype=np.uint32)[order].tobytes())
        bounds = np.searchsorted(values[order], np.arange(len(self._numbers) + 1)).tolist()
        for key, number in self._numbers.items():
            yield key, _packed(BitMap(ordinals[bounds[number] : bounds[number + 1]]))


def _packed(ordinals: BitMap) -> BitMap:
    ordinals.run_optimize()
    return ordinals
