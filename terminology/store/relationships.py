"""Relationships of a published version: columns of (group, target), where each group belongs to one concept.

Groups are numbered across the whole version, so that sets of groups are bitmaps. Code systems decide what relationships
and group 0 mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import orjson
from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.arrays import UInts, distinct, numbers
from terminology.store.protocol import VersionReader

NOTHING = np.zeros(0, dtype=np.uint32)
LITERAL_BYTES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """The relationships of one kind: parallel columns."""

    groups: UInts
    targets: UInts


@dataclass(frozen=True, slots=True, eq=False)
class Literals:
    """Values that are no concepts: parallel columns of groups and of places in `values`, which are (kind, text).

    The kind is that of a property.
    """

    groups: UInts
    places: UInts
    values: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, groups: Iterable[int], kinds: Iterable[str], texts: Iterable[str]) -> Self:
        """Make it from parallel columns. Equal values are stored once."""
        known: dict[tuple[str, str], int] = {}
        places = [known.setdefault(value, len(known)) for value in zip(kinds, texts, strict=True)]
        return cls(np.array(groups, dtype=np.uint32), np.array(places, dtype=np.uint32), tuple(known))

    def groups_with(self, test: Callable[[str, str], bool]) -> UInts:
        """The groups whose value passes `test(kind, text)`, which is called once for each distinct value."""
        passing = np.array([test(kind, text) for kind, text in self.values], dtype=np.bool_)
        return self.groups[passing[self.places]]

    @property
    def weight(self) -> int:
        """About how many bytes they take."""
        return self.groups.nbytes + self.places.nbytes + len(self.values) * LITERAL_BYTES


NONE = Relations(NOTHING, NOTHING)
NO_LITERALS = Literals(NOTHING, NOTHING, ())


class Relationships:
    """Reads the columns on demand, from the reader's cache. Threads may share it."""

    def __init__(self, reader: VersionReader) -> None:
        self._reader = reader

    @cached_property
    def types(self) -> frozenset[str]:
        """The properties whose values are relationships."""
        return frozenset(orjson.loads(self._reader.blob(index_kinds.RELATIONSHIPS) or b"[]"))

    @property
    def sources(self) -> UInts:
        """The concept (ordinal) of each group."""
        return self._halves(index_kinds.RELATIONSHIP_GROUPS, "")[0]

    @property
    def numbers(self) -> UInts:
        """The number that each group has among those of its concept."""
        return self._halves(index_kinds.RELATIONSHIP_GROUPS, "")[1]

    def of(self, type_: str) -> Relations:
        """The relationships of one property; empty columns for any other property."""
        return Relations(*self._halves(index_kinds.RELATIONSHIPS, type_)) if type_ in self.types else NONE

    def _halves(self, kind: str, key: str) -> tuple[UInts, UInts]:
        data = self._reader.array(kind, key)
        return data[: len(data) // 2], data[len(data) // 2 :]

    def literals(self, type_: str) -> Literals:
        """The values of one property that are not concepts."""
        if type_ not in self.types:
            return NO_LITERALS
        return self._reader.kept(f"literals:{type_}", lambda: self._read_literals(type_), lambda found: found.weight)

    def _read_literals(self, type_: str) -> Literals:
        data = self._reader.blob(index_kinds.RELATIONSHIP_VALUES, type_)
        if not data:
            return NO_LITERALS
        return Literals.of(*orjson.loads(data))

    def with_target(self, type_: str, targets: BitMap) -> BitMap:
        """The concepts with a relationship of this type to one of these targets."""
        relations = self.of(type_)
        if len(targets) == 1:
            matching = relations.targets == targets[0]
        else:
            wanted = np.zeros(self._reader.entry.size, dtype=np.bool_)
            wanted[numbers(targets)] = True
            matching = wanted[relations.targets]
        return self.concepts(relations.groups[matching])

    def with_literal(self, type_: str, test: Callable[[str], bool]) -> BitMap:
        """The concepts with a value (not a concept) whose text passes the test."""
        return self.concepts(self.literals(type_).groups_with(lambda _, text: test(text)))

    def concepts(self, groups: UInts) -> BitMap:
        """The concepts of some groups."""
        return distinct(self.sources[groups], self._reader.entry.size)
