"""The protocols of the engine: what it asks of a code system and of a catalogue (for loaders, see `loading`).

A `CodeSystem` answers about one version (with its supplements applied). It never renders FHIR resources and never
resolves canonicals; the catalogue does that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from pyroaring import BitMap

from terminology.model.brief import Brief
from terminology.model.changes import Layer
from terminology.model.closure import ClosureTables
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation, Property
from terminology.model.conceptmap import ConceptMap, Mapped, Mapping
from terminology.model.language import Languages
from terminology.model.namingsystem import NamedSystem
from terminology.model.outcome import Issue
from terminology.model.results import FoundProperty, Subsumption
from terminology.model.status import SAYS_NOTHING, ConceptStatus
from terminology.model.structure import Structure
from terminology.model.valueset import Compose, Filter, ValueSet
from terminology.model.written import Likeness, Written, WrittenConcept

T = TypeVar("T")


class NotEnumerable(Exception):  # noqa: N818 - says what the set is, not that something went wrong
    """`select` cannot list the set (a grammar): only `holds` can answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A code that exists. `concept.code` is in the system's own spelling.

    `ordinal` is None for codes that a grammar makes. `status` is the concept's own (`retired`, `deprecated`…) where it
    states one; `inactive` follows from it, or from the system's inactive property. `user_assigned` marks codes whose
    meaning and display users define (ISO 3166 `XA`…`XZ`): any display may be right. `notes` are issues that accompany
    the code wherever it is validated (an expression whose concept model was not checked). `successors` says what may be
    used instead of an inactive code.
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
    """What two versions of a code are compared by: display, parents and status."""

    code: str
    display: str | None
    parents: tuple[str, ...]
    inactive: bool
    abstract: bool


@runtime_checkable
class ReadsPlaces(Protocol):
    """A code system that can read this without building whole concepts."""

    def placed(self, ordinals: Iterable[int]) -> Iterator[Placed]:
        """In the order of `ordinals`; agrees with `located`."""


Choose = Callable[[Sequence[Designation]], int | None]
"""Chooses one of a concept's designations, by its number; see `BriefInLanguages`."""


class Hits(Protocol):
    """Ordinals found by a text search, best first."""

    @property
    def guessed(self) -> bool:
        """Whether typing errors were corrected, since nothing matched the words as typed."""

    @property
    def total(self) -> int:
        """How many concepts match, exactly."""

    def page(self, offset: int, count: int) -> Sequence[int]:
        """The ordinals at positions offset … offset+count-1."""

    def members(self) -> BitMap:
        """All that match, unordered."""


@runtime_checkable
class DerivesProperties(Protocol):
    """A code system with properties that it computes on request (SNOMED CT's normal forms)."""

    @property
    def derivable(self) -> Collection[str]:
        """Their names."""

    def derived(self, located: Located, names: Collection[str]) -> Sequence[Property]:
        """The computed properties of a code that are among `names`."""


class PlainCode(NamedTuple):
    """A code about which a verdict says the same as about any other of its status, in its system's spelling.

    `display` is what to show for it, empty if it has none. `member` says whether it was selected (the status of one
    that was not is left out), or which of several selections have it. `note` says what became of it, in words that
    others of its status get with other arguments.
    Unlike for a `Brief` concept, extensions do not matter: verdicts show none.
    """

    display: str
    member: bool | tuple[bool, ...]
    status: ConceptStatus = SAYS_NOTHING
    note: Issue | None = None


ReadPlain = Callable[[str], PlainCode | None]
"""Reads a code; None where it is not plain, or does not exist. One row is read."""


@runtime_checkable
class ReadsPlainly(Protocol):
    """A code system that can tell, without reading whole concepts, which codes need nothing special said."""

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""

    def plain_reader(self, filters: Sequence[Filter] = (), choose: Choose | None = None) -> ReadPlain:
        """What reads codes of which these filters select some.

        Their displays are chosen as in `BriefInLanguages` if `choose` is given, which is hashable: equal ones choose
        the same; then a code without a display is not plain. A reader raises TerminologyError as `CodeSystem.holds`
        does.
        """

    def code_key(self, code: str) -> str:
        """The form in which codes of this system are equal."""


