"""Requests: one frozen dataclass per operation, with fields named after FHIR's parameters (R5 OperationDefinitions).

`None` means that the caller did not say. Supplied resources are already parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.concept import Concept
from terminology.model.conceptmap import ConceptMap
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.manifest import Manifest
from terminology.model.structure import Structure
from terminology.model.valueset import ValueSet

FhirRelease = Literal["R4", "R4B", "R5"]


@dataclass(frozen=True, slots=True)
class CodeSystemResource:
    """A whole code system supplied with a request (`tx-resource`); `digest` identifies its content."""

    metadata: CodeSystemMetadata
    concepts: tuple[Concept, ...]
    digest: str


SuppliedResource = CodeSystemResource | ValueSet | ConceptMap | Structure | Manifest


@dataclass(frozen=True, slots=True)
class ElementContext:
    """The element to whose binding a value set belongs (`context`); `outgoing`: for codes that a client reads."""

    structure: Canonical
    element: str
    outgoing: bool = False


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks, how, and with what.

    `today` is an ISO date (injected, so that answers can be compared). `accept_language` is the HTTP header.
    `entitlements` are licences that the caller holds; `owner` is the owner of closure tables ('' for anonymous
    callers). `deadline` is a `time.monotonic` value after which work stops with too-costly.
    """

    release: FhirRelease = "R5"
    today: str | None = None
    accept_language: Languages = ANY_LANGUAGE
    entitlements: frozenset[str] = frozenset()
    resources: tuple[SuppliedResource, ...] = ()
    deadline: float | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRules:
    """How versions are chosen when a value set or a request leaves them open (`system-version` and friends)."""

    system_version: tuple[Canonical, ...] = ()
    check_system_version: tuple[Canonical, ...] = ()
    force_system_version: tuple[Canonical, ...] = ()
    default_valueset_version: tuple[Canonical, ...] = ()
    check_valueset_version: tuple[Canonical, ...] = ()
    force_valueset_version: tuple[Canonical, ...] = ()
    default_to_latest_version: bool | None = None

    def of_systems(self, canonical_of: Callable[[str], str]) -> VersionRules:
        """The same rules with systems named by canonical, which is how they are compared."""
        if not (self.system_version or self.check_system_version or self.force_system_version):
            return self
        return replace(
            self,
            system_version=canonicals(self.system_version, canonical_of),
            check_system_version=canonicals(self.check_system_version, canonical_of),
            force_system_version=canonicals(self.force_system_version, canonical_of),
        )


def canonicals(refs: tuple[Canonical, ...], canonical_of: Callable[[str], str]) -> tuple[Canonical, ...]:
    """References to systems by any name, as canonicals."""
    return tuple([Canonical(canonical_of(ref.url), ref.version) for ref in refs])


NO_RULES = VersionRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequest:
    """CodeSystem `$lookup`. `call` is the system that the call is about, whatever the coding says."""

    coding: Coding
    call: Canonical | None = None
    date: str | None = None
    display_language: Languages = ANY_LANGUAGE
    properties: tuple[str, ...] = ()
    use_supplements: tuple[Canonical, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateCodeRequest:
    """ValueSet and CodeSystem `$validate-code`.

    `form` says how the code came: it decides the expressions of issues (`code`, `Coding.code`,
    `CodeableConcept.coding[0].code`) and what is returned. `value_set` None asks the code system alone. Alternate codes
    with a use of `alternate_codes` (`true`: with any) count as codes.
    """

    form: Literal["code", "coding", "codeableConcept"]
    concept: CodeableConcept
    value_set: ValueSet | Canonical | ElementContext | None = None
    code_system: Canonical | None = None
    date: str | None = None
    abstract: bool | None = None
    active_only: bool | None = None
    infer_system: bool = False
    lenient_display_validation: bool = False
    membership_only: bool = False
    display_language: Languages = ANY_LANGUAGE
    use_supplements: tuple[Canonical, ...] = ()
    versions: VersionRules = NO_RULES
    alternate_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandRequest:
    """ValueSet `$expand`. `limit` is the client's own limit, if lower than the server's.

    `alternate_codes` are the uses of alternate codes to list as well; `true` stands for any.
    """

    value_set: ValueSet | Canonical | ElementContext
    filter: str | None = None
    date: str | None = None
    offset: int | None = None
    count: int | None = None
    limit: int | None = None
    include_designations: bool | None = None
    designations: tuple[str, ...] = ()
    include_definition: bool | None = None
    active_only: bool | None = None
    exclude_nested: bool | None = None
    exclude_not_for_ui: bool | None = None
    exclude_post_coordinated: bool | None = None
    incomplete_ok: bool | None = None
    display_language: Languages = ANY_LANGUAGE
    properties: tuple[str, ...] = ()
    exclude_systems: tuple[Canonical, ...] = ()
    use_supplements: tuple[Canonical, ...] = ()
    versions: VersionRules = NO_RULES
    alternate_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRequest:
    """ValueSet `$related` (R6): how `this` value set relates to the `other`."""

    this: ValueSet | Canonical
    other: ValueSet | Canonical
    use_supplements: tuple[Canonical, ...] = ()
    versions: VersionRules = NO_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """CodeSystem `$diff` (our own): what changes from version `old` of a system to version `new`."""

    system: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsumesRequest:
    """CodeSystem `$subsumes`. `other` is the system of code B where that is named by itself.

    `call` is the system that the call is about, whatever its codings say.
    """

    system: Canonical
    code_a: str
    code_b: str
    other: Canonical | None = None
    call: Canonical | None = None


@dataclass(frozen=True, slots=True)
class WantedProperty:
    """A property that a concept must have; a group has `parts` instead of a value."""

    code: str
    value: Coding | str | bool | int | None = None
    parts: tuple[WantedProperty, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindMatchesRequest:
    """CodeSystem `$find-matches`. `exact`: only concepts with all properties."""

    system: Canonical
    properties: tuple[WantedProperty, ...]
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateIdRequest:
    """NamingSystem `$translate-id`, and `$preferred-id` where `source_type` is unknown. `id` is without `urn:`."""

    id: str
    target_type: str
    source_type: str | None = None
    preferred_only: bool = False
    date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRequest:
    """`$closure`: without concepts and version, the table is started again."""

    name: str
    concepts: tuple[Coding, ...] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateBindingsRequest:
    """`$validate-bindings` (our own): a resource of any type as JSON, and the profiles to check it by.

    `usage` are usage contexts that apply, as the search parameter context-type-value writes them: `gender$female`.
    """

    resource: dict[str, Any]
    profiles: tuple[Canonical, ...] = ()
    usage: tuple[str, ...] = ()
    display_language: Languages = ANY_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateRequest:
    """ConceptMap `$translate`: `concept` are source codings, or target codings when `reverse`.

    With `reverse` the matches' concepts are sources; with `name_source` too they are the targets asked about and
    `Match.source` has the source (R5's `targetCode`). `target_system` limits the other side.
    """

    concept: CodeableConcept
    concept_map: ConceptMap | Canonical | None = None
    source_scope: Canonical | None = None
    target_scope: Canonical | None = None
    target_system: str | None = None
    depends_on: tuple[tuple[str, Coding | str], ...] = ()
    reverse: bool = False
    name_source: bool = False
