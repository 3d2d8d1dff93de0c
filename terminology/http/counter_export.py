"""Passes counts that are kept as plain numbers on to Prometheus from time to time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from flask import Flask
from prometheus_client import CollectorRegistry, Counter


class ExportedCounter:
    """One metric with one label. `read` returns the total counts by the label's values."""

    def __init__(self, name: str, description: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._counter = Counter(name, description, [label], registry=CollectorRegistry())
        self._read = read
        self._exported: dict[str, float] = {}
        self._lock = threading.Lock()

    def export(self) -> None:
        """Report the increase since the last time."""
        with self._lock:
            for value, count in self._read().items():
                self._counter.labels(value).inc(max(0.0, count - self._exported.get(value, 0.0)))
                self._exported[value] = count


def other_counters(app: Flask) -> list[ExportedCounter]:
    """Metrics of an application beside its requests: the database's time, and upstream servers' answers."""
    times = app.extensions["terminology"].store.timed()
    found = [
        ExportedCounter("terminology_store_seconds", "Time of the database.", "statement", lambda: times.seconds),
        ExportedCounter(
            "terminology_store_statements", "Statements of the database.", "statement", lambda: times.statements
        ),
    ]
    upstream = app.extensions["terminology_upstream"]
    if upstream is not None:
        questions = "Questions to upstream servers."
        found.append(ExportedCounter("terminology_upstream_questions", questions, "outcome", upstream.outcomes))
    return found
