"""Caches for functions: of a text, which ignore long texts since clients choose them; and of a few small things."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple

More = TypeVarTuple("More")
K = TypeVar("K", bound=Hashable)
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


class Memo(dict[K, T]):
    """The results of a function by its argument, as a dictionary that fills itself: `memo[argument]`.

    A hit calls nothing in Python. When `most` results are there, all are forgotten, so it is for functions of which few
    arguments occur. Threads may share it.
    """

    def __init__(self, function: Callable[[K], T], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, key: K) -> T:
        result = self._function(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = result
        return result
