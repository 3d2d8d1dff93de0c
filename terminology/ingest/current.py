"""Makes loads read where they write, since a replica of the database may lag behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from terminology.store.protocol import Store

P = ParamSpec("P")
R = TypeVar("R")


def reads_what_is_current(function: Callable[Concatenate[Store, P], R]) -> Callable[Concatenate[Store, P], R]:
    """Make a function of a store read only current data."""

    @wraps(function)
    def reading(store: Store, /, *arguments: P.args, **named: P.kwargs) -> R:
        with store.writing():
            return function(store, *arguments, **named)

    return reading
