"""Value sets: the definition (compose) and the expansion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from terminology.model.canonicalresource import CanonicalResource
from terminology.model.coding import Canonical
from terminology.model.concept import Designation, Extension, Property


@dataclass(frozen=True, slots=True)
class Filter:
    """`include.filter`: `op` is kept as written, since an unknown one must be refused by name.

    `expression` is where it stands, for issues about it; filters that say the same are equal wherever they stand.
    """

    property: str
    op: str
    value: str
    expression: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ConceptReference:
    """`include.concept`: an enumerated code with the value set's own display and designations."""

    code: str
    display: str | None = None
    designations: tuple[Designation, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """One include or exclude; `path` is its FHIRPath (`ValueSet.compose.include[0]`) for issues."""

    system: str | None = None
    version: str | None = None
    concepts: tuple[ConceptReference, ...] = ()
    filters: tuple[Filter, ...] = ()
    value_sets: tuple[Canonical, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Compose:
    """`ValueSet.compose`."""

    include: tuple[ConceptSet, ...] = ()
    exclude: tuple[ConceptSet, ...] = ()
    inactive: bool | None = None
    locked_date: str | None = None
    properties: tuple[str, ...] = ()


class Contains(NamedTuple):
    """One entry of an expansion; `contains` nests where the expansion is hierarchical.

    A named tuple, which is created in a third of the time of a dataclass: pages have hundreds of entries.
    """

    system: str | None = None
    version: str | None = None
    code: str | None = None
    display: str | None = None
    abstract: bool = False
    inactive: bool = False
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    extensions: tuple[Extension, ...] = ()
    contains: tuple[Contains, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpansionParameter:
    """`expansion.parameter`; `kind` is the suffix of `value[x]` (`String`, `Boolean`, `Uri`, `Integer`, `Code`)."""

    name: str
    kind: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class ExpansionProperty:
    """`expansion.property`: declares a property that entries carry."""

    code: str
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """`ValueSet.expansion`. `total` is None where it is not known (an unclosed set)."""

    identifier: str
    timestamp: str
    total: int | None = None
    offset: int | None = None
    parameters: tuple[ExpansionParameter, ...] = ()
    properties: tuple[ExpansionProperty, ...] = ()
    contains: tuple[Contains, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet(CanonicalResource):
    """A value set's definition.

    `heading` is the part of `resource` that expansions repeat. `contained` holds contained value sets, referred to by
    `#id`. `expansion_parameters` are those of the valueset-expansion-parameter extension, `supplements` those of
    valueset-supplement.
    """

    standards_status: str | None = None
    immutable: bool | None = None
    compose: Compose | None = None
    expansion: Expansion | None = None
    contained: tuple[ValueSet, ...] = ()
    expansion_parameters: tuple[ExpansionParameter, ...] = ()
    supplements: tuple[Canonical, ...] = ()
    heading: bytes = b""
