"""Codes about which there is nothing to say: valid ones, in use, as their systems write them.

Calls of `$validate-code` mostly ask for the same value set or system, and get the same verdict but for the code and its
display. `plain_codes` says for which codes that is so. It looks at no display that came with a code, and decides
nothing that `validate` decides: about what is plain here, `validate` has nothing to say that names the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap

from terminology.model.deadline import within
from terminology.model.protocols import Catalogue, NotEnumerable, ReadsPlainly
from terminology.model.requests import ElementContext, RequestContext, ValidateCodeRequest
from valuesets.plan import Plan, usable
from valuesets.rules import Rule
from valuesets.validate import target_of
from valuesets.versions import choose_version


@dataclass(frozen=True, slots=True)
class PlainCodes:
    """Those of one code system that a value set selects; without one, all."""

    system: ReadsPlainly
    members: BitMap | None = None

    def display(self, code: str) -> str | None:
        """What to show for a code, or None where it is not plain: one row read."""
        found = self.system.plain(code)
        if found is None or (self.members is not None and found.ordinal not in self.members):
            return None
        return found.display


def plain_codes(catalogue: Catalogue, request: ValidateCodeRequest, context: RequestContext) -> PlainCodes | None:
    """The plain codes of the value set or system that a request is about, whatever code it asks for.

    None where there may be more to say about any code: it has no system, a language is asked for, the value set is not
    one selection. Raises TerminologyError as `validate_code` does.
    """
    if request.form != "code" or isinstance(request.value_set, ElementContext):
        return None
    (coding,) = request.concept.codings
    if not coding.system:
        return None
    with within(context.deadline, "VALIDATION_DEADLINE"):
        target = target_of(catalogue, request, context)
        if target is not None:
            languages, rule = target.asked.languages, _only_rule(target.plan(coding), coding.system)
            return None if languages.ranges or rule is None else _selected(rule)
        if request.display_language.ranges or context.accept_language.ranges:
            return None
        rules = request.versions.of_systems(catalogue.canonical_of)
        choice = choose_version(rules, catalogue.canonical_of(coding.system), coding.version)
        system = catalogue.code_system(choice.reference, request.use_supplements)
        if system is None or not usable(system):
            return None
        return PlainCodes(system) if isinstance(system, ReadsPlainly) else None


def _only_rule(plan: Plan, system: str) -> Rule | None:
    """The one include about a system, of a value set that neither imports nor excludes anything."""
    rules = plan.root.includes
    if plan.problems or plan.root.excludes or any(rule.imports or not rule.definition.system for rule in rules):
        return None
    about = [rule for rule in rules if rule.is_about(system)]
    return about[0] if len(about) == 1 else None


def _selected(rule: Rule) -> PlainCodes | None:
    """What an include selects, where that is a set at hand, less the codes that it has own words for."""
    system, filters = rule.code_system, rule.definition.filters
    if system is None or rule.stored:
        return None
    if not isinstance(system, ReadsPlainly) or not all(map(system.selects_cheaply, filters)):
        return None
    if rule.definition.concepts:
        bare = [r.code for r in rule.listed.values() if not (r.display or r.designations or r.extensions)]
        return PlainCodes(system, BitMap(system.ordinals(bare).values()))
    if not filters:
        return PlainCodes(system)
    try:
        return PlainCodes(system, BitMap.intersection(*map(system.select, filters)))
    except NotEnumerable:
        return None
