"""The facts in HCPCS files: concepts in a form of this loader's own, each marked with its role.

LIST: a code is listed, with its row. LABEL: `property|value` has the display. NOTE: a processing note by number.
UNLISTED: a code is "not otherwise classified". CORRECTION: a correction of a code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, cast

from terminology.model.concept import Concept, Property

Role = Literal["list", "label", "note", "unlisted", "correction"]
ROLE: Final = "#role"
CHANGE: Final = "#change"
"""The action of a correction, one of `corrections.Change`."""


def fact(role: Role, concept: Concept) -> Concept:
    """A concept, marked with a role."""
    return replace(concept, properties=(Property(ROLE, "string", role), *concept.properties))


def role_of(concept: Concept) -> Role:
    """The role of a fact."""
    return cast("Role", concept.properties[0].value)


def plain(concept: Concept) -> Concept:
    """A fact without its marks."""
    return replace(concept, properties=tuple(p for p in concept.properties if not p.code.startswith("#")))


def label_key(property_code: str, value: str) -> str:
    """The code of a LABEL."""
    return f"{property_code}|{value}"
