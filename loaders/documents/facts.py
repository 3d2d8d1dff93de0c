"""Facts: the pieces of a concept that rules make from sections, which can be added up."""

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
        return gathered((self, other))


def gathered(facts: Iterable[Facts]) -> Facts:
    """Many facts as one, in order; of two headings for one code the first stays."""
    found = list(facts)
    headings: dict[str, str] = {}
    for one in found:
        headings = {**one.headings, **headings} if one.headings else headings
    return Facts(
        tuple(display for one in found for display in one.displays),
        tuple(text for one in found for text in one.definition),
        tuple(designation for one in found for designation in one.designations),
        tuple(value for one in found for value in one.properties),
        headings,
    )


def valued(code: str, values: Iterable[str]) -> Facts:
    """Values of one property."""
    return Facts(properties=tuple(prop(code, value) for value in values if value))
