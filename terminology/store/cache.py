"""A bounded least-recently-used cache that several threads share. What goes in must never change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps what was used last, up to `limit` in whatever unit `put` counts (bytes, entries)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self.hits = 0
        self.misses = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """How much is kept now."""
        return self._used

    def get(self, key: K) -> tuple[V, int] | None:
        """The value with its weight, or None when it is not kept (the value itself may be None)."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self.hits += 1
                self._entries.move_to_end(key)
            else:
                self.misses += 1
            return entry

    def put(self, key: K, value: V, weight: int) -> V:
        """Keep a value unless it is heavier than the whole cache. Returns the one kept first when two threads put."""
        with self._lock:
            if (kept := self._entries.get(key)) is not None:
                return kept[0]
            if weight > self._limit:
                return value
            self._entries[key] = (value, weight)
            self._used += weight
            while self._used > self._limit:
                _, (_, freed) = self._entries.popitem(last=False)
                self._used -= freed
            return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._used = 0
