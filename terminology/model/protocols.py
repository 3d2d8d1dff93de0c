"""The seams: what the value-set engine asks of a code system, and of a catalogue. What loaders offer, `loading` says.

A `CodeSystem` answers about one version (with its supplements laid over it). It never shapes FHIR resources
and never resolves canonicals; that is the catalogue's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from pyroaring import BitMap

from terminology.model.changes import Layer
from terminology.model.closure import ClosureTables
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation, Property
from terminology.model.conceptmap import ConceptMap, Mapping
from terminology.model.language import Languages
from terminology.model.namingsystem import NamedSystem
from terminology.model.outcome import Issue
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.structure import Structure
from terminology.model.valueset import Compose, Filter, ValueSet

T = TypeVar("T")


class NotEnumerable(Exception):  # noqa: N818 - says what the set is, not that something went wrong
    """`select` cannot list the set (a grammar): only `holds` can answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A code that exists. `concept.code` is as the system writes it (case, normal form).

    `ordinal` is None for codes a grammar makes. `status` is the concept's own (`retired`, `deprecated`…) where
    it states one; `inactive` follows from it, or from the system's inactive property. `user_assigned` marks codes
    whose meaning and display their users define (ISO 3166 `XA`…`XZ`): any display may be right. `notes` are issues
    that accompany the code wherever it is validated (an expression whose concept model was not checked); `successors`
    says what may be used instead of an inactive code, wherever it matters that it is inactive.
    """

    ordinal: int | None
    concept: Concept
    inactive: bool = False
    abstract: bool = False
    status: str | None = None
    user_assigned: bool = False
    notes: tuple[Issue, ...] = ()
    successors: Issue | None = None


class Placed(NamedTuple):
    """What two versions are compared by: how a code is called, below what it lies, and whether it is used."""

    code: str
    display: str | None
    parents: tuple[str, ...]
    inactive: bool
    abstract: bool


@runtime_checkable
class ReadsPlaces(Protocol):
    """A code system that can say this of its concepts without making them."""

    def placed(self, ordinals: Iterable[int]) -> Iterator[Placed]:
        """In the order of `ordinals`; agrees with `located`."""


Brief = tuple[str, str]
"""Code and display of a concept of which a list has no more to show.

It has a display, is selectable and in use, and has neither extensions nor a status that users must know of. Found out
while a page of documents is read; `PlainCode` answers a similar question about one code, without reading its document.
"""


class Hits(Protocol):
    """Ordinals found by a text search, best first."""

    @property
    def guessed(self) -> bool:
        """Whether words were taken for mistyped, since nothing was found as it was asked for."""

    @property
    def total(self) -> int:
        """How many concepts match, exactly."""

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1."""

    def members(self) -> BitMap:
        """All that match, unordered."""


@runtime_checkable
class DerivesProperties(Protocol):
    """A code system with properties that it works out when they are asked for (SNOMED CT's normal forms)."""

    def derived(self, located: Located, names: Collection[str]) -> Sequence[Property]:
        """Those of a code that are among `names`."""


class PlainCode(NamedTuple):
    """A code about which a verdict has nothing to say: in use, selectable, written as its system writes it.

    Unlike of a `Brief` concept, its extensions do not matter: verdicts show none. `written` is for its own system.
    """

    ordinal: int
    display: str
    written: bytes = b""


@runtime_checkable
class ReadsPlainly(Protocol):
    """A code system that can say of most codes that nothing need be said about them, without reading all there is."""

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""

    def plain(self, code: str) -> PlainCode | None:
        """The code, where it is plain: one read."""

    def plain_designations(self, found: PlainCode) -> Sequence[Designation]:
        """The designations of such a code, which not everybody asks for."""

    def code_key(self, code: str) -> str:
        """The form in which codes of this system are equal."""

    def is_plain(self, f: Filter) -> bool:
        """Whether a filter looks at nothing of a concept but its place in the hierarchy, or in sets that are kept."""

    def holds_plain(self, code: str, found: PlainCode, f: Filter) -> bool:
        """Whether a code passes such a filter; agrees with `holds`."""


Written = list[Any]
"""A property or designation as a store has it. A property begins with its code, a designation with its value; then
comes, if it has one, its language. What else there is knows the system that it is of."""


class WrittenConcept(NamedTuple):
    """A concept of which nothing was decoded that need not be."""

    code: str
    display: str | None
    definition: str | None
    designations: Sequence[Written]
    properties: Sequence[Written]
    parents: Sequence[str]
    children: Sequence[str]
    inactive: bool
    abstract: bool


@runtime_checkable
class KeepsWritten(Protocol):
    """A code system whose concepts can be had as they are stored, where that is all there is to say of them."""

    def written(self, code: str) -> WrittenConcept | None:
        """A concept, or None where `locate` may know more: one read."""

    def property_of(self, written: Written) -> Property:
        """What is written."""

    def code_in(self, written: Written) -> str | None:
        """The value of a property that is a code and nothing else."""

    def names(self, codes: Iterable[str]) -> MappingOf[str, str]:
        """What `described` says beside properties whose values are these codes."""

    def designation_of(self, written: Written) -> Designation:
        """What is written."""


@runtime_checkable
class ImpliesConceptMaps(Protocol):
    """A code system whose maps need not be loaded: urls mean them (SNOMED CT's `?fhir_cm=`)."""

    def implicit_concept_map(self, url: str) -> ConceptMap | None:
        """The map that a url means, without its mappings, if this version has it."""

    def implicit_mappings(self, url: str, code: str, *, reverse: bool) -> Iterator[Mapping]:
        """The mappings of a code; `reverse` looks the code up among targets."""


