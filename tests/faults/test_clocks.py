"""A clock that jumps while a load goes on: the load may have to be done again, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terminology import ingest
from terminology.model.outcome import TerminologyError
from terminology.store.opening import open_store
from terminology.store.protocol import Store
from tests.faults.bench import Bench
from tests.store.ticking import HOUR, Ticking


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, tmp_path)


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


def load(bench: Bench, store: Store, number: int, jump: float, clock: Ticking) -> None:
    """Load a system; when it is being built the clock jumps, and another process looks for garbage."""
    other = open_store(bench.database, clock=clock)
    jumps = iter([jump])

    def progress(stage: str, *_: int | None) -> None:
        if stage.startswith("Building") and (hours := next(jumps, None)) is not None:
            clock.forward(hours)
            other.collect_garbage()

    ingest.load(store, [bench.write(number)], progress=progress)
    assert next(jumps, None) is None
    other.close()


@pytest.fixture
def store(bench: Bench, clock: Ticking) -> Iterator[Store]:
    opened = open_store(bench.database, clock=clock)
    ingest.load(opened, [bench.write(1)])
    bench.acknowledged.add(1)
    yield opened
    bench.verify()
    ingest.load(opened, [bench.write(3)])
    bench.acknowledged.add(3)
    bench.verify()
    opened.close()


@pytest.mark.parametrize("jump", [-48 * HOUR, 60.0])
def test_a_clock_that_is_set_back_or_a_little_forward(bench: Bench, store: Store, clock: Ticking, jump: float) -> None:
    load(bench, store, 2, jump, clock)
    bench.acknowledged.add(2)


def test_a_clock_that_runs_far_ahead_makes_a_load_look_abandoned(bench: Bench, store: Store, clock: Ticking) -> None:
    with pytest.raises(TerminologyError, match="given up because nothing was written for too long"):
        load(bench, store, 2, 48 * HOUR, clock)
