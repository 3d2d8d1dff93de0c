"""The time a request may take: set where an operation begins, looked at wherever its work can be long.

It is the one thing about a request that is not handed down. What takes long (reading all concepts for a filter that no
index answers, trying a pattern on all codes, walking through nested value sets) lies below code systems and caches
that all requests share and that know of none: they would have to pass on what only their innermost loops look at.
Where there is no deadline, nothing is checked. Does not interrupt anything: long loops ask. What is one of several
(the entries of a Bundle) ends with the whole, however much time it would have by itself: `not_after`, `ends_in`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from terminology.model.outcome import TerminologyError

T = TypeVar("T")

OFTEN = 256
"""Items between two looks at the clock."""

_whole: ContextVar[float] = ContextVar("whole", default=math.inf)
_current: ContextVar[tuple[float, str] | None] = ContextVar("deadline", default=None)


@contextmanager
def not_after(deadline: float) -> Iterator[None]:
    """Let whatever begins inside end by `deadline` (of `time.monotonic`), or by that of a whole it is part of."""
    token = _whole.set(min(deadline, _whole.get()))
    try:
        yield
    finally:
        _whole.reset(token)


def ends_in(seconds: float) -> float:
    """The deadline of what begins now and may take so long, as far as there is time for the whole."""
    return min(time.monotonic() + seconds, _whole.get())


@contextmanager
def within(deadline: float | None, message_id: str) -> Iterator[None]:
    """Give what runs inside until `deadline` (of `time.monotonic`); None leaves things as they are.

    `message_id` says what took too long. Whatever is to be in time must be done inside, not in a generator that is
    handed out.
    """
    if deadline is None:
        yield
        return
    token = _current.set((deadline, message_id))
    try:
        yield
    finally:
        _current.reset(token)


def check() -> None:
    """Raise TerminologyError too-costly when the time is up."""
    current = _current.get()
    if current is not None and time.monotonic() > current[0]:
        raise TerminologyError.of("too-costly", current[1])


def in_time(items: Iterable[T]) -> Iterator[T]:
    """The items, as long as there is time. Raises TerminologyError as `check` does."""
    for number, item in enumerate(items):
        if not number % OFTEN:
            check()
        yield item
