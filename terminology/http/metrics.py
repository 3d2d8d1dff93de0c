"""Metrics: requests by operation and status, their duration, cache hits.

A WSGI layer around the whole application, with `/metrics` in Prometheus' text format, summed over all workers: requests
by `shared_counts`, the rest through the files of PROMETHEUS_MULTIPROC_DIR (which must be set before this module is
imported). Other collectors are asked at that moment (`store_metrics`). Reveals nothing about the database's content or
callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from terminology.http.counter_export import ExportedCounter
from terminology.http.environ import Environ, Headers
from terminology.http.shared_counts import ROWS, SharedCounts
from terminology.http.wsgi import ENDPOINTS, request_id_of
from terminology.model.remembering import Memo, remembering
from terminology.operations.table import OPERATIONS
from terminology.store.cache import BoundedCache

PATH = "/metrics"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: cached reads take less than a thousandth, and nothing may take more than `request_seconds`."""
BOUNDS = (*map(str, BUCKETS), "+Inf")
LABELS = ("operation", "status")
TOLD_EVERY = 200
"""Requests after which the hits of caches are reported; counting them costs nearly nothing."""

NAMES = frozenset(name for operation in OPERATIONS for name in (operation.name, *operation.aliases))

access = logging.getLogger("terminology.access")


@remembering(1024)
def operation_of(path: str) -> str:
    """The name under which a path is counted: few names, whatever clients send."""
    endpoint, _, rest = path.lstrip("/").partition("/")
    if endpoint not in ENDPOINTS:
        return endpoint if endpoint in {"health", "static"} else "page"
    last = rest.rstrip("/").rpartition("/")[2]
    if last.startswith("$"):
        return last if last[1:] in NAMES else "$unknown"
    if last in {"metadata", "_history", "_search"} or not rest:
        return last.lstrip("_") or "batch"
    if "/" in rest:
        return "read"
    return "search" if last[:1].isupper() else "other"


class Meters:
    """The counters of one worker; reading them sums up those of all workers."""

    def __init__(
        self,
        caches: Callable[[], Mapping[str, BoundedCache[Any, Any]]],
        folder: Path,
        others: Sequence[ExportedCounter] = (),
        collectors: Sequence[Collector] = (),
    ) -> None:
        """`caches` gives those in use, by name.

        `collectors` are asked when the counters are read, instead of counting along.
        """
        self._others = others
        self._collectors = collectors
        self._counts = SharedCounts(folder, BUCKETS, self.tell_caches, TOLD_EVERY)
        self._counters = Memo(self._counts.counter, ROWS)
        self._lookups = Counter(
            "terminology_cache_lookups", "Questions to caches of decoded data and of answers.", ["cache", "result"],
            registry=CollectorRegistry(),
        )  # fmt: skip
        self._caches = caches
        self._told = dict.fromkeys(caches(), (0, 0))

    def count(self, operation: str, status: str, seconds: float, size: int) -> None:
        """Count one answer."""
        self._counters[operation, status](seconds, size)

    def fast_path_counter(self, path: str, status: int) -> Callable[[float, int], None]:
        """What counts the answers of the fast path to requests of a path."""
        return self._counters[operation_of(path), str(status)]

    def tell_caches(self) -> None:
        """Report what caches and others counted since the last time."""
        for other in self._others:
            other.export()
        for name, cache in self._caches().items():
            hits, misses = self._told[name]
            self._told[name] = cache.hits, cache.misses
            self._lookups.labels(name, "hit").inc(max(0, cache.hits - hits))
            self._lookups.labels(name, "miss").inc(max(0, cache.misses - misses))

    def collect(self) -> Iterator[Metric]:
        """The requests of all workers, as prometheus_client wants them of a collector."""
        seconds = HistogramMetricFamily("terminology_request_seconds", "Time to answer.", labels=LABELS)
        sizes = CounterMetricFamily("terminology_response_bytes", "Bytes of answers.", labels=LABELS)
        for total in self._counts.totals():
            below = accumulate(total.counts)
            buckets = [*zip(BOUNDS, map(float, below), strict=True)]
            seconds.add_metric(total.labels, buckets, total.seconds)
            sizes.add_metric(total.labels, total.size)
        yield from (seconds, sizes)

    def text(self) -> bytes:
        """All workers' counters in Prometheus' text format."""
        self.tell_caches()
        everything = CollectorRegistry()
        MultiProcessCollector(everything)  # type: ignore[no-untyped-call]
        for collector in (self, *self._collectors):
            everything.register(collector)
        return generate_latest(everything)


def _stated_size(environ: Environ, headers: Headers) -> int:
    """The length that an answer states; 0 for one that is made while it is sent, and for HEAD."""
    if environ["REQUEST_METHOD"] == "HEAD":
        return 0
    stated = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(stated) if stated.isdigit() else 0


class MetricsLayer:
    """A WSGI layer that counts requests and, if enabled, logs one line for each."""

    def __init__(self, app: WSGIApplication, meters: Meters, *, log_requests: bool = False) -> None:
        self._app = app
        self._meters = meters
        self._log_requests = log_requests

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path == PATH:
            text = self._meters.text()
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Content-Length", str(len(text)))])
            return [text]
        began = perf_counter()
        status: str = "500"
        sent: Headers = []

        def started(line: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal status, sent
            status, sent = line[:3], headers
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        try:
            body = self._app(environ, started)
        except Exception:
            self._meters.count(operation_of(path), "500", perf_counter() - began, 0)
            raise
        seconds = perf_counter() - began
        size = sum(map(len, body)) if isinstance(body, list) else _stated_size(environ, sent)
        operation = operation_of(path)
        self._meters.count(operation, status, seconds, size)
        if self._log_requests:
            self._log(environ, operation, status, seconds, size)
        return body

    def _log(self, environ: Environ, operation: str, status: str, seconds: float, size: int) -> None:
        """Log a line without the query, which may name a patient's condition."""
        said = {
            "request_id": request_id_of(environ),
            "method": environ["REQUEST_METHOD"],
            "path": environ.get("PATH_INFO", ""),
            "operation": operation,
            "status": int(status),
            "milliseconds": round(seconds * 1000, 3),
            "bytes": size,
        }
        access.info("%(method)s %(path)s %(status)d %(milliseconds)s ms", said, extra={"fields": said})
