"""A concept of a code system as `CodeSystem.concept` describes it (FHIR R5, CodeSystem)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from terminology.model.coding import Canonical, Coding

PropertyKind = Literal["code", "Coding", "string", "integer", "boolean", "dateTime", "decimal"]

Extra = Mapping[str, Any]
"""JSON members that the model has no field for (`id`, `_display`…), kept so that nothing is lost."""

NOTHING_EXTRA: Extra = MappingProxyType({})


def _nothing() -> Extra:
    """A default factory, since Python 3.11 takes a mapping proxy for a mutable default."""
    return NOTHING_EXTRA


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension: `kind` is the suffix of `value[x]` (`String`, `Code`…), None for a complex one.

    `value` holds the JSON value; for a complex extension it is the tuple of inner Extensions.
    """

    url: str
    kind: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Designation:
    """Another representation of a concept: a synonym, a translation, a consumer-friendly name.

    `source` is the supplement it comes from, None for the code system's own. It is never stored.
    """

    value: str
    language: str | None = None
    use: Coding | None = None
    additional_uses: tuple[Coding, ...] = ()
    extensions: tuple[Extension, ...] = ()
    extra: Extra = field(default_factory=_nothing)
    source: Canonical | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A value of a concept's property; `value` is a str, int, bool, Decimal or Coding, by `kind`.

    `group` is set for relationships (SNOMED CT's attributes): those with the same number belong together; 0 is no
    group.
    """

    code: str
    kind: PropertyKind
    value: str | int | float | bool | Decimal | Coding
    extensions: tuple[Extension, ...] = ()
    extra: Extra = field(default_factory=_nothing)
    group: int | None = None


@dataclass(frozen=True, slots=True)
class AddedProperty(Property):
    """A property that a supplement adds, which is its `source`. It is never stored."""

    source: Canonical | None = None

    @classmethod
    def of(cls, added: Property, source: Canonical) -> AddedProperty:
        """A property of a supplement's concept, as the supplement adds it."""
        return cls(added.code, added.kind, added.value, added.extensions, added.extra, added.group, source)


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept, flat: the hierarchy is in `parents` and `children`, which hold codes of the same system.

    `parents` are what a loader states (nesting, `parent`, `subsumedBy`, is-a relationships); `children` are
    derived when a version is built, in the order of the system.
    """

    code: str
    display: str | None = None
    definition: str | None = None
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    extra: Extra = field(default_factory=_nothing)

    def values(self, code: str) -> tuple[Property, ...]:
        """All values of one property, in the order of the source."""
        return tuple(p for p in self.properties if p.code == code)
