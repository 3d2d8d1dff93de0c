"""The machine readable concept model: which attributes may refine what, how often, with which values, grouped or not.

Read from the attribute domain and attribute range reference sets of any module (international or of an extension). Only
mandatory rules for postcoordinated content are used. `expressions.check` applies them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.refsets import Members, ReferenceSets

DOMAIN, GROUPED = "domainId", "grouped"
CARDINALITY, IN_GROUP = "attributeCardinality", "attributeInGroupCardinality"
RANGE = "rangeConstraint"


@dataclass(frozen=True, slots=True)
class Cardinality:
    """How often an attribute must and may be there; `most` is None without limit."""

    least: int = 0
    most: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `0..1`, `1..*`; a text that cannot be read limits nothing."""
        least, _, most = text.partition("..")
        return cls(int(least) if least.isdecimal() else 0, int(most) if most.isdecimal() else None)


@dataclass(frozen=True, slots=True)
class DomainRule:
    """An attribute may refine concepts of a domain: how often in all, and how often in one group."""

    attribute: str
    domain: str
    grouped: bool
    cardinality: Cardinality
    in_group: Cardinality


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one attribute: domains that it may refine, and range constraints, one of which a value must meet."""

    of_domains: tuple[DomainRule, ...] = ()
    ranges: tuple[str, ...] = ()

    @property
    def domains(self) -> frozenset[str]:
        """The domains it may refine."""
        return frozenset(rule.domain for rule in self.of_domains)

    @property
    def grouped(self) -> bool:
        """Whether it may be in groups."""
        return any(rule.grouped for rule in self.of_domains)


NO_RULES = Rules()


class ConceptModel:
    """Read when first needed; safe to share by threads."""

    def __init__(self, refsets: ReferenceSets) -> None:
        self._refsets = refsets

    @property
    def is_loaded(self) -> bool:
        """Whether the version has a concept model at all."""
        return bool(self._rules)

    def rules(self, attribute: str) -> Rules:
        """The rules of an attribute."""
        return self._rules.get(attribute, NO_RULES)

    @cached_property
    def required(self) -> tuple[DomainRule, ...]:
        """The rules with a minimum: of attributes that must be there, in all or in each group."""
        every = (rule for rules in self._rules.values() for rule in rules.of_domains)
        return tuple(rule for rule in every if rule.cardinality.least or rule.in_group.least)

    def _tables(self, field: str) -> Iterator[Members]:
        """The reference sets with a field."""
        loaded = map(self._refsets.members, self._refsets.ids)
        return (members for members in loaded if members is not None and field in members.columns)

    @cached_property
    def _rules(self) -> Mapping[str, Rules]:
        domains: dict[str, list[DomainRule]] = defaultdict(list)
        ranges: dict[str, list[str]] = defaultdict(list)
        for members in self._tables(DOMAIN):
            for attribute, domain, grouped, *cardinalities in _rows(members, DOMAIN, GROUPED, CARDINALITY, IN_GROUP):
                altogether, in_group = map(Cardinality.parse, cardinalities)
                domains[attribute].append(DomainRule(attribute, domain, grouped == "1", altogether, in_group))
        for members in self._tables(RANGE):
            for attribute, constraint in _rows(members, RANGE):
                ranges[attribute].append(constraint)
        return {
            attribute: Rules(tuple(domains[attribute]), tuple(ranges[attribute]))
            for attribute in dict.fromkeys((*domains, *ranges))
        }


def _rows(members: Members, *fields: str) -> Iterator[tuple[str, ...]]:
    """The attribute and some fields of the active rules that count."""
    columns = [members.texts(name) for name in ("referencedComponentId", *fields)]
    conditions = (members.active.tolist(), members.texts("ruleStrengthId"), members.texts("contentTypeId"))
    for row, active, strength, content in zip(zip(*columns, strict=True), *conditions, strict=True):
        if active and strength == ids.MRCM_MANDATORY and content in ids.MRCM_POSTCOORDINATED:
            yield row
