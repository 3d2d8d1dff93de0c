"""The parameters of an expansion: completed from the value set, then echoed in the result.

Value sets state parameters with the valueset-expansion-parameter extension. The echo tells how an expansion came about:
parameters given or assumed, what was used (`used-…`), and what users should know about it (`warning-…`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.language import ANY_LANGUAGE, Languages
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import Catalogue
from terminology.model.requests import ExpandRequest, RequestContext, VersionRules, canonicals
from terminology.model.valueset import ExpansionParameter, ValueSet
from valuesets.languages import echoed
from valuesets.page import Page
from valuesets.plan import Plan, truth
from valuesets.rules import Node
from valuesets.standing import standing
from valuesets.versions import choose_asked

FLAGS = (
    ("activeOnly", "active_only"),
    ("excludeNested", "exclude_nested"),
    ("excludeNotForUI", "exclude_not_for_ui"),
    ("excludePostCoordinated", "exclude_post_coordinated"),
    ("incomplete-ok", "incomplete_ok"),
    ("includeDefinition", "include_definition"),
    ("includeDesignations", "include_designations"),
)
"""Boolean parameters of $expand and where `ExpandRequest` has them."""

VERSION_RULES = (
    ("system-version", "system_version"),
    ("check-system-version", "check_system_version"),
    ("force-system-version", "force_system_version"),
    ("default-valueset-version", "default_valueset_version"),
    ("check-valueset-version", "check_valueset_version"),
    ("force-valueset-version", "force_valueset_version"),
)


def with_stated(catalogue: Catalogue, request: ExpandRequest, value_set: ValueSet) -> ExpandRequest:
    """The request, completed by parameters that the value set states; the request's own values win.

    Systems are named by their canonicals.
    """
    versions = stated_versions(catalogue, request.versions, value_set)
    composed = value_set.compose.properties if value_set.compose else ()
    if versions is request.versions and not (value_set.expansion_parameters or composed or request.exclude_systems):
        return request
    flags: dict[str, Any] = {f: truth(value_set, name) for name, f in FLAGS if getattr(request, f) is None}
    if request.designations and request.include_designations is None:
        flags["include_designations"] = None  # who says which ones wants them, whatever the value set says
    return replace(
        request,
        **flags,
        versions=versions,
        exclude_systems=canonicals(request.exclude_systems, catalogue.canonical_of),
        designations=request.designations or _texts(value_set, "designation"),
        alternate_codes=request.alternate_codes or stated_alternates(value_set),
        properties=request.properties or _texts(value_set, "property") or composed,
    )


def stated_versions(catalogue: Catalogue, versions: VersionRules, value_set: ValueSet) -> VersionRules:
    """The request's version rules, completed by the value set's rules for systems that the request does not name.

    Their systems are named by their canonicals.
    """
    versions = versions.of_systems(catalogue.canonical_of)
    if not value_set.expansion_parameters:
        return versions
    rules: dict[str, Any] = {rule: _canonicals(value_set, name) for name, rule in VERSION_RULES}
    own = VersionRules(**rules).of_systems(catalogue.canonical_of)
    completed: dict[str, Any] = {}
    for _, rule in VERSION_RULES:
        asked = getattr(versions, rule)
        known = {reference.url for reference in asked}
        if more := tuple(reference for reference in getattr(own, rule) if reference.url not in known):
            completed[rule] = (*asked, *more)
    return replace(versions, **completed) if completed else versions


def _canonicals(value_set: ValueSet, name: str) -> tuple[Canonical, ...]:
    return tuple(Canonical.parse(text) for text in _texts(value_set, name))


def _texts(value_set: ValueSet, name: str) -> tuple[str, ...]:
    return tuple(str(p.value) for p in value_set.expansion_parameters if p.name == name)


def stated_alternates(value_set: ValueSet) -> tuple[str, ...]:
    """The uses of alternate codes that a value set asks for itself."""
    return tuple(use for use in map(str.lower, _texts(value_set, "includeAlternateCodes")) if use != "false")


def wished_languages(wish: Languages, context: RequestContext, value_set: ValueSet) -> Languages:
    """The languages that apply: of the request, else the value set's parameter, the header, or the value set.

    Raises TerminologyError invalid when the value set states a list that cannot be read.
    """
    stated = next(iter(_texts(value_set, "displayLanguage")), None) or None
    own = value_set.language
    for languages in (wish, _parsed(stated), context.accept_language, _parsed(own)):
        if languages.wanted or languages.refuses_others:
            return languages
    return ANY_LANGUAGE


def _parsed(text: str | None) -> Languages:
    if not text:
        return ANY_LANGUAGE
    try:
        return Languages.parse(text)
    except ValueError as error:
        raise TerminologyError.of("invalid", "EXPANSION_LANGUAGE_INVALID", text=text, reason=str(error)) from None


@dataclass(frozen=True, slots=True)
class Echo:
    """The echoed parameters of an expansion; those of its page come after the `wishes`.

    `date` is the request's. `facts` are what was used and decided. `supplements` are named only where the expansion has
    codes of one of these systems (`CodeSystem.key`).
    """

    wishes: tuple[ExpansionParameter, ...]
    date: tuple[ExpansionParameter, ...]
    facts: tuple[ExpansionParameter, ...]
    supplements: tuple[tuple[ExpansionParameter, frozenset[str]], ...]
    warnings: tuple[ExpansionParameter, ...]

    def parameters(self, page: Page, listed: Callable[[], Collection[str]]) -> Iterator[ExpansionParameter]:
        """All parameters of one page; `listed` gives the keys of the code systems that have codes in the expansion."""
        yield from self.wishes
        if page.filter:
            yield ExpansionParameter("filter", "String", page.filter)
        yield from self.date
        if page.count is not None:
            yield ExpansionParameter("count", "Integer", page.count)
        if page.offset is not None:
            yield ExpansionParameter("offset", "Integer", page.offset)
        yield from self.facts
        if self.supplements:
            used = listed()
            yield from (parameter for parameter, systems in self.supplements if not systems.isdisjoint(used))
        yield from self.warnings


def echo(request: ExpandRequest, languages: Languages, plan: Plan, stand_ins: Sequence[ValueSet]) -> Echo:
    """The echo of a completed request and its plan; `stand_ins` are value sets that stood in for code systems."""
    date = (ExpansionParameter("date", "DateTime", request.date),) if request.date else ()
    return Echo(
        tuple(_wishes(request, languages)), date, tuple(_facts(request, plan)), tuple(_supplements(plan)),
        tuple(_warnings(plan, stand_ins)),
    )  # fmt: skip


def _wishes(request: ExpandRequest, languages: Languages) -> Iterator[ExpansionParameter]:
    for name, flag in FLAGS:
        value: bool | None = getattr(request, flag)
        if value is not None:
            yield ExpansionParameter(name, "Boolean", value)
    if languages:
        yield ExpansionParameter("displayLanguage", "Code", echoed(languages))
    for token in request.designations:
        yield ExpansionParameter("designation", "String", token)
    for use in request.alternate_codes:
        yield ExpansionParameter("includeAlternateCodes", "String", use)


def _facts(request: ExpandRequest, plan: Plan) -> Iterator[ExpansionParameter]:
    for system in request.exclude_systems:
        yield ExpansionParameter("exclude-system", "Uri", str(system))
    yield from dict.fromkeys((*_named(request), *plan.usage.decisions))
    if any(_lets_versions_meet(node) for node in plan.root.walk()):
        yield ExpansionParameter("versionsMatch", "Boolean", True)
    yield from _used(plan)


def _named(request: ExpandRequest) -> Iterator[ExpansionParameter]:
    """The rule that chose the version of the value set."""
    if isinstance(request.value_set, Canonical):
        _, decision = choose_asked(request.versions, request.value_set)
        if decision is not None:
            name, rule = decision
            yield ExpansionParameter(name, "Uri", str(rule))


def _lets_versions_meet(node: Node) -> bool:
    """Whether versions of a system count as one: stated, or an exclude names another one than an include does."""
    if node.versions_match is not None:
        return node.versions_match
    included = {(r.definition.system, r.code_system.metadata.version) for r in node.includes if r.code_system}
    for place, rule in enumerate(node.excludes):
        if rule.code_system is None or place in node.apart:
            continue
        mine = (rule.definition.system, rule.code_system.metadata.version)
        if any(system == mine[0] and version != mine[1] for system, version in included):
            return True
    return False


def _used(plan: Plan) -> Iterator[ExpansionParameter]:
    """The systems and value sets that were used."""
    for code_system in plan.usage.code_systems:
        canonical = str(code_system.metadata.canonical)
        yield ExpansionParameter("used-codesystem", "Uri", canonical)
        if code_system.metadata.content == "fragment":
            yield ExpansionParameter("used-fragment", "Uri", canonical)
    for value_set in plan.usage.value_sets:
        yield ExpansionParameter("used-valueset", "Uri", str(value_set.canonical))


def _supplements(plan: Plan) -> Iterator[tuple[ExpansionParameter, frozenset[str]]]:
    """Each supplement with the systems it is laid over."""
    for supplement in plan.usage.supplements:
        over = (
            cs.key for cs in plan.usage.code_systems if any(s.canonical == supplement.canonical for s in cs.supplements)
        )
        yield ExpansionParameter("used-supplement", "Uri", str(supplement.canonical)), frozenset(over)


def _warnings(plan: Plan, stand_ins: Sequence[ValueSet]) -> Iterator[ExpansionParameter]:
    root = plan.value_set
    systems: list[CodeSystemMetadata | ValueSet] = [cs.metadata for cs in plan.usage.code_systems]
    for used in (*systems, *plan.usage.value_sets, *stand_ins, root):
        if found := standing(used, root):
            yield ExpansionParameter(f"warning-{found}", "Uri", str(used.canonical))
