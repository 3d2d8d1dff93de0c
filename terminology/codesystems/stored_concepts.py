"""Reads the rows of a version: codes, whole concepts, and summaries for lists."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from terminology.model.brief import Brief
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.deadline import check
from terminology.model.protocols import Choose, Located, WrittenEntry
from terminology.model.remembering import Memo
from terminology.model.status import StatusReader
from terminology.store.cache import BoundedCache
from terminology.store.documents import decode, display_of, entries_of, others_of, outlines
from terminology.store.entries import ConceptRow
from terminology.store.protocol import VersionReader

T = TypeVar("T")

DISPLAY_BYTES = 4 * 1024 * 1024
DISPLAY_OVERHEAD = 250
"""Displays kept for each version, and what one costs beside its text."""
PREFERENCES = 32
CHOICES = 1024
"""Preferences (of languages, for a purpose) for which it is remembered what is chosen, and combinations of designations
of each."""

PAGE = 500
"""Concepts read with one statement."""


class StoredConcepts:
    """The concepts of one published version. Threads may share it."""

    def __init__(self, metadata: CodeSystemMetadata, reader: VersionReader) -> None:
        self.metadata = metadata
        self._reader = reader
        self._status = StatusReader(metadata)
        self._displays: BoundedCache[str, str | None] = BoundedCache(DISPLAY_BYTES)
        self._choices: dict[Hashable, Memo[bytes, int | None]] = {}

    @property
    def size(self) -> int:
        """How many concepts there are."""
        return self._reader.entry.size

    def code_key(self, code: str) -> str:
        """The code, without regard to case where the system has none (`caseSensitive: false`)."""
        return code if self._reader.entry.case_sensitive else code.casefold()

    def locate(self, code: str) -> Located | None:
        """One row read."""
        row = self._reader.row(self.code_key(code))
        return self._located(row) if row else None

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
        """A document is read only of a concept about which a list shows more than a status.

        A subclass whose `_located` changes codes, displays or status has to see to it here as well.
        """
        found: list[Brief] = self._reader.briefs(ordinals)
        if all(found):
            return [*found]
        check()
        read = self.located([ordinal for ordinal, one in zip(ordinals, found, strict=True) if not one])
        return [one or next(read) for one in found]

    def brief_in(self, ordinals: Sequence[int], preference: Hashable, choose: Choose) -> list[Brief | Located]:
        """See BriefInLanguages. What is chosen is remembered by everything but the texts of designations."""
        place_of = self._places(preference, choose)
        found: list[Brief | Located] = []
        for page in _pages(ordinals):
            check()
            known = outlines(self._reader.documents(page), self._status.silent, place_of)
            found += self._in_order(page, known)
        return found

    def written_entries(self, ordinals: Sequence[int]) -> list[WrittenEntry | Located]:
        """See ListsWritten. A subclass whose `_located` changes more than status has to see to it here as well."""
        found: list[WrittenEntry | Located] = []
        for page in _pages(ordinals):
            check()
            found += self._in_order(page, entries_of(self._reader.documents(page), self._status.silent))
        return found

    def _places(self, preference: Hashable, choose: Choose) -> Mapping[bytes, int | None]:
        """What is chosen of designations, by all that is written of them but their texts."""
        places = self._choices.get(preference)
        if places is None:
            if len(self._choices) >= PREFERENCES:
                self._choices.clear()
            places = self._choices[preference] = Memo(lambda written: choose(others_of(written)), CHOICES)
        return places

    def _in_order(self, ordinals: Sequence[int], known: Mapping[int, T | ConceptRow]) -> list[T | Located]:
        found: list[T | Located] = []
        for ordinal in ordinals:
            one = known[ordinal]
            found.append(self._located(one) if isinstance(one, ConceptRow) else one)
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

    def displays(self, codes: Iterable[str]) -> dict[str, str | None]:
        """Displays of codes, None for those without. Parents are shared, and so are kept: most cost no read."""
        found, unknown = self._displays.get_all(codes)
        if unknown:
            keys = {code: self.code_key(code) for code in unknown}
            documents = self._reader.documents_by_key({*keys.values()})
            for code, key in keys.items():
                display = (display_of(documents[key]) or None) if key in documents else None
                found[code] = self._displays.put(code, display, len(code) + len(display or "") + DISPLAY_OVERHEAD)
        return found


def _pages(ordinals: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ordinals[start : start + PAGE] for start in range(0, len(ordinals), PAGE))
