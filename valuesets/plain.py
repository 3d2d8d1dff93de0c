"""Plain codes: spelled as their system spells them, with nothing to say about them but their status.

Most calls of `$validate-code` ask about the same value set or system, and get one of a few verdicts that differ only in
the code and its display; so do calls about codes that do not exist. `plain_codes` tells which codes those are and which
verdict they get. It words no message: `validate` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.deadline import within
from terminology.model.language import Languages
from terminology.model.protocols import Catalogue, CodeSystem, PlainCode, ReadsPlainly
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from terminology.model.status import ConceptStatus
from terminology.model.valueset import ConceptReference, Filter
from valuesets.displays import check_display, collect
from valuesets.former import in_other_release, what_became
from valuesets.plan import Plan, usable
from valuesets.rules import Rule
from valuesets.validate import target_of
from valuesets.versions import choose_version


class Judged(NamedTuple):
    """A plain code: what to show for it, whether the value set selects it, and its status."""

    display: str
    member: bool
    status: ConceptStatus


@dataclass(frozen=True, slots=True)
class UnknownCodes:
    """The codes that a code system does not have, and of which it is not known what became of them."""

    catalogue: Catalogue
    system: CodeSystem

    def has(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that it does not exist."""
        system, catalogue = self.system, self.catalogue
        if system.metadata.content != "complete" or system.metadata.compositional:
            return False
        told = system.locate(code) or what_became(catalogue, system, code) or system.explain(code)
        return told is None and in_other_release(catalogue, system, code) is None


@dataclass(frozen=True, slots=True)
class PlainCodes:
    """The plain codes of one code system, of which a value set selects some; without a value set, all.

    `listed` are the codes that the value set names, if it names codes; those with texts of their own are not plain.
    `languages` are the requested languages of displays.
    """

    system: ReadsPlainly
    unknown: UnknownCodes
    languages: Languages
    filters: tuple[Filter, ...] = ()
    listed: Mapping[str, ConceptReference] | None = None

    def judge(self, code: str, given: str | None) -> Judged | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`. Reads one row."""
        found = self.system.plain(code)
        display = found and (self._worded(found, given) if self.languages.ranges else found.display)
        if found is None or display is None or given not in {None, display}:
            return None
        if self.listed is None:
            member = all(self.system.holds_plain(code, found, f) for f in self.filters)
            return Judged(display, member, found.status)
        reference = self.listed.get(self.system.code_key(code))
        if reference and (reference.display or reference.designations or reference.extensions):
            return None
        return Judged(display, reference is not None, found.status)

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that its system does not have it."""
        listed = self.listed is not None and self.system.code_key(code) in self.listed
        return not listed and self.unknown.has(code)

    def _worded(self, found: PlainCode, given: str | None) -> str | None:
        """What to show in these languages; None where there is something to say about that."""
        concept = Concept("", found.display, designations=tuple(self.system.plain_designations(found)))
        displays = collect(concept, self.system.metadata.language)
        if given and check_display(given, displays, self.languages, {}, lenient=True, user_assigned=False) is not None:
            return None
        return displays.preferred(self.languages)


def plain_codes(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> PlainCodes | None:
    """The plain codes of the value set or system that a request is about, whatever code it asks for.

    None where there may be more to say about any code: it has no system, or the value set is not one selection. Raises
    TerminologyError as `validate_code` does.
    """
    coding = next(iter(request.concept.codings), None)
    if coding is None or not coding.system or isinstance(request.value_set, ElementContext):
        return None
    with within(context.deadline, "VALIDATION_DEADLINE"):
        target = target_of(catalogue, request, context)
        if target is not None:
            rule = _only_rule(target.plan(coding), coding.system)
            return None if rule is None else _selected(catalogue, rule, target.asked.languages)
        rules, url = request.versions.of_systems(catalogue.canonical_of), catalogue.canonical_of(coding.system)
        called = request.code_system or Canonical(url)
        if catalogue.canonical_of(called.url) != url:
            return None
        choice = choose_version(rules, url, coding.version or called.version)
        system = catalogue.code_system(choice.reference, request.use_supplements)
        if system is None or not usable(system):
            return None
        languages = request.display_language or context.accept_language
        unknown = UnknownCodes(catalogue, system)
        return PlainCodes(system, unknown, languages) if isinstance(system, ReadsPlainly) else None


def _only_rule(plan: Plan, system: str) -> Rule | None:
    """The one include about a system, of a value set that neither imports nor excludes anything."""
    rules = plan.root.includes
    if plan.problems or plan.root.excludes or any(rule.imports or not rule.definition.system for rule in rules):
        return None
    about = [rule for rule in rules if rule.is_about(system)]
    return about[0] if len(about) == 1 else None


def _selected(catalogue: Catalogue, rule: Rule, languages: Languages) -> PlainCodes | None:
    """What an include selects, where that needs nothing of a concept but what is read of plain ones."""
    system, definition = rule.code_system, rule.definition
    if system is None or rule.stored or not isinstance(system, ReadsPlainly):
        return None
    unknown = UnknownCodes(catalogue, system)
    if definition.concepts:
        return PlainCodes(system, unknown, languages, listed=rule.listed)
    if not all(map(system.is_plain, definition.filters)):
        return None
    return PlainCodes(system, unknown, languages, definition.filters)
