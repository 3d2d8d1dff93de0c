"""A loaded code system version, answered from the rows and bitmaps of the store.

One row read locates a code; filters, hierarchy and flags are sets that the reader keeps. Resolves no canonicals,
decides about no displays, and knows no system in particular: systems that can do more subclass it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import ClassVar

import numpy as np
from pyroaring import BitMap

from terminology.codesystems.describing import described
from terminology.codesystems.filters import registry as filters
from terminology.codesystems.indexed import Test, Texts
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.deadline import check, in_time
from terminology.model.language import Languages
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Brief, Hits, Located, PlainCode, WrittenConcept
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.status import StatusReader
from terminology.model.values import value_key
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.store import kinds
from terminology.store.arrays import weight
from terminology.store.cache import BoundedCache
from terminology.store.documents import (
    code_in,
    decode,
    display_of,
    outlines,
    pieces_of,
    thaw_designation,
    thaw_property,
)
from terminology.store.protocol import ConceptRow, VersionReader
from terminology.store.relationships import Relationships
from terminology.store.text import TextIndex

SELECTED_BYTES = 4 * 1024 * 1024
"""Sets of filters kept for each version: what is asked for once is asked for again."""

DISPLAY_BYTES = 8 * 1024 * 1024
DISPLAY_OVERHEAD = 250
"""Displays kept for each version, and what one costs beside its text."""

HIERARCHICAL = frozenset({"is-a", "descendent-of", "child-of"})

PAGE = 500
"""Concepts read with one statement."""

NOTHING = BitMap()


class StoredCodeSystem:
    """A `model.protocols.CodeSystem` over one published version. Immutable; threads may share it.

    `key` tells versions of different stores apart; by default the version's own key in its store.
    """

    supplements: ClassVar[tuple[CodeSystemMetadata, ...]] = ()

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        self.metadata = metadata
        self.key = key or str(reader.entry.key)
        self._reader = reader
        self._status = StatusReader(metadata)
        self._text = TextIndex(reader)
        self.relationships = Relationships(reader)
        self._selected: BoundedCache[Filter, BitMap] = BoundedCache(SELECTED_BYTES)
        self._ancestors: BoundedCache[str, BitMap] = BoundedCache(SELECTED_BYTES)
        self._displays: BoundedCache[str, str | None] = BoundedCache(DISPLAY_BYTES)

    @property
    def enumerable(self) -> bool:
        """Whether its concepts are all of its codes."""
        return True

    @property
    def size(self) -> int:
        """How many concepts there are."""
        return self._reader.entry.size

    # Codes

    def code_key(self, code: str) -> str:
        """The code, without regard to case where the system has none (`caseSensitive: false`)."""
        return code if self._reader.entry.case_sensitive else code.casefold()

    def locate(self, code: str) -> Located | None:
        """One row read."""
        row = self._reader.row(self.code_key(code))
        return self._located(row) if row else None

    def plain(self, code: str) -> PlainCode | None:
        """See ReadsPlainly. Nothing of the document is decoded but the display."""
        row = self._reader.row(self.code_key(code))
        if row is None or row.code != code or row.ordinal in self._remarkable:
            return None
        display = display_of(row.document)
        return PlainCode(row.ordinal, display) if display else None

    def written(self, code: str) -> WrittenConcept | None:
        """See KeepsWritten. A subclass that says more of a concept than is stored has to override it."""
        row = self._reader.row(self.code_key(code))
        if row is None:
            return None
        written, display, definition, designations, properties, parents, children = pieces_of(row.document)
        remarkable = row.ordinal in self._remarkable
        return WrittenConcept(
            written, display, definition, designations or (), properties or (), parents or (), children or (),
            remarkable and row.ordinal in self.inactive(), remarkable and row.ordinal in self.abstract(),
        )  # fmt: skip

    def names(self, codes: Iterable[str]) -> Mapping[str, str]:
        """See KeepsWritten."""
        return self.displays(codes)

    code_in = staticmethod(code_in)
    property_of = staticmethod(thaw_property)
    designation_of = staticmethod(thaw_designation)

    @cached_property
    def _remarkable(self) -> BitMap:
        """Those that are inactive, abstract or deprecated."""
        return BitMap.union(self.inactive(), self.abstract(), self.with_status(lambda s: s.lower() == "deprecated"))

    def explain(self, code: str) -> Issue | None:  # noqa: ARG002 - the protocol's
        """Nothing is known about the form of its codes."""
        return None

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """Ordinals of those codes that exist, by the codes as given."""
        keys = {code: self.code_key(code) for code in codes}
        found = self._reader.ordinals(set(keys.values()))
        return {code: found[key] for code, key in keys.items() if key in found}

    def codes(self) -> Sequence[str]:
        """All codes by ordinal."""
        return self._reader.codes()

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        """Whole concepts in the order of `ordinals`."""
        for row in self._rows(ordinals):
            yield decode(row.document)

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        """Whole concepts with ordinal and status, in the order of `ordinals`."""
        return map(self._located, self._rows(ordinals))

    def brief(self, ordinals: Sequence[int]) -> list[Brief | Located]:
        """Without making concepts of documents that say no more.

        A subclass whose `_located` changes codes, displays or status has to see to it here as well.
        """
        found: list[Brief | Located] = []
        for start in range(0, len(ordinals), PAGE):
            check()
            page = ordinals[start : start + PAGE]
            known = outlines(self._reader.documents(page), self._status.silent)
            rows = (known[ordinal] for ordinal in page)
            found += [self._located(one) if isinstance(one, ConceptRow) else one for one in rows]
        return found

    def _rows(self, ordinals: Iterable[int]) -> Iterator[ConceptRow]:
        wanted = iter(ordinals)
        while page := list(islice(wanted, PAGE)):
            check()
            yield from self._reader.rows(page)

    def _located(self, row: ConceptRow) -> Located:
        concept = decode(row.document)
        inactive, abstract, status = self._status.read(concept)
        return Located(ordinal=row.ordinal, concept=concept, inactive=inactive, abstract=abstract, status=status)

    # Sets

    def every(self) -> BitMap:
        """All ordinals."""
        return BitMap(range(self.size))

    def inactive(self) -> BitMap:
        """Ordinals of inactive concepts."""
        return self._flag(kinds.INACTIVE)

    def abstract(self) -> BitMap:
        """Ordinals of concepts that are not selectable."""
        return self._flag(kinds.ABSTRACT)

    def leaves(self) -> BitMap:
        """Ordinals of concepts without children."""
        return self._flag(kinds.LEAF)

    def roots(self) -> BitMap:
        """Ordinals of concepts without parents."""
        return self._flag(kinds.ROOT)

    def _flag(self, key: str) -> BitMap:
        return self._bitmap(kinds.FLAG, key)

    def _bitmap(self, kind: str, key: str) -> BitMap:
        return self._reader.bitmap(kind, key) or NOTHING

    # Filters

    def select(self, f: Filter) -> BitMap:
        """The set a filter means. Raises TerminologyError for a filter this system does not have."""
        if (kept := self._selected.get(f)) is not None:
            return kept[0]
        return self._keep(f, filters.select(self, f))

    def _keep(self, f: Filter, found: BitMap) -> BitMap:
        """For the next time; constraints of clients may be longer than what they select."""
        return self._selected.put(f, found, weight(found) + len(f.value))

    def is_plain(self, f: Filter) -> bool:
        """See ReadsPlainly: the sets of the hierarchy are stored."""
        return f.op in HIERARCHICAL

    def holds_plain(self, code: str, found: PlainCode, f: Filter) -> bool:
        """See ReadsPlainly."""
        return self.holds(Located(ordinal=found.ordinal, concept=Concept(code, found.display)), f)

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        return filters.holds(self, located, f)

    def open_to(self, passing: Sequence[Filter]) -> bool:  # noqa: ARG002 - the protocol's
        """Every code has an ordinal, unless a subclass makes some."""
        return not self.enumerable

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """From the value index, and from the concepts where they have values it does not hold."""
        if property_code in self.relationships.types:
            targets = BitMap(self.ordinals(values).values())
            literal = self.relationships.with_literal(property_code, frozenset(values).__contains__)
            return self.relationships.with_target(property_code, targets) | literal
        kind = kinds.property_values(property_code)
        indexed = BitMap.union(NOTHING, *(self._bitmap(kind, value) for value in values))
        return indexed | self._prose(property_code, frozenset(values).__contains__)

    def with_match(self, property_code: str, test: Test) -> BitMap:
        """Each value of the index is tried, and those it does not hold."""
        if property_code in self.relationships.types:
            codes = self.codes()
            related = BitMap(np.unique(self.relationships.of(property_code).targets))
            targets = BitMap(ordinal for ordinal in in_time(related) if test(codes[ordinal]))
            literal = self.relationships.with_literal(property_code, test)
            return self.relationships.with_target(property_code, targets) | literal
        kind = kinds.property_values(property_code)
        values = in_time(self._reader.bitmap_keys(kind))
        passing = (self._bitmap(kind, value) for value in values if test(value))
        return BitMap.union(NOTHING, *passing) | self._prose(property_code, test)

    def with_property(self, property_code: str) -> BitMap:
        """From the property index."""
        return self._bitmap(kinds.PROPERTY_EXISTS, property_code)

    def with_status(self, test: Test) -> BitMap:
        """From the status index."""
        passing = (
            self._bitmap(kinds.STATUS, status) for status in self._reader.bitmap_keys(kinds.STATUS) if test(status)
        )
        return BitMap.union(NOTHING, *passing)

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """Every concept is read."""
        return self._scan(texts, test, None)

    def _prose(self, property_code: str, test: Test) -> BitMap:
        within = self._bitmap(kinds.PROPERTY_PROSE, property_code)
        if not within:
            return NOTHING
        return self._scan(lambda c: (value_key(p) for p in c.properties if p.code == property_code), test, within)

    def _scan(self, texts: Texts, test: Test, within: BitMap | None) -> BitMap:
        rows = in_time(self._reader.scan(within))
        return BitMap(row.ordinal for row in rows if any(map(test, texts(decode(row.document)))))

    # Hierarchy

    def descendants(self, code: str) -> BitMap:
        """Everything below a code."""
        return self._bitmap(kinds.DESCENDANTS, self._written(code))

    def ancestors(self, code: str) -> BitMap:
        """Everything above a code: stored for concepts that have children, put together from the parents for leaves."""
        written = self._written(code)
        stored = self._reader.bitmap(kinds.ANCESTORS, written)
        if stored is None and (kept := self._ancestors.get(written)) is not None:
            return kept[0]
        if stored is not None:
            return stored
        found = self._climb(code)
        return self._ancestors.put(written, found, weight(found))

    def children(self, codes: Collection[str]) -> BitMap:
        """The direct children of any of these codes."""
        return BitMap.union(NOTHING, *(self._bitmap(kinds.CHILDREN, self._written(code)) for code in codes))

    def parents(self, codes: Collection[str]) -> BitMap:
        """The direct parents of any of these codes."""
        known = self.ordinals(codes).values()
        parents = {parent for concept in self.concepts(known) for parent in concept.parents}
        return BitMap(self.ordinals(parents).values())

    def subsumes(self, a: str, b: str) -> Subsumption:
        """By the sets of descendants. Raises TerminologyError not-found when a code does not exist."""
        found = self.ordinals((a, b))
        for code in (a, b):
            if code not in found:
                raise TerminologyError.of(
                    "not-found", "SUBSUMES_CODE_UNKNOWN", detail="invalid-code", unknown=code, system=self.metadata.url
                )
        if found[a] == found[b]:
            return "equivalent"
        if found[b] in self.descendants(a):
            return "subsumes"
        return "subsumed-by" if found[a] in self.descendants(b) else "not-subsumed"

    def _climb(self, code: str) -> BitMap:
        direct = self.parents([code])
        return BitMap.union(direct, *(self.ancestors(parent.code) for parent in self.concepts(direct)))

    def _written(self, code: str) -> str:
        """The code as the system writes it, which is how hierarchy sets are keyed: a read only where case is free."""
        if self._reader.entry.case_sensitive:
            return code
        row = self._reader.row(self.code_key(code))
        return row.code if row else code

    # Text, implicit value sets, properties

    def search(self, text: str, languages: Languages, within: BitMap | None) -> Hits:
        """See `store.text.TextIndex.search`."""
        return self._text.search(text, languages, within)

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:  # noqa: ARG002 - the protocol's
        """Only systems that define such urls have them; `CodeSystem.valueSet` is the catalogue's."""
        return None

    def described(self, properties: Sequence[Property]) -> list[FoundProperty]:
        """The usual way."""
        return described(properties, self.displays)

    def displays(self, codes: Iterable[str]) -> dict[str, str]:
        """Displays of those codes that exist and have one. Parents are shared, and so are kept: most cost no read."""
        found: dict[str, str | None] = {}
        unknown = []
        for code in dict.fromkeys(codes):
            if (kept := self._displays.get(code)) is None:
                unknown.append(code)
            else:
                found[code] = kept[0]
        if unknown:
            found |= self._read_displays(unknown)
        return {code: display for code, display in found.items() if display}

    def _read_displays(self, codes: Sequence[str]) -> dict[str, str | None]:
        keys = {code: self.code_key(code) for code in codes}
        documents = self._reader.documents_by_key({*keys.values()})
        found: dict[str, str | None] = {}
        for code, key in keys.items():
            display = display_of(documents[key]) if key in documents else None
            found[code] = self._displays.put(code, display, len(code) + len(display or "") + DISPLAY_OVERHEAD)
        return found
