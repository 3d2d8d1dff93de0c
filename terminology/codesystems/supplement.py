"""Supplements on top of a code system: their designations, properties and extensions are added to its concepts.

A supplement's display becomes a designation in the supplement's language. The code system itself stays unchanged (FHIR
R5, CodeSystem.supplements): codes, displays, definitions, hierarchy, status and flags are those of the base, and codes
that only a supplement has are ignored. The catalogue decides which supplements apply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

from pyroaring import BitMap

from terminology.codesystems.filters import registry as filters
from terminology.codesystems.filters.naming import definition
from terminology.codesystems.indexed import Indexed, Test, Texts
from terminology.codesystems.rankings import RankedHits, Ranking
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import AddedProperty, Concept, Designation, Property
from terminology.model.language import Languages
from terminology.model.outcome import Issue
from terminology.model.protocols import CodeSystem, DerivesProperties, Hits, Located, NotEnumerable
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.valueset import Compose, Filter, ValueSet

PAGE = 500
"""Concepts joined at once."""

T = TypeVar("T")


class _Layer:
    """One supplement, seen through the ordinals of the base."""

    def __init__(self, base: CodeSystem, metadata: CodeSystemMetadata, system: CodeSystem) -> None:
        self.metadata = metadata
        self.system = system
        self._indexed = system if isinstance(system, Indexed) else None
        self._base = base

    @cached_property
    def to_base(self) -> dict[int, int]:
        """Ordinal in the supplement → ordinal in the base, for the codes that both have."""
        codes = self.system.codes()
        known = self._base.ordinals(codes)
        return {ordinal: known[code] for ordinal, code in enumerate(codes) if code in known}

    @cached_property
    def from_base(self) -> dict[int, int]:
        """Ordinal in the base → ordinal in the supplement, the reverse of `to_base`."""
        return {base: ordinal for ordinal, base in self.to_base.items()}

    def lifted(self, own: Iterable[int]) -> BitMap:
        """A set of the supplement in the base's ordinals."""
        places = self.to_base
        return BitMap(places[ordinal] for ordinal in own if ordinal in places)

    def knows(self, name: str) -> bool:
        """Whether the supplement defines a property of that name or uri, or states values of it."""
        if definition(self.metadata, name) is not None:
            return True
        return self._indexed is not None and bool(self._indexed.with_property(name))

    def indexed(self, ask: Callable[[Indexed], BitMap]) -> BitMap:
        """The answer of the supplement's own sets."""
        return BitMap() if self._indexed is None else self.lifted(ask(self._indexed))

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """Every concept is read, as it will be joined."""
        concepts = enumerate(self.system.concepts(range(self.system.size)))
        return self.lifted(o for o, concept in concepts if any(map(test, texts(self.addition(concept)))))

    def addition(self, concept: Concept) -> Concept:
        """What a concept of the supplement adds."""
        source = self.metadata.canonical
        designations = [replace(d, source=source) for d in concept.designations]
        if concept.display is not None:
            designations.insert(0, Designation(concept.display, self.metadata.language, source=source))
        return Concept(
            concept.code,
            designations=tuple(designations),
            properties=tuple(AddedProperty.of(p, source) for p in concept.properties),
            extensions=concept.extensions,
        )

    def additions(self, located: Sequence[Located]) -> Iterator[Concept | None]:
        """What is added to each of these."""
        places = [None if one.ordinal is None else self.from_base.get(one.ordinal) for one in located]
        found = self.system.concepts(place for place in places if place is not None)
        for place, one in zip(places, located, strict=True):
            if place is not None:
                yield self.addition(next(found))
            elif one.ordinal is None and (own := self.system.locate(one.concept.code)) is not None:
                yield self.addition(own.concept)  # a grammar's codes have no ordinals
            else:
                yield None


