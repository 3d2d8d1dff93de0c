"""Output of the commands: results on standard output, progress and errors on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from terminology.fhir.json import dumps
from terminology.fhir.outcome import render
from terminology.ingest import LoadReport
from terminology.model.outcome import TerminologyError

NEXT_STEPS = {
    "CODESYSTEM_NOT_FOUND": "What is loaded is listed by: terminology status",
    "Unable_to_resolve_value_Set_": "Value sets are listed by a server (terminology serve) at /r5/ValueSet",
    "CODE_NOT_FOUND": "Find codes by words with: terminology search TEXT",
}
"""Message id → what to do next; not part of the messages, since callers over HTTP have no such commands."""

STDERR = Console(stderr=True, highlight=False)


def print_json(data: Any) -> None:
    """Write JSON, indented, as UTF-8."""
    click.echo(dumps(data, pretty=True).decode())


def print_error(error: TerminologyError, *, as_json: bool) -> None:
    """Print each issue on a line and what to do next, to standard error; with `as_json` an OperationOutcome as well."""
    if as_json:
        print_json(render(error.issues))
    for issue in error.issues:
        STDERR.print(f"[red]Error:[/red] {_escape(issue.text)}", soft_wrap=True)
    for step in dict.fromkeys(NEXT_STEPS[i.message_id] for i in error.issues if i.message_id in NEXT_STEPS):
        STDERR.print(step, soft_wrap=True)


def print_report(report: LoadReport, *, as_json: bool) -> None:
    """Print what a load did: a summary, or with `as_json` the whole report. A failed load's summary is an error."""
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(report.summary(), err=report.failed)


class Reporter:
    """Shows the stages of a load as progress bars; usable as `ingest`'s progress callback."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Report that `done` of `total` units of a stage are done."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Reporter]:
    """Show progress bars on standard error if it is a terminal; otherwise nothing."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=STDERR, transient=True, disable=quiet or not STDERR.is_terminal) as bars:
        yield Reporter(bars)


@contextmanager
def waiting(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show a bar without a count, for work whose progress is not known."""
    with progress(quiet=quiet) as told:
        told(what, 0, None)
        yield


def _escape(text: str) -> str:
    return text.replace("[", r"\[")