@runtime_checkable
class HasLayers(Protocol):
    """A code system whose releases are several files, each of which brings something of its own."""

    def layers(self) -> Sequence[Layer]:
        """What this version has of each; the same layers, in the same order, for every version."""


class CodeSystem(Protocol):
    """One version of a code system."""

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""

    @property
    def key(self) -> str:
        """Identifies the content (version id and supplements): equal keys answer alike, for caches."""

    @property
    def supplements(self) -> tuple[CodeSystemMetadata, ...]:
        """The supplements laid over this system."""

    @property
    def size(self) -> int:
        """How many concepts have ordinals (0…size-1); 0 for a grammar."""

    @property
    def enumerable(self) -> bool:
        """Whether `every()` is all of the system: False for grammars."""

    def locate(self, code: str) -> Located | None:
        """Find a code (by the system's case rule), with its whole concept: one read."""

    def explain(self, code: str) -> Issue | None:
        """Why a code that was not located is wrong, where the system can say more than 'unknown'."""

    def every(self) -> BitMap:
        """All ordinals. Raises NotEnumerable."""

    def select(self, f: Filter) -> BitMap:
        """The set a filter means. Raises NotEnumerable, or TerminologyError for a filter it does not have."""

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether one code passes a filter; agrees with `select`."""

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """Whether codes without ordinals (which a grammar makes) may pass all filters: `select` lists only others."""

    def inactive(self) -> BitMap:
        """Ordinals of inactive concepts."""

    def abstract(self) -> BitMap:
        """Ordinals of concepts that are not selectable."""

    def search(self, text: str, languages: Languages, within: BitMap | None) -> Hits:
        """Concepts whose display or designations match all words (prefixes) of the text, best first."""

    def subsumes(self, a: str, b: str) -> Subsumption:
        """How a relates to b; both codes must exist (else TerminologyError not-found)."""

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        """Whole concepts in the order of `ordinals`."""

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        """Like `concepts`, with ordinal, status, inactive and abstract."""

    def brief(self, ordinals: Sequence[int]) -> Sequence[Brief | Located]:
        """What lists need that show codes and displays: like `located`, but without what such lists do not show."""

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """Ordinals of those codes that exist."""

    def codes(self) -> Sequence[str]:
        """All codes by ordinal: what large sets of two versions meet by. Empty for a grammar."""

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """What an implicit value set url of this system means (`http://snomed.info/sct?fhir_vs=…`).

        A ValueSet where the system says more than what is selected (a version, a name, a title).
        """

    def described(self, properties: Sequence[Property]) -> Sequence[FoundProperty]:
        """Properties of one concept, each with what `$lookup` says beside it."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A loaded version as listings need it."""

    canonical: Canonical
    content: str
    id: str
    is_default: bool


class Catalogue(Protocol):
    """Finds what a canonical means for one request: stored, supplied with the request, or built in."""

    def remember(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int] | None = None) -> T:
        """What `make` derives from this catalogue, kept for later requests while it would derive the same.

        `key` says everything else that `make` depends on. What is kept is shared by threads and must not change;
        `weigh` says how many bytes it takes, where that may be many.
        """

    def as_of(self, date: str) -> Catalogue:
        """The same catalogue on another day (a FHIR date): default versions are those that were in effect then."""

    def code_system(self, ref: Canonical, supplements: Sequence[Canonical] = ()) -> CodeSystem | None:
        """The system in that version; without version, the default one. None when it is not there.

        A version may hold wildcards (`1.x`, `1.?.?`). A supplement that is not there raises TerminologyError. Asked for
        by its own url, a supplement is returned with content `supplement`, so that callers can say what it is: it is
        no code system to take codes from. Raises TerminologyError forbidden for what the caller has no licence for.
        """

    def withholds(self, url: str | None) -> bool:
        """Whether the caller lacks a licence for what this canonical names: asking for it is forbidden."""

    def code_system_versions(self, url: str) -> Sequence[str]:
        """All loaded versions of a system, oldest first ('' for one without a version)."""

    def value_set(self, ref: Canonical) -> ValueSet | None:
        """The value set (stored, supplied, contained or implicit); latest without version."""

    def value_set_versions(self, url: str) -> Sequence[str]:
        """All known versions of a value set, oldest first."""

    def value_sets_mentioning(self, url: str) -> Iterator[ValueSet]:
        """Stored value sets whose definition names a canonical anywhere."""

    def systems_holding(self, code: str) -> Sequence[Canonical]:
        """Systems (default versions) in which a code exists: for inferring."""

    def concept_map(self, ref: Canonical) -> ConceptMap | None:
        """A concept map's header and groups without mappings."""

    def mappings(
        self, *, source: Canonical | None, target_system: str | None, code: str, reverse: bool,
        concept_map: Canonical | None,
    ) -> Iterator[tuple[Canonical, Canonical | None, Canonical | None, Mapping]]:  # fmt: skip
        """Mappings of a code as (map, source system, target system, mapping), over all maps or one."""

    def renaming_maps(self, url: str) -> Sequence[Canonical]:
        """Concept maps from a system to itself (conversion tables): they tell what became of former codes."""

    def canonical_of(self, name: str) -> str:
        """The canonical of the code system that has this name; the name itself where it is one, or means nothing."""

    def names_of(self, url: str) -> Sequence[str]:
        """The names of a code system, its canonical first: what naming systems and itself call it (`urn:oid:…`)."""

    def named_systems(self, identifier: str) -> Sequence[NamedSystem]:
        """What naming systems, and code systems themselves, say of the system that an identifier (bare) means."""

    def structure(self, ref: Canonical) -> Structure | None:
        """A StructureDefinition: of the endpoint's release, or the latest, without version."""

    @property
    def closures(self) -> ClosureTables:
        """The closure tables of clients."""
