"""The facts that HCPCS files make: concepts in a form of this loader's own, each marked with what it says.

LIST: a code is listed, with its row. LABEL: `property|value` means the display. NOTE: a processing note by its number.
UNLISTED: a code is "not otherwise classified". CORRECTION: what a corrections document says about a code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, cast

from terminology.model.concept import Concept, Property

Role = Literal["list", "label", "note", "unlisted", "correction"]
ROLE: Final = "#role"
CHANGE: Final = "#change"
"""On a correction: what to do, one of `corrections.Change`."""


def fact(role: Role, concept: Concept) -> Concept:
    """A concept, marked."""
    return replace(concept, properties=(Property(ROLE, "string", role), *concept.properties))


def role_of(concept: Concept) -> Role:
    """The mark of a fact."""
    return cast("Role", concept.properties[0].value)


def plain(concept: Concept) -> Concept:
    """A fact without its marks."""
    return replace(concept, properties=tuple(p for p in concept.properties if not p.code.startswith("#")))


def label_key(property_code: str, value: str) -> str:
    """What the code of a LABEL is."""
    return f"{property_code}|{value}"
