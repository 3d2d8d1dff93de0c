"""A bounded cache for several threads. Values must not be changed once they are in it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakSet

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
S = TypeVar("S", bound="str | bytes")
Z = TypeVar("Z", bound="str | bytes")

TEXTS_OVERHEAD = 200
"""Bytes that two texts cost in a cache beside their characters."""


class BoundedCache(Generic[K, V]):
    """Keeps values up to a total weight of `limit`, in the unit that `put` uses (bytes, entries).

    Lookups take no lock and only mark the entry, since hits are on the path of every request. Eviction is by second
    chance, an approximation of least recently used.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self.hits = 0
        self.misses = 0
        self._entries: dict[K, _Entry[V]] = {}
        # To find a dictionary's oldest key takes as long as there are places of deleted ones before it: thousands.
        self._oldest_first: deque[K] = deque()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """The current total weight."""
        return self._used

    def count_on(self, other: BoundedCache[K, V]) -> None:
        """Go on counting hits and misses where another cache has come to, whose place this one takes."""
        self.hits, self.misses = other.hits, other.misses

    def get(self, key: K) -> tuple[V, int] | None:
        """The value with its weight, or None if there is no entry (the value itself may be None)."""
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        entry.used_again = True
        return entry.kept

    def get_all(self, keys: Iterable[K]) -> tuple[dict[K, V], list[K]]:
        """The values of the keys that are cached, and the other keys: faster than single lookups."""
        entries, found, missing = self._entries, {}, []
        for key in keys:
            entry = entries.get(key)
            if entry is None:
                missing.append(key)
            else:
                entry.used_again = True
                found[key] = entry.kept[0]
        self.hits += len(found)
        self.misses += len(missing)
        return found, missing

    def get_each(self, keys: Sequence[K]) -> list[V | None]:
        """The value of each key, or None if there is no entry: for values that are never None."""
        entries = self._entries
        found: list[V | None] = []
        for key in keys:
            entry = entries.get(key)
            if entry is None:
                self.misses += 1
                found.append(None)
            else:
                entry.used_again = True
                self.hits += 1
                found.append(entry.kept[0])
        return found

    def put(self, key: K, value: V, weight: int) -> V:
        """Add a value unless it is heavier than the whole cache. If another thread was faster, returns its value."""
        with self._lock:
            if (entry := self._entries.get(key)) is not None:
                return entry.kept[0]
            if weight > self._limit:
                return value
            self._used += weight
            while self._used > self._limit:
                self._used -= self._passed_over()
            self._entries[key] = _Entry(value, weight)
            self._oldest_first.append(key)
            return value

    def put_all(self, several: Iterable[tuple[K, V, int]]) -> None:
        """Add values with their weights, as `put` does; those that are there already stay."""
        with self._lock:
            entries, used, limit = self._entries, self._used, self._limit
            keys = self._oldest_first
            for key, value, weight in several:
                if key not in entries and weight <= limit:
                    used += weight
                    while used > limit:
                        used -= self._passed_over()
                    entries[key] = _Entry(value, weight)
                    keys.append(key)
            self._used = used

    def _passed_over(self) -> int:
        """Evict the oldest entry, or move it behind the others if it was used meanwhile; returns the evicted weight."""
        key = self._oldest_first.popleft()
        entry = self._entries[key]
        if entry.used_again:
            entry.used_again = False
            self._oldest_first.append(key)
            return 0
        del self._entries[key]
        return entry.kept[1]

    def clear(self) -> None:
        """Delete all entries."""
        with self._lock:
            self._entries.clear()
            self._oldest_first.clear()
            self._used = 0


class Budget:
    """Bytes that caches share: each may take as many as any other. What a cache had is free when it is gone."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._caches: WeakSet[AgeingCache[Any, Any]] = WeakSet()

    @property
    def share(self) -> int:
        """What each cache may take."""
        return self._total // max(1, len(self._caches))

    def divide(self, new: AgeingCache[Any, Any]) -> None:
        """Let one more cache share; those that have more than is left for them begin anew."""
        self._caches.add(new)
        for cache in tuple(self._caches):
            cache.fit()


class AgeingCache(Generic[S, Z]):
    """Keeps texts by texts. Looks up several at once, and runs no Python for hits.

    New values are in the newer of two halves. What is found in the older half moves there; what is not is forgotten
    when the newer one is full.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._newer: dict[S, Z] = {}
        self._older: dict[S, Z] = {}
        self._used = 0
        self._lock = threading.Lock()
        budget.divide(self)

    def fit(self) -> None:
        """Forget everything if it is more than the share."""
        with self._lock:
            if self._used > self._budget.share // 2:
                self._newer, self._older, self._used = {}, {}, 0

    def get_each(self, keys: Sequence[S]) -> list[Z | None]:
        """The value of each key, or None if there is no entry."""
        found = [*map(self._newer.get, keys)]
        if None in found and (older := self._older):
            moving = {key: older[key] for key, value in zip(keys, found, strict=True) if value is None and key in older}
            if moving:
                self.put_all(moving.items())
                found = [moving.get(key) if value is None else value for key, value in zip(keys, found, strict=True)]
        return found

    def put_all(self, several: Iterable[tuple[S, Z]]) -> None:
        """Add values, or replace those of keys."""
        half = self._budget.share // 2
        with self._lock:
            newer, used = self._newer, self._used
            for key, value in several:
                newer[key] = value
                used += len(key) + len(value) + TEXTS_OVERHEAD
                if used > half:
                    self._older, self._newer = newer, {}
                    newer, used = self._newer, 0
            self._used = used


class _Entry(Generic[V]):
    __slots__ = ("kept", "used_again")

    def __init__(self, value: V, weight: int) -> None:
        self.kept = value, weight
        self.used_again = False
