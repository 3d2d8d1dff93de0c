"""Reads the bitmaps of a version: flags, property values, hierarchy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pyroaring import BitMap

from terminology.codesystems.indexed import Test, Texts
from terminology.codesystems.stored_concepts import StoredConcepts
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.deadline import in_time
from terminology.model.protocols import Placed
from terminology.model.values import value_key
from terminology.store import index_kinds
from terminology.store.arrays import distinct, weight
from terminology.store.cache import BoundedCache
from terminology.store.documents import decode, pieces_of
from terminology.store.protocol import VersionReader
from terminology.store.relationships import Relationships

ANCESTORS_BYTES = 4 * 1024 * 1024
"""Sets of ancestors of leaves kept for each version."""

NOTHING = BitMap()


class StoredSets(StoredConcepts):
    """The sets of one published version: all that `indexed.Indexed` asks for."""

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader) -> None:
        super().__init__(metadata, reader)
        self.relationships = Relationships(reader)
        self._ancestors: BoundedCache[str, BitMap] = BoundedCache(ANCESTORS_BYTES)

    # Flags

    def every(self) -> BitMap:
        """All ordinals."""
        return BitMap(range(self.size))

    def inactive(self) -> BitMap:
        """Ordinals of inactive concepts."""
        return self._flag(index_kinds.INACTIVE)

    def abstract(self) -> BitMap:
        """Ordinals of concepts that are not selectable."""
        return self._flag(index_kinds.ABSTRACT)

    def placed(self, ordinals: Iterable[int]) -> Iterator[Placed]:
        """See ReadsPlaces; a subclass whose `_located` changes displays, parents or status has to override it."""
        inactive, abstract = self.inactive(), self.abstract()
        for row in self._rows(ordinals):
            code, display, _, _, _, parents, _ = pieces_of(row.document)
            yield Placed(code, display, tuple(parents or ()), row.ordinal in inactive, row.ordinal in abstract)

    def leaves(self) -> BitMap:
        """Ordinals of concepts without children."""
        return self._flag(index_kinds.LEAF)

    def roots(self) -> BitMap:
        """Ordinals of concepts without parents."""
        return self._flag(index_kinds.ROOT)

    def _flag(self, key: str) -> BitMap:
        return self._bitmap(index_kinds.FLAG, key)

    def _bitmap(self, kind: str, key: str) -> BitMap:
        return self._reader.bitmap(kind, key) or NOTHING

    # Properties

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """From the value index, and from the concepts where they have values it does not hold."""
        if property_code in self.relationships.types:
            targets = BitMap(self.ordinals(values).values())
            literal = self.relationships.with_literal(property_code, frozenset(values).__contains__)
            return self.relationships.with_target(property_code, targets) | literal
        kind = index_kinds.property_values(property_code)
        indexed = BitMap.union(NOTHING, *(self._bitmap(kind, value) for value in values))
        return indexed | self._prose(property_code, frozenset(values).__contains__)

    def with_match(self, property_code: str, test: Test) -> BitMap:
        """Each value of the index is tried, and those it does not hold."""
        if property_code in self.relationships.types:
            codes = self.codes()
            related = distinct(self.relationships.of(property_code).targets, self.size)
            targets = BitMap(ordinal for ordinal in in_time(related) if test(codes[ordinal]))
            literal = self.relationships.with_literal(property_code, test)
            return self.relationships.with_target(property_code, targets) | literal
        kind = index_kinds.property_values(property_code)
        values = in_time(self._reader.bitmap_keys(kind))
        passing = (self._bitmap(kind, value) for value in values if test(value))
        return BitMap.union(NOTHING, *passing) | self._prose(property_code, test)

    def with_property(self, property_code: str) -> BitMap:
        """From the property index."""
        return self._bitmap(index_kinds.PROPERTY_EXISTS, property_code)

    def with_status(self, test: Test) -> BitMap:
        """From the status index."""
        passing = (
            self._bitmap(index_kinds.STATUS, status)
            for status in self._reader.bitmap_keys(index_kinds.STATUS)
            if test(status)
        )
        return BitMap.union(NOTHING, *passing)

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """Every concept is read."""
        return self._scan(texts, test, None)

    def _prose(self, property_code: str, test: Test) -> BitMap:
        within = self._bitmap(index_kinds.PROPERTY_PROSE, property_code)
        if not within:
            return NOTHING
        return self._scan(lambda c: (value_key(p) for p in c.properties if p.code == property_code), test, within)

    def _scan(self, texts: Texts, test: Test, within: BitMap | None) -> BitMap:
        rows = in_time(self._reader.scan(within))
        return BitMap(row.ordinal for row in rows if any(map(test, texts(decode(row.document)))))

    # Hierarchy

    def descendants(self, code: str) -> BitMap:
        """Everything below a code."""
        return self._bitmap(index_kinds.DESCENDANTS, self._written(code))

    def ancestors(self, code: str) -> BitMap:
        """Everything above a code: stored for concepts that have children, put together from the parents for leaves."""
        written = self._written(code)
        stored = self._reader.bitmap(index_kinds.ANCESTORS, written)
        if stored is None and (kept := self._ancestors.get(written)) is not None:
            return kept[0]
        if stored is not None:
            return stored
        found = self._climb(code)
        return self._ancestors.put(written, found, weight(found))

    def children(self, codes: Collection[str]) -> BitMap:
        """The direct children of any of these codes."""
        return BitMap.union(NOTHING, *(self._bitmap(index_kinds.CHILDREN, self._written(code)) for code in codes))

    def parents(self, codes: Collection[str]) -> BitMap:
        """The direct parents of any of these codes."""
        known = self.ordinals(codes).values()
        parents = {parent for concept in self.concepts(known) for parent in concept.parents}
        return BitMap(self.ordinals(parents).values())

    def _climb(self, code: str) -> BitMap:
        direct = self.parents([code])
        return BitMap.union(direct, *(self.ancestors(parent.code) for parent in self.concepts(direct)))

    def _written(self, code: str) -> str:
        """The code as the system writes it, which is how hierarchy sets are keyed: a read only where case is free."""
        if self._reader.entry.case_sensitive:
            return code
        row = self._reader.row(self.code_key(code))
        return row.code if row else code
