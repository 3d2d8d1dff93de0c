"""Collects the relationships of a version in columns: source, target and group.

Relationships are property values that state a group. They are indexed by columns rather than by sets per value, of
which there would be as many as relationships. `store.relationships` reads them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson

from terminology.model.values import value_key
from terminology.store import index_kinds
from terminology.store.build_hierarchy import Ints
from terminology.store.documents import KINDS, thaw_property
from terminology.store.protocol import VersionWriter

CODE = KINDS.index("code")

Frozen = list[Any]


class _Column:
    """One property: its values that are codes of the system, and its other values."""

    def __init__(self) -> None:
        self.groups = array("I")
        self.targets = array("I")
        self.literals: list[tuple[int, str, str]] = []


class RelationshipColumns:
    """Collects relationships. `node_of` gives a code its number, also before its concept was added."""

    def __init__(self, node_of: Callable[[str], int]) -> None:
        self._node_of = node_of
        self._columns: dict[str, _Column] = {}
        self._sources = array("I")
        self._numbers = array("I")

    def add(self, ordinal: int, relationships: Sequence[Frozen]) -> None:
        """The relationships of one concept, as properties of its document. Ordinals must rise."""
        groups: dict[int, int] = {}
        for value in relationships:
            number = value[5]
            group = groups.get(number)
            if group is None:
                group = groups[number] = len(self._sources)
                self._sources.append(ordinal)
                self._numbers.append(number)
            column = self._columns.get(value[0])
            if column is None:
                column = self._columns[value[0]] = _Column()
            if value[1] == CODE:
                column.groups.append(group)
                column.targets.append(self._node_of(value[2]))
            else:
                thawed = thaw_property(value)
                column.literals.append((group, thawed.kind, value_key(thawed)))

    def write(self, writer: VersionWriter, ordinal_of: Ints) -> None:
        """Write everything; `ordinal_of` holds the ordinal of every node, -1 if no such concept was added."""
        if not self._columns:
            return
        writer.write_blob(index_kinds.RELATIONSHIPS, "", orjson.dumps(sorted(self._columns)))
        groups = np.concatenate([np.frombuffer(column, dtype=np.uint32) for column in (self._sources, self._numbers)])
        writer.write_blob(index_kinds.RELATIONSHIP_GROUPS, "", groups.astype("<u4").tobytes())
        for code, column in self._columns.items():
            targets = ordinal_of[np.frombuffer(column.targets, dtype=np.uint32)]
            known = targets >= 0
            rows = np.concatenate((np.frombuffer(column.groups, dtype=np.uint32)[known], targets[known]))
            writer.write_blob(index_kinds.RELATIONSHIPS, code, rows.astype("<u4").tobytes())
            if column.literals:
                literals = list(zip(*column.literals, strict=True))
                writer.write_blob(index_kinds.RELATIONSHIP_VALUES, code, orjson.dumps(literals))


def is_relationship(value: Frozen) -> bool:
    """Whether a property of a document states a group."""
    return len(value) > 5 and value[5] is not None
