"""`terminology status` and `remove`: shows the content of a database, and removes parts of it."""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from terminology import ingest
from terminology.cli.options import database_option, json_option, settings, settings_for_reading, system_named
from terminology.cli.output import print_json, print_report, progress
from terminology.store.entries import ResourceType
from terminology.store.opening import open_configured
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery

RESOURCE_TYPES: tuple[ResourceType, ...] = (
    "CodeSystem",
    "ValueSet",
    "ConceptMap",
    "NamingSystem",
    "StructureDefinition",
)
LINES_SHOWN = 40
WIDTH_OF_FILES = 300
"""Columns of a table that is written elsewhere than to a terminal: canonicals stay in one piece."""


@click.command()
@database_option
@json_option
def status(database: str | None, as_json: bool) -> None:
    """Show where the database is and what it holds."""
    store = open_configured(settings_for_reading(database))
    found = _status(store)
    if as_json:
        print_json(found)
        return
    click.echo(f"{'Database':<21} {found['database']}")
    for type_, count in found["resources"].items():
        click.echo(f"{type_ + 's':<21} {count:,}")
    click.echo(f"{'Documents':<21} {found['documents']['loaded']} loaded, {found['documents']['pending']} pending")
    systems = found["codeSystems"]
    if not systems:
        click.echo("No code system is loaded yet. Try: terminology load PATH")
        return
    table = Table(Column("code system", overflow="fold"), Column("version", overflow="fold"), box=None)
    for heading in ("content", "concepts"):
        table.add_column(heading, no_wrap=True)
    for system in systems[:LINES_SHOWN]:
        table.add_row(system["url"], system["version"] or "", system["content"], f"{system['concepts']:,}")
    Console(width=None if sys.stdout.isatty() else WIDTH_OF_FILES).print(table)
    if len(systems) > LINES_SHOWN:
        click.echo(f"... and {len(systems) - LINES_SHOWN} more: terminology status --json lists all of them.")


def _status(store: Store) -> dict[str, Any]:
    versions = sorted(store.versions(), key=lambda v: (-v.size, v.url, v.version or ""))
    return {
        "database": store.url,
        "generation": store.generation(),
        "resources": {t: store.resources(ResourceQuery(type=t, count=0))[0] for t in RESOURCE_TYPES},
        "documents": {state: len(store.documents(state)) for state in ("loaded", "pending")},
        "codeSystems": [
            {"url": v.url, "version": v.version, "content": v.content, "concepts": v.size} for v in versions
        ],
    }


@click.command()
@click.argument("what", type=system_named)
@click.option("--version", metavar="V", help="Only this version.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
@json_option
def remove(what: str, version: str | None, yes: bool, database: str | None, as_json: bool) -> None:
    """Remove WHAT: a SYSTEM, the canonical of a value set or concept map, a document's id or a source's path."""
    store = open_configured(settings(database=database))
    if not yes and not as_json:
        click.confirm(f"Remove {what}{'|' + version if version else ''} from {store.url}?", abort=True)
    with progress(quiet=as_json) as told:
        result = ingest.remove(store, what, version=version, progress=told)
    print_report(result, as_json=as_json)
