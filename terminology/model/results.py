"""Results: one frozen dataclass per operation, independent of the wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from terminology.model.closure import ClosureRelation
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.concept import Concept, Designation, Property
from terminology.model.conceptmap import Mapping
from terminology.model.namingsystem import UniqueId
from terminology.model.outcome import Issue
from terminology.model.requests import WantedProperty
from terminology.model.valueset import Contains, Expansion, ValueSet

Relation = Literal["same", "subset", "superset", "overlapping", "disjoint", "empty", "indeterminate"]
Subsumption = Literal["equivalent", "subsumes", "subsumed-by", "not-subsumed"]


@dataclass(frozen=True, slots=True)
class FoundProperty:
    """A property as `$lookup` returns it: also `parent`, `child` and `inactive`, which concepts do not state.

    `description` is the display of a value that is a code, `code_display` that of a property that is a concept
    of the system itself (SNOMED CT attributes).
    """

    property: Property
    description: str | None = None
    code_display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """`display` is in the language asked for; designations and properties are those the request wants."""

    code_system: CodeSystemMetadata
    concept: Concept
    display: str | None
    designations: tuple[Designation, ...]
    properties: tuple[FoundProperty, ...]
    inactive: bool
    abstract: bool
    used_supplements: tuple[Canonical, ...] = ()

    @property
    def code(self) -> str:
        """The code as its system spells it."""
        return self.concept.code

    @property
    def version(self) -> str | None:
        """The version of the code system that answered."""
        return self.code_system.version

    @property
    def definition(self) -> str | None:
        """What the code means, where its system says so."""
        return self.concept.definition


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateCodeResult:
    """The verdict with every issue found; `message` summarises errors and other important issues.

    `coding` is what the verdict is about: the code as given, in the system and version it was checked against (absent
    for a CodeableConcept without a valid coding); `normalized_code` is the system's spelling of the code, where that
    differs. `inactive` is True or absent. Unknown systems, as `url` or `url|version`, are in `deciding_unknown_systems`
    when the verdict depends on them, and in `unknown_systems` when the code would not be in the value set in any case.
    """

    result: bool
    message: str | None = None
    coding: Coding | None = None
    codeable_concept: CodeableConcept | None = None
    normalized_code: str | None = None
    display: str | None = None
    inactive: bool | None = None
    status: str | None = None
    issues: tuple[Issue, ...] = ()
    unknown_systems: tuple[str, ...] = ()
    deciding_unknown_systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpandResult:
    """The value set that was expanded and its expansion.

    `include_definition`: the caller wants the definition as well (compose, extensions).
    """

    value_set: ValueSet
    expansion: Expansion
    include_definition: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResult:
    """How one value set relates to another. `performed_expansion`: codes were compared.

    `missing_codes` are those the other one lacks, `extra_codes` those that only the other one has; the first of many,
    and only where codes were compared one by one.
    """

    relation: Relation
    message: str
    performed_expansion: bool
    common_codes: tuple[str, ...] = ()
    missing_codes: tuple[str, ...] = ()
    extra_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConceptMatch:
    """A concept that has the requested properties except the `unmatched` ones."""

    coding: Coding
    unmatched: tuple[WantedProperty, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindMatchesResult:
    """The best of `total` concepts; `wanted` is how many properties were asked for."""

    matches: tuple[ConceptMatch, ...]
    total: int
    wanted: int


@dataclass(frozen=True, slots=True)
class TranslateIdResult:
    """The identifiers found, the preferred one first; none: it could not be translated."""

    ids: tuple[UniqueId, ...]


@dataclass(frozen=True, slots=True)
class ClosureResult:
    """A closure table's version, and the relations that are new to the client."""

    name: str
    version: int
    relations: tuple[ClosureRelation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateBindingsResult:
    """What is wrong with the codes of a resource; `checked` counts the bindings that were looked at."""

    issues: tuple[Issue, ...]
    checked: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of a text search, best first; `total` is exact (None where a system cannot count)."""

    total: int | None
    hits: tuple[Contains, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One translation and the map it comes from; `source` is named when the request was about a target."""

    mapping: Mapping
    concept: Coding
    concept_map: Canonical
    source: Coding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateResult:
    """`result` is True when at least one target is not `not-related-to`.

    `used_map` is the requested map when it is implicit, and `used_system` the version that defines it.
    """

    result: bool
    message: str | None = None
    matches: tuple[Match, ...] = ()
    used_map: Canonical | None = None
    used_system: Canonical | None = None
