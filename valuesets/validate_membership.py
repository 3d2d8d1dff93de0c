"""Validates a coding against a value set: which include selects it, in which version of its system.

A value set may take codes from several versions of a system. Includes whose version agrees with the coding's count;
only where none does are the others considered, and the disagreement is reported. Among includes that have the code, the
one whose display was given wins, then the newest version. Membership itself is decided by the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import CodeSystem, Located
from terminology.model.valueset import ValueSet
from terminology.model.versions import Release, matches, ordered
from valuesets.displays import check_display
from valuesets.plan import Plan
from valuesets.planning import plan
from valuesets.roots import unknown_roots
from valuesets.rules import Membership, Query, Rule
from valuesets.validate_concept import Asked, Found, asks_for_status, is_allowed, judge_found
from valuesets.validate_system import check_used_version, explain_unknown, find_system, say_unknown_system
from valuesets.verdict import Findings, Judgement, name_of, name_of_coding
from valuesets.versions import VersionChoice, choose_version


@dataclass(frozen=True, slots=True)
class Target:
    """The value set of a request, with one plan for each version that codings state.

    `reference` is the request's name of a value set that it does not bring itself.
    """

    asked: Asked
    value_set: ValueSet
    reference: Canonical | None = None
    plans: dict[tuple[str, str] | None, Plan] = field(default_factory=dict)

    def plan(self, coding: Coding | None = None) -> Plan:
        """The plan for a coding: includes without a version use the coding's."""
        wanted = (coding.system, coding.version) if coding and coding.system and coding.version else None
        if wanted not in self.plans:
            self.plans[wanted] = self._plan(wanted)
        return self.plans[wanted]

    def _plan(self, wanted: tuple[str, str] | None) -> Plan:
        request, catalogue = self.asked.request, self.asked.catalogue
        make = partial(
            plan,
            catalogue,
            self.value_set,
            rules=request.versions,
            supplements=request.use_supplements,
            wanted=dict([wanted]) if wanted else None,
            passes_withheld=True,
        )
        if self.reference is None:
            return make()
        return catalogue.remember(("plan", self.reference, request.versions, request.use_supplements, wanted), make)


@dataclass(frozen=True, slots=True)
class _Case:
    """One coding (its system named by canonical) and the plan for it."""

    asked: Asked
    coding: Coding
    findings: Findings
    plan: Plan
    query: Query

    @classmethod
    def of(cls, target: Target, coding: Coding, findings: Findings) -> _Case:
        """A coding as it comes."""
        query = Query(coding.system or "", coding.code or "")
        return cls(target.asked, coding, findings, target.plan(coding), query)

    @property
    def code(self) -> str:
        """The code."""
        return self.query.code


def judge_in_value_set(target: Target, coding: Coding, findings: Findings) -> Judgement:
    """Whether a coding is in the value set, and valid.

    Raises TerminologyError forbidden for a system that the caller has no licence for.
    """
    url = target.asked.catalogue.canonical_of(coding.system or "")
    case = _Case.of(target, coding if url == coding.system else replace(coding, system=url), findings)
    _refuse_withheld(case)
    pool = _pool(case)
    member = _choose(case, pool)
    judgement = _judge_unselected(case, pool) if member is None else _judge_member(case, member)
    if case.coding is not coding:
        judgement = replace(judgement, coding=coding)
    return judgement if judgement.valid is not False else say_not_member(target, judgement)


def say_not_member(target: Target, judgement: Judgement) -> Judgement:
    """Add that a coding is not in the value set: an error, unless other codings may be in it."""
    findings = Findings(judgement.place, list(judgement.issues))
    arguments = {"coding": name_of_coding(judgement.coding), "value_set": name_of(target.value_set)}
    message = "None_of_the_provided_codes_are_in_the_value_set_one"
    if target.asked.request.form == "codeableConcept":
        findings.note(message, "code-invalid", "this-code-not-in-vs", "code", **arguments)
    else:
        findings.error(message, "code-invalid", "not-in-vs", "code", **arguments)
    return replace(judgement, issues=tuple(findings.issues))


def systems_with(plan_: Plan, code: str) -> list[str]:
    """The systems from which the value set takes this code, in the order of the includes."""
    systems = dict.fromkeys(rule.definition.system or "" for rule, _ in plan_.root.sources())
    members = {system: plan_.contains(system, code) for system in systems}
    return [system for system, member in members.items() if member is not None and member.outcome == "in"]


def _refuse_withheld(case: _Case) -> None:
    """Refuse codings of withheld systems only; whether others belong does not depend on those."""
    for problem in case.plan.problems:
        if problem.kind == "withheld" and problem.reference.url == case.query.system:
            raise TerminologyError("forbidden", problem.issue)


def _pool(case: _Case) -> list[Rule]:
    """The includes considered for a coding, newest version first: those that agree with its version, else all."""
    rules = [rule for rule, _ in case.plan.root.sources() if rule.is_about(case.coding.system or "")]
    if case.coding.version:
        rules = [rule for rule in rules if _agrees(rule, case.coding.version)] or rules
    return ordered(rules, lambda rule: Release(_version(rule)))[::-1] if len(rules) > 1 else rules


def _version(rule: Rule) -> str | None:
    """The version an include takes codes from, or failed to find."""
    if rule.code_system is not None:
        return rule.code_system.metadata.version
    return rule.choice.version if rule.choice else None


def _agrees(rule: Rule, stated: str) -> bool:
    return matches(stated, _version(rule) or "")


