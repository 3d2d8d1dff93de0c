"""Evaluates expression constraints: a tree becomes the set of matching concepts of one version (ECL 2.2, section 6).

Every function is pure: tree and substrate in, bitmap out. A concept that does not exist raises Unreadable with its
place in the text, unless the evaluation is lenient (for rules of the concept model, which may name concepts that a
subset lacks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType

from pyroaring import BitMap

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from terminology.codesystems.snomed.ecl.concept_filters import Scope, passing_concepts
from terminology.codesystems.snomed.ecl.description_filters import passing_descriptions
from terminology.codesystems.snomed.ecl.members import member_concepts
from terminology.codesystems.snomed.ecl.refinements import refined, values_of
from terminology.codesystems.snomed.ecl.substrate import NOTHING, Substrate
from terminology.codesystems.snomed.scanner import Unreadable
from terminology.codesystems.snomed.sctid import is_sctid
from terminology.model.deadline import check
from terminology.store.arrays import bitmap, rising

PROFILES: Mapping[nodes.HistoryProfile, tuple[str, ...]] = MappingProxyType(
    {
        "MIN": (ids.SAME_AS,),
        "MOD": (ids.SAME_AS, ids.REPLACED_BY, ids.WAS_A, ids.PARTIALLY_EQUIVALENT_TO),
    }
)
"""History profiles (ECL 2.2, 6.11); MAX is every historical association."""

TARGET = "targetComponentId"

Closure = Callable[[Substrate, BitMap], BitMap]

OPERATORS: Mapping[nodes.Hierarchical, Closure] = MappingProxyType(
    {
        "<": lambda s, x: s.descendants(x),
        "<<": lambda s, x: s.descendants(x) | x,
        "<!": lambda s, x: s.taxonomy.children(x),
        "<<!": lambda s, x: s.taxonomy.children(x) | x,
        ">": lambda s, x: s.taxonomy.ancestors(x),
        ">>": lambda s, x: s.taxonomy.ancestors(x) | x,
        ">!": lambda s, x: s.taxonomy.parents(x),
        ">>!": lambda s, x: s.taxonomy.parents(x) | x,
        "!!>": lambda s, x: x - s.descendants(x),
        "!!<": lambda s, x: x - s.taxonomy.ancestors(x),
    }
)
CONES = frozenset({"<", "<<"})


class Evaluator:
    """Evaluates constraints; `text` is what they were read from, for messages."""

    def __init__(self, substrate: Substrate, text: str = "", *, lenient: bool = False) -> None:
        self._substrate = substrate
        self._text = text
        self._lenient = lenient
        self._scope = Scope(substrate, self.concepts, self.fail)

    def concepts(self, node: nodes.Constraint) -> BitMap:
        """The concepts that meet a constraint. Raises Unreadable. The set must not be changed."""
        check()
        match node:
            case nodes.Concept(id_, _, position):
                return self._concept(id_, position)
            case nodes.AlternateIdentifier(scheme, code, _, position):
                return self._identified(scheme, code, position)
            case nodes.Wildcard():
                return self._substrate.whole
            case nodes.Hierarchy(operator, operand):
                return self._around(operator, operand)
            case nodes.And(operands):
                return reduce(BitMap.__and__, map(self.concepts, operands))
            case nodes.Or(operands):
                return BitMap.union(*map(self.concepts, operands))
            case nodes.Minus(operand, removed):
                return self.concepts(operand) - self.concepts(removed)
            case _:
                return self._compound(node)

    def _compound(self, node: nodes.Constraint) -> BitMap:
        match node:
            case nodes.Refined(operand, refinement):
                return refined(self._scope, self.concepts(operand), refinement)
            case nodes.Dotted(operand, attribute):
                return values_of(self._scope, self.concepts(operand), attribute)
            case nodes.MemberOf():
                return member_concepts(self._scope, node)
            case nodes.Filtered(operand, filters):
                return self._filtered(operand, filters)
            case nodes.WithHistory(operand, profile, subset):
                return self._with_history(self.concepts(operand), profile, subset)
        raise TypeError(f"not a constraint: {node!r}")

    def _concept(self, id_: str, position: int) -> BitMap:
        ordinal = self._substrate.ordinal(id_)
        if ordinal is not None:
            return BitMap([ordinal])
        if self._lenient:
            return NOTHING
        hint = "" if is_sctid(id_) else ", and its check digit is wrong"
        raise self.fail(f"there is no concept {id_}{hint}", position)

    def _around(self, operator: nodes.Hierarchical, operand: nodes.Constraint) -> BitMap:
        """What lies above or below some concepts. Below a single one, it is stored by its id."""
        if operator not in CONES or not isinstance(operand, nodes.Concept):
            return OPERATORS[operator](self._substrate, self.concepts(operand))
        below = self._substrate.below(operand.id)
        if below and operator == "<":
            return below
        root = self._concept(operand.id, operand.position)
        return below if operator == "<" else root | below

    def _identified(self, scheme: str, code: str, position: int) -> BitMap:
        """`scheme` is the alias of an identifier scheme: a word of one of its names."""
        found = NOTHING
        known = False
        for id_, identifiers in self._substrate.refsets.identifiers.items():
            if self._is_alias(scheme, id_):
                known = True
                found = found | BitMap([identifiers[code]] if code in identifiers else [])
        if not known and not self._lenient:
            raise self.fail(f"no identifiers of a scheme '{scheme}' are loaded", position)
        return found

    def _is_alias(self, alias: str, scheme: str) -> bool:
        ordinal = self._substrate.ordinal(scheme)
        names = [] if ordinal is None else self._substrate.names(ordinal)
        return any(alias.casefold() in name.casefold().split() for name in names)

    def _filtered(
        self, operand: nodes.Constraint, filters: tuple[nodes.DescriptionFilters | nodes.ConceptFilters, ...]
    ) -> BitMap:
        found = self.concepts(operand)
        if isinstance(operand, nodes.Wildcard) and _asks_for_inactive(filters):
            found = self._substrate.every
        for one in filters:
            if isinstance(one, nodes.ConceptFilters):
                found = found & passing_concepts(self._scope, one)
            else:
                found = passing_descriptions(self._scope, one, found)
        return found

    def _with_history(
        self, found: BitMap, profile: nodes.HistoryProfile | None, subset: nodes.Constraint | None
    ) -> BitMap:
        if subset is not None:
            refsets = self._substrate.codes(self.concepts(subset))
        else:
            refsets = list(PROFILES.get(profile or "MAX", ())) or self._associations()
        if not self._substrate.refsets.ids:
            raise self._scope.missing("reference sets")
        wanted = self._substrate.marks(found)
        added = [found]
        for refset in refsets:
            members = self._substrate.refsets.members(refset)
            if members is not None and TARGET in members.columns:
                targets = self._substrate.refsets.places.find(members.numbers(TARGET))
                leading = (members.active == 1) & (targets >= 0) & wanted[targets] & (members.ordinals >= 0)
                added.append(bitmap(rising(members.ordinals[leading])))
        return BitMap.union(*added)

    def _associations(self) -> list[str]:
        """All historical association reference sets; where the version does not say which, all with targets."""
        parent = self._substrate.ordinal(ids.ASSOCIATIONS)
        if parent is not None and (below := self._substrate.descendants(BitMap([parent]))):
            return self._substrate.codes(below)
        refsets = self._substrate.refsets
        known = ((refset, refsets.members(refset)) for refset in refsets.ids)
        return [refset for refset, members in known if members is not None and TARGET in members.columns]

    def ids(self, node: nodes.Constraint) -> frozenset[str]:
        """The ids a constraint means; see `Scope.ids`."""
        return self._scope.ids(node)

    def fail(self, reason: str, position: int = 0) -> Unreadable:
        """An error about a place in the text."""
        return Unreadable(reason, self._text, position)


def _asks_for_inactive(filters: tuple[nodes.DescriptionFilters | nodes.ConceptFilters, ...]) -> bool:
    return any(
        isinstance(one, nodes.ActiveFilter) and not one.active
        for group in filters
        if isinstance(group, nodes.ConceptFilters)
        for one in group.filters
    )
