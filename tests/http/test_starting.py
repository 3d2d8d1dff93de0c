"""Beginning processes of jobs, where the system gives none."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.http.jobs import starting
from terminology.http.jobs.starting import Starter
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.store.ticking import HOUR, Ticking


def test_a_job_without_a_process_is_begun_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The thread that begins jobs goes on, and the job is claimed again when its lease has lapsed."""
    clock = Ticking()
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", clock=clock)
    job = store.jobs.add("kind", b"{}")
    starter = Starter(store.jobs, Settings.load({}))

    def refused(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(starting, "begun", refused)
    starter.start_waiting()
    assert f"no process for the job {job.id}" in caplog.text
    clock.forward(HOUR)
    assert store.jobs.waiting()
    store.close()
