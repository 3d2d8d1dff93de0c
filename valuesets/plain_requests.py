"""Which plain codes a `$validate-code` may ask about: those of its system, of a value set, or of no system at all."""

from __future__ import annotations

from terminology.model.coding import Canonical, Coding
from terminology.model.deadline import within
from terminology.model.protocols import Catalogue, CodeSystem, ReadsPlainly
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from valuesets.plain import Codes, CodesOfNoSystem, PlainCodes, UnknownCodes
from valuesets.plain_listed import ListedCodes
from valuesets.plan import usable
from valuesets.selections import rules_of, selections
from valuesets.validate import target_of
from valuesets.validate_membership import Target
from valuesets.versions import choose_version


def plain_codes(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> Codes | None:
    """The plain codes of the value set or system that a request is about, whatever code it asks for.

    None where there may be more to say about any code: its system cannot be inferred as is wished, or more has to be
    read of codes to know whether they are in the value set. Raises TerminologyError as `validate_code` does.
    """
    coding = next(iter(request.concept.codings), None)
    if coding is None or isinstance(request.value_set, ElementContext):
        return None
    if not coding.system:
        if request.infer_system:
            return _plain_without_system(catalogue, request, context)
        return CodesOfNoSystem() if request.code_system is None else None
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


def _plain_without_system(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> Codes | None:
    """The same for codes of which the system is inferred: those of the only one from which a value set selects."""
    with within(context.deadline, "VALIDATION_DEADLINE"):
        target = target_of(catalogue, request, context)
        if target is None or target.asked.request.alternate_codes:
            return None
        return _selected(target)


def _selected(target: Target, coding: Coding | None = None) -> Codes | None:
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
    codes = PlainCodes.of(system, unknown, languages, among=among)
    if others or first.imports or first not in plan.root.includes:
        return codes
    return ListedCodes.of(codes, target.value_set, first.listed) or codes


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
