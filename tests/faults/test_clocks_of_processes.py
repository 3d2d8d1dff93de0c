"""A clock that jumps by days under a running server, load and job, forward and back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.library import Terminology
from tests.faults.bench import SIZE, SYSTEM, Bench
from tests.http.serving import PATIENCE, Served, served

JUMPING = Path(__file__).parent / "jumping"
PERIODIC = "http://example.org/CodeSystem/periodic"


@dataclass(frozen=True)
class Clock:
    """What processes take for the time that are begun with `environment`."""

    file: Path

    def jump(self, days: int) -> None:
        """Be so many days ahead of the real time, or behind it."""
        written = self.file.with_suffix(".new")
        written.write_text(str(days * 86400))
        written.replace(self.file)

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(JUMPING), "JUMPING_CLOCK": str(self.file)}


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Processes begun by the test have it; the test itself has the real time."""
    made = Clock(tmp_path / "clock")
    made.jump(0)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Bench:
    made = Bench(tmp_path, tmp_path, environment=clock.environment)
    assert made.load() == 0, made.log()
    return made


@pytest.fixture
def server(bench: Bench, tmp_path: Path) -> Iterator[Served]:
    settings = {"insecure_writes": "yes", "uploads": str(tmp_path / "uploads")}
    with served(bench.database, tmp_path, workers=2, **settings) as running:
        yield running


def begun_job(server: Served) -> str:
    """The address of a job: all codes of a system."""
    value_set = SYSTEM.format(1).replace("CodeSystem", "ValueSet")
    url = f"{server.url}/r5/ValueSet/$expand?url={value_set}&count={SIZE}"
    answer = requests.get(url, headers={"Prefer": "respond-async"}, timeout=PATIENCE)
    assert answer.status_code == 202, answer.text
    return answer.headers["Content-Location"]


def ended(job: str) -> int:
    """The status with which a job ended."""
    deadline = time.monotonic() + PATIENCE
    while (answer := requests.get(job, timeout=PATIENCE)).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer.status_code


@pytest.mark.slow
@pytest.mark.parametrize("days", [3, -3])
def test_a_jump_under_a_load_and_a_job(bench: Bench, server: Served, clock: Clock, days: int) -> None:
    """A load that seems abandoned then may have to be done again; a job is carried out. And back again."""
    for offset in (days, 0):
        job = begun_job(server)
        number, loader = bench.begin_work()
        time.sleep(bench.work_takes / 4)
        clock.jump(offset)
        if loader.wait(PATIENCE) == 0:
            bench.acknowledged.add(number)
        else:
            assert "nothing was written for too long" in bench.log(), bench.log()
        assert ended(job) in {200, 303}
        bench.verify(server)
        assert bench.load() == 0, bench.log()
        bench.verify(server)


def periodic(year: int) -> dict[str, object]:
    """A version that is in effect for some years."""
    period = {"start": f"{year}-01-01", "end": f"{year + 9}-12-31"}
    return {
        "resourceType": "CodeSystem", "id": f"periodic-{year}", "url": PERIODIC, "version": str(year),
        "status": "active", "content": "complete", "effectivePeriod": period,
        "concept": [{"code": "a", "display": f"Of {year}"}],
    }  # fmt: skip


def test_keys_and_versions_in_effect_follow_the_clock(bench: Bench, server: Served, clock: Clock) -> None:
    """A key holds for a day; and answers that were kept are of another day."""
    this_year = time.gmtime().tm_year
    for year in (this_year - 5, this_year + 5):
        url = f"{server.url}/r5/CodeSystem/periodic-{year}"
        headers = {"Content-Type": "application/fhir+json"}
        answer = requests.put(url, data=json.dumps(periodic(year)), headers=headers, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
    made = [sys.executable, "-m", "terminology.cli", "keys", "add", "short", "--days", "1", "--scope", "system/*.rs"]
    command = [*made, "--database", bench.database]
    key = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    statuses, seen = [], []
    for days in (0, 3650, 0, -3):
        clock.jump(days)
        question = f"{server.url}/r5/CodeSystem/$lookup?system={PERIODIC}&code=a"
        statuses.append(requests.get(question, headers={"X-API-Key": key}, timeout=PATIENCE).status_code)
        answer = requests.get(question, timeout=PATIENCE)
        seen += [p["valueString"] for p in answer.json()["parameter"] if p["name"] == "display"]
    assert statuses == [200, 401, 200, 200]
    now, then = f"Of {this_year - 5}", f"Of {this_year + 5}"
    assert seen == [now, then, now, now]
    with Terminology(bench.database) as terminology:
        assert ingest.check(terminology.store).clean
