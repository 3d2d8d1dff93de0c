"""The protocols implemented naively over plain concepts: sets, loops and nothing clever.

`MemoryCodeSystem` and `MemoryCatalogue` are obviously correct rather than fast. Property tests compare the engine
with them, and unit tests use them instead of a database.

    animals = MemoryCodeSystem.of("http://example.org/animals", "cat < mammal", "mammal", "dog < mammal")
    catalogue = MemoryCatalogue(animals, value_set)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pyroaring import BitMap

from terminology.codesystems.describing import described, displays_of
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Property
from terminology.model.conceptmap import Mapped
from terminology.model.language import Languages
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.protocols import Located, NotEnumerable
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.status import status_of
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.model.versions import Release, matches, ordered


@dataclass(frozen=True, slots=True)
class MemoryHits:
    """Hits in a list."""

    found: tuple[int, ...]

    @property
    def total(self) -> int:
        return len(self.found)

    def page(self, offset: int, count: int) -> Sequence[int]:
        return self.found[offset : offset + count]

    def members(self) -> BitMap:
        return BitMap(self.found)


class MemoryCodeSystem:
    """A code system in a list. Counts its calls in `calls`, so that tests can tell what a plan costs."""

    def __init__(
        self,
        metadata: CodeSystemMetadata,
        concepts: Iterable[Concept],
        *,
        enumerable: bool = True,
        supplements: tuple[CodeSystemMetadata, ...] = (),
        key: str | None = None,
    ) -> None:
        self.metadata = metadata
        self.all = _with_children(tuple(concepts))
        self.enumerable = enumerable
        self.supplements = supplements
        self.key = key or f"{metadata.canonical}+{'+'.join(str(s.canonical) for s in supplements)}"
        self.calls: Counter[str] = Counter()

    @classmethod
    def of(cls, url: str, *codes: str, version: str | None = None, **header: object) -> MemoryCodeSystem:
        """A system written as `code < parent < other parent`; displays are the codes with a capital."""
        concepts = []
        for text in codes:
            code, *parents = (part.strip() for part in text.split("<"))
            concepts.append(Concept(code, code.capitalize(), parents=tuple(parents)))
        return cls(CodeSystemMetadata(url=url, version=version, **header), concepts)  # type: ignore[arg-type]

    @property
    def size(self) -> int:
        return len(self.all)

    # codes

    def same(self, one: str, other: str) -> bool:
        if self.metadata.case_sensitive is False:
            return one.casefold() == other.casefold()
        return one == other

    def locate(self, code: str) -> Located | None:
        self.calls["locate"] += 1
        return next((self._located(i) for i, c in enumerate(self.all) if self.same(c.code, code)), None)

    def explain(self, code: str) -> Issue | None:
        del code
        return None

    def _located(self, ordinal: int) -> Located:
        concept = self.all[ordinal]
        state = status_of(concept, self.metadata)
        return Located(
            ordinal=ordinal, concept=concept, inactive=state.inactive, abstract=state.abstract, status=state.status
        )

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        for ordinal in ordinals:
            self.calls["concepts"] += 1
            yield self.all[ordinal]

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        for ordinal in ordinals:
            self.calls["located"] += 1
            yield self._located(ordinal)

    def brief(self, ordinals: Sequence[int]) -> Sequence[Located]:
        return list(self.located(ordinals))

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        self.calls["ordinals"] += 1
        return {code: i for code in codes for i, c in enumerate(self.all) if self.same(c.code, code)}

    def codes(self) -> Sequence[str]:
        self.calls["codes"] += 1
        return [c.code for c in self.all]

    # sets

    def every(self) -> BitMap:
        self.calls["every"] += 1
        if not self.enumerable and not self.all:
            raise NotEnumerable
        return BitMap(range(self.size))

    def open_to(self, passing: Sequence[Filter]) -> bool:
        del passing
        return not self.enumerable

    def must_understand(self, f: Filter) -> None:
        del f
        self.calls["must_understand"] += 1

    def select(self, f: Filter) -> BitMap:
        self.calls["select"] += 1
        return BitMap(i for i in range(self.size) if self._passes(self.all[i], f))

    def holds(self, located: Located, f: Filter) -> bool:
        self.calls["holds"] += 1
        return self._passes(located.concept, f)

    def inactive(self) -> BitMap:
        return BitMap(i for i in range(self.size) if self._located(i).inactive)

    def abstract(self) -> BitMap:
        return BitMap(i for i in range(self.size) if self._located(i).abstract)

    def _passes(self, concept: Concept, f: Filter) -> bool:
        if f.property in {"concept", "code"} and (test := HIERARCHY.get(f.op)):
            return test(self, concept.code, f.value)
        if test := VALUES.get(f.op):
            found = [concept.code] if f.property in {"concept", "code"} else _texts(concept, f.property)
            return test(found, f.value)
        raise TerminologyError.of("not-supported", "FILTER_UNKNOWN", property=f.property, op=f.op)

    # hierarchy

    def parents_of(self, code: str) -> list[str]:
        return [p for c in self.all if self.same(c.code, code) for p in c.parents]

    def ancestors_of(self, code: str) -> set[str]:
        found: set[str] = set()
        for parent in self.parents_of(code):
            found |= {parent} | self.ancestors_of(parent)
        return found

    def subsumes(self, a: str, b: str) -> Subsumption:
        one, other = self.locate(a), self.locate(b)
        if one is None or other is None:
            arguments = {"code": b if one else a, "system": self.metadata.url}
            raise TerminologyError("not-found", Issue("error", "not-found", "Unknown_Code_in", arguments))
        if one.concept.code == other.concept.code:
            return "equivalent"
        if one.concept.code in self.ancestors_of(other.concept.code):
            return "subsumes"
        return "subsumed-by" if other.concept.code in self.ancestors_of(one.concept.code) else "not-subsumed"

    # text

    def search(self, text: str, languages: Languages, within: BitMap | None, name: str = "") -> MemoryHits:
        """Words are beginnings of words of any display or designation; shorter displays first."""
        del languages, name
        self.calls["search"] += 1
        words = text.casefold().split()
        found = []
        for i, concept in enumerate(self.all):
            terms = [concept.display or "", *(d.value for d in concept.designations)]
            known = [[w for w in re.split(r"\W+", term.casefold()) if w] for term in terms]
            if (within is None or i in within) and any(
                all(any(k.startswith(w) for k in one) for w in words) for one in known
            ):
                found.append(i)
        return MemoryHits(tuple(sorted(found, key=lambda i: (len(self.all[i].display or ""), i))))

    def described(self, properties: Sequence[Property]) -> list[FoundProperty]:
        return described(properties, partial(displays_of, self))

    def implicit_value_set(self, url: str) -> Compose | None:
        del url
        return None


HIERARCHY = {
    "is-a": lambda s, code, value: code == value or value in s.ancestors_of(code),
    "descendent-of": lambda s, code, value: value in s.ancestors_of(code),
    "is-not-a": lambda s, code, value: not (code == value or value in s.ancestors_of(code)),
    "child-of": lambda s, code, value: value in s.parents_of(code),
    "generalizes": lambda s, code, value: code == value or code in s.ancestors_of(value),
    "descendent-leaf": lambda s, code, value: (
        value in s.ancestors_of(code) and not any(code in c.parents for c in s.all)
    ),
}

VALUES = {
    "=": lambda found, value: value in found,
    "in": lambda found, value: any(v.strip() in found for v in value.split(",")),
    "not-in": lambda found, value: not any(v.strip() in found for v in value.split(",")),
    "regex": lambda found, value: any(re.fullmatch(value, text) for text in found),
    "exists": lambda found, value: bool(found) == (value == "true"),
}


def _texts(concept: Concept, name: str) -> list[str]:
    if name == "display":
        return [concept.display] if concept.display else []
    values = [p.value for p in concept.values(name)]
    return [
        str(v).lower() if isinstance(v, bool) else (v.code or "") if isinstance(v, Coding) else str(v) for v in values
    ]


def _with_children(concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
    below: dict[str, list[str]] = {}
    for concept in concepts:
        for parent in concept.parents:
            below.setdefault(parent, []).append(concept.code)
    return tuple(replace(c, children=tuple(below.get(c.code, ()))) for c in concepts)


@dataclass
class MemoryCatalogue:
    """Systems, value sets and supplements by their canonicals; later given ones win among equals."""

    systems: list[MemoryCodeSystem] = field(default_factory=list)
    value_sets: list[ValueSet] = field(default_factory=list)

    def __init__(self, *content: MemoryCodeSystem | ValueSet) -> None:
        self.systems = [c for c in content if isinstance(c, MemoryCodeSystem)]
        self.value_sets = [c for c in content if isinstance(c, ValueSet)]

    def remember(self, key, make, weigh=lambda _: 0):
        hash(key)
        made = make()
        assert weigh(made) >= 0
        return made

    def as_of(self, date: str) -> MemoryCatalogue:
        del date  # its versions have no periods
        return self

    def code_system(self, ref: Canonical, supplements: Sequence[Canonical] = ()) -> MemoryCodeSystem | None:
        named = [s for s in self.systems if s.metadata.url == ref.url]
        found = _latest(named, lambda s: s.metadata.version, ref.version)
        laid = []
        for wanted in supplements:
            known = [s for s in self.systems if s.metadata.supplements and s.metadata.url == wanted.url]
            supplement = _latest(known, lambda s: s.metadata.version, wanted.version)
            if supplement is None:
                raise TerminologyError.of(
                    "not-found", "VALUESET_SUPPLEMENT_MISSING", detail="not-found", supplement=str(wanted)
                )
            if found and supplement.metadata.supplements.url == found.metadata.url:
                laid.append(supplement)
        return _overlay(found, laid) if found and laid else found

    def code_system_versions(self, url: str) -> Sequence[str]:
        bases = [s.metadata for s in self.systems if s.metadata.supplements is None and s.metadata.url == url]
        return [m.version or "" for m in ordered(bases, lambda m: Release(m.version))]

    def value_set(self, ref: Canonical) -> ValueSet | None:
        return _latest([v for v in self.value_sets if v.url == ref.url], lambda v: v.version, ref.version)

    def value_set_versions(self, url: str) -> Sequence[str]:
        known = [v for v in self.value_sets if v.url == url]
        return [v.version or "" for v in ordered(known, lambda v: Release(v.version))]

    def value_sets_mentioning(self, url: str) -> Iterator[ValueSet]:
        return (v for v in self.value_sets if url in repr(v))

    def systems_holding(self, code: str) -> Sequence[Canonical]:
        urls = dict.fromkeys(s.metadata.url for s in self.systems if s.metadata.supplements is None)
        found = [self.code_system(Canonical(url)) for url in urls]
        return [s.metadata.canonical for s in found if s and s.locate(code)]

    def renaming_maps(self, url: str) -> Sequence[Canonical]:
        del url
        return ()

    def canonical_of(self, name: str) -> str:
        return name

    def names_of(self, url: str) -> Sequence[str]:
        return (url,)

    def concept_map(self, ref: Canonical) -> None:
        del ref

    def mappings(self, **asked: object) -> NoMappings:
        del asked
        return NoMappings()


class NoMappings:
    """There are none."""

    def of(self, code: str) -> Sequence[Mapped]:
        del code
        return ()

    def of_value_sets(self) -> Sequence[Mapped]:
        return ()


def _latest(known, version_of, wanted):
    """The newest of those that fit."""
    fitting = [k for k in known if wanted is None or matches(wanted, version_of(k) or "")]
    return ordered(fitting, lambda k: Release(version_of(k)))[-1] if fitting else None


def _overlay(base: MemoryCodeSystem, supplements: list[MemoryCodeSystem]) -> MemoryCodeSystem:
    """The base with what the supplements say about its concepts added."""
    return MemoryCodeSystem(
        base.metadata,
        [_extended(c, [e for s in supplements for e in s.all if e.code == c.code]) for c in base.all],
        enumerable=base.enumerable,
        supplements=tuple(s.metadata for s in supplements),
    )


def _extended(concept: Concept, extras: list[Concept]) -> Concept:
    return replace(
        concept,
        designations=concept.designations + tuple(d for e in extras for d in e.designations),
        properties=concept.properties + tuple(p for e in extras for p in e.properties),
        extensions=concept.extensions + tuple(x for e in extras for x in e.extensions),
    )
