"""What the rules make of sections: the pieces of a concept, added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from loaders.documents.properties import prop
from terminology.model.concept import Designation, Property


@dataclass(frozen=True, slots=True)
class Facts:
    """Pieces of a concept in the order of the text. `headings` maps the codes of unknown sections to their headings."""

    displays: tuple[str, ...] = ()
    definition: tuple[str, ...] = ()
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    headings: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            self.displays + other.displays,
            self.definition + other.definition,
            self.designations + other.designations,
            self.properties + other.properties,
            {**other.headings, **self.headings},
        )


NOTHING = Facts()


def valued(code: str, values: Iterable[str]) -> Facts:
    """Values of one property."""
    return Facts(properties=tuple(prop(code, value) for value in values if value))
