"""ValueSet `$expand` (FHIR R5, 4.9.18.1): plan, list, search, page, and describe.

Follows the terminology ecosystem's requirements for expansions. Everything that varies from call to call (time,
identifier) is injected. Does not read parameters and does not write JSON.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from terminology.model.coding import Canonical
from terminology.model.deadline import within
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, NotEnumerable
from terminology.model.requests import ElementContext, ExpandRequest, RequestContext
from terminology.model.results import ExpandResult
from terminology.model.valueset import Contains, Expansion, ValueSet
from valuesets import page as paging
from valuesets.entries import EntryWriter
from valuesets.languages import DesignationFilter
from valuesets.nesting import nested
from valuesets.parameters import echo, wished_languages, with_stated
from valuesets.plan import Plan, Problem
from valuesets.planning import plan
from valuesets.resolving import resolved
from valuesets.rules import Node
from valuesets.segments import Segment, active, selectable
from valuesets.select import Selector
from valuesets.unclosed import Openness


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_codes`: most codes without a `count`, more is too-costly; `max_page`: most codes in one page.

    A list that stands for a grammar is limited by `max_page` alone: it is not what was asked for, but what can be had.
    `licensed`: by system, most of its codes that its publisher lets out for one value set, on all pages together.
    """

    max_codes: int = 1_000
    max_page: int = 10_000
    licensed: Mapping[str, int] = field(default_factory=dict)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where `timestamp` (a FHIR dateTime) and `identifier` (a uri) come from."""

    now: Callable[[], str] = _now
    identifier: Callable[[], str] = lambda: uuid.uuid4().urn


def expand(
    catalogue: Catalogue,
    request: ExpandRequest,
    context: RequestContext,
    limits: Limits | None = None,
    *,
    stamp: Stamp | None = None,
) -> ExpandResult:
    """Expand a value set.

    Raises TerminologyError: not-found (the value set, or something it refers to), invalid (a definition that makes
    no sense, a version that is not allowed), not-supported (codes that cannot be listed), too-costly.
    """
    assert not isinstance(request.value_set, ElementContext), "the operation resolves it"
    value_set = resolved(catalogue, request.value_set, request.versions)
    asked = with_stated(request, value_set)
    with within(context.deadline, "EXPANSION_DEADLINE"):
        planned = plan(
            catalogue, value_set,
            rules=asked.versions, supplements=asked.use_supplements, exclude_systems=asked.exclude_systems,
        )  # fmt: skip
        if planned.problems:
            raise _refusal(planned.problems[0])
        return _Expansion(catalogue, asked, context, limits or Limits(), planned).result(stamp or Stamp())


def _refusal(problem: Problem) -> TerminologyError:
    return TerminologyError("invalid" if problem.kind == "version-check" else "not-found", problem.issue)


class _Expansion:
    """One expansion in the making."""

    def __init__(
        self, catalogue: Catalogue, request: ExpandRequest, context: RequestContext, limits: Limits, planned: Plan
    ) -> None:
        self.catalogue = catalogue
        self.request = request
        self.limits = limits
        self.plan = planned
        self.languages = wished_languages(request.display_language, context, planned.value_set)
        self.selector = Selector(planned.versions_match, self._stand_in)
        self.openness = Openness(planned.root, listed_only=bool(request.exclude_post_coordinated))

    def result(self, stamp: Stamp) -> ExpandResult:
        segments = self._segments()
        runs = paging.runs(segments, self.request.filter, self.languages)
        offset, count = self._page(paging.total(runs))
        licensed = self.limits.licensed if count else {}
        runs, withheld = paging.limited(runs, licensed)
        total = paging.total(runs)
        writer = self._writer(segments)
        contains = tuple(self._contains(writer, runs, offset, count, nest=self._nests(total, offset, count)))
        expansion = Expansion(
            identifier=stamp.identifier(),
            timestamp=stamp.now(),
            total=None if any(self._stand_ins()) else total,
            offset=self.request.offset,
            parameters=tuple(echo(self.request, self.languages, self.plan, tuple(self._stand_ins()), _listed(runs))),
            properties=writer.declarations(),
            contains=contains,
            extensions=tuple(self.openness.extensions(self.selector.stood_for, {s: licensed[s] for s in withheld})),
        )
        return ExpandResult(self.plan.value_set, expansion, include_definition=bool(self.request.include_definition))

    # which codes

    def _segments(self) -> list[Segment]:
        try:
            segments = self.selector.node(self.plan.root)
        except NotEnumerable as error:
            raise TerminologyError("not-supported", self.plan.unlistable(error)) from None
        if self.request.active_only:
            segments = [active(s) for s in segments]
        if self.request.exclude_not_for_ui:
            segments = [selectable(s) for s in segments]
        if self.request.exclude_post_coordinated:
            segments = [s.restricted(s.members, (o for o in s.loose if o.located is None)) for s in segments]
        return segments

    def _stand_in(self, code_system: CodeSystem) -> Node | None:
        """The value set to show for a grammar that cannot be listed: that of its usual codes."""
        named = code_system.metadata.usual_codes
        found = self.catalogue.value_set(Canonical.parse(named)) if named else None
        if found is None:
            return None
        stand_in = plan(self.catalogue, found, rules=self.request.versions, supplements=self.request.use_supplements)
        return None if stand_in.problems else stand_in.root

    def _stand_ins(self) -> Iterator[ValueSet]:
        """Value sets that stand for a whole grammar; where there is one, nobody knows how many codes there are."""
        for rule, _ in self.plan.root.sources():
            stand_in = self.selector.stood_for.get(rule.code_system.key) if rule.code_system else None
            if rule.whole_system and stand_in is not None:
                yield stand_in.value_set

    # which page

    def _page(self, total: int) -> tuple[int, int]:
        """Offset and count of the page. Raises TerminologyError too-costly for a set too large to return at once."""
        offset, count = self.request.offset or 0, self.request.count
        if count is not None:
            return offset, min(count, self.limits.max_page)
        most = self.limits.max_page if any(self._stand_ins()) else self.limits.max_codes
        limit = min(most, self.request.limit or most)
        # of a licensed system that is endless here, whoever wants some codes must say how many
        if total - offset > limit or self.openness.is_endless_in(self.limits.licensed):
            raise TerminologyError.of(
                "too-costly", "VALUESET_TOO_COSTLY", value_set=_known_as(self.plan), limit=str(limit)
            )
        return offset, limit

    def _nests(self, total: int, offset: int, count: int) -> bool:
        """Whether the expansion may be hierarchical: complete, in the order of its systems, and not unwanted."""
        return not (self.request.exclude_nested or self.request.filter or offset or total > count)

    # what is said about them

    def _writer(self, segments: list[Segment]) -> EntryWriter:
        wants = self.request.include_designations or self.request.designations
        return EntryWriter(
            languages=self.languages,
            designations=DesignationFilter.parse(self.request.designations) if wants else None,
            properties=self.request.properties,
            own_language=self.plan.value_set.language,
            versioned=frozenset(_versioned(self.plan, segments)),
        )

    def _contains(
        self, writer: EntryWriter, runs: list[paging.Run], offset: int, count: int, *, nest: bool
    ) -> Iterator[Contains]:
        for segment, ordinals, loose in paging.page(runs, offset, count):
            entries = writer.entries(segment, ordinals)
            if nest and segment.nests and segment.code_system is not None:
                yield from nested(entries, segment.code_system)
            else:
                yield from (entry for _, entry in entries)
            yield from (writer.loose_entry(segment, one) for one in loose)


def _listed(runs: list[paging.Run]) -> frozenset[str]:
    """The keys of the code systems that have codes in the expansion."""
    return frozenset(run.segment.code_system.key for run in runs if run.segment.code_system and len(run))


def _versioned(plan: Plan, segments: list[Segment]) -> Iterator[str]:
    """The systems that a value set refers to in more than one version, by its words or by what they came to mean."""
    versions: dict[str, set[str | None]] = {}
    for segment in segments:
        versions.setdefault(segment.system, set()).add(segment.version)
    compose = plan.value_set.compose
    stated: dict[str, set[str | None]] = {}
    for definition in (*compose.include, *compose.exclude) if compose else ():
        if definition.system:
            stated.setdefault(definition.system, set()).add(definition.version)
    for system, listed in versions.items():
        if len(listed) > 1 or len(stated.get(system, ())) > 1:
            yield system


def _known_as(plan: Plan) -> str:
    """How a too costly value set is named: as HL7's servers do, with its version where it takes a whole system."""
    value_set = plan.value_set
    if not value_set.url:
        return "??"
    return str(value_set.canonical) if any(r.whole_system for r in plan.root.includes) else value_set.url
