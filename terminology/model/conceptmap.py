"""Concept maps, with one record for each mapping, so that a store can index both directions (FHIR R5, ConceptMap)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from terminology.model.canonicalresource import CanonicalResource
from terminology.model.coding import Canonical
from terminology.model.concept import NOTHING_EXTRA, Extra

Relationship = Literal[
    "related-to", "equivalent", "source-is-narrower-than-target", "source-is-broader-than-target",
    "not-related-to",
]  # fmt: skip
UnmappedMode = Literal["use-source-code", "fixed", "other-map"]
BARE = "bare"
"""Key of `Mapping.extra`: what an element with neither a target nor `noMap` says instead."""

EFFECTIVE_DATE: Final = "effectiveDate"
"""The property of a mapping that says from which day on the target stands for the source."""


@dataclass(frozen=True, slots=True)
class MappingAttribute:
    """A `dependsOn`, `product` or `property` of a mapping; `kind` is the suffix of `value[x]`."""

    attribute: str
    kind: str | None = None
    value: Any = None
    value_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One source code to one target code. `extra` has BARE for an element with neither a target nor `noMap`."""

    source_code: str | None = None
    source_display: str | None = None
    source_value_set: str | None = None
    target_code: str | None = None
    target_display: str | None = None
    target_value_set: str | None = None
    relationship: Relationship | None = None
    comment: str | None = None
    properties: tuple[MappingAttribute, ...] = ()
    depends_on: tuple[MappingAttribute, ...] = ()
    products: tuple[MappingAttribute, ...] = ()
    extra: Extra = field(default_factory=lambda: NOTHING_EXTRA)

    @property
    def is_silent(self) -> bool:
        """Whether it names a code and says nothing of it, not even that it has no target (`noMap`)."""
        return BARE in self.extra


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What the mappings of a group are of: the map, the system that they lead from, and the one that they lead to.

    Equal only to itself, so that telling groups apart costs nothing.
    """

    concept_map: Canonical
    source: Canonical | None
    target: Canonical | None


Mapped = tuple[Sides, Mapping]
"""A mapping and what it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """`group.unmapped`: what a code without a mapping becomes."""

    mode: UnmappedMode
    code: str | None = None
    display: str | None = None
    value_set: str | None = None
    relationship: Relationship | None = None
    other_map: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of mappings between one source system and one target system."""

    source: Canonical | None = None
    target: Canonical | None = None
    mappings: tuple[Mapping, ...] = ()
    unmapped: Unmapped | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptMap(CanonicalResource):
    """A concept map. In `resource`, its groups are without their elements.

    `implied_by` is the version of a code system that defines the map by a url pattern, if it was not published.
    """

    source_scope: Canonical | None = None
    target_scope: Canonical | None = None
    groups: tuple[Group, ...] = ()
    implied_by: Canonical | None = None
