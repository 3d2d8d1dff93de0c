"""`terminology sync`: loads what a start-up file lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from terminology import ingest
from terminology.cli import startup
from terminology.cli.options import database_option, json_option, settings
from terminology.cli.output import print_json, progress
from terminology.ingest import LoadReport, Progress
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from terminology.store.entries import ResourceType
from terminology.store.opening import open_configured
from terminology.store.paging import every
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery

TYPES: tuple[ResourceType, ...] = ("ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--prune", is_flag=True, help="Remove what comes from sources that FILE does not name.")
@database_option
@json_option
@click.pass_context
def sync(ctx: click.Context, file: Path, prune: bool, database: str | None, as_json: bool) -> None:
    """Load all that FILE names and that is not there yet, and list what else is there.

    FILE is TOML with [[load]] entries (path, package or url) and [versions] that are the default. Each entry is loaded
    by itself: one that fails leaves what was there, and does not stop the others. Exit code 1 when any failed.
    """
    in_force = settings(database=database)
    wanted = startup.read(file)
    store = open_configured(in_force)
    with progress(quiet=as_json) as told:
        outcomes = [(one.argument, *_loaded(store, in_force, one, told)) for one in wanted.loads]
    failed = [argument for argument, report, error in outcomes if error or (report and report.failed)]
    read = {source for _, report, _ in outcomes if report for source in report.sources}
    others = sorted(_sources(store) - read) if not failed else []
    removed = [_removed(store, source) for source in others] if prune else []
    if as_json:
        print_json({"loads": [_written(*outcome) for outcome in outcomes], "others": others, "removed": removed})
    else:
        for argument, report, error in outcomes:
            said = str(error) if report is None else report.summary()
            click.echo("\n  ".join([argument, *said.splitlines()]))
        for source in others:
            click.echo(f"{'removed' if prune else 'beside'}    {source}")
        for pinned in wanted.versions:
            click.echo(f"default    {pinned}: serve with TERMINOLOGY_DEFAULT_VERSIONS, or with serve --startup")
    if failed:
        ctx.exit(1)


def _loaded(
    store: Store, in_force: Settings, one: startup.Wanted, told: Progress
) -> tuple[LoadReport | None, TerminologyError | None]:
    """Load one entry: its report, or the error that stopped it."""
    parameters = {**ingest.parameters_of(in_force), **one.parameters}
    options = LoadOptions(system=one.system, version=one.version, code=one.code, parameters=parameters)
    try:
        return ingest.load(store, [one.argument], options, progress=told), None
    except TerminologyError as error:
        return None, error


def _sources(store: Store) -> set[str]:
    """The paths and addresses that stored content was loaded from; what clients wrote has none."""
    documents = [entry for entry in store.documents() if entry.state != "removed"]
    of_documents = {f"{entry.path}#{entry.index}" for entry in documents}
    parts = {part.source for part in store.parts()} - of_documents
    return {
        source for source in (*(entry.path for entry in documents), *parts, *_resource_sources(store)) if "/" in source
    }


def _resource_sources(store: Store) -> Iterator[str]:
    for type_ in TYPES:
        yield from (entry.source for entry in every(store, ResourceQuery(type=type_)) if entry.source)


def _removed(store: Store, source: str) -> str:
    ingest.remove(store, source)
    return source


def _written(argument: str, report: LoadReport | None, error: TerminologyError | None) -> dict[str, Any]:
    return {"load": argument, "error": str(error) if error else None, "report": report.as_dict() if report else None}