class Supplemented:
    """A `model.protocols.CodeSystem` with supplements over it. Immutable; threads may share it."""

    def __init__(self, base: CodeSystem, supplements: Sequence[tuple[CodeSystemMetadata, CodeSystem]]) -> None:
        self._base = base
        self._indexed = base if isinstance(base, Indexed) else None
        self._layers = [_Layer(base, metadata, system) for metadata, system in supplements]
        headers = tuple(layer.metadata for layer in self._layers)
        self.metadata = replace(base.metadata, properties=_united(base.metadata, headers))
        self.key = "+".join((base.key, *(layer.system.key for layer in self._layers)))
        self.supplements = (*base.supplements, *headers)
        self.size = base.size
        self.enumerable = base.enumerable

    # The base's

    @property
    def derivable(self) -> Collection[str]:
        """The base's."""
        return self._base.derivable if isinstance(self._base, DerivesProperties) else ()

    def derived(self, located: Located, names: Collection[str]) -> Sequence[Property]:
        """The base's."""
        return self._base.derived(located, names) if isinstance(self._base, DerivesProperties) else ()

    def explain(self, code: str) -> Issue | None:
        """As the base explains it."""
        return self._base.explain(code)

    def every(self) -> BitMap:
        """The base's ordinals."""
        return self._base.every()

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """As the base: supplements add no codes."""
        return self._base.open_to(passing)

    def inactive(self) -> BitMap:
        """The base's flag."""
        return self._base.inactive()

    def abstract(self) -> BitMap:
        """The base's flag."""
        return self._base.abstract()

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """The base's ordinals."""
        return self._base.ordinals(codes)

    def subsumes(self, a: str, b: str) -> Subsumption:
        """The base's hierarchy."""
        return self._base.subsumes(a, b)

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """The base's."""
        return self._base.implicit_value_set(url)

    def described(self, properties: Sequence[Property]) -> Sequence[FoundProperty]:
        """As the base describes them."""
        return self._base.described(properties)

    # Concepts

    def locate(self, code: str) -> Located | None:
        """The base's read, and one for each supplement that has the code."""
        found = self._base.locate(code)
        return None if found is None else next(self._joined([found]))

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        """Whole concepts in the order of `ordinals`."""
        return (located.concept for located in self.located(ordinals))

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        """Whole concepts with the base's ordinal and status."""
        found = self._base.located(ordinals)
        while page := list(islice(found, PAGE)):
            yield from self._joined(page)

    def brief(self, ordinals: Sequence[int]) -> Sequence[Located]:
        """Whole concepts, since what supplements add may have to be shown."""
        return list(self.located(ordinals))

    def _joined(self, page: Sequence[Located]) -> Iterator[Located]:
        columns = [list(layer.additions(page)) for layer in self._layers]
        for located, *additions in zip(page, *columns, strict=True):
            concept = located.concept
            for addition in additions:
                if addition is not None:
                    concept = _join(concept, addition)
            yield located if concept is located.concept else replace(located, concept=concept)

    # Filters

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError as the base does, where no supplement has the property."""
        if self._concerned(f):
            filters.must_understand(self, f)
        else:
            self._base.must_understand(f)

    def select(self, f: Filter) -> BitMap:
        """The base's set, or the union where supplements have the property. Raises as the base does."""
        if not self._concerned(f):
            return self._base.select(f)
        if not self.size and not self.enumerable:
            raise NotEnumerable
        return filters.select(self, f)

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether a concept passes a filter; agrees with `select`."""
        return filters.holds(self, located, f) if self._concerned(f) else self._base.holds(located, f)

    def _concerned(self, f: Filter) -> bool:
        return f.property == "designation" or any(layer.knows(f.property) for layer in self._layers)

    def code_key(self, code: str) -> str:
        """The base's case rule."""
        if self._indexed is not None:
            return self._indexed.code_key(code)
        return code.casefold() if self.metadata.case_sensitive is False else code

    def codes(self) -> Sequence[str]:
        """The base's codes by ordinal."""
        return self._base.codes()

    def descendants(self, code: str) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.descendants(code))

    def ancestors(self, code: str) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.ancestors(code))

    def children(self, codes: Collection[str]) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.children(codes))

    def parents(self, codes: Collection[str]) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.parents(codes))

    def leaves(self) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.leaves())

    def roots(self) -> BitMap:
        """The base's hierarchy."""
        return self._of_base(lambda base: base.roots())

    def with_status(self, test: Test) -> BitMap:
        """The base's status."""
        return self._of_base(lambda base: base.with_status(test))

    def with_value(self, property_code: str, values: Collection[str]) -> BitMap:
        """The union of the base's set and those of the supplements."""
        return self._united(lambda system: system.with_value(property_code, values))

    def with_match(self, property_code: str, test: Test) -> BitMap:
        """The union of the base's set and those of the supplements."""
        return self._united(lambda system: system.with_match(property_code, test))

    def with_property(self, property_code: str) -> BitMap:
        """The union of the base's set and those of the supplements."""
        return self._united(lambda system: system.with_property(property_code))

    def with_text(self, texts: Texts, test: Test) -> BitMap:
        """The union of the base's set and those of the supplements."""
        own = self._of_base(lambda base: base.with_text(texts, test))
        return BitMap.union(own, *(layer.with_text(texts, test) for layer in self._layers))

    def _of_base(self, ask: Callable[[Indexed], BitMap]) -> BitMap:
        return BitMap() if self._indexed is None else ask(self._indexed)

    def _united(self, ask: Callable[[Indexed], BitMap]) -> BitMap:
        return BitMap.union(self._of_base(ask), *(layer.indexed(ask) for layer in self._layers))

    # Text

    def search(self, text: str, languages: Languages, within: BitMap | None, name: str = "") -> Hits:
        """The base's and the supplements' hits, taken in turn: best first in each."""
        found = self._base.search(text, languages, within, name)
        if not text.strip():
            return found
        others = [
            Ranking(layer.system.search(text, languages, None), layer.to_base, layer.lifted, within)
            for layer in self._layers
        ]
        return RankedHits([Ranking(found), *others])


def _united(base: CodeSystemMetadata, headers: Iterable[CodeSystemMetadata]) -> tuple[PropertyDefinition, ...]:
    united = {p.code: p for p in base.properties}
    for header in headers:
        for defined in header.properties:
            united.setdefault(defined.code, defined)
    return tuple(united.values())


def _join(concept: Concept, addition: Concept) -> Concept:
    return replace(
        concept,
        designations=concept.designations + _new(addition.designations, concept.designations, _designation_key),
        properties=concept.properties + _new(addition.properties, concept.properties, _property_key),
        extensions=concept.extensions + _new(addition.extensions, concept.extensions, lambda e: e),
    )


def _new(added: tuple[T, ...], present: tuple[T, ...], key: Callable[[T], object]) -> tuple[T, ...]:
    known = [key(one) for one in present]
    return tuple(one for one in added if key(one) not in known)


def _property_key(one: Property) -> object:
    return one.code, one.kind, one.value, one.extensions


def _designation_key(designation: Designation) -> object:
    return designation.value, designation.language, designation.use
