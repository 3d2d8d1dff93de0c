"""A cache for functions of a text that ignores long texts, since clients choose the texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple

More = TypeVarTuple("More")
T = TypeVar("T")

LONGEST = 2000
"""The longest text, in characters, whose results are cached; hardly any code or canonical is longer."""


def remembering(most: int) -> Callable[[Callable[[str, *More], T]], Callable[[str, *More], T]]:
    """Cache the last `most` results of a function whose first argument is a text. Threads may share it."""

    def around(function: Callable[[str, *More], T]) -> Callable[[str, *More], T]:
        remembered = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(text: str, /, *more: *More) -> T:
            return remembered(text, *more) if len(text) <= LONGEST else function(text, *more)

        return answer

    return around
