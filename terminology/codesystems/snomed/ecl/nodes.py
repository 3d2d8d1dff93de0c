"""The syntax tree of an expression constraint (Expression Constraint Language 2.2).

Nodes are immutable and equal if they mean the same: positions in the text do not count. `ecl.text` writes a tree as
text, `ecl.evaluate` evaluates it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Hierarchical = Literal["<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!", "!!>", "!!<"]
Equality = Literal["=", "!="]
Order = Literal["=", "!=", "<", "<=", ">", ">="]
HistoryProfile = Literal["MIN", "MOD", "MAX"]
SearchKind = Literal["match", "wild"]

MANY = None
"""The upper end of a cardinality without one."""


# Concepts


@dataclass(frozen=True, slots=True)
class Concept:
    """`eclConceptReference`. The term is for people: it is not compared with anything."""

    id: str
    term: str | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AlternateIdentifier:
    """`altIdentifier`: a code of another scheme, `LOINC#54486-6`."""

    scheme: str
    code: str
    term: str | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*`: any concept."""


# Sets of concepts


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A constraint operator before a set."""

    operator: Hierarchical
    operand: Constraint


@dataclass(frozen=True, slots=True)
class MemberOf:
    """`^`: what the reference sets hold. `fields` None: the referenced components; `*`: concepts in any field."""

    operand: Constraint
    fields: tuple[str, ...] | None = None
    filters: tuple[MemberFilters, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Filtered:
    """A set of which the filters let some through, one filter constraint after the other."""

    operand: Constraint
    filters: tuple[DescriptionFilters | ConceptFilters, ...]


@dataclass(frozen=True, slots=True)
class WithHistory:
    """`{{ + HISTORY }}`: a set and the inactive concepts that association reference sets lead from to it.

    `subset` names the reference sets, where no profile does; neither means all of them.
    """

    operand: Constraint
    profile: HistoryProfile | None = None
    subset: Constraint | None = None


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction."""

    operands: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction."""

    operands: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """Exclusion."""

    operand: Constraint
    removed: Constraint


@dataclass(frozen=True, slots=True)
class Refined:
    """A set of which the refinement lets some through."""

    operand: Constraint
    refinement: Refinement


@dataclass(frozen=True, slots=True)
class Dotted:
    """The values that the concepts of a set have for an attribute."""

    operand: Constraint
    attribute: Constraint


Constraint = (
    Concept | AlternateIdentifier | Wildcard | Hierarchy | MemberOf | Filtered | WithHistory | And | Or | Minus
    | Refined | Dotted
)  # fmt: skip

# Refinements


@dataclass(frozen=True, slots=True)
class Cardinality:
    """How often, both ends inclusive; `maximum` None is unlimited."""

    minimum: int = 1
    maximum: int | None = MANY

    def allows(self, count: int) -> bool:
        """Whether a count is within."""
        return self.minimum <= count and (self.maximum is MANY or count <= self.maximum)


AT_LEAST_ONE = Cardinality()


@dataclass(frozen=True, slots=True)
class Among:
    """The value is a concept of a set, or with `!=` a concept that is not in it."""

    operator: Equality
    value: Constraint


@dataclass(frozen=True, slots=True)
class Numeric:
    """The value is a number in this relation to another."""

    operator: Order
    value: Decimal


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """`typedSearchTerm`: `match` words that all begin words of a text, in any order; `wild` a pattern with `*`."""

    kind: SearchKind
    text: str


@dataclass(frozen=True, slots=True)
class Textual:
    """A text that one of the search terms finds, or with `!=` none."""

    operator: Equality
    terms: tuple[SearchTerm, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean."""

    operator: Equality
    value: bool


Comparison = Among | Numeric | Textual | Truth


@dataclass(frozen=True, slots=True)
class Attribute:
    """`eclAttribute`. `reverse`: the concepts that are values of the attribute for those compared with."""

    name: Constraint
    comparison: Comparison
    cardinality: Cardinality = AT_LEAST_ONE
    reverse: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """`eclAttributeGroup`: attributes of one relationship group; the cardinality counts groups."""

    attributes: Refinement
    cardinality: Cardinality = AT_LEAST_ONE


@dataclass(frozen=True, slots=True)
class AllOf:
    """Refinements that must all hold."""

    parts: tuple[Refinement, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Refinements one of which must hold."""

    parts: tuple[Refinement, ...]


Refinement = Attribute | Group | AllOf | AnyOf

# Filters


@dataclass(frozen=True, slots=True)
class Acceptable:
    """A dialect with the acceptabilities that count there; none named: any."""

    dialect: Constraint | str
    acceptabilities: frozenset[str] = frozenset()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TermFilter:
    """`term`."""

    comparison: Textual


@dataclass(frozen=True, slots=True)
class LanguageFilter:
    """`language`: codes in lower case."""

    operator: Equality
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeFilter:
    """`typeId` or `type`."""

    operator: Equality
    types: Constraint


@dataclass(frozen=True, slots=True)
class DialectFilter:
    """`dialectId` or `dialect` (an alias such as `en-gb`, in lower case)."""

    operator: Equality
    dialects: tuple[Acceptable, ...]


@dataclass(frozen=True, slots=True)
class ModuleFilter:
    """`moduleId`."""

    operator: Equality
    modules: Constraint


@dataclass(frozen=True, slots=True)
class EffectiveTimeFilter:
    """`effectiveTime`: times as numbers (20250131)."""

    operator: Order
    times: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """`active`, with `!=` already resolved."""

    active: bool


@dataclass(frozen=True, slots=True)
class IdFilter:
    """`id` of descriptions."""

    operator: Equality
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DefinitionStatusFilter:
    """`definitionStatusId` or `definitionStatus`."""

    operator: Equality
    statuses: Constraint


@dataclass(frozen=True, slots=True)
class Times:
    """A time of a field, in this relation to one of those."""

    operator: Order
    times: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """A field of a reference set's members."""

    name: str
    comparison: Comparison | Times
    position: int = field(default=0, compare=False)


DescriptionFilter = (
    TermFilter | LanguageFilter | TypeFilter | DialectFilter | ModuleFilter | EffectiveTimeFilter | ActiveFilter
    | IdFilter
)  # fmt: skip
ConceptFilter = DefinitionStatusFilter | ModuleFilter | EffectiveTimeFilter | ActiveFilter
MemberFilter = FieldFilter | ModuleFilter | EffectiveTimeFilter | ActiveFilter


@dataclass(frozen=True, slots=True)
class DescriptionFilters:
    """`{{ D … }}`: one description of the concept passes all of them."""

    filters: tuple[DescriptionFilter, ...]


@dataclass(frozen=True, slots=True)
class ConceptFilters:
    """`{{ C … }}`."""

    filters: tuple[ConceptFilter, ...]


@dataclass(frozen=True, slots=True)
class MemberFilters:
    """`{{ M … }}`: one member passes all of them."""

    filters: tuple[MemberFilter, ...]
