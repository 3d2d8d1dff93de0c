"""The substrate of expression constraints: one version of SNOMED CT as sets and columns of ordinals.

Combines `store` and the readers of `snomed`; knows nothing of the language itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.descriptions import Descriptions
from terminology.codesystems.snomed.ecl.edges import Edges, Groups
from terminology.codesystems.snomed.refsets import ReferenceSets
from terminology.codesystems.snomed.taxonomy import Taxonomy
from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.language import ANY_LANGUAGE
from terminology.store import index_kinds
from terminology.store.arrays import UInts
from terminology.store.marks import Marks, marked
from terminology.store.protocol import VersionReader

NOTHING = BitMap()
UNGROUPED = 0


class Substrate:
    """One version. Immutable; threads may share it."""

    def __init__(self, system: StoredCodeSystem, reader: VersionReader) -> None:
        self._system = system
        self._reader = reader
        self.size = system.size
        self.taxonomy = Taxonomy(reader)
        self.refsets = ReferenceSets(reader)
        self.descriptions = Descriptions(reader)

    # Concepts

    def ordinal(self, id_: str) -> int | None:
        """Where a concept is, None when there is no such concept."""
        return self._system.ordinals([id_]).get(id_)

    def is_among(self, id_: str, concepts: BitMap) -> bool:
        """Whether a concept is in a set."""
        ordinal = self.ordinal(id_)
        return ordinal is not None and ordinal in concepts

    def codes(self, ordinals: BitMap) -> list[str]:
        """The ids of some concepts."""
        if len(ordinals) > 1000:
            every = self._system.codes()
            return [every[ordinal] for ordinal in ordinals]
        return [concept.code for concept in self._system.concepts(ordinals)]

    @cached_property
    def every(self) -> BitMap:
        """All concepts, inactive ones too."""
        return self._system.every()

    @cached_property
    def active(self) -> BitMap:
        """All active concepts."""
        return self.every - self._system.inactive()

    @cached_property
    def whole(self) -> BitMap:
        """What `*` means: the root concept and everything below it; without a root all active concepts."""
        root = self.ordinal(ids.ROOT)
        return self.active if root is None else (self.descendants(BitMap([root])) | BitMap([root])) & self.active

    def descendants(self, concepts: BitMap) -> BitMap:
        """Everything below any of these."""
        return self.taxonomy.descendants(concepts, self._below)

    def below(self, id_: str) -> BitMap:
        """Everything below a concept; nothing if there is no such concept."""
        return self._reader.bitmap(index_kinds.DESCENDANTS, id_) or NOTHING

    def _below(self, ordinal: int) -> BitMap:
        (code,) = self.codes(BitMap([ordinal]))
        return self.below(code)

    def with_property(self, name: str, values: Iterable[str]) -> BitMap:
        """Concepts with one of these values of a property."""
        return self._system.with_value(name, frozenset(values))

    def with_time(self, test: Callable[[int], bool]) -> BitMap:
        """Concepts whose effective time, as a number, passes."""
        return self._system.with_match("effectiveTime", lambda text: test(int(text.replace("-", ""))))

    def search(self, text: str) -> BitMap:
        """Concepts with a term that has words beginning so; others may be among them."""
        return self._system.search(text, ANY_LANGUAGE, None).members()

    def names(self, ordinal: int) -> list[str]:
        """All texts of a concept."""
        (concept,) = self._system.concepts([ordinal])
        return [concept.display or "", *(designation.value for designation in concept.designations)]

    # Relationships

    @cached_property
    def attributes(self) -> Mapping[int, str]:
        """The attributes that relationships have, by ordinal."""
        types = sorted(self._system.relationships.types)
        return {ordinal: type_ for type_, ordinal in self._system.ordinals(types).items()}

    @cached_property
    def _attribute_ids(self) -> frozenset[str]:
        return frozenset(self.attributes.values()) - {ids.IS_A}

    @cached_property
    def is_a(self) -> int | None:
        """The ordinal of the is-a relationship itself."""
        return self.ordinal(ids.IS_A)

    def is_attribute(self, id_: str) -> bool:
        """Whether some relationships are of this type, and no is-a relationships."""
        return id_ in self._attribute_ids

    def types(self, named: BitMap) -> list[str]:
        """The attributes among some concepts: is-a only where nothing else could be meant."""
        found = [type_ for ordinal, type_ in self.attributes.items() if ordinal in named]
        if self.is_a is not None and len(named) == 1 and self.is_a in named:
            found.append(ids.IS_A)
        return found

    def edges(self, type_: str) -> Edges:
        """The relationships of one type."""
        return self._reader.kept(f"edges:{type_}", lambda: self._read_edges(type_), lambda edges: edges.weight)

    def _read_edges(self, type_: str) -> Edges:
        if type_ == ids.IS_A:
            return Edges.of(*self.taxonomy.edges, self.size)
        relations = self._system.relationships.of(type_)
        return Edges.grouped(relations.groups, relations.targets, self.groups)

    def united_edges(self, types: Sequence[str]) -> Edges:
        """The relationships of several types, which are not is-a."""
        if len(types) == 1:
            return self.edges(types[0])
        name = f"edges:{'+'.join(sorted(types))}"
        return self._reader.kept(name, lambda: self._unite_edges(types), lambda edges: edges.weight)

    def _unite_edges(self, types: Sequence[str]) -> Edges:
        relations = map(self._system.relationships.of, types)
        return Edges.united([(one.groups, one.targets) for one in relations], self.groups)

    def literals(self, type_: str, test: Callable[[str, str], bool]) -> UInts:
        """The groups of values of a type that are no concepts and pass, by their kind and text."""
        return self._system.relationships.literals(type_).groups_with(test)

    @property
    def group_sources(self) -> UInts:
        """The concept of each group."""
        return self._system.relationships.sources

    @property
    def groups(self) -> Groups:
        """All true groups: those of ungrouped relationships are none."""
        return self._reader.kept("true-groups", self._read_groups, lambda groups: groups.weight)

    def _read_groups(self) -> Groups:
        return Groups.of(self.group_sources, self._system.relationships.numbers != UNGROUPED, self.size)

    def marks(self, concepts: BitMap) -> Marks:
        """A set of concepts as truth values by ordinal."""
        return marked(concepts, self.size)
