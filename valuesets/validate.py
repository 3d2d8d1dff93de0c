"""`$validate-code`: is this code valid, in this value set or in its code system? A wrong code is a result.

This module runs a validation: the value set, the languages, each coding, the result. Judgements are made in
`validate_membership` (value sets), `validate_system` (code systems), `validate_concept` (found concepts), `displays`
and `standing` (drafts and the like); `verdict` decides what is returned. Does not read parameters or write resources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from terminology.model.coding import Canonical, Coding
from terminology.model.deadline import in_time, within
from terminology.model.outcome import Issue
from terminology.model.protocols import Catalogue
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from terminology.model.results import ValidateCodeResult
from terminology.model.valueset import ValueSet
from valuesets.alternates import primary_code
from valuesets.parameters import stated_alternates, stated_versions, wished_languages
from valuesets.plan import Plan, truth
from valuesets.resolving import resolved
from valuesets.standing import standing_issue
from valuesets.validate_concept import Asked
from valuesets.validate_membership import Target, judge_in_value_set, say_not_member, systems_with
from valuesets.validate_system import judge_in_system
from valuesets.verdict import Findings, Judgement, Place, failed, name_of, places, sum_up
from valuesets.versions import choose_asked, choose_version


def validate_code(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> ValidateCodeResult:
    """The verdict on a code, Coding or CodeableConcept (R5, ValueSet-validate-code and CodeSystem-validate-code).

    Raises TerminologyError for what prevents any verdict: a missing or nonsensical value set, a missing supplement,
    contradicting version rules, no time left.
    """
    with within(context.deadline, "VALIDATION_DEADLINE"):
        return _validated(catalogue, request, context)


def _validated(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> ValidateCodeResult:
    target = target_of(catalogue, request, context)
    if target is None:
        request = replace(request, versions=request.versions.of_systems(catalogue.canonical_of))
        asked = Asked(catalogue, request, request.display_language or context.accept_language)
        call = request.code_system
        own = call is not None and any(_is_about(asked, coding, call) for coding in in_time(request.concept.codings))
        judgements = [_judge_alone(asked, *one, among_its_own=own) for one in in_time(places(request))]
        return sum_up(request, None, judgements, _standing_alone(judgements))
    request = target.asked.request
    codings = places(request)
    plan = target.plan(codings[0][0] if codings else None)
    if unusable := _unusable_value_sets(plan):
        return failed(request, unusable)
    judgements = [_judge(target, *one) for one in in_time(codings)]
    return sum_up(request, target.value_set, judgements, _standing(plan, judgements))


def target_of(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> Target | None:
    """The value set of a request, with parameters it states itself; None for a request about a code system alone.

    Raises TerminologyError for a missing value set.
    """
    value_set = _value_set(catalogue, request)
    if value_set is None:
        return None
    request = _with_stated(catalogue, request, value_set)
    asked = Asked(catalogue, request, wished_languages(request.display_language, context, value_set))
    return Target(asked, value_set, request.value_set if isinstance(request.value_set, Canonical) else None)


def _value_set(catalogue: Catalogue, request: ValidateCodeRequest) -> ValueSet | None:
    assert not isinstance(request.value_set, ElementContext), "the operation resolves it"
    if not isinstance(request.value_set, Canonical):
        return request.value_set
    reference, _ = choose_asked(request.versions, request.value_set)
    make = partial(resolved, catalogue, reference, request.versions)
    return catalogue.remember(("value set", reference, request.versions.check_valueset_version), make)


def _with_stated(catalogue: Catalogue, request: ValidateCodeRequest, value_set: ValueSet) -> ValidateCodeRequest:
    """The request, completed by parameters that the value set states; the request's own values win."""
    versions = stated_versions(catalogue, request.versions, value_set)
    active_only = truth(value_set, "activeOnly") if request.active_only is None else request.active_only
    alternates = request.alternate_codes or stated_alternates(value_set)
    if (versions, active_only, alternates) == (request.versions, request.active_only, request.alternate_codes):
        return request
    return replace(request, versions=versions, active_only=active_only, alternate_codes=alternates)


def _unusable_value_sets(plan: Plan) -> list[Issue]:
    """Issues about imports that are missing or not allowed, without which nothing can be said about any code."""
    missing = dict.fromkeys(str(p.reference) for p in plan.problems if p.kind == "unknown-value-set")
    message = "Unable_to_resolve_value_Set_"
    forbidden = {str(p.reference): p.issue for p in plan.problems if p.kind == "value-set-check"}
    return [*(Issue("error", "not-found", message, {"url": url}, "not-found") for url in missing), *forbidden.values()]


def _judge(target: Target, coding: Coding, place: Place) -> Judgement:
    findings = Findings(place)
    if not coding.system and target.asked.request.infer_system:
        coding = _infer(target, coding, findings)
    elif not coding.system:
        _say_no_system(findings)
    if not coding.system:
        return say_not_member(target, findings.judgement(coding, valid=False))
    return _by_own_code(target.asked, coding, findings, partial(judge_in_value_set, target))


