"""Ranges of concrete values in the concept model: `dec(>#0..)`, `int(#1..#5)`, `int(#1 #2)`, `str("a")`, `bool(true)`.

After "Machine Readable Concept Model", 4.1 (range constraints of concrete attributes). Knows numbers, texts and
booleans; ranges that are sets of concepts are expression constraints, and `ecl`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

Literal = Decimal | str | bool
Test = Callable[[Literal], bool]

_RANGE = re.compile(r"\s*(dec|int|str|bool)\s*\((.*)\)\s*", re.DOTALL)
_NUMBER = r"#([+-]?\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"\s*(?:(>=?)?\s*{_NUMBER})?\s*\.\.\s*(?:(<=?)?\s*{_NUMBER})?\s*")
_NUMBERS = re.compile(rf"\s*{_NUMBER}(?:\s+{_NUMBER})*\s*")
_TEXT = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)


def concrete_range(text: str) -> Test | None:
    """Whether a value is within a range; None for a range that is none of concrete values."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    kind, inner = found[1], found[2]
    if kind == "str":
        texts = [re.sub(r"\\(.)", r"\1", one) for one in _TEXT.findall(inner)]
        return lambda value: isinstance(value, str) and (not texts or value in texts)
    if kind == "bool":
        return lambda value: isinstance(value, bool) and (not inner.strip() or str(value).lower() in inner.split())
    within = _numbers(inner)
    if within is None:
        return None
    if kind == "dec":
        return lambda value: isinstance(value, Decimal) and within(value)
    return lambda value: isinstance(value, Decimal) and value == value.to_integral_value() and within(value)


def _numbers(inner: str) -> Callable[[Decimal], bool] | None:
    if not inner.strip():
        return lambda _: True
    if _NUMBERS.fullmatch(inner):
        listed = frozenset(map(Decimal, re.findall(_NUMBER, inner)))
        return lambda value: value in listed
    ends = _BETWEEN.fullmatch(inner)
    if ends is None:
        return None
    above, low, below, high = ends.groups()

    def within(value: Decimal) -> bool:
        if low is not None and (value < Decimal(low) or (above == ">" and value == Decimal(low))):
            return False
        return high is None or not (value > Decimal(high) or (below == "<" and value == Decimal(high)))

    return within
