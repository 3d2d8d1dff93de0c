"""Metrics of the database: publications (loads and writes) and jobs, read whenever Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from terminology.model.outcome import TerminologyError
from terminology.store.protocol import Store


class StoreMetrics:
    """A collector of prometheus_client; without metrics while the database does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """The numbers of publications and of jobs in the database, whichever server made them."""
        try:
            generation, counts = self._store.generation(), self._store.jobs.counts()
        except TerminologyError:
            return
        yield CounterMetricFamily("terminology_publications", "Loads and writes ever published.", value=generation)
        jobs = GaugeMetricFamily("terminology_jobs", "Jobs that are kept, by kind and state.", labels=["kind", "state"])
        for (kind, state), count in counts.items():
            jobs.add_metric([kind, state], count)
        yield jobs
