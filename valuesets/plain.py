"""Plain codes: spelled as their system spells them, with nothing to say about them but their status.

Most calls of `$validate-code` ask about the same value set or system, and get one of a few verdicts that differ only in
the code and its display; so do calls about codes that do not exist. `plain_codes` tells which codes those are and which
verdict they get. It words no message: `validate` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation
from terminology.model.deadline import within
from terminology.model.language import Languages
from terminology.model.protocols import Catalogue, CodeSystem, PlainCode, ReadPlain, ReadsPlainly
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from terminology.model.valueset import ConceptReference, Filter
from valuesets.displays import WRONG_DISPLAY, check_display, collect
from valuesets.former import in_other_release, what_became
from valuesets.languages import choose_display
from valuesets.plan import Plan, usable
from valuesets.rules import Rule
from valuesets.validate import target_of
from valuesets.versions import choose_version


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

    `read` reads those that come without a display, `read_named` those that come with the one to show; they differ where
    that is right only with a remark. `listed` are the codes that the value set names, if it names codes; those with
    texts of their own are not plain.
    """

    system: ReadsPlainly
    unknown: UnknownCodes
    languages: Languages
    read: ReadPlain
    read_named: ReadPlain
    listed: Mapping[str, ConceptReference] | None = None

    @classmethod
    def of(
        cls,
        system: ReadsPlainly,
        unknown: UnknownCodes,
        languages: Languages,
        filters: Sequence[Filter] = (),
        listed: Mapping[str, ConceptReference] | None = None,
    ) -> Self:
        """Those that pass these filters, with displays in the requested languages."""
        if not languages.ranges:
            read = system.plain_reader(filters)
            return cls(system, unknown, languages, read, read, listed)
        read, read_named = (
            system.plain_reader(filters, _Shown(system.metadata.language, languages, named)) for named in (False, True)
        )
        return cls(system, unknown, languages, read, read_named, listed)

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`. Reads one row."""
        found = self.read(code) if given is None else self.read_named(code)
        if found is None or (given is not None and given != found.display):
            return None
        return found if self.listed is None else self._among(self.listed, code, found)

    def misnamed(self, code: str, given: str) -> tuple[PlainCode, str] | None:
        """The judgement on a code that is plain but for its wrong display, and what is right, in words; else None."""
        found = self.read(code)
        judged = found if found is None or self.listed is None else self._among(self.listed, code, found)
        located = judged and self.unknown.system.locate(code)
        if judged is None or located is None:
            return None
        displays = collect(located.concept, self.system.metadata.language)
        issue = check_display(given, displays, self.languages, {}, lenient=False, user_assigned=located.user_assigned)
        return None if issue is None or issue.message_id != WRONG_DISPLAY else (judged, issue.arguments["valid"])

    def _among(self, listed: Mapping[str, ConceptReference], code: str, found: PlainCode) -> PlainCode | None:
        """The judgement on a code that is plain in its system, by a list."""
        reference = listed.get(self.system.code_key(code))
        if reference and (reference.display or reference.designations or reference.extensions):
            return None
        return PlainCode(found.display, reference is not None, found.status)

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that its system does not have it."""
        listed = self.listed is not None and self.system.code_key(code) in self.listed
        return not listed and self.unknown.has(code)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A `Choose`: the number of the designation to show, if whoever gives it is right without a remark (`named`)."""

    home: str | None
    languages: Languages
    named: bool

    def __call__(self, designations: Sequence[Designation]) -> int | None:
        displays = collect(Concept("", "-", designations=tuple(designations)), self.home)
        shown = choose_display(displays.terms, self.languages)
        if self.named and not any(term is shown for term in displays.in_languages(self.languages)):
            return None
        return next((place for place, term in enumerate(displays.terms, -1) if term is shown), None)


def plain_codes(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> PlainCodes | None:
    """The plain codes of the value set or system that a request is about, whatever code it asks for.

    None where there may be more to say about any code: it has no system, and none can be inferred, or the value set is
    not one selection. Raises TerminologyError as `validate_code` does.
    """
    coding = next(iter(request.concept.codings), None)
    if coding is None or isinstance(request.value_set, ElementContext):
        return None
    if not coding.system:
        return _plain_without_system(catalogue, request, context) if request.infer_system else None
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
        return PlainCodes.of(system, unknown, languages) if isinstance(system, ReadsPlainly) else None


def _plain_without_system(
    catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext
) -> PlainCodes | None:
    """The same for codes of which the system is inferred: those of the only one from which a value set selects."""
    with within(context.deadline, "VALIDATION_DEADLINE"):
        target = target_of(catalogue, request, context)
        if target is None or target.asked.request.alternate_codes:
            return None
        rule = _only_rule(target.plan())
        return None if rule is None else _selected(catalogue, rule, target.asked.languages)


def _only_rule(plan: Plan, system: str | None = None) -> Rule | None:
    """The one include about a system (or any), of a value set that neither imports nor excludes anything."""
    rules = plan.root.includes
    if plan.problems or plan.root.excludes or any(rule.imports or not rule.definition.system for rule in rules):
        return None
    about = [rule for rule in rules if system is None or rule.is_about(system)]
    return about[0] if len(about) == 1 else None


def _selected(catalogue: Catalogue, rule: Rule, languages: Languages) -> PlainCodes | None:
    """What an include selects, where that needs nothing of a concept but what is read of plain ones."""
    system, definition = rule.code_system, rule.definition
    if system is None or rule.stored or not isinstance(system, ReadsPlainly):
        return None
    unknown = UnknownCodes(catalogue, system)
    if definition.concepts:
        return PlainCodes.of(system, unknown, languages, listed=rule.listed)
    if not all(map(system.is_plain, definition.filters)):
        return None
    return PlainCodes.of(system, unknown, languages, definition.filters)
