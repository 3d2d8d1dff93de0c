"""The base of code systems defined by a grammar: they decide whether a code is valid, but enumerate nothing.

A subclass provides the header and `locate`; requests for sets of codes raise NotEnumerable, and codes have no ordinals.
Filters are tested on the located concept and its properties, with the same operators as elsewhere.
"""

# ruff: noqa: ARG002 - the parameters are the protocols', and mean nothing where nothing can be listed

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import ClassVar, NoReturn

from pyroaring import BitMap

from terminology.codesystems.describing import described, displays_of, plain_code
from terminology.codesystems.filters import registry as filters
from terminology.codesystems.indexed import Test, Texts
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Property
from terminology.model.language import Languages
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Choose, Hits, Located, NotEnumerable, PlainCode, ReadPlain
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet

NOTHING = BitMap()


class NoHits:
    """A `model.protocols.Hits` without any."""

    guessed: ClassVar[bool] = False
    total: ClassVar[int] = 0

    def page(self, offset: int, count: int) -> Sequence[int]:
        """Nothing."""
        return ()

    def members(self) -> BitMap:
        """Nothing."""
        return NOTHING


class Grammar(ABC):
    """A `model.protocols.CodeSystem` whose codes are made by rules. Immutable; threads may share it."""

    supplements: ClassVar[tuple[CodeSystemMetadata, ...]] = ()
    size: ClassVar[int] = 0
    enumerable: ClassVar[bool] = False

    @property
    @abstractmethod
    def metadata(self) -> CodeSystemMetadata:
        """The header."""

    @property
    def key(self) -> str:
        """The same in every process with the same version: a grammar has no other content."""
        return f"builtin:{self.metadata.canonical}"

    # Codes

    @abstractmethod
    def locate(self, code: str) -> Located | None:
        """The code with what the grammar knows about it, or None when it is not well formed."""

    def explain(self, code: str) -> Issue | None:
        """Subclasses that know better say so."""
        return None

    def code_key(self, code: str) -> str:
        """The code, without regard to case where the system has none."""
        return code.casefold() if self.metadata.case_sensitive is False else code

    def subsumes(self, a: str, b: str) -> Subsumption:
        """Codes that mean the same are equivalent. Raises TerminologyError not-found for what is no code."""
        found = [self._required(code) for code in (a, b)]
        return "equivalent" if self.equivalent(*found) else "not-subsumed"

    def equivalent(self, a: Located, b: Located) -> bool:
        """Whether two codes mean the same."""
        return a.concept.code == b.concept.code

    def _required(self, code: str) -> Located:
        if (found := self.locate(code)) is None:
            raise TerminologyError.of(
                "not-found", "SUBSUMES_CODE_UNKNOWN", detail="invalid-code", unknown=code, system=self.metadata.url
            )
        return found

    # Sets: there are none

    def every(self) -> NoReturn:
        """Endless."""
        raise NotEnumerable

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for a filter this system does not have."""
        filters.must_understand(self, f)

    def select(self, f: Filter) -> NoReturn:
        """Raises NotEnumerable, or TerminologyError for a filter that is not understood."""
        filters.select(self, f)
        raise NotEnumerable

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a code passes a filter, by its properties."""
        return filters.holds(self, located, f)

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """Codes have no ordinals."""
        return True

    def inactive(self) -> BitMap:
        """Codes have no ordinals."""
        return NOTHING

    def abstract(self) -> BitMap:
        """Codes have no ordinals."""
        return NOTHING

    def search(self, text: str, languages: Languages, within: BitMap | None, name: str = "") -> Hits:
        """Nothing can be searched."""
        return NoHits()

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        """Codes have no ordinals."""
        return iter(())

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        """Codes have no ordinals."""
        return iter(())

    def brief(self, ordinals: Sequence[int]) -> Sequence[Located]:
        """Codes have no ordinals."""
        return ()

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """Codes have no ordinals."""
        return {}

    def codes(self) -> Sequence[str]:
        """None can be listed."""
        return ()

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """Those the system defines by their urls."""
        return everything_of(self.metadata.url) if url in self.whole else None

    def plain_reader(self, passing: Sequence[Filter] = (), choose: Choose | None = None) -> ReadPlain:
        """See ReadsPlainly: a code is read by locating it."""

        def read(code: str) -> PlainCode | None:
            located = self.locate(code)
            if located is None or located.concept.code != code:
                return None
            member = all(self.holds(located, f) for f in passing)
            display = located.concept.display if choose is None else _chosen(located.concept, choose)
            if choose is not None and not display:
                return None
            return plain_code(located, display or "", member=member)

        return read

    def described(self, properties: Sequence[Property]) -> list[FoundProperty]:
        """The usual way."""
        return described(properties, partial(displays_of, self))

    whole: ClassVar[frozenset[str]] = frozenset()
    """Urls of value sets that specifications define as all codes of the system."""

    # Indexed: what filters ask of any system; `select` lets none of it out

    def descendants(self, code: str) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def ancestors(self, code: str) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def children(self, codes: Collection[str]) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def parents(self, codes: Collection[str]) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def leaves(self) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def roots(self) -> BitMap:
        """No hierarchy."""
        return NOTHING

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """Nothing can be listed."""
        return NOTHING

    def with_match(self, property_code: str, test: Test) -> BitMap:
        """Nothing can be listed."""
        return NOTHING

    def with_property(self, property_code: str) -> BitMap:
        """Nothing can be listed."""
        return NOTHING

    def with_status(self, test: Test) -> BitMap:
        """Nothing can be listed."""
        return NOTHING

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """Nothing can be listed."""
        return NOTHING


def everything_of(url: str, *filters_: Filter) -> Compose:
    """All codes of a system, or those that pass filters."""
    return Compose((ConceptSet(url, filters=filters_, path="ValueSet.compose.include[0]"),))


def _chosen(concept: Concept, choose: Choose) -> str | None:
    """The display to show of a concept that has one; None for none."""
    place = choose(concept.designations) if concept.display else None
    return None if place is None else concept.display if place < 0 else concept.designations[place].value
