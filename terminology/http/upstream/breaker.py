"""A circuit breaker: who failed several times in a row is left alone for a while, then tried by one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_FAILURES = 3
"""In a row, after which nobody asks."""
PAUSE_SECONDS = 30.0


class Breaker:
    """Of one server, as one worker knows it. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._again = 0.0

    def permits(self) -> bool:
        """Whether to ask. After a pause this is so for one request, until it is known how that one went."""
        with self._lock:
            if self._failures < MOST_FAILURES:
                return True
            now = self._clock()
            if now < self._again:
                return False
            self._again = now + PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        """An answer came."""
        with self._lock:
            self._failures = 0

    def failed(self) -> bool:
        """None came. True when this is what begins a pause."""
        with self._lock:
            self._failures += 1
            self._again = self._clock() + PAUSE_SECONDS
            return self._failures == MOST_FAILURES
