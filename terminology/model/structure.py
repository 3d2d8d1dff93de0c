"""StructureDefinitions, as far as bindings need them: elements, their types, and the value sets bound to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from terminology.model.canonicalresource import CanonicalResource
from terminology.model.coding import Canonical

Strength = Literal["required", "extensible", "preferred", "example"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageContext:
    """A usage context: `codes` are its values, each as (system, code); `text` describes it.

    Without codes it is a range, a quantity or a reference, which cannot be compared with a code.
    """

    kind: str
    codes: tuple[tuple[str | None, str], ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionalBinding:
    """A further value set of a binding, for a purpose of additional-binding-purpose.

    `usage`: in these contexts only. `any_repeat`: it is enough when one of an element's repeats is in the value set.
    """

    purpose: str
    value_set: Canonical
    usage: tuple[UsageContext, ...] = ()
    any_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """`value_set` is absent where a binding is described in words only."""

    strength: Strength
    value_set: Canonical | None
    additional: tuple[AdditionalBinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementType:
    """A type an element may have (`CodeableConcept`), with the profiles on it that it must conform to.

    `targets` are the types and profiles that a reference may point to.
    """

    code: str
    profiles: tuple[Canonical, ...] = ()
    targets: tuple[Canonical, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One ElementDefinition. `discriminators` are those of its slicing as (type, path).

    `fixed` is a fixed value or pattern, `content` the id of the element that defines it (contentReference). `least` and
    `most` are the cardinality, where stated.
    """

    id: str
    path: str
    types: tuple[ElementType, ...] = ()
    binding: Binding | None = None
    slice_name: str | None = None
    discriminators: tuple[tuple[str, str], ...] = ()
    fixed: Any = None
    content: str | None = None
    least: int | None = None
    most: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path: `value[x]`."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(CanonicalResource):
    """A profile, type or resource. `whole`: it has all elements (a snapshot), not only the differing ones.

    `own` are the ids of elements that this structure itself constrains.
    """

    type: str
    base: Canonical | None
    whole: bool
    elements: Mapping[str, Element]
    own: frozenset[str] = frozenset()
    children: Mapping[str, Sequence[Element]] = field(default_factory=dict)
