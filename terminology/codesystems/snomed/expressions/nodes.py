"""The tree of a postcoordinated expression (SNOMED CT Compositional Grammar 2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

DefinitionStatus = Literal["===", "<<<"]


@dataclass(frozen=True, slots=True)
class ConceptReference:
    """A concept; the term is for people, and not compared with anything."""

    id: str
    term: str | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with its value: a concept, a nested expression, or a literal."""

    name: ConceptReference
    value: Value


Group = tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """Focus concepts, attributes outside of groups, and groups."""

    foci: tuple[ConceptReference, ...]
    ungrouped: Group = ()
    groups: tuple[Group, ...] = ()
    status: DefinitionStatus | None = None

    @property
    def is_refined(self) -> bool:
        """Whether there is more than focus concepts."""
        return bool(self.ungrouped or self.groups)

    @property
    def attributes(self) -> Group:
        """All attributes, in whatever group."""
        return (*self.ungrouped, *(attribute for group in self.groups for attribute in group))


Value = ConceptReference | Expression | Decimal | str | bool