def _judge_alone(asked: Asked, coding: Coding, place: Place, *, among_its_own: bool) -> Judgement:
    """A coding in the code system it names, or the call names for it.

    A CodeableConcept may have codings of other systems beside one of the call's (`among_its_own`).
    """
    findings, call = Findings(place), asked.request.code_system
    if call is not None:
        if not _is_about(asked, coding, call):
            arguments = {"system": coding.system or "", "called": call.url}
            if among_its_own:
                findings.note("CODING_NOT_VALIDATED", "informational", "process-note", "system", **arguments)
            else:
                findings.error("CODING_OF_OTHER_SYSTEM", "invalid", "invalid-data", "system", **arguments)
            return findings.judgement(coding, valid=False)
        coding = replace(coding, system=coding.system or call.url, version=coding.version or call.version)
    elif not coding.system and asked.request.infer_system:
        coding = _infer_anywhere(asked, coding, findings)
    elif not coding.system:
        _say_no_system(findings)
    if not coding.system:
        return findings.judgement(coding, valid=False)
    return _by_own_code(asked, coding, findings, partial(judge_in_system, asked))


def _by_own_code(
    asked: Asked, coding: Coding, findings: Findings, judge: Callable[[Coding, Findings], Judgement]
) -> Judgement:
    """The judgement on a coding; where alternate codes count, one of them is judged by its concept's own code."""
    own = _own_code(asked, coding) if asked.request.alternate_codes else None
    if own is None:
        return judge(coding, findings)
    arguments = {"code": coding.code or "", "own": own, "system": coding.system or ""}
    findings.note("CODE_ALTERNATE", "business-rule", "code-rule", "code", **arguments)
    return replace(judge(replace(coding, code=own), findings), coding=coding, normalized_code=own)


def _own_code(asked: Asked, coding: Coding) -> str | None:
    """The code of the concept that a coding names by an alternate code, or None."""
    url = asked.catalogue.canonical_of(coding.system or "")
    choice = choose_version(asked.request.versions, url, coding.version)
    system = asked.catalogue.code_system(choice.reference, asked.request.use_supplements)
    return primary_code(system, coding.code or "", asked.request.alternate_codes) if system else None


def _is_about(asked: Asked, coding: Coding, call: Canonical) -> bool:
    """Whether a coding is of the code system the call names: one without a system is."""
    return not coding.system or asked.catalogue.canonical_of(coding.system) == asked.catalogue.canonical_of(call.url)


def _say_no_system(findings: Findings) -> None:
    message = "Coding_has_no_system__cannot_validate"
    findings.add(Issue("warning", "invalid", message, detail="invalid-data", expression=(findings.place.whole,)))


def _infer(target: Target, coding: Coding, findings: Findings) -> Coding:
    """The coding with the only system from which the value set takes its code; unchanged unless there is just one."""
    arguments = {"code": coding.code or "", "value_set": name_of(target.value_set)}
    systems = systems_with(target.plan(), coding.code or "")
    if len(systems) == 1:
        return replace(coding, system=systems[0])
    if systems:
        message = "Unable_to_resolve_system__value_set_has_multiple_matches"
        arguments["systems"] = f"[{', '.join(systems)}]"
    else:
        message = "UNABLE_TO_INFER_CODESYSTEM"
    findings.error(message, "not-found", "cannot-infer", "code", **arguments)
    return coding


def _infer_anywhere(asked: Asked, coding: Coding, findings: Findings) -> Coding:
    """The coding with the only system on this server that has its code; unchanged unless there is just one."""
    found = asked.catalogue.systems_holding(coding.code or "")
    if len(found) == 1:
        return replace(coding, system=found[0].url)
    systems = ", ".join(canonical.url for canonical in found) or "none"
    arguments = {"code": coding.code or "", "systems": systems}
    findings.error("UNABLE_TO_INFER_CODESYSTEM_ANYWHERE", "not-found", "cannot-infer", "code", **arguments)
    return coding


def _standing(plan: Plan, judgements: Sequence[Judgement]) -> list[Issue]:
    """Warnings about the value sets, and about the code systems in which codings were found."""
    root, usage = plan.value_set, plan.usage
    named = {system.key for system in usage.code_systems}
    systems = [judgement.code_system for judgement in judgements if judgement.code_system is not None]
    issues = [standing_issue("ValueSet", value_set, root) for value_set in (root, *usage.value_sets)]
    issues += [standing_issue("CodeSystem", system.metadata, root) for system in systems if system.key in named]
    return [issue for issue in issues if issue is not None]


def _standing_alone(judgements: Sequence[Judgement]) -> list[Issue]:
    systems = [judgement.code_system for judgement in judgements if judgement.code_system is not None]
    issues = (standing_issue("CodeSystem", system.metadata, None) for system in systems)
    return [issue for issue in issues if issue is not None]
