"""The time limit of a request: set where an operation begins, checked wherever work can take long.

It is the one thing about a request that is not passed as a parameter. What takes long (reading all concepts for a
filter without an index, matching a pattern against all codes, walking nested value sets) happens below code systems and
caches that requests share, which would have to pass on what only their innermost loops check.

Without a deadline nothing is checked. Nothing is interrupted: long loops call `check`. Parts of a whole (the entries of
a Bundle) end with the whole, whatever time they would have on their own: `not_after`, `ends_in`.
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
"""Items between two checks of the clock."""

_whole: ContextVar[float] = ContextVar("whole", default=math.inf)
_current: ContextVar[tuple[float, str] | None] = ContextVar("deadline", default=None)


@contextmanager
def not_after(deadline: float) -> Iterator[None]:
    """Let all work that starts inside end by `deadline` (of `time.monotonic`), or with the whole it is part of."""
    token = _whole.set(min(deadline, _whole.get()))
    try:
        yield
    finally:
        _whole.reset(token)


def ends_in(seconds: float) -> float:
    """The deadline of work that starts now and may take this long, within the deadline of the whole."""
    return min(time.monotonic() + seconds, _whole.get())


class within:  # noqa: N801 - used like a function
    """Set a deadline (of `time.monotonic`) for what runs inside; None changes nothing.

    `message_id` is the message for work that takes too long. The work must be done inside, not in a generator that is
    returned from it. A class, since requests are answered inside, and a generator would take three times as long.
    """

    __slots__ = ("_deadline", "_message_id", "_token")

    def __init__(self, deadline: float | None, message_id: str) -> None:
        self._deadline, self._message_id = deadline, message_id

    def __enter__(self) -> None:
        if self._deadline is not None:
            self._token = _current.set((self._deadline, self._message_id))

    def __exit__(self, *_: object) -> None:
        if self._deadline is not None:
            _current.reset(self._token)


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
