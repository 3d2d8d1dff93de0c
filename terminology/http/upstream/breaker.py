"""A circuit breaker: after several failures in a row, a server is not asked for a while, then tried by one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_FAILURES = 3
"""Failures in a row that open the breaker."""
PAUSE_SECONDS = 30.0


class Breaker:
    """The state of one server in one worker. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._again = 0.0

    def permits(self) -> bool:
        """Whether to ask. After a pause, only one request may, until its outcome is known."""
        with self._lock:
            if self._failures < MOST_FAILURES:
                return True
            now = self._clock()
            if now < self._again:
                return False
            self._again = now + PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        """Record an answer."""
        with self._lock:
            self._failures = 0

    def failed(self) -> bool:
        """Record a failure. True when this one starts a pause."""
        with self._lock:
            self._failures += 1
            self._again = self._clock() + PAUSE_SECONDS
            return self._failures == MOST_FAILURES
