"""Rate limits: so many requests a minute for each caller, counted by each worker for itself.

A caller who was quiet may send a minute's worth at once. Memory is bounded: who was not seen for longest is forgotten.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CALLERS = 10_000
MINUTE = 60.0


class Limits:
    """A bucket a caller, which fills evenly. Threads share it."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> float:
        """Count one request: 0 when it is within the limit, else the seconds after which the next one is."""
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(caller, (self._most, now))
            left = min(self._most, left + (now - since) * self._most / MINUTE)
            wait = 0.0 if left >= 1 else (1 - left) * MINUTE / self._most
            self._buckets[caller] = (left if wait else left - 1, now)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        return wait
