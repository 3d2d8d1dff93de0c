"""Prepares what all pages of an expansion have in common: the codes, and what is shown of them.

Depends on the value set, the request except for its page (`OF_A_PAGE`), the languages of the header, and the catalogue,
which caches it. Does not search text, and reads only concepts that rules must be asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from terminology.model.coding import Canonical
from terminology.model.concept import Extension
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue, CodeSystem, NotEnumerable
from terminology.model.requests import ElementContext, ExpandRequest, RequestContext
from terminology.model.valueset import ValueSet
from valuesets import page as paging
from valuesets.alternates import with_alternates
from valuesets.entries import Wishes
from valuesets.languages import DesignationFilter
from valuesets.parameters import Echo, echo, wished_languages, with_stated
from valuesets.plan import Plan, Problem
from valuesets.planning import plan
from valuesets.resolving import resolved
from valuesets.roots import refuse_unknown_roots
from valuesets.rules import Node
from valuesets.segments import Segment, active, selectable
from valuesets.select import Selector
from valuesets.unclosed import Openness

OF_A_PAGE = frozenset({"filter", "offset", "count", "limit"})
"""Fields of an ExpandRequest that only concern its page."""

_shared_fields = attrgetter(*(field.name for field in fields(ExpandRequest) if field.name not in OF_A_PAGE))

OVERHEAD = 2560
CODE_BYTES = 400
"""Memory of a preparation besides its sets and what it shares, and of each code that a definition names."""
SHOWN_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """What an expansion shows besides its codes, which those that are asked for alike mostly have in common.

    `closing` are the extensions of an expansion from which no licence withholds codes.
    """

    wishes: Wishes
    echo: Echo
    closing: tuple[Extension, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An expansion without its page.

    `stood_for` are the value sets that stand in for grammars, by `CodeSystem.key`; `stand_ins` those of them that stand
    for a whole system, so that the total is unknown. `shown` is one object for all that show the same. `may_nest`: no
    flat list was requested. `may_be_cut`: the first codes will do, where all are too many. `weight` is in bytes.
    """

    plan: Plan
    runs: tuple[paging.Run, ...]
    total: int
    shown: Shown
    openness: Openness
    stood_for: Mapping[str, Node]
    stand_ins: tuple[ValueSet, ...]
    may_nest: bool
    may_be_cut: bool
    with_definition: bool
    weight: int

    def extensions(self, withheld: Mapping[str, int]) -> tuple[Extension, ...]:
        """Why codes are missing. `withheld` has the systems whose publishers limit the codes, with the limit."""
        return tuple(self.openness.extensions(self.stood_for, withheld)) if withheld else self.shown.closing


def prepared(catalogue: Catalogue, request: ExpandRequest, context: RequestContext) -> Prepared:
    """Prepare an expansion, or take it from the cache.

    Raises TerminologyError as `expand` does, except about the page.
    """

    def make() -> Prepared:
        return _Preparing(catalogue, request, context).result()

    if isinstance(request.value_set, ValueSet):
        return make()
    key = "expansion", _shared_fields(request), context.accept_language
    return catalogue.remember(key, make, lambda made: made.weight)


def _weight(plan: Plan, segments: Sequence[Segment]) -> int:
    sets = sum(len(segment.members.serialize()) for segment in segments)
    named = sum(len(rule.listed) for node in plan.root.walk() for rule in (*node.includes, *node.excludes))
    loose = sum(len(segment.loose) for segment in segments)
    return OVERHEAD + sets + CODE_BYTES * (named + loose)


class _Preparing:
    """The state of one preparation. `is_new`: the value set came along, and what is prepared is not kept."""

    def __init__(self, catalogue: Catalogue, request: ExpandRequest, context: RequestContext) -> None:
        assert not isinstance(request.value_set, ElementContext), "the operation resolves it"
        self.catalogue = catalogue
        value_set = resolved(catalogue, request.value_set, request.versions)
        self.is_new = isinstance(request.value_set, ValueSet)
        self.request = with_stated(catalogue, request, value_set)
        self.plan = plan(
            catalogue, value_set, rules=self.request.versions, supplements=self.request.use_supplements,
            exclude_systems=self.request.exclude_systems,
        )  # fmt: skip
        if self.plan.problems:
            raise _refusal(self.plan.problems[0])
        refuse_unknown_roots(self.plan)
        self.languages = wished_languages(request.display_language, context, value_set)
        self.selector = Selector(self._stand_in)
        self.openness = Openness(self.plan.root, listed_only=bool(self.request.exclude_post_coordinated))

    def result(self) -> Prepared:
        segments = self._segments()
        stand_ins = tuple(self._stand_ins())
        runs = paging.whole(segments) if self.is_new else paging.named(segments)
        shown = Shown(
            wishes=self._wishes(segments),
            echo=echo(self.request, self.languages, self.plan, stand_ins),
            closing=tuple(self.openness.extensions(self.selector.stood_for, {})),
        )
        return Prepared(
            plan=self.plan,
            runs=runs,
            total=paging.total(runs),
            shown=self.catalogue.remember(shown, lambda: shown, lambda _: SHOWN_BYTES),
            openness=self.openness,
            stood_for=self.selector.stood_for,
            stand_ins=stand_ins,
            may_nest=not self.request.exclude_nested,
            may_be_cut=bool(self.request.incomplete_ok),
            with_definition=bool(self.request.include_definition),
            weight=_weight(self.plan, segments),
        )

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
        if self.request.alternate_codes:
            segments = [with_alternates(s, self.request.alternate_codes) for s in segments]
        return segments

    def _stand_in(self, code_system: CodeSystem) -> Node | None:
        """The value set to show for a grammar that cannot be listed: its usual codes."""
        named = code_system.metadata.usual_codes
        found = self.catalogue.value_set(Canonical.parse(named)) if named else None
        if found is None:
            return None
        stand_in = plan(self.catalogue, found, rules=self.request.versions, supplements=self.request.use_supplements)
        return None if stand_in.problems else stand_in.root

    def _stand_ins(self) -> Iterator[ValueSet]:
        """Value sets that stand in for a whole grammar."""
        for rule, _ in self.plan.root.sources():
            stand_in = self.selector.stood_for.get(rule.code_system.key) if rule.code_system else None
            if rule.whole_system and stand_in is not None:
                yield stand_in.value_set

    def _wishes(self, segments: list[Segment]) -> Wishes:
        asked, wants = self.request.designations, self.request.include_designations
        if wants is None:
            wants = bool(asked)
        return Wishes(
            languages=self.languages,
            designations=DesignationFilter.parse(asked) if wants else None,
            properties=self.request.properties,
            own_language=self.plan.value_set.language,
            versioned=frozenset(_versioned(self.plan, segments)),
        )


def _refusal(problem: Problem) -> TerminologyError:
    checked = problem.kind in {"version-check", "value-set-check"}
    return TerminologyError("invalid" if checked else "not-found", problem.issue)


def _versioned(plan: Plan, segments: list[Segment]) -> Iterator[str]:
    """The systems that a value set refers to in more than one version, stated or resolved."""
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
