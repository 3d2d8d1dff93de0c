"""`terminology pending`, `assign` and `reparse`: procedure documents after they were loaded."""

from __future__ import annotations

import click

from terminology import ingest
from terminology.cli.options import database_option, json_option, settings, settings_for_reading, system_named
from terminology.cli.output import print_json, print_report, progress
from terminology.store.opening import open_configured


@click.command()
@database_option
@json_option
def pending(database: str | None, as_json: bool) -> None:
    """List documents that are kept but have no place yet, and why."""
    waiting = ingest.pending(open_configured(settings_for_reading(database)))
    if as_json:
        fields = ("id", "path", "index", "title", "system", "reason", "loaded_at")
        print_json({"pending": [{name: getattr(entry, name) for name in fields} for entry in waiting]})
        return
    for entry in waiting:
        click.echo(f"{entry.id}  {entry.path}\n    {entry.title or 'without a title'}\n    {entry.reason}")
    click.echo(
        "Nothing is pending."
        if not waiting
        else f"{len(waiting)} pending. Give one its code with: terminology assign DOCUMENT CODE [--system URL]"
    )


@click.command()
@click.argument("document")
@click.argument("code")
@click.option(
    "--system",
    type=system_named,
    metavar="SYSTEM",
    help="The code system, where the document does not say.",
)
@click.option("--version", metavar="V", help="Attach to this version only, instead of to every loaded one.")
@database_option
@json_option
def assign(
    document: str, code: str, system: str | None, version: str | None, database: str | None, as_json: bool
) -> None:
    """Give a pending DOCUMENT (its id from `terminology pending`) its CODE. The file is not needed any more."""
    store = open_configured(settings(database=database))
    result = ingest.assign(store, document, code, system=system, version=version)
    print_report(result, as_json=as_json)


@click.command()
@database_option
@json_option
def reparse(database: str | None, as_json: bool) -> None:
    """Read all kept documents again with the parser of this version."""
    with progress(quiet=as_json) as told:
        result = ingest.reparse(open_configured(settings(database=database)), progress=told)
    print_report(result, as_json=as_json)
