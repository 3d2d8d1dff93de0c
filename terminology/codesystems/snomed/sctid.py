"""SNOMED CT identifiers: their syntax, and what the digits mean (SNOMED CT Release File Specification, 6).

Does not know whether a component with an identifier exists.
"""

from __future__ import annotations

from typing import Literal

Component = Literal["concept", "description", "relationship"]

_TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
"""The dihedral group of order 10."""

_MOVES = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_INVERSE = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)

_PARTITIONS: dict[str, Component] = {"0": "concept", "1": "description", "2": "relationship"}


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_MOVES[digit] for digit in rows[-1]))
    return tuple(rows)


_PERMUTED = _permutations()


def _checksum(digits: str, first: int) -> int:
    """Verhoeff's sum of digits from right to left, the rightmost at place `first`."""
    sum_ = 0
    for place, digit in enumerate(reversed(digits), first):
        sum_ = _TIMES[sum_][_PERMUTED[place % 8][int(digit)]]
    return sum_


def check_digit(digits: str) -> str:
    """The check digit that completes an identifier."""
    return str(_INVERSE[_checksum(digits, 1)])


def is_sctid(text: str) -> bool:
    """Whether a text is an identifier: 6 to 18 digits, no leading zero, Verhoeff's check digit."""
    if not (6 <= len(text) <= 18 and text.isascii() and text.isdecimal() and text[0] != "0"):
        return False
    return _checksum(text, 0) == 0


def component(sctid: str) -> Component | None:
    """What kind of component an identifier is for; None for a partition that is not in use."""
    return _PARTITIONS.get(sctid[-2:-1])


def namespace(sctid: str) -> str:
    """The namespace of an extension, '' for a component of the International edition."""
    return sctid[-10:-3] if sctid[-3:-2] == "1" else ""


def concept_id(item: int, namespace_: str = "") -> str:
    """The identifier of a concept with this item number."""
    digits = f"{item}{namespace_}{'10' if namespace_ else '00'}"
    return digits + check_digit(digits)
