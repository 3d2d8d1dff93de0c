"""Remembering what functions of a text returned: for so many texts, none of them long, since clients choose them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple

More = TypeVarTuple("More")
T = TypeVar("T")

LONGEST = 2000
"""Characters of a text for which anything is remembered; hardly any code or canonical has as many."""


def remembering(most: int) -> Callable[[Callable[[str, *More], T]], Callable[[str, *More], T]]:
    """Make a function whose first argument is a text remember what it returned, `most` times. Threads may share it."""

    def around(function: Callable[[str, *More], T]) -> Callable[[str, *More], T]:
        remembered = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(text: str, /, *more: *More) -> T:
            return remembered(text, *more) if len(text) <= LONGEST else function(text, *more)

        return answer

    return around
