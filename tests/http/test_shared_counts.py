"""Counts of several processes in one folder add up, to the last one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from terminology.http import shared_counts
from terminology.http.shared_counts import REST, SharedCounts, Totals

BOUNDS = (0.001, 0.01)


def test_buckets_seconds_and_bytes(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path, BOUNDS)
    for seconds in (0.0005, 0.001, 0.005, 2.0):
        counts.add(("$lookup", "200"), seconds, 10)
    counts.add(("read", "404"), 0.5, 1)
    first, second = counts.totals()
    assert first.labels == ("$lookup", "200")
    assert (first.counts, first.size) == ((2, 1, 1), 40)
    assert first.seconds == pytest.approx(2.0065)
    assert second == Totals(("read", "404"), (0, 0, 1), 0.5, 1)


def test_processes_and_threads_add_up(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path, BOUNDS)
    child = os.fork()
    if not child:
        own = SharedCounts(tmp_path, BOUNDS)
        own.add(("a", "1"), 0.1, 1)
        os._exit(0)  # as a killed worker would: what it counted stays
    os.waitpid(child, 0)

    def work() -> None:
        for _ in range(5_000):
            counts.add(("a", "1"), 0.1, 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (total,) = counts.totals()
    assert (total.counts, total.size) == ((0, 0, 20_001), 20_001)


def test_more_labels_than_there_is_room_for_share_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_counts, "ROWS", 3)
    counts = SharedCounts(tmp_path, BOUNDS)
    for name in "abcda":
        counts.add((name, "200"), 0.1, 1)
    assert {total.labels: total.size for total in counts.totals()} == {("a", "200"): 2, ("b", "200"): 1, REST: 2}
