"""kill -9 of loaders, workers and the master at random points. `-m slow`: the long form, 200 kills on each database."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.faults.bench import Bench, alive, children, wait_until_answered
from tests.http.serving import PATIENCE, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds child processes in /proc")
LONG = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=LONG)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    made = Bench(tmp_path, tmp_path, url=url)
    assert made.load() == 0, made.log()
    return made


@pytest.mark.parametrize("kills", [6, pytest.param(150, marks=LONG)])
def test_loaders_are_killed(bench: Bench, kills: int) -> None:
    chance, half_way, before = random.Random(kills), 0, bench.hidden()
    for _ in range(kills):
        number, process = bench.begin_work()
        began = time.monotonic()
        try:
            process.wait(chance.uniform(0, bench.work_takes))
            bench.work_takes = time.monotonic() - began  # the machine may be faster now, or busier
        except subprocess.TimeoutExpired:
            process.kill()
        if process.wait(PATIENCE) == 0:
            bench.acknowledged.add(number)
        hidden = bench.hidden()
        half_way, before = half_way + (hidden > before), hidden
    assert half_way >= kills // 10, "a few of them were writing"
    bench.verify()
    assert bench.load() == 0, bench.log()
    bench.verify()


@pytest.mark.parametrize("kills", [1, pytest.param(40, marks=LONG)])
def test_workers_are_killed(bench: Bench, tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    with served(bench.database, tmp_path, workers=2) as server:
        for _ in range(kills):
            loading, process = bench.begin_work()
            os.kill(chance.choice(children(server.process.pid)), signal.SIGKILL)
            wait_until_answered(bench, server, 1)
            assert process.wait(PATIENCE) == 0, bench.log()
            bench.acknowledged.add(loading)
            time.sleep(6)  # a worker that dies again at once ends the server, by intention
            assert len(children(server.process.pid)) == 2, server.log.read_text()
        bench.verify(server)


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=LONG)])
def test_the_master_is_killed(bench: Bench, tmp_path: Path, kills: int) -> None:
    """Its workers end, so that a new server can take the port, and that one shows all that was acknowledged."""
    for _ in range(kills):
        with served(bench.database, tmp_path, workers=2) as server:
            workers = children(server.process.pid)
            assert len(workers) == 2
            server.process.kill()
            server.process.wait(PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while any(map(alive, workers)) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not [pid for pid in workers if alive(pid)]
            with pytest.raises(requests.ConnectionError):
                requests.get(server.url, timeout=PATIENCE)
        with served(bench.database, tmp_path, workers=1) as again:
            assert bench.load() == 0, bench.log()
            bench.verify(again)
