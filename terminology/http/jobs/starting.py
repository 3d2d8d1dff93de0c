"""Starts a process for each job: a thread in every worker looks for queued jobs, and one worker claims each.

It also says which uploaded files are here, and removes those whose jobs are over without having done so themselves.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping

from terminology.http import uploads
from terminology.model.outcome import TerminologyError
from terminology.settings import SETTINGS, Settings
from terminology.store.jobs import Jobs

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often a worker looks for jobs that other workers queued, or whose process died."""


class Starter:
    """Starts queued jobs, up to `jobs` processes of this worker at a time."""

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        self._jobs = jobs
        self._settings = settings
        self._wanted = threading.Event()
        self._running: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        """Start looking for jobs, in a thread that ends with the process."""
        if self._settings.jobs > 0:
            threading.Thread(target=self._look, name="jobs", daemon=True).start()

    def wake(self) -> None:
        """Notice that this worker queued a job."""
        self._wanted.set()

    def _look(self) -> None:
        while True:
            self._wanted.wait(0.5 if self._running else LOOK_SECONDS)
            self._wanted.clear()
            self.look()

    def look(self) -> None:
        """Start what can be started now; errors are logged, and the next look tries again."""
        try:
            self.start_waiting()
        except TerminologyError as error:
            log.warning("jobs cannot be looked for: %s", error)
        except OSError as error:  # no memory for another process: the job's lease lapses, and it is started again
            log.warning("a job's process cannot be begun: %s", error)

    def start_waiting(self) -> None:
        """Start jobs while there are queued ones and free places."""
        here = uploads.folders(self._settings)
        if here:
            uploads.remove(self._settings, self._jobs.see(here))
        self._running = [process for process in self._running if process.poll() is None]
        while len(self._running) < self._settings.jobs and self._jobs.waiting(here):
            job = self._jobs.claim(here)
            if job is None:
                return
            try:
                self._running.append(begun(job.id, self._settings))
            except OSError as error:  # no memory, or too many processes: its lease lapses, and it is begun again
                log.error("no process for the job %s: %s", job.id, error)  # noqa: TRY400 - nothing of ours failed
                return


def begun(job: str, settings: Settings) -> subprocess.Popen[bytes]:
    """Start the process of a claimed job."""
    command = [sys.executable, "-m", "terminology.http.jobs.running", job]
    return subprocess.Popen(command, env={**os.environ, **environment(settings)}, stdin=subprocess.DEVNULL)  # noqa: S603 - our own


def environment(settings: Settings) -> Mapping[str, str]:
    """Settings as environment variables for another process."""
    return {setting.variable: str(settings.values[setting.name]) for setting in SETTINGS}
