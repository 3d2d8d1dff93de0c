"""The machine readable concept model: which attributes may refine what, with which values, grouped or not.

Read from the attribute domain and attribute range reference sets, wherever they come from (international or of an
extension). Only mandatory rules for postcoordinated content count. Judges nothing: `expressions.check` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.refsets import Members, ReferenceSets

DOMAIN, GROUPED = "domainId", "grouped"
CARDINALITY, IN_GROUP = "attributeCardinality", "attributeInGroupCardinality"
RANGE = "rangeConstraint"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is said about one attribute: domains it may refine, range constraints one of which its values must meet.

    `most` is how often an expression may state it, `most_in_group` how often a group may; None is without limit.
    """

    domains: frozenset[str] = frozenset()
    ranges: tuple[str, ...] = ()
    grouped: bool = False
    most: int | None = None
    most_in_group: int | None = None


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Requirement:
    """What lies in a domain has an attribute at least so often."""

    domain: str
    attribute: str
    least: int


class ConceptModel:
    """Read when first needed; safe to share by threads."""

    def __init__(self, refsets: ReferenceSets) -> None:
        self._refsets = refsets

    @property
    def is_loaded(self) -> bool:
        """Whether the version has a concept model at all."""
        return bool(self._rules)

    def rules(self, attribute: str) -> Rules:
        """What is said about an attribute."""
        return self._rules.get(attribute, NO_RULES)

    @cached_property
    def required(self) -> tuple[Requirement, ...]:
        """The attributes that something must have."""
        found: list[Requirement] = []
        for members in self._tables(DOMAIN):
            for attribute, domain, cardinality in _rows(members, DOMAIN, CARDINALITY):
                least = cardinality.partition("..")[0]
                if least.isdecimal() and int(least):
                    found.append(Requirement(domain, attribute, int(least)))
        return tuple(found)

    def _tables(self, field: str) -> Iterator[Members]:
        """The reference sets with a field."""
        loaded = map(self._refsets.members, self._refsets.ids)
        return (members for members in loaded if members is not None and field in members.columns)

    @cached_property
    def _rules(self) -> Mapping[str, Rules]:
        domains: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        ranges: dict[str, list[str]] = defaultdict(list)
        for members in self._tables(DOMAIN):
            for attribute, *said in _rows(members, DOMAIN, GROUPED, CARDINALITY, IN_GROUP):
                domains[attribute].append(tuple(said))
        for members in self._tables(RANGE):
            for attribute, constraint in _rows(members, RANGE):
                ranges[attribute].append(constraint)
        return {
            attribute: Rules(
                domains=frozenset(domain for domain, *_ in domains[attribute]),
                ranges=tuple(ranges[attribute]),
                grouped=any(grouped == "1" for _, grouped, *_ in domains[attribute]),
                most=_most(cardinality for _, _, cardinality, _ in domains[attribute]),
                most_in_group=_most(cardinality for *_, cardinality in domains[attribute]),
            )
            for attribute in (*domains, *(one for one in ranges if one not in domains))
        }


def _most(cardinalities: Iterable[str]) -> int | None:
    """The widest upper end of some cardinalities (`0..1`); None where one has no end, or there are none."""
    ends = [text.partition("..")[2] for text in cardinalities]
    return max(map(int, ends)) if ends and all(end.isdecimal() for end in ends) else None


def _rows(members: Members, *fields: str) -> Iterator[tuple[str, ...]]:
    """The attribute and some fields of the active rules that count."""
    columns = [members.texts(name) for name in ("referencedComponentId", *fields)]
    conditions = (members.active.tolist(), members.texts("ruleStrengthId"), members.texts("contentTypeId"))
    for row, active, strength, content in zip(zip(*columns, strict=True), *conditions, strict=True):
        if active and strength == ids.MRCM_MANDATORY and content in ids.MRCM_POSTCOORDINATED:
            yield row
