"""A loaded code system version, based on the rows and bitmaps of the store.

One row read locates a code (`stored_concepts`); filters, hierarchy and flags are sets that the reader caches
(`stored_sets`). Resolves no canonicals, chooses no displays, and knows no particular system: those with more abilities
subclass it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import ClassVar, cast

import orjson
from pyroaring import BitMap

from terminology.codesystems.describing import described, plain_code
from terminology.codesystems.filters import registry as filters
from terminology.codesystems.filters.naming import CODE_NAMES
from terminology.codesystems.stored_sets import NOTHING, StoredSets
from terminology.codesystems.written import Lines, display_line
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.language import Languages
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Choose, Hits, Located, PlainCode, ReadPlain
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.model.written import WrittenConcept
from terminology.store import index_kinds
from terminology.store.arrays import weight
from terminology.store.cache import AgeingCache, BoundedCache, Budget
from terminology.store.documents import (
    DESIGNATIONS_PLACE,
    display_of,
    display_with,
    named_in,
    pieces_of,
    thaw_designation,
    thaw_like,
    thaw_property,
)
from terminology.store.entries import ConceptRow
from terminology.store.protocol import VersionReader
from terminology.store.text import TextIndex

SELECTED_BYTES = 4 * 1024 * 1024
"""Sets of filters kept for each version: what is asked for once is asked for again."""

WRITTEN_BYTES = 4 * 1024 * 1024
"""Concepts kept as lines for each version."""
WRITTEN_OVERHEAD = 600
"""What one costs beside its lines."""
BROUGHT = Budget(8 * 1024 * 1024)
"""For displays that are read together with the concepts that name them, of all versions."""

HIERARCHICAL = frozenset({"is-a", "descendent-of", "child-of"})
BELOW = frozenset({"is-a", "descendent-of"})


class StoredCodeSystem(StoredSets):
    """A `model.protocols.CodeSystem` over one published version. Immutable; threads may share it.

    `key` tells versions of different stores apart; by default the version's own key in its store.
    """

    supplements: ClassVar[tuple[CodeSystemMetadata, ...]] = ()
    described_texts: ClassVar[Collection[str]] = frozenset()
    """Properties whose values are texts about which `described` says more."""

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader, key: str | None = None) -> None:
        super().__init__(metadata, reader)
        self.key = key or str(reader.entry.key)
        self._text = TextIndex(reader)
        self._selected: BoundedCache[Filter, BitMap] = BoundedCache(SELECTED_BYTES)
        self._lines = Lines(self.described_texts)
        self._written_concepts: BoundedCache[str, WrittenConcept] = BoundedCache(WRITTEN_BYTES)
        self._brought: AgeingCache[str, bytes] = AgeingCache(BROUGHT)
        """As JSON."""

    @property
    def enumerable(self) -> bool:
        """Whether its concepts are all of its codes."""
        return True

    def explain(self, code: str) -> Issue | None:  # noqa: ARG002 - the protocol's
        """Nothing is known about the form of its codes."""
        return None

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

    # Filters

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter this system does not have."""
        filters.must_understand(self, f)

    def select(self, f: Filter) -> BitMap:
        """The set a filter means. Raises TerminologyError for a filter this system does not have."""
        if (kept := self._selected.get(f)) is not None:
            return kept[0]
        return self._keep(f, filters.select(self, f))

    def _keep(self, f: Filter, found: BitMap) -> BitMap:
        """For the next time; constraints of clients may be longer than what they select."""
        return self._selected.put(f, found, weight(found) + len(f.value))

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        return filters.holds(self, located, f)

    def open_to(self, passing: Sequence[Filter]) -> bool:  # noqa: ARG002 - the protocol's
        """Every code has an ordinal, unless a subclass makes some."""
        return not self.enumerable

    # Codes of which no more is read than is needed

    def plain_reader(self, filters: Sequence[Filter] = (), choose: Choose | None = None) -> ReadPlain:
        """See ReadsPlainly. Of most documents, nothing is decoded but the display, or designations where it is chosen.

        One function for each kind of question, since calls are what reading a row costs.
        """
        row_of, key_of, remarkable = self._reader.row, self.code_key, self._remarkable
        tests = [self._plain_test(f) for f in filters]
        place_of = None if choose is None else self._places(choose, choose)

        def read(code: str) -> PlainCode | None:
            row = row_of(key_of(code))
            if row is None or row.code != code:
                return None
            ordinal, _, document = row
            member = True
            for test in tests:
                if not test(code, ordinal):
                    member = False
                    break
            display = display_of(document) if place_of is None else display_with(document, place_of)
            if not display:
                if place_of is not None or pieces_of(document)[DESIGNATIONS_PLACE]:
                    return None
                display = ""
            if ordinal in remarkable:
                return plain_code(self._located(row), display, member=member)
            return PlainCode(display, member)

        return read

    def _plain_test(self, f: Filter) -> Callable[[str, int], bool]:
        """What tells of a code and its ordinal whether it passes a filter; agrees with `holds`.

        The whole concept is read only for what is no matter of the hierarchy, whose sets are stored.
        """
        if f.op not in HIERARCHICAL:
            return lambda code, _: (located := self.locate(code)) is not None and self.holds(located, f)
        if f.op not in BELOW or f.property not in CODE_NAMES or not f.value:
            return lambda code, ordinal: self.holds(Located(ordinal=ordinal, concept=Concept(code)), f)
        bitmap, written = self._reader.bitmap, self._written(f.value)
        top = written if f.op == "is-a" else None
        return lambda code, ordinal: code == top or ordinal in (bitmap(index_kinds.DESCENDANTS, written) or NOTHING)

    def written(self, code: str) -> WrittenConcept | None:
        """See KeepsWritten."""
        kept = self._written_concepts.get(code)
        if kept is not None:
            return kept[0]
        row, named = self._reader.row_with_named(self.code_key(code))
        if row is None:
            return None
        if named is not None:
            self._brought.put_all((code, display_line(named.get(code))) for code in named_in(row.document))
        remarkable, ordinal = row.ordinal in self._remarkable, row.ordinal
        made = self._lines.of(
            self._document(row),
            inactive=remarkable and ordinal in self.inactive(),
            abstract=remarkable and ordinal in self.abstract(),
        )
        return made and self._written_concepts.put(code, made, made.size + len(code) + WRITTEN_OVERHEAD)

    def _document(self, row: ConceptRow) -> bytes:
        """What there is to say of a concept; a subclass that derives properties adds them, as its `_located` does."""
        return row.document

    def names(self, codes: Sequence[bytes]) -> list[bytes]:
        """See KeepsWritten; not cached, since whoever asks keeps what is written of them."""
        keys = [self.code_key(orjson.loads(code)) for code in codes]
        known = self._brought.get_each(keys)
        if None not in known:
            return cast("list[bytes]", known)
        unknown = {key for key, name in zip(keys, known, strict=True) if name is None}
        documents = self._reader.documents_by_key(unknown)
        return [name or display_line(documents.get(key)) for key, name in zip(keys, known, strict=True)]

    property_of = staticmethod(thaw_property)
    property_like = staticmethod(thaw_like)
    designation_of = staticmethod(thaw_designation)

    @cached_property
    def _remarkable(self) -> BitMap:
        """Those that are inactive, abstract or deprecated."""
        return BitMap.union(self.inactive(), self.abstract(), self.with_status(lambda s: s.lower() == "deprecated"))

    # Text, implicit value sets, properties

    def search(self, text: str, languages: Languages, within: BitMap | None, name: str = "") -> Hits:
        """See `store.text.TextIndex.search`."""
        return self._text.search(text, languages, within, name)

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:  # noqa: ARG002 - the protocol's
        """Only systems that define such urls have them; `CodeSystem.valueSet` is the catalogue's."""
        return None

    def described(self, properties: Sequence[Property]) -> list[FoundProperty]:
        """The usual way."""
        return described(properties, self.displays)
