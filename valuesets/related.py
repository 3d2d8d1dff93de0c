"""ValueSet `$related` (FHIR R6; `$compare` in older tools): how two value sets overlap.

Compares definitions first (equal includes, listed codes, cones of one tree), which also works for systems that are not
loaded; otherwise codes, as bitmaps. Versions of a system are compared by code. Does not explain differences in
displays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pyroaring import BitMap

from terminology.model import messages
from terminology.model.coding import Canonical
from terminology.model.deadline import within
from terminology.model.outcome import Issue
from terminology.model.protocols import Catalogue, CodeSystem, NotEnumerable
from terminology.model.requests import RelatedRequest, RequestContext
from terminology.model.results import RelatedResult, Relation
from terminology.model.valueset import ValueSet
from valuesets.plan import Plan
from valuesets.planning import plan
from valuesets.resolving import resolved
from valuesets.rules import Rule
from valuesets.segments import Segment
from valuesets.select import Selector

MOST_CODES = 1_000
"""The most codes that an answer names."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two sets have in common and what only one of them has.

    Codes are named where they were compared one by one (the first of many); otherwise only their existence is known.
    """

    common: bool = False
    left: bool = False
    right: bool = False
    common_codes: tuple[str, ...] = ()
    left_codes: tuple[str, ...] = ()
    right_codes: tuple[str, ...] = ()

    @classmethod
    def counted(cls, common: Sequence[str], left: Sequence[str], right: Sequence[str]) -> Overlap:
        """From lists of codes."""
        return cls(bool(common), bool(left), bool(right), tuple(common), tuple(left), tuple(right))

    def __or__(self, other: Overlap) -> Overlap:
        return Overlap(
            self.common or other.common,
            self.left or other.left,
            self.right or other.right,
            self.common_codes + other.common_codes,
            self.left_codes + other.left_codes,
            self.right_codes + other.right_codes,
        )

    @property
    def relation(self) -> Relation:
        """The relationship of the first set to the second."""
        if not (self.common or self.left or self.right):
            return "empty"
        if not self.common:
            return "disjoint"
        if self.left and self.right:
            return "overlapping"
        if self.left:
            return "superset"
        return "subset" if self.right else "same"


def relate(catalogue: Catalogue, request: RelatedRequest, context: RequestContext) -> RelatedResult:
    """Compare two value sets.

    Raises TerminologyError not-found or invalid for one that is missing or makes no sense.
    """
    with within(context.deadline, "RELATED_DEADLINE"):
        return _related(*(_planned(catalogue, request, asked) for asked in (request.this, request.other)))


def _related(one: Plan, other: Plan) -> RelatedResult:
    names = {"this": _name(one), "other": _name(other)}
    defined = by_definition(one, other)
    if defined is not None:
        return _result(defined, names, performed_expansion=False)
    segments: list[list[Segment]] = []
    for which, planned in (("This", one), ("Other", other)):
        listing = _listed(planned)
        if isinstance(listing, Issue):
            text = messages.text("RELATED_INDETERMINATE", {**names, "which": which, "reason": listing.text})
            return RelatedResult(relation="indeterminate", performed_expansion=True, message=text)
        segments.append(listing)
    listed = by_codes(*segments)
    if listed.relation == "same":  # nothing to explain
        listed = replace(listed, common_codes=())
    return _result(listed, names, performed_expansion=True)


def _result(found: Overlap, names: dict[str, str], *, performed_expansion: bool) -> RelatedResult:
    return RelatedResult(
        relation=found.relation,
        performed_expansion=performed_expansion,
        message=messages.text(f"RELATED_{found.relation.upper()}", names),
        common_codes=found.common_codes[:MOST_CODES],
        missing_codes=found.left_codes[:MOST_CODES],
        extra_codes=found.right_codes[:MOST_CODES],
    )


def _listed(planned: Plan) -> list[Segment] | Issue:
    """The codes of a value set, or why they cannot be listed."""
    if planned.problems:
        return planned.problems[0].issue
    try:
        return Selector().node(planned.root)
    except NotEnumerable as error:
        return planned.unlistable(error)


def _planned(catalogue: Catalogue, request: RelatedRequest, asked: ValueSet | Canonical) -> Plan:
    value_set = resolved(catalogue, asked, request.versions)
    return plan(
        catalogue,
        value_set,
        rules=request.versions.of_systems(catalogue.canonical_of),
        supplements=request.use_supplements,
    )


def _name(one: Plan) -> str:
    return str(one.value_set.canonical) if one.value_set.url else "??"


# by definition


def by_definition(one: Plan, other: Plan) -> Overlap | None:
    """The overlap as far as the definitions tell, without looking at codes; None when they do not tell."""
    roots = (one.root, other.root)
    if any(node.excludes for node in roots) or roots[0].active_only != roots[1].active_only:
        return None
    if any(rule.imports or rule.definition.value_sets for node in roots for rule in node.includes):
        return None
    result, certain = Overlap(), not roots[0].active_only
    for system in dict.fromkeys(rule.definition.system for node in roots for rule in node.includes):
        left, right = ([r for r in node.includes if r.definition.system == system] for node in roots)
        found = _of_system(left, right)
        if found is None:
            return None
        certain = certain and all(any(map(_has_codes, side)) for side in (left, right) if side)
        result |= found
    # includes that may select nothing are certain only when the sets are equal, or have nothing in common
    return result if certain or not result.common or result.relation == "same" else None


def _has_codes(rule: Rule) -> bool:
    """Whether an include certainly selects something: a filter may match no code."""
    if not rule.definition.filters:
        return True
    root = _cone_of(rule)
    return root is not None and rule.code_system is not None and rule.code_system.locate(root) is not None


def _of_system(left: list[Rule], right: list[Rule]) -> Overlap | None:
    if not left or not right:
        return Overlap(left=bool(left), right=bool(right))
    if all(r.definition.concepts for r in (*left, *right)):
        return _of_lists(_codes(left), _codes(right))
    if {_signature(r) for r in left} == {_signature(r) for r in right}:
        return Overlap(common=True)
    if len(left) == len(right) == 1:
        return _of_cones(left[0], right[0])
    return None


def _signature(rule: Rule) -> tuple[object, ...]:
    version = rule.code_system.metadata.version if rule.code_system else rule.definition.version
    codes = frozenset(c.code for c in rule.definition.concepts)
    return version, frozenset(rule.definition.filters), codes


def _codes(rules: Iterable[Rule]) -> set[str]:
    return {c.code for r in rules for c in r.definition.concepts}


def _of_lists(left: set[str], right: set[str]) -> Overlap:
    return Overlap.counted(sorted(left & right), sorted(left - right), sorted(right - left))


def _of_cones(left: Rule, right: Rule) -> Overlap | None:
    """The overlap of two cones of one version, told by their roots."""
    system = left.code_system
    if system is None or right.code_system is None or system.key != right.code_system.key:
        return None
    roots = [_cone_of(rule) for rule in (left, right)]
    if None in roots:
        return None
    a, b = (system.locate(root or "") for root in roots)
    if a is None or b is None:
        return None
    relation = system.subsumes(a.concept.code, b.concept.code)
    if relation == "not-subsumed":
        return Overlap(left=True, right=True) if _disjoint(system, left, right) else None
    return Overlap(common=True, left=relation == "subsumes", right=relation == "subsumed-by")


def _cone_of(rule: Rule) -> str | None:
    filters = rule.definition.filters
    if len(filters) == 1 and filters[0].op == "is-a" and filters[0].property in {"concept", "code"}:
        return filters[0].value
    return None


def _disjoint(system: CodeSystem, left: Rule, right: Rule) -> bool:
    one, other = (system.select(rule.definition.filters[0]) for rule in (left, right))
    return not one & other


# by codes


def by_codes(left: Sequence[Segment], right: Sequence[Segment]) -> Overlap:
    """The overlap of the codes themselves, regardless of version."""
    result = Overlap()
    for system in dict.fromkeys(s.system for s in (*left, *right)):
        mine, theirs = ([s for s in side if s.system == system] for side in (left, right))
        versions = {s.code_system.key: s.code_system for s in (*mine, *theirs) if s.code_system is not None}
        if len(versions) == 1 and not any(s.loose for s in (*mine, *theirs)):
            result |= _of_bitmaps(next(iter(versions.values())), _united(mine), _united(theirs))
        else:
            result |= _of_codes(mine, theirs)
    return result


def _united(segments: Iterable[Segment]) -> BitMap:
    return BitMap().union(*(s.members for s in segments))


def _of_bitmaps(system: CodeSystem, left: BitMap, right: BitMap) -> Overlap:
    common, missing, extra = left & right, left - right, right - left
    named = (tuple(c.code for c in system.concepts(part[:MOST_CODES])) for part in (common, missing, extra))
    return Overlap(bool(common), bool(missing), bool(extra), *named)


def _of_codes(left: Iterable[Segment], right: Iterable[Segment]) -> Overlap:
    mine, theirs = (dict.fromkeys(code for s in side for code in s.codes()) for side in (left, right))
    return Overlap.counted(
        [code for code in mine if code in theirs],
        [code for code in mine if code not in theirs],
        [code for code in theirs if code not in mine],
    )
