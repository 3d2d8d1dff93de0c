"""The syntax of CPT codes: whether a text is a code, its kind, and the codes of a range. Contains no descriptors.

Category I codes are five digits; a letter in the fifth place marks category II (F), category III (T), proprietary
laboratory analyses (U) and administrative codes (A, M). Modifiers have two characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from terminology.model.concept import Property

CODE = re.compile(r"[0-9]{4}[0-9A-Z]")
MODIFIER = re.compile(r"[0-9A-Z]{2}")
PHYSICAL_STATUS = re.compile(r"P[1-6]")
CATEGORY_2_MODIFIER = re.compile(r"[0-9]P")

KINDS: Mapping[str, str] = {
    "cat-1": "Category I code",
    "cat-2": "Category II code, or a modifier of such",
    "cat-3": "Category III code",
    "pla": "Proprietary laboratory analysis",
    "administrative": "Administrative code",
    "general": "CPT (level I) modifier",
    "physical-status": "Anesthesia physical status modifier",
    "hcpcs": "HCPCS (level II) modifier",
}
"""The values of `kind`."""

KIND_OF_LETTER: Mapping[str, str] = {
    "F": "cat-2", "T": "cat-3", "U": "pla", "A": "administrative", "M": "administrative",
}  # fmt: skip

ORTHOPOX = frozenset({"87593", "90611", "90622"})
"""The laboratory and immunization codes for orthopoxvirus, which the AMA publishes as a list."""


def is_modifier(code: str) -> bool:
    """Whether a code has the form of a modifier."""
    return MODIFIER.fullmatch(code) is not None


def kind_of(code: str) -> str:
    """The kind of a well-formed code or modifier."""
    if not is_modifier(code):
        return "cat-1" if code[-1].isdigit() else KIND_OF_LETTER.get(code[-1], "administrative")
    if PHYSICAL_STATUS.fullmatch(code):
        return "physical-status"
    if CATEGORY_2_MODIFIER.fullmatch(code):
        return "cat-2"
    return "general" if code.isdigit() else "hcpcs"


def derived(code: str) -> tuple[Property, ...]:
    """The properties that the code itself says."""
    modifier = is_modifier(code)
    base = () if modifier else (Property("orthopox", "boolean", code in ORTHOPOX),)
    return (
        Property("modifier", "boolean", modifier),
        Property("modified", "boolean", value=False),
        Property("kind", "code", kind_of(code)),
        *base,
    )


DERIVED = frozenset({"modifier", "modified", "kind", "orthopox"})


class Range(NamedTuple):
    """Codes of one form (the same letter, or none) from one number to another, both included."""

    letter: str
    length: int
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Range | None:
        """`99202`, `99202-99215`, `0001F-0015F`; None for anything else."""
        first, dash, last = (part.strip() for part in text.partition("-"))
        one, other = _split(first), _split(last if dash else first)
        if one is None or other is None or one[1:] != other[1:] or one[0] > other[0]:
            return None
        return cls(one[1], one[2], one[0], other[0])

    def covers(self, code: str) -> bool:
        """Whether a code is in it."""
        found = _split(code)
        return found is not None and found[1:] == (self.letter, self.length) and self.first <= found[0] <= self.last


def _split(code: str) -> tuple[int, str, int] | None:
    """The number of a code, its letter, and its length."""
    if CODE.fullmatch(code) is None and not (is_modifier(code) and code.isdigit()):
        return None
    letter = "" if code.isdigit() else code[-1]
    return int(code.removesuffix(letter)), letter, len(code)
