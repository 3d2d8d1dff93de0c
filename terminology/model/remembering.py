"""Remembering what functions of one text returned: for so many texts, none of them long, since clients choose them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

LONGEST = 2000
"""Characters of a text for which anything is remembered; hardly any code or canonical has as many."""


def remembering(most: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Make a function of one text remember what it returned for `most` texts. Threads may share it."""

    def around(function: Callable[[str], T]) -> Callable[[str], T]:
        remembered = lru_cache(maxsize=most)(function)

        @wraps(function)
        def answer(text: str) -> T:
            return remembered(text) if len(text) <= LONGEST else function(text)

        return answer

    return around
