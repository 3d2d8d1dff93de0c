"""What expression constraints mean, by loops over the rows of a release: the oracle for the evaluator.

Slow and plain on purpose; knows neither stores nor bitmaps, and shares no code with what it checks but the tree.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.ecl import nodes
from tests.rf2 import HEADINGS, MEMBERS, Release

ORDERS: dict[str, Callable] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
PROFILES = {"MIN": (ids.SAME_AS,), "MOD": (ids.SAME_AS, ids.REPLACED_BY, ids.WAS_A, ids.PARTIALLY_EQUIVALENT_TO)}
COMPONENTS = frozenset(
    {"referencedComponentId", "targetComponentId", "valueId", "correlationId", "mapCategoryId", "domainId"}
)
"""Fields that hold concepts."""


@dataclass(frozen=True)
class Relation:
    source: str
    type: str
    target: str
    group: int


class Naive:
    """Evaluates over one release."""

    def __init__(self, release: Release) -> None:
        rows = release.current
        self.concepts = {row[0]: row for row in rows("Concept")}
        active = [row for kind in ("Relationship", "RelationshipConcreteValues") for row in rows(kind) if row[2] == "1"]
        related = [Relation(row[4], row[7], row[5], int(row[6])) for row in active if row[8] == ids.INFERRED]
        self.relations = [r for r in related if r.type != ids.IS_A]
        self.is_a = [r for r in related if r.type == ids.IS_A]
        self.from_ = _by(related, lambda relation: relation.source)
        self.to = _by(related, lambda relation: relation.target)
        self.parents = {id_: {r.target for r in self.from_[id_] if r.type == ids.IS_A} for id_ in self.concepts}
        self.attributes = {r.type for r in self.relations}
        self.descriptions = [*rows("Description"), *rows("TextDefinition")]
        self.dialects = {(row[4], row[5]): row[6] for row in rows("Language") if row[2] == "1"}
        self.identifiers = {(row[4], row[0]): row[5] for row in release.rows["Identifier"] if row[2] == "1"}
        self.members: dict[str, list[dict[str, str]]] = {}
        for kind in MEMBERS - {"Language"}:
            names = HEADINGS[kind].split()[1:]
            for row in rows(kind):
                fields = dict(zip(names, row[5:], strict=True))
                common = {"effectiveTime": row[1], "active": row[2], "moduleId": row[3]}
                self.members.setdefault(row[4], []).append(common | fields)
        self.above = {id_: self._closure(id_) for id_ in self.concepts}

    def _closure(self, id_: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self.parents[id_])
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += self.parents[parent]
        return found

    def is_active(self, id_: str) -> bool:
        return self.concepts[id_][2] == "1"

    @cached_property
    def whole(self) -> set[str]:
        return {
            id_ for id_ in self.concepts if self.is_active(id_) and (id_ == ids.ROOT or ids.ROOT in self.above[id_])
        }

    # Constraints

    def evaluate(self, node: nodes.Constraint) -> set[str]:
        match node:
            case nodes.Concept(id_):
                return {id_}
            case nodes.AlternateIdentifier(scheme, code):
                return {
                    concept
                    for (id_, own), concept in self.identifiers.items()
                    if own == code and any(scheme.lower() in n.lower().split() for n in self._names(id_))
                }
            case nodes.Wildcard():
                return self.whole
            case nodes.Hierarchy(operator, operand):
                return self._hierarchy(operator, self.evaluate(operand))
            case nodes.Refined() | nodes.Dotted() | nodes.MemberOf() | nodes.Filtered() | nodes.WithHistory():
                return self._compound(node)
        return self._joined(node)

    def _joined(self, node: nodes.Constraint) -> set[str]:
        match node:
            case nodes.And(operands):
                return set.intersection(*map(self.evaluate, operands))
            case nodes.Or(operands):
                return set.union(*map(self.evaluate, operands))
            case nodes.Minus(operand, removed):
                return self.evaluate(operand) - self.evaluate(removed)
        raise AssertionError(node)

    def _compound(self, node: nodes.Constraint) -> set[str]:
        match node:
            case nodes.Refined(operand, refinement):
                return {id_ for id_ in self.evaluate(operand) if self._satisfies(id_, refinement)}
            case nodes.Dotted(operand, attribute):
                sources, types = self.evaluate(operand), self._types(attribute)
                found = {r.target for r in self._typed(types) if r.source in sources}
                return {target for target in found if target in self.concepts}
            case nodes.MemberOf():
                return self._member_of(node)
            case nodes.Filtered(operand, filters):
                return self._filtered(operand, filters)
            case nodes.WithHistory(operand, profile, subset):
                return self._with_history(self.evaluate(operand), profile, subset)
        raise AssertionError(node)

    def _names(self, id_: str) -> list[str]:
        return [row[7] for row in self.descriptions if row[4] == id_]

    def _hierarchy(self, operator: str, base: set[str]) -> set[str]:
        strict = {
            "<": lambda id_: bool(self.above[id_] & base),
            "<!": lambda id_: bool(self.parents[id_] & base),
            ">": lambda id_: any(id_ in self.above[one] for one in base),
            ">!": lambda id_: any(id_ in self.parents[one] for one in base),
        }
        if operator == "!!>":
            return {id_ for id_ in base if not self.above[id_] & base}
        if operator == "!!<":
            return {id_ for id_ in base if not any(id_ in self.above[one] for one in base)}
        with_self = operator.startswith(("<<", ">>"))
        test = strict[operator[1:] if with_self else operator]
        return {id_ for id_ in self.concepts if test(id_)} | (base if with_self else set())

    # Refinements

    def _types(self, name: nodes.Constraint) -> set[str]:
        """Is-a is meant where it alone is named."""
        if isinstance(name, nodes.Wildcard):
            return self.attributes
        named = self.evaluate(name)
        return named if named == {ids.IS_A} else named - {ids.IS_A}

    def _typed(self, types: set[str]) -> list[Relation]:
        return [r for r in (*self.relations, *self.is_a) if r.type in types]

    def _satisfies(self, id_: str, refinement: nodes.Refinement, group: int | None = None) -> bool:
        match refinement:
            case nodes.AllOf(parts):
                return all(self._satisfies(id_, part, group) for part in parts)
            case nodes.AnyOf(parts):
                return any(self._satisfies(id_, part, group) for part in parts)
            case nodes.Group(attributes, cardinality):
                groups = {r.group for r in self.from_[id_] if r.type != ids.IS_A and r.group > 0}
                return cardinality.allows(sum(self._satisfies(id_, attributes, number) for number in groups))
            case nodes.Attribute(cardinality=cardinality):
                return cardinality.allows(self._count(id_, refinement, group))

    def _count(self, id_: str, attribute: nodes.Attribute, group: int | None) -> int:
        types = self._types(attribute.name)
        if attribute.reverse:
            pairs = [(r, r.source) for r in self.to[id_] if r.type in types]
        else:
            pairs = [(r, r.target) for r in self.from_[id_] if r.type in types]
        if group is not None:
            pairs = [(r, other) for r, other in pairs if r.group == group and r.type != ids.IS_A]
        return sum(self._compares(other, attribute.comparison) for _, other in pairs)

    def _compares(self, value: str, comparison: nodes.Comparison | nodes.Times) -> bool:
        """A value as relationships have it: an id, `#5`, `"text"`, `true`."""
        match comparison:
            case nodes.Among(operator, constraint):
                return value.isdecimal() and (value in self.evaluate(constraint)) == (operator == "=")
            case nodes.Numeric(operator, number):
                return value.startswith("#") and ORDERS[operator](Decimal(value[1:]), number)
            case nodes.Truth(operator, truth):
                return value in {"true", "false"} and ((value == "true") == truth) == (operator == "=")
            case nodes.Textual():
                return value.startswith('"') and matches(comparison, value[1:-1])
        raise AssertionError(comparison)

    # Members

    def _member_of(self, node: nodes.MemberOf) -> set[str]:
        wildcard = isinstance(node.operand, nodes.Wildcard)
        refsets = set(self.members) if wildcard else self.evaluate(node.operand) & set(self.members)
        found: set[str] = set()
        for refset in refsets:
            for member in self.members[refset]:
                if self._passes_member(member, node.filters):
                    found |= {member[field] for field in self._fields(member, node.fields)}
        return found & set(self.concepts)

    def _fields(self, member: dict[str, str], fields: tuple[str, ...] | None) -> set[str]:
        if fields is None:
            return {"referencedComponentId"}
        wanted = None if fields == ("*",) else {field.lower() for field in fields}
        return {
            name for name in member if name in COMPONENTS and (wanted is None or name.lower() in wanted)
        }  # fmt: skip

    def _passes_member(self, member: dict[str, str], constraints: Iterable[nodes.MemberFilters]) -> bool:
        filters = [one for constraint in constraints for one in constraint.filters]
        if not any(isinstance(one, nodes.ActiveFilter) for one in filters) and member["active"] != "1":
            return False
        return all(self._passes_member_filter(member, one) for one in filters)

    def _passes_member_filter(self, member: dict[str, str], one: nodes.MemberFilter) -> bool:
        if not isinstance(one, nodes.FieldFilter):
            return self._passes_common(one, member["effectiveTime"], member["active"], member["moduleId"])
        (name,) = (field for field in member if field.lower() == one.name.lower())
        text = member[name]
        match one.comparison:
            case nodes.Among(operator, constraint):
                return (name in COMPONENTS and text in self._named(constraint)) == (operator == "=")
            case nodes.Numeric(operator, number):
                is_number = re.fullmatch(r"-?\d+(\.\d+)?", text)
                return bool(is_number) and ORDERS[operator](Decimal(text), number)
            case nodes.Textual():
                return matches(one.comparison, text)
            case nodes.Truth(operator, truth):
                return text.lower() in ({"true", "1"} if truth == (operator == "=") else {"false", "0"})
            case nodes.Times(operator, times):
                return text.isdecimal() and time_passes(operator, int(text), times)

    # Filters

    def _named(self, node: nodes.Constraint) -> set[str]:
        """What a filter's constraint means; concepts that it names itself need not be there."""
        return self.evaluate(node)

    def _passes_common(self, one: object, time: str, active: str, module: str) -> bool:
        match one:
            case nodes.EffectiveTimeFilter(operator, times):
                return time_passes(operator, int(time), times)
            case nodes.ActiveFilter(wanted):
                return (active == "1") == wanted
            case nodes.ModuleFilter(operator, modules):
                return (module in self._named(modules)) == (operator == "=")
        raise AssertionError(one)

    def _filtered(
        self, operand: nodes.Constraint, filters: tuple[nodes.DescriptionFilters | nodes.ConceptFilters, ...]
    ) -> set[str]:
        found = self.evaluate(operand)
        of_concepts = [one for f in filters if isinstance(f, nodes.ConceptFilters) for one in f.filters]
        if isinstance(operand, nodes.Wildcard) and nodes.ActiveFilter(active=False) in of_concepts:
            found = set(self.concepts)
        for constraint in filters:
            if isinstance(constraint, nodes.ConceptFilters):
                found = {id_ for id_ in found if self._passes_concept(id_, constraint)}
            else:
                found = {id_ for id_ in found if self._passes_description(id_, constraint)}
        return found

    def _passes_concept(self, id_: str, constraint: nodes.ConceptFilters) -> bool:
        _, time, active, module, status = self.concepts[id_]
        for one in constraint.filters:
            if isinstance(one, nodes.DefinitionStatusFilter):
                if (status in self._named(one.statuses)) != (one.operator == "="):
                    return False
            elif not self._passes_common(one, time, active, module):
                return False
        return True

    def _passes_description(self, id_: str, constraint: nodes.DescriptionFilters) -> bool:
        any_state = any(isinstance(one, nodes.ActiveFilter) for one in constraint.filters)
        return any(
            row[4] == id_ and (any_state or row[2] == "1") and all(self._passes_row(row, f) for f in constraint.filters)
            for row in self.descriptions
        )

    def _passes_row(self, row: tuple[str, ...], one: nodes.DescriptionFilter) -> bool:
        description, time, active, module, _, language, type_, term, _ = row
        match one:
            case nodes.TermFilter(comparison):
                return matches(comparison, term)
            case nodes.LanguageFilter(operator, codes):
                return (language in codes) == (operator == "=")
            case nodes.TypeFilter(operator, types):
                return (type_ in self._named(types)) == (operator == "=")
            case nodes.DialectFilter(operator, dialects):
                return any(self._accepts(description, one) for one in dialects) == (operator == "=")
            case nodes.IdFilter(operator, wanted):
                return (description in wanted) == (operator == "=")
        return self._passes_common(one, time, active, module)

    def _accepts(self, description: str, dialect: nodes.Acceptable) -> bool:
        aliases = {"en-us": ids.US_ENGLISH, "en-gb": ids.GB_ENGLISH}
        named = dialect.dialect
        refsets = {aliases[named]} if isinstance(named, str) else self._named(named)
        wanted = dialect.acceptabilities or {ids.PREFERRED, ids.ACCEPTABLE}
        return any(self.dialects.get((refset, description)) in wanted for refset in refsets)

    def _with_history(self, base: set[str], profile: str | None, subset: nodes.Constraint | None) -> set[str]:
        if subset is not None:
            refsets = self.evaluate(subset)
        elif profile in PROFILES:
            refsets = set(PROFILES[profile])
        else:
            refsets = {id_ for id_ in self.concepts if ids.ASSOCIATIONS in self.above[id_]}
        members = [member for refset in refsets for member in self.members.get(refset, ())]
        return base | {
            member["referencedComponentId"]
            for member in members
            if member["active"] == "1" and member.get("targetComponentId") in base
            and member["referencedComponentId"] in self.concepts
        }  # fmt: skip


def _by(relations: list[Relation], key: Callable[[Relation], str]) -> dict[str, list[Relation]]:
    found: dict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        found[key(relation)].append(relation)
    return found


def time_passes(operator: str, own: int, times: tuple[int, ...]) -> bool:
    """`!=` says that it is none of them."""
    if operator == "!=":
        return own not in times
    return any(ORDERS[operator](own, time) for time in times)


def matches(comparison: nodes.Textual, text: str) -> bool:
    found = any(_wild(term.text, text) if term.kind == "wild" else _match(term.text, text) for term in comparison.terms)
    return found == (comparison.operator == "=")


def plain(text: str) -> str:
    """Without case and diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _match(wanted: str, text: str) -> bool:
    """Every word begins a word of the text: after white space, or at any new run of letters and digits."""
    words = [*plain(text).split(), *re.findall(r"\w+", plain(text))]
    return all(any(word.startswith(want) for word in words) for want in plain(wanted).split())


def _wild(pattern: str, text: str) -> bool:
    parts = re.split(r"(?<!\\)\*", pattern)
    return (
        re.fullmatch(".*".join(re.escape(plain(part.replace("\\*", "*"))) for part in parts), plain(text)) is not None
    )
