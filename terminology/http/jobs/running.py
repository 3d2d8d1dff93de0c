"""Runs one job in a process of its own, since a load in a worker would block its requests.

    python -m terminology.http.jobs.running JOB

The settings come from the environment. Loads are atomic, so a job may end at any point: a cancelled process simply
stops.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from loaders.fetch import Reference
from terminology import ingest
from terminology.fhir import outcome
from terminology.fhir.json import Json, dumps, loads_object
from terminology.http.api import Api, failure
from terminology.http.exchange import Request
from terminology.http.jobs import reports
from terminology.http.jobs.packing import unpacked
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.jobs import Job, Jobs

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0


class Progress:
    """The progress of the job; a thread reports it, and ends the process when the job is cancelled."""

    def __init__(self, jobs: Jobs, job: Job, end: Callable[[], object]) -> None:
        self._jobs = jobs
        self._job = job
        self._end = end
        self._said: tuple[str, int, int | None] = (job.stage, job.done, job.total)
        self._over = threading.Event()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Record progress; cheap, since loads call it often."""
        self._said = (stage, done, total)

    def beat(self) -> None:
        """Report the latest progress."""
        if not self._jobs.renew(self._job.id, *self._said):
            self._jobs.finish(self._job.id, "cancelled", None)
            self._end()

    @contextmanager
    def passed_on(self) -> Iterator[None]:
        """Report progress regularly inside the context."""

        def keep_beating() -> None:
            while not self._over.wait(HEARTBEAT_SECONDS):
                try:
                    self.beat()
                except TerminologyError as error:  # the database is unavailable for a moment: the next beat tries again
                    log.warning("job %s cannot say that it goes on: %s", self._job.id, error)

        thread = threading.Thread(target=keep_beating, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


Found = tuple[int, Json]
"""A status and an R5 resource, as of an HTTP answer."""


def load(terminology: Terminology, asked: Json, progress: Progress) -> Found:
    """Load an uploaded file (which is then removed), and packages, whose names are never taken for paths or URLs."""
    settings = terminology.settings
    folder = Path(settings.uploads) / str(asked.get("folder", "none"))
    options = LoadOptions(
        system=asked.get("system"), version=asked.get("version"), code=asked.get("code"),
        parameters={**ingest.parameters_of(settings), "uploads": str(folder)},
    )  # fmt: skip
    files = [folder / name for name in asked.get("files", ())]
    packages = filter(None, map(Reference.parse, asked.get("packages", ())))
    try:
        report = ingest.load(terminology.store, [*files, *packages], options, progress=progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _reported(report)


def assign(terminology: Terminology, asked: Json, _progress: Progress) -> Found:
    """Give a pending document its code."""
    system, version = asked.get("system"), asked.get("version")
    return _reported(ingest.assign(terminology.store, asked["document"], asked["code"], system=system, version=version))


def remove(terminology: Terminology, asked: Json, progress: Progress) -> Found:
    """Remove a canonical, a document or a source."""
    return _reported(ingest.remove(terminology.store, asked["what"], version=asked.get("version"), progress=progress))


def reparse(terminology: Terminology, _asked: Json, _progress: Progress) -> Found:
    """Read all kept documents again."""
    return _reported(ingest.reparse(terminology.store))


def _reported(report: ingest.LoadReport) -> Found:
    return (422 if report.failed else 200), reports.rendered(report)


def answer(terminology: Terminology, asked: Json, _progress: Progress) -> Found:
    """Answer a request as usual, with more time."""
    request: Request = unpacked(asked)
    try:
        found = Api(terminology).answer(request)
    except Exception as error:  # noqa: BLE001 - the outermost place, as in `api`
        found = failure(error, request)
    return found.status, found.resource


KINDS: Mapping[str, Callable[[Terminology, Json, Progress], Found]] = MappingProxyType(
    {"load": load, "assign": assign, "remove": remove, "reparse": reparse, "request": answer}
)


def run(settings: Settings, id_: str, end: Callable[[], Any] = lambda: os._exit(0)) -> None:
    """Run a claimed job and store its result."""
    seconds = settings.job_seconds
    patient = Settings({**settings.values, "request_seconds": seconds, "write_seconds": seconds})
    with Terminology(settings=patient) as terminology:
        jobs = terminology.store.jobs
        job = jobs.get(id_)
        if job is None or job.state != "running":
            return
        progress = Progress(jobs, job, end)
        with progress.passed_on():
            try:
                status, resource = KINDS[job.kind](terminology, loads_object(job.input), progress)
            except TerminologyError as error:
                status, resource = 422, outcome.render(error.issues)
            except Exception as error:
                log.exception("job %s failed", id_)
                status, resource = 500, failure(error, _nameless()).resource
        said = dumps({"status": status, "resource": resource})
        jobs.finish(id_, "done" if status < 400 else "failed", said)


def _nameless() -> Request:
    return Request(method="POST", release="R5", segments=(), base="")


def main() -> None:
    """Run the job that the command line names."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])  # which the worker has blocked for itself
    run(Settings.load(), sys.argv[1])


if __name__ == "__main__":
    main()
