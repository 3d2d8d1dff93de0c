"""The terminology server as a Python library: open a database, ask, get typed results.

    from terminology.library import Terminology

    with Terminology("terminology.db") as terminology:
        print(terminology.lookup("http://example.org/procedures", "1234").display)

The same operations as over HTTP, without HTTP; results are those of `terminology.model.results`. What stops an
operation is a `TerminologyError`. One object may be used by many threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from terminology.catalogue import StoreCatalogue
from terminology.catalogue.licences import Licences
from terminology.export import exporting
from terminology.export.exporting import Exported, Format, Progress, silent
from terminology.fhir.namingsystem import bare
from terminology.model.changes import Differences
from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.conceptmap import ConceptMap
from terminology.model.deadline import ends_in
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.namingsystem import UniqueId
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CatalogueEntry
from terminology.model.requests import (
    DiffRequest,
    ExpandRequest,
    FhirRelease,
    FindMatchesRequest,
    LookupRequest,
    RelatedRequest,
    RequestContext,
    SubsumesRequest,
    SuppliedResource,
    TranslateIdRequest,
    TranslateRequest,
    ValidateBindingsRequest,
    ValidateCodeRequest,
    VersionRules,
    WantedProperty,
)
from terminology.model.results import (
    ExpandResult,
    FindMatchesResult,
    LookupResult,
    RelatedResult,
    SearchResult,
    Subsumption,
    TranslateResult,
    ValidateBindingsResult,
    ValidateCodeResult,
)
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.operations import (
    diff,
    expand,
    find_matches,
    lookup,
    naming,
    related,
    subsumes,
    translate,
    validate_bindings,
    validate_code,
)
from terminology.operations.resolving import required_system
from terminology.settings import Settings, database_url
from terminology.store.opening import open_configured
from terminology.store.protocol import Store

Reference = str | Canonical
Resources = Iterable[SuppliedResource]
Asked = TypeVar("Asked")
Result = TypeVar("Result")


def utc_now() -> datetime:
    """The current time; tests replace it."""
    return datetime.now(tz=UTC)


class Terminology:
    """A database of terminology and the operations on it.

    `database` is a path or a URL; without it the settings decide (environment variable TERMINOLOGY_DATABASE, else
    the user's own database). A file that is not there is created empty.
    """

    def __init__(
        self,
        database: str | Path | None = None,
        *,
        settings: Settings | None = None,
        clock: Callable[[], datetime] = utc_now,
        entitlements: Iterable[str] = (),
    ) -> None:
        """Open the database. Raises TerminologyError unavailable when it cannot be opened.

        `entitlements` are those of whoever asks here, for what the setting `licences` withholds from others.
        """
        self.settings = settings or Settings.load()
        if database is not None:
            self.settings = Settings({**self.settings.values, "database": database_url(database), "database_read": ""})
        self.clock = clock
        self.store: Store = open_configured(self.settings)
        self._catalogue = StoreCatalogue(self.store, self.settings)
        self.entitlements = frozenset(entitlements)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def licences(self) -> Licences:
        """The gates of the setting `licences`."""
        return self._catalogue.licences

    def close(self) -> None:
        """Close the calling thread's connection."""
        self.store.close()

    def lookup(
        self,
        system: Reference,
        code: str,
        *,
        language: str | None = None,
        properties: Iterable[str] = (),
        supplements: Iterable[Reference] = (),
        date: str | None = None,
        resources: Resources = (),
    ) -> LookupResult:
        """Everything a code system says about a code.

        `properties` are codes of properties, `parent`, `child`, `designation`, `definition`, `lang.X` or `*`; all
        of them when left out. Raises TerminologyError not-found.
        """
        asked = LookupRequest(
            coding=_coding(system, code),
            date=date,
            display_language=_languages(language),
            properties=tuple(properties),
            use_supplements=_canonicals(supplements),
        )
        return self.ask(lookup.run, asked, date=date, resources=resources)

    def validate_code(
        self,
        system: Reference | None = None,
        code: str | None = None,
        *,
        value_set: Reference | ValueSet | None = None,
        display: str | None = None,
        codings: Iterable[Coding] = (),
        language: str | None = None,
        infer_system: bool = False,
        active_only: bool | None = None,
        abstract: bool | None = None,
        lenient_display_validation: bool = False,
        membership_only: bool = False,
        supplements: Iterable[Reference] = (),
        versions: VersionRules | None = None,
        date: str | None = None,
        resources: Resources = (),
    ) -> ValidateCodeResult:
        """Whether a code is in a value set, or without one in its code system, and what is wrong with it.

        Give `code` (with `system`, or with `infer_system`), or several alternative `codings` of one concept. A wrong
        code is a result with issues; an unknown value set raises TerminologyError not-found.
        """
        several = tuple(codings)
        if (code is None) == (not several):
            raise TerminologyError.of("invalid", "CODE_TO_VALIDATE_MISSING")
        one = Coding(display=display) if code is None else _coding(system, code, display)
        asked = ValidateCodeRequest(
            form="codeableConcept" if several else "code",
            concept=CodeableConcept(several or (one,)),
            value_set=None if value_set is None else _value_set(value_set),
            code_system=None if value_set is not None or system is None else _canonical(system),
            date=date,
            abstract=abstract,
            active_only=active_only,
            infer_system=infer_system,
            lenient_display_validation=lenient_display_validation,
            membership_only=membership_only,
            display_language=_languages(language),
            use_supplements=_canonicals(supplements),
            versions=versions or VersionRules(),
        )
        return self.ask(validate_code.run, asked, date=date, resources=resources)

    def expand(
        self,
        value_set: Reference | ValueSet,
        *,
        filter: str | None = None,  # noqa: A002 - FHIR's own name, and keyword-only
        count: int | None = None,
        offset: int | None = None,
        language: str | None = None,
        properties: Iterable[str] = (),
        include_designations: bool | None = None,
        designations: Iterable[str] = (),
        active_only: bool | None = None,
        exclude_nested: bool | None = None,
        supplements: Iterable[Reference] = (),
        versions: VersionRules | None = None,
        date: str | None = None,
        resources: Resources = (),
    ) -> ExpandResult:
        """The codes of a value set.

        `filter` is words or their beginnings; best matches come first then. Raises TerminologyError not-found, or
        too-costly when there are more codes than the server lists without `count`.
        """
        asked = ExpandRequest(
            value_set=_value_set(value_set),
            filter=filter,
            date=date,
            offset=offset,
            count=count,
            include_designations=include_designations,
            designations=tuple(designations),
            active_only=active_only,
            exclude_nested=exclude_nested,
            display_language=_languages(language),
            properties=tuple(properties),
            use_supplements=_canonicals(supplements),
            versions=versions or VersionRules(),
        )
        return self.ask(expand.run, asked, date=date, resources=resources)

    def subsumes(
        self, system: Reference, code_a: str, code_b: str, *, date: str | None = None, resources: Resources = ()
    ) -> Subsumption:
        """How two codes relate: `equivalent`, `subsumes`, `subsumed-by`, `not-subsumed`.

        Raises TerminologyError not-found for an unknown system or code.
        """
        asked = SubsumesRequest(system=_canonical(system), code_a=code_a, code_b=code_b)
        return self.ask(subsumes.run, asked, date=date, resources=resources)

    def diff(self, system: str, old: str, new: str) -> Differences:
        """What a new version of a code system changes, and which value sets and concept maps it touches.

        Raises TerminologyError not-found for a version that is not loaded.
        """
        return self.ask(diff.run, DiffRequest(system=system, old=old, new=new))

    def export(
        self,
        system: Reference,
        out: IO[bytes],
        *,
        form: Format = "json",
        release: FhirRelease = "R5",
        progress: Progress = silent,
    ) -> Exported:
        """Write a code system as a CodeSystem (`json`, `xml`) or with all that is its as a FHIR `package`.

        Loading what was written gives what is stored. What is withheld from whoever asks is left out. Raises
        TerminologyError not-found, forbidden.
        """
        catalogue = self.catalogue(self.context())
        found = required_system(catalogue, _canonical(system))
        withheld = self.licences.closed(self.entitlements)
        return exporting.export(self.store, found, out, form, release, progress, withheld, catalogue)

    def translate(
        self,
        system: Reference,
        code: str,
        *,
        concept_map: Reference | ConceptMap | None = None,
        target_system: str | None = None,
        reverse: bool = False,
        resources: Resources = (),
    ) -> TranslateResult:
        """What a code is in other systems; `reverse` asks what translates to it.

        Raises TerminologyError not-found when a `concept_map` is named that is not there.
        """
        supplied = (concept_map,) if isinstance(concept_map, ConceptMap) else ()
        named = concept_map.canonical if isinstance(concept_map, ConceptMap) else concept_map
        asked = TranslateRequest(
            concept=CodeableConcept((_coding(system, code),)),
            concept_map=None if named is None else _canonical(named),
            target_system=target_system,
            reverse=reverse,
        )
        return self.ask(translate.run, asked, resources=(*supplied, *resources))

    def related(
        self,
        this: Reference | ValueSet,
        other: Reference | ValueSet,
        *,
        versions: VersionRules | None = None,
        resources: Resources = (),
    ) -> RelatedResult:
        """How the codes of two value sets overlap.

        Raises TerminologyError not-found for a value set that is not there.
        """
        asked = RelatedRequest(this=_value_set(this), other=_value_set(other), versions=versions or VersionRules())
        return self.ask(related.run, asked, resources=resources)

    def find_matches(
        self,
        system: Reference,
        properties: Mapping[str, Coding | str | bool | int],
        *,
        exact: bool = True,
        resources: Resources = (),
    ) -> FindMatchesResult:
        """The concepts that have these properties; without `exact` also those that have some, the best first.

        Raises TerminologyError not-found for the system, not-supported for one whose codes cannot be listed.
        """
        wanted = tuple(WantedProperty(code, value) for code, value in properties.items())
        asked = FindMatchesRequest(system=_canonical(system), properties=wanted, exact=exact)
        return self.ask(find_matches.run, asked, resources=resources)

    def identifiers(self, identifier: str, type_: str) -> Sequence[UniqueId]:
        """What else a system is called: identifiers of a type (`oid`, `uri`, `uuid`…), the preferred ones first."""
        asked = TranslateIdRequest(id=bare(identifier), target_type=type_)
        return self.ask(naming.run, asked).ids

    def validate_bindings(
        self,
        resource: dict[str, Any],
        profiles: Iterable[Reference] = (),
        *,
        usage: Iterable[str] = (),
        resources: Resources = (),
    ) -> ValidateBindingsResult:
        """Every coded element of a FHIR resource (as JSON) against what its profiles, or its type, bind to it.

        `usage` names contexts that apply (`gender$female`), for bindings that hold in some only.
        Raises TerminologyError not-found for a profile that is not there, invalid for codes that are none.
        """
        asked = ValidateBindingsRequest(resource=resource, profiles=_canonicals(profiles), usage=tuple(usage))
        return self.ask(validate_bindings.run, asked, resources=resources)

    def search(
        self,
        text: str,
        system: Reference,
        *,
        within: str | None = None,
        language: str | None = None,
        active_only: bool | None = None,
        count: int = 20,
        offset: int = 0,
        resources: Resources = (),
    ) -> SearchResult:
        """Concepts of a system whose display or designations have all words of the text, best first.

        `within` is a code: only what is below it, or itself. The total is exact.
        """
        ref = _canonical(system)
        filters = (Filter("concept", "is-a", within),) if within is not None else ()
        include = ConceptSet(system=ref.url, version=ref.version, filters=filters, path="ValueSet.compose.include[0]")
        found = self.expand(
            ValueSet(url="", compose=Compose(include=(include,))),
            filter=text,
            count=count,
            offset=offset,
            language=language,
            active_only=active_only,
            exclude_nested=True,
            resources=resources,
        ).expansion
        return SearchResult(total=found.total, hits=found.contains)

    def ask(
        self,
        run: Callable[[Catalogue, Asked, RequestContext, Settings], Result],
        asked: Asked,
        *,
        date: str | None = None,
        resources: Resources = (),
    ) -> Result:
        """Run an operation's `run` on a request of your own making."""
        context = self.context(date=date, resources=tuple(resources))
        return run(self.catalogue(context), asked, context, self.settings)

    def context(
        self, *, date: str | None = None, entitlements: frozenset[str] = frozenset(), **values: Any
    ) -> RequestContext:
        """The context of a request that begins now; `values` are further fields of RequestContext.

        `entitlements` are those of one caller, beside those that hold for all.
        """
        return RequestContext(
            entitlements=self.entitlements | entitlements if entitlements else self.entitlements,
            today=date or self.clock().date().isoformat(),
            deadline=ends_in(self.settings.request_seconds),
            **values,
        )

    def catalogue(self, context: RequestContext) -> Catalogue:
        """The catalogue as one request sees it, with the resources that travel with it."""
        return self._catalogue.for_request(context)

    def code_systems(self, entitlements: frozenset[str] = frozenset()) -> Sequence[CatalogueEntry]:
        """Every version of every code system there is, loaded or built in, that a caller may see."""
        return self._catalogue.entries(self.context(entitlements=entitlements))


def _canonical(ref: Reference) -> Canonical:
    return ref if isinstance(ref, Canonical) else Canonical.parse(ref)


def _canonicals(refs: Iterable[Reference]) -> tuple[Canonical, ...]:
    return tuple(_canonical(ref) for ref in refs)


def _value_set(value_set: Reference | ValueSet) -> ValueSet | Canonical:
    return value_set if isinstance(value_set, ValueSet) else _canonical(value_set)


def _coding(system: Reference | None, code: str, display: str | None = None) -> Coding:
    if system is None:
        return Coding(code=code, display=display)
    ref = _canonical(system)
    return Coding(system=ref.url, code=code, version=ref.version, display=display)


def _languages(text: str | None) -> Languages:
    return ANY_LANGUAGE if text is None else Languages.parse(text)