@runtime_checkable
class KeepsWritten(Protocol):
    """A code system whose concepts can be read in stored form, where that is all there is to say about them."""

    def written(self, code: str) -> WrittenConcept | None:
        """A concept, or None where `locate` may know more; at most one read. Cached (bounded)."""

    def property_of(self, written: Written) -> Property:
        """What is written."""

    def property_like(self, code: str, like: Likeness, value: str) -> Property:
        """One with this value."""

    def names(self, codes: Sequence[bytes]) -> Sequence[bytes]:
        """The displays that `described` adds to properties whose values are these codes: JSON, or empty for none."""


class WrittenEntry(NamedTuple):
    """What a list shows of a concept that has nothing else to show: no status, no extensions."""

    code: str
    display: str
    designations: Sequence[Written]
    properties: Sequence[Written]


@runtime_checkable
class ListsWritten(Protocol):
    """A code system that can list codes with designations and properties without making concepts of them."""

    def written_entries(self, ordinals: Sequence[int]) -> Sequence[WrittenEntry | Located]:
        """In the order of `ordinals`; as `located` where a list shows more."""

    def designation_of(self, written: Written) -> Designation:
        """What is written."""

    def property_of(self, written: Written) -> Property:
        """What is written."""


@runtime_checkable
class BriefInLanguages(Protocol):
    """A code system that can list codes with displays in other languages than its own without reading all of them."""

    def brief_in(self, ordinals: Sequence[int], preference: Hashable, choose: Choose) -> Sequence[Brief | Located]:
        """Like `CodeSystem.brief`, but displays are the texts that fit a preference: languages, perhaps with a purpose.

        `choose` returns the number of the designation to show, -1 for the concept's own display, None for neither. It
        does not look at texts, and depends on nothing but the preference and the code system.
        """


@runtime_checkable
class ImpliesConceptMaps(Protocol):
    """A code system with implicit concept maps, defined by urls (SNOMED CT's `?fhir_cm=`)."""

    def implicit_concept_map(self, url: str) -> ConceptMap | None:
        """The map of a url, without its mappings, if this version has it."""

    def implicit_mappings(self, url: str, code: str, *, reverse: bool) -> Sequence[Mapping]:
        """The mappings of a code; `reverse` looks the code up among targets."""


@runtime_checkable
class HasLayers(Protocol):
    """A code system whose releases consist of several files with content of their own."""

    def layers(self) -> Sequence[Layer]:
        """What this version has of each file; the same layers, in the same order, for every version."""


class CodeSystem(Protocol):
    """One version of a code system."""

    @property
    def metadata(self) -> CodeSystemMetadata:
        """The header."""

    @property
    def key(self) -> str:
        """Identifies the content (version id and supplements), for caches: equal keys give equal answers."""

    @property
    def supplements(self) -> tuple[CodeSystemMetadata, ...]:
        """The supplements laid over this system."""

    @property
    def size(self) -> int:
        """How many concepts have ordinals (0…size-1); 0 for a grammar."""

    @property
    def enumerable(self) -> bool:
        """Whether `every()` covers the whole system: False for grammars."""

    def locate(self, code: str) -> Located | None:
        """Find a code (by the system's case rule), with its whole concept; one read."""

    def explain(self, code: str) -> Issue | None:
        """Why a code that was not located is wrong, if the system can say more than 'unknown'."""

    def every(self) -> BitMap:
        """All ordinals. Raises NotEnumerable."""

    def select(self, f: Filter) -> BitMap:
        """The set that a filter selects. Raises NotEnumerable, or TerminologyError for an unsupported filter."""

    def holds(self, located: Located, f: Filter) -> bool:
        """Whether one code passes a filter; agrees with `select`."""

    def must_understand(self, f: Filter) -> None:
        """Raises TerminologyError for an unsupported filter, at no great cost: `select` may still refuse one."""

    def open_to(self, passing: Sequence[Filter]) -> bool:
        """Whether codes without ordinals (made by a grammar), which `select` does not list, may pass all filters."""

    def inactive(self) -> BitMap:
        """Ordinals of inactive concepts."""

    def abstract(self) -> BitMap:
        """Ordinals of concepts that are not selectable."""

    def search(self, text: str, languages: Languages, within: BitMap | None, name: str = "") -> Hits:
        """Concepts whose display or designations match all words (prefixes) of the text, best first.

        `name` stands for a set that is asked about again, in this process: what is found within it may be kept.
        """

    def subsumes(self, a: str, b: str) -> Subsumption:
        """How a relates to b; both codes must exist (else TerminologyError not-found)."""

    def concepts(self, ordinals: Iterable[int]) -> Iterator[Concept]:
        """Whole concepts in the order of `ordinals`."""

    def located(self, ordinals: Iterable[int]) -> Iterator[Located]:
        """Like `concepts`, with ordinal, status, inactive and abstract."""

    def brief(self, ordinals: Sequence[int]) -> Sequence[Brief | Located]:
        """Codes and displays for lists: like `located`, but without what such lists do not show."""

    def ordinals(self, codes: Iterable[str]) -> dict[str, int]:
        """Ordinals of those codes that exist."""

    def codes(self) -> Sequence[str]:
        """All codes by ordinal, by which large sets of two versions are compared. Empty for a grammar."""

    def implicit_value_set(self, url: str) -> Compose | ValueSet | None:
        """The meaning of an implicit value set url of this system (`http://snomed.info/sct?fhir_vs=…`).

        A ValueSet where the system states more than the selection (a version, a name, a title).
        """

    def described(self, properties: Sequence[Property]) -> Sequence[FoundProperty]:
        """Properties of one concept, each with the texts that `$lookup` adds."""


