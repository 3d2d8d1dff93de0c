"""Plain codes: spelled as their system spells them, with nothing to say about them but their status.

Most calls of `$validate-code` ask about the same value set or system, and get one of a few verdicts that differ only in
the code and its display; so do calls about codes that do not exist. `plain_codes` tells which codes those are and which
verdict they get. It words no message: `validate` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation
from terminology.model.deadline import within
from terminology.model.language import Languages
from terminology.model.protocols import Catalogue, CodeSystem, PlainCode, ReadPlain, ReadsPlainly
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from terminology.model.valueset import Filter
from valuesets.displays import WRONG_DISPLAY, check_display, collect
from valuesets.former import in_other_release, what_became
from valuesets.languages import choose_display
from valuesets.plan import usable
from valuesets.selections import Selection, rules_of, selections
from valuesets.validate import target_of
from valuesets.validate_membership import Target
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


class Codes(Protocol):
    """Codes of which little is said, as a request may name them."""

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`."""

    def misnamed(self, code: str, given: str) -> tuple[PlainCode, str] | None:
        """The judgement on a code that is plain but for its wrong display, and what is right, in words; else None."""

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that it is not there."""


class CodesOfNoSystem:
    """Codes of a code system that is not here, or not in the version it would be: that is all there is to say of each.

    Whether a value set lists them does not matter: without its system nobody can say whether a code is right.
    """

    def judge(self, _code: str, _given: str | None) -> PlainCode | None:
        """None: no code is plain."""
        return None

    def misnamed(self, _code: str, _given: str) -> tuple[PlainCode, str] | None:
        """None: no display is known to be wrong."""
        return None

    def is_unknown(self, _code: str) -> bool:
        """True: none is there."""
        return True


@dataclass(frozen=True, slots=True)
class PlainCodes:
    """The plain codes of one code system, of which a value set selects some; without a value set, all.

    `read` reads those that come without a display, `read_named` those that come with the one to show; they differ where
    that is right only with a remark. Where the value set makes several selections, or lists codes, `selections` are
    these, and a judgement says which of them have the code; codes listed with texts of their own are not plain.
    """

    system: ReadsPlainly
    unknown: UnknownCodes
    languages: Languages
    read: ReadPlain
    read_named: ReadPlain
    selections: tuple[Selection, ...] = ()

    @classmethod
    def of(
        cls,
        system: ReadsPlainly,
        unknown: UnknownCodes,
        languages: Languages,
        filters: Sequence[Filter] = (),
        among: tuple[Selection, ...] = (),
    ) -> Self:
        """Those that pass these filters, or may be among selections, with displays in the requested languages."""
        if not languages.ranges:
            read = system.plain_reader(filters)
            return cls(system, unknown, languages, read, read, among)
        read, read_named = (
            system.plain_reader(filters, _Shown(system.metadata.language, languages, named)) for named in (False, True)
        )
        return cls(system, unknown, languages, read, read_named, among)

    def judge(self, code: str, given: str | None) -> PlainCode | None:
        """The judgement on a code, or None where it is not plain or its display differs from `given`. Reads one row."""
        found = self.read(code) if given is None else self.read_named(code)
        if found is None or (given is not None and given != found.display):
            return None
        return self._among_selections(code, found) if self.selections else found

    def misnamed(self, code: str, given: str) -> tuple[PlainCode, str] | None:
        """The judgement on a code that is plain but for its wrong display, and what is right, in words; else None."""
        found = self.read(code)
        judged = self._among_selections(code, found) if found is not None and self.selections else found
        located = judged and self.unknown.system.locate(code)
        if judged is None or located is None:
            return None
        displays = collect(located.concept, self.system.metadata.language)
        issue = check_display(given, displays, self.languages, {}, lenient=False, user_assigned=located.user_assigned)
        return None if issue is None or issue.message_id != WRONG_DISPLAY else (judged, issue.arguments["valid"])

    def _among_selections(self, code: str, found: PlainCode) -> PlainCode | None:
        """The judgement on a code that is plain in its system, by the selections that have it."""
        key = self.system.code_key(code)
        had = []
        for selection in self.selections:
            has = selection.has(code, key)
            if has is None:
                return None
            had.append(has)
        return PlainCode(found.display, tuple(had), found.status)

    def is_unknown(self, code: str) -> bool:
        """Whether there is nothing to say about a code but that its system does not have it."""
        key = self.system.code_key(code)
        return not any(key in selection.listed for selection in self.selections) and self.unknown.has(code)


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


def plain_codes(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> Codes | None:
    """The plain codes of the value set or system that a request is about, whatever code it asks for.

    None where there may be more to say about any code: it has no system, and none can be inferred, or more has to be
    read of codes to know whether they are in the value set. Raises TerminologyError as `validate_code` does.
    """
    coding = next(iter(request.concept.codings), None)
    if coding is None or isinstance(request.value_set, ElementContext):
        return None
    if not coding.system:
        return _plain_without_system(catalogue, request, context) if request.infer_system else None
    with within(context.deadline, "VALIDATION_DEADLINE"):
        target = target_of(catalogue, request, context)
        if target is not None:
            return _selected(target, coding) or _of_no_selection(target, coding) or _of_no_system(target, coding)
        rules, url = request.versions.of_systems(catalogue.canonical_of), catalogue.canonical_of(coding.system)
        called = request.code_system or Canonical(url)
        if catalogue.canonical_of(called.url) != url:
            return None
        choice = choose_version(rules, url, coding.version or called.version)
        system = catalogue.code_system(choice.reference, request.use_supplements)
        if system is None or not usable(system):
            return CodesOfNoSystem()
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
        return _selected(target)


def _selected(target: Target, coding: Coding | None = None) -> PlainCodes | None:
    """What a value set selects from a coding's system, where no more is needed of a concept than is read of plain ones.

    Without a coding, from the only system from which it selects.
    """
    catalogue, plan = target.asked.catalogue, target.plan() if coding is None else target.plan(coding)
    rules = None if plan.problems else rules_of(plan, () if coding is None else _names(catalogue, coding))
    system = rules[0].code_system if rules else None
    if not rules or system is None or not isinstance(system, ReadsPlainly):
        return None
    among = selections(rules, system, system.key)
    if among is None:
        return None
    unknown, languages = UnknownCodes(catalogue, system), target.asked.languages
    first, *others = rules
    if first.definition.filters and first in plan.root.includes and not (others or first.imports):
        return PlainCodes.of(system, unknown, languages, first.definition.filters)
    return PlainCodes.of(system, unknown, languages, among=among)


def _of_no_selection(target: Target, coding: Coding) -> PlainCodes | None:
    """The codes of a coding's system if the value set selects none of it: they may be wrong there, too."""
    catalogue, plan, request = target.asked.catalogue, target.plan(coding), target.asked.request
    if plan.problems or request.membership_only or rules_of(plan, _names(catalogue, coding)):
        return None
    system = _own_system(target, coding)
    if system is None or not isinstance(system, ReadsPlainly):
        return None
    return PlainCodes.of(system, UnknownCodes(catalogue, system), target.asked.languages)


def _of_no_system(target: Target, coding: Coding) -> CodesOfNoSystem | None:
    """The codes of a coding's system if neither it nor what the value set selects from it is here to judge by."""
    rules = rules_of(target.plan(coding), _names(target.asked.catalogue, coding)) or ()
    if any(rule.stored or rule.code_system is not None for rule in rules) or _own_system(target, coding) is not None:
        return None
    return CodesOfNoSystem()


def _own_system(target: Target, coding: Coding) -> CodeSystem | None:
    """The version of its system that a coding means, whatever a value set selects; None if it cannot be judged by."""
    catalogue, request = target.asked.catalogue, target.asked.request
    choice = choose_version(request.versions, catalogue.canonical_of(coding.system or ""), coding.version)
    system = catalogue.code_system(choice.reference, request.use_supplements)
    return system if system is not None and usable(system) else None


def _names(catalogue: Catalogue, coding: Coding) -> tuple[str, str]:
    return coding.system or "", catalogue.canonical_of(coding.system or "")
