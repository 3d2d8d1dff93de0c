"""Concept maps, with one record for each mapping, so that a store can index both directions (FHIR R5, ConceptMap)."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field, replace
from types import MappingProxyType
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

Uris = Lookup[str, str]
"""What a map declares codes of attributes to mean: code → uri."""
NO_URIS: Final[Uris] = MappingProxyType({})

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

    Equal only to itself, so that telling groups apart costs nothing. `property_uris` and `attribute_uris` are those of
    the map.
    """

    concept_map: Canonical
    source: Canonical | None
    target: Canonical | None
    property_uris: Uris = field(default_factory=lambda: NO_URIS)
    attribute_uris: Uris = field(default_factory=lambda: NO_URIS)

    @property
    def declares(self) -> bool:
        """Whether the map says what any of its attributes are."""
        return bool(self.property_uris or self.attribute_uris)

    def uri(self, name: str, code: str) -> str:
        """What an attribute is; its code where the map does not declare it. `name` is `property` or another one."""
        return (self.property_uris if name == "property" else self.attribute_uris).get(code, code)

    def told(self, mapping: Mapping) -> Mapping:
        """A mapping whose attributes are named by uris, since their codes mean nothing outside of the map."""
        if not self.declares:
            return mapping
        return replace(
            mapping,
            properties=self._named("property", mapping.properties),
            depends_on=self._named("dependsOn", mapping.depends_on),
            products=self._named("product", mapping.products),
        )

    def _named(self, name: str, attributes: tuple[MappingAttribute, ...]) -> tuple[MappingAttribute, ...]:
        return tuple([replace(one, attribute=self.uri(name, one.attribute)) for one in attributes])


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
    `property_uris` are of the codes that mappings have as `property`, `attribute_uris` of those in `dependsOn` and
    `product`.
    """

    source_scope: Canonical | None = None
    target_scope: Canonical | None = None
    groups: tuple[Group, ...] = ()
    implied_by: Canonical | None = None
    property_uris: Uris = field(default_factory=lambda: NO_URIS)
    attribute_uris: Uris = field(default_factory=lambda: NO_URIS)

    def sides(self, group: Group) -> Sides:
        """What the mappings of one of its groups are of."""
        return Sides(self.canonical, group.source, group.target, self.property_uris, self.attribute_uris)