class Mappings(Protocol):
    """Mappings between systems, which are found once and then asked for one code after another."""

    def of(self, code: str) -> Sequence[Mapped]:
        """The mappings of a code, or to it; of supplied maps first. One read."""

    def of_value_sets(self) -> Sequence[Mapped]:
        """The mappings of (or to) all codes of a value set at once."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A loaded version as listings need it."""

    canonical: Canonical
    content: str
    id: str
    is_default: bool


class Catalogue(Protocol):
    """Resolves canonicals for one request: stored, supplied with the request, or built in."""

    def remember(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int] | None = None) -> T:
        """The result of `make`, cached for later requests as long as it would be the same.

        `key` identifies everything else that `make` depends on. Cached values are shared by threads and must not
        change; `weigh` tells their size in bytes, where that may be large.
        """

    def as_of(self, date: str) -> Catalogue:
        """The same catalogue on another day (a FHIR date): default versions are those in effect then."""

    def code_system(self, ref: Canonical, supplements: Sequence[Canonical] = ()) -> CodeSystem | None:
        """The system in a version; without a version, the default one. None when it is not loaded.

        A version may have wildcards (`1.x`, `1.?.?`). A missing supplement raises TerminologyError. A supplement
        requested by its own url is returned with content `supplement`, so that callers can say what it is; it is no
        source of codes. Raises TerminologyError forbidden for what the caller has no licence for.
        """

    def withholds(self, url: str | None) -> bool:
        """Whether the caller lacks a licence for a canonical, so that reading it is forbidden."""

    def code_system_versions(self, url: str) -> Sequence[str]:
        """All loaded versions of a system, oldest first ('' for one without a version)."""

    def value_set(self, ref: Canonical) -> ValueSet | None:
        """The value set (stored, supplied, contained or implicit); latest without version."""

    def value_set_versions(self, url: str) -> Sequence[str]:
        """All known versions of a value set, oldest first."""

    def value_sets_mentioning(self, url: str) -> Iterator[ValueSet]:
        """Stored value sets whose definition names a canonical anywhere."""

    def systems_holding(self, code: str) -> Sequence[Canonical]:
        """Systems (default versions) in which a code exists, for inferring a system."""

    def concept_map(self, ref: Canonical) -> ConceptMap | None:
        """A concept map's header and groups without mappings."""

    def mappings(
        self, *, source: Canonical | None, target_system: str | None, reverse: bool, concept_map: Canonical | None
    ) -> Mappings:
        """The mappings between two systems (None: any), of all maps or of one; `reverse`: asked for by target.

        Raises TerminologyError forbidden for a system that the caller has no licence for.
        """

    def renaming_maps(self, url: str) -> Sequence[Canonical]:
        """Concept maps from a system to itself (conversion tables): they tell what became of former codes."""

    def canonical_of(self, name: str) -> str:
        """The canonical of the code system with this name; the name itself if it is one, or unknown."""

    def names_of(self, url: str) -> Sequence[str]:
        """The names of a code system, its canonical first, from naming systems and the system itself (`urn:oid:…`)."""

    def named_systems(self, identifier: str) -> Sequence[NamedSystem]:
        """The systems with an identifier (without `urn:`), from naming systems and code systems."""

    def structure(self, ref: Canonical) -> Structure | None:
        """A StructureDefinition: of the endpoint's release, or the latest, without version."""

    @property
    def closures(self) -> ClosureTables:
        """The closure tables of clients."""