def _choose(case: _Case, pool: Sequence[Rule]) -> Membership | None:
    """The membership to judge by: an effective one, preferably one with the given display."""
    found = [m for m in case.plan.members(case.query) if m.rule in pool]
    counting = [m for m in found if m.outcome == "in"]
    if len(counting) > 1 and case.coding.display:
        return next((m for m in counting if _has_display(case, m)), counting[0])
    return next(iter(counting or found), None)


def _has_display(case: _Case, member: Membership) -> bool:
    arguments = {"system": member.system, "code": member.code}
    displays, languages = _found(case, member).displays, case.asked.languages
    issue = check_display(case.coding.display or "", displays, languages, arguments, lenient=False, user_assigned=False)
    return issue is None


def _found(case: _Case, member: Membership) -> Found:
    located = member.located or Located(ordinal=None, concept=Concept(case.code))
    if member.reference is None:
        return Found(member.code_system, located)
    owner = next(value_set for rule, value_set in case.plan.root.sources() if rule is member.rule)
    return Found(member.code_system, located, member.reference, owner)


def _judge_member(case: _Case, member: Membership) -> Judgement:
    """Judge a code that an include selects; excludes or its status may have removed it again."""
    found = _found(case, member)
    _report_version(case, member.rule)
    if member.outcome == "undecided":
        for rule in _unusable_excludes(case):
            _report_unusable(case, rule)
        return judge_found(case.asked, case.coding, found, case.findings, valid=None, concerns=False)
    counts = member.outcome != "excluded"
    if counts and member.located is None and member.code_system is not None:  # listed from a fragment
        counts = explain_unknown(case.asked.catalogue, case.coding, member.code_system, case.findings)
    valid = counts and is_allowed(
        case.asked.request, case.coding, found.located, case.findings, active_only=member.outcome == "inactive"
    )
    asked_for = found.code_system and asks_for_status(member.rule.definition, found.code_system.metadata)
    return judge_found(case.asked, case.coding, found, case.findings, valid=valid, concerns=counts and not asked_for)


def _unusable_excludes(case: _Case) -> Iterator[Rule]:
    """What excludes are about, and what is not here, of the coding's system."""
    for exclude in (rule for node in case.plan.root.walk() for rule in node.excludes):
        for rule in (exclude, *(rule for node in exclude.imports for rule, _ in node.sources())):
            if rule.code_system is None and rule.is_about(case.coding.system or ""):
                yield rule


def _judge_unselected(case: _Case, pool: Sequence[Rule]) -> Judgement:
    """Judge a code that no include selects, or whose includes cannot be used."""
    unusable = [rule for rule in pool if rule.code_system is None]
    for rule in unusable:
        _report_unusable(case, rule)
    if pool:
        _report_version(case, pool[0])
    for issue in unknown_roots(pool):
        case.findings.add(replace(issue, severity="warning", expression=()))
    valid = None if unusable else False
    system = next((rule.code_system for rule in pool if rule.code_system is not None), None) or _own_system(case)
    if system is None:
        return case.findings.judgement(case.coding, valid)
    located = case.query.locate(system)
    if located is not None:
        return judge_found(case.asked, case.coding, Found(system, located), case.findings, valid=valid, concerns=False)
    guess = next((m for m in case.plan.members(replace(case.query, guesses=True)) if m.rule in pool), None)
    from_fragment = guess is not None and guess.outcome == "in"
    if from_fragment or not case.asked.request.membership_only:
        valid = (explain_unknown(case.asked.catalogue, case.coding, system, case.findings) and from_fragment) or valid
    return case.findings.judgement(case.coding, valid, system)


def _own_system(case: _Case) -> CodeSystem | None:
    """The coding's own system, where no include chooses a version."""
    if case.asked.request.membership_only or (case.findings.unknown_systems and not _is_known(case)):
        return None
    choice = choose_version(case.asked.request.versions, case.coding.system or "", case.coding.version)
    return find_system(case.asked, choice.reference, case.findings)


def _is_known(case: _Case) -> bool:
    """Whether the coding's system is there in any version."""
    return case.asked.catalogue.code_system(Canonical(case.coding.system or "")) is not None


def _report_unusable(case: _Case, rule: Rule) -> None:
    """Say which system an include lacks."""
    if rule.choice is None:
        return
    find_system(case.asked, rule.choice.reference, case.findings)
    if not _is_known(case):
        arguments = {"value_set": name_of(case.plan.value_set), "system": str(rule.choice.reference)}
        message = "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_CS"
        case.findings.warn(message, "not-found", "vs-invalid", None, **arguments)


def _report_version(case: _Case, rule: Rule) -> None:
    """Say how the version of an include disagrees with the coding's, or with what the request allows."""
    choice, system, stated = rule.choice, rule.code_system, case.coding.version
    if choice is None:
        return
    if stated and not _agrees(rule, stated) and (system or choice.version):
        _report_disagreement(case, choice, system, stated)
    if system is not None:
        check_used_version(case.asked, case.coding, choice, system, case.findings)


def _report_disagreement(case: _Case, choice: VersionChoice, system: CodeSystem | None, stated: str) -> None:
    arguments = {"system": choice.system, "stated": stated, "include": choice.stated or ""}
    if choice.version is None:
        used = (system.metadata.version if system else None) or ""
        message = "VALUESET_VALUE_MISMATCH_DEFAULT"
        case.findings.warn(message, "invalid", "vs-invalid", "version", used=used, **arguments)
    else:
        changed = choice.version != choice.stated
        message = "VALUESET_VALUE_MISMATCH_CHANGED" if changed else "VALUESET_VALUE_MISMATCH"
        case.findings.error(message, "invalid", "vs-invalid", "version", used=choice.version, **arguments)
    own = Canonical(choice.system, stated)
    if case.asked.catalogue.code_system(own) is None:
        say_unknown_system(case.asked, own, case.findings)
