"""The machine readable concept model: which attributes may refine what, with which values, grouped or not.

Read from the attribute domain and attribute range reference sets, wherever they come from (international or of an
extension). Only mandatory rules for postcoordinated content count. Judges nothing: `expressions.check` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.refsets import Members, ReferenceSets

DOMAIN, GROUPED = "domainId", "grouped"
RANGE = "rangeConstraint"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is said about one attribute: domains it may refine, range constraints one of which its values must meet."""

    domains: frozenset[str]
    ranges: tuple[str, ...]
    grouped: bool


NO_RULES = Rules(frozenset(), (), grouped=False)


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
    def _rules(self) -> Mapping[str, Rules]:
        domains: dict[str, set[str]] = defaultdict(set)
        grouped: set[str] = set()
        ranges: dict[str, list[str]] = defaultdict(list)
        for refset in self._refsets.ids:
            members = self._refsets.members(refset)
            if members is None:
                continue
            if DOMAIN in members.columns:
                for attribute, domain, is_grouped in _rows(members, DOMAIN, GROUPED):
                    domains[attribute].add(domain)
                    if is_grouped == "1":
                        grouped.add(attribute)
            elif RANGE in members.columns:
                for attribute, constraint, _ in _rows(members, RANGE, RANGE):
                    ranges[attribute].append(constraint)
        return {
            attribute: Rules(frozenset(domains[attribute]), tuple(ranges[attribute]), attribute in grouped)
            for attribute in (*domains, *(one for one in ranges if one not in domains))
        }


def _rows(members: Members, first: str, second: str) -> list[tuple[str, str, str]]:
    """(attribute, first field, second field) of the active rules that count."""
    columns = (
        members.texts("referencedComponentId"), members.texts(first), members.texts(second),
        members.active.tolist(), members.texts("ruleStrengthId"), members.texts("contentTypeId"),
    )  # fmt: skip
    return [
        (attribute, one, other)
        for attribute, one, other, active, strength, content in zip(*columns, strict=True)
        if active and strength == ids.MRCM_MANDATORY and content in ids.MRCM_POSTCOORDINATED
    ]
