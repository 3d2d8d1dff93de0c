"""`terminology diff`: what a new release changes."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from terminology.cli.opened import opened
from terminology.cli.options import database_option, json_option, system_named
from terminology.cli.output import print_json, waiting
from terminology.model.changes import KINDS, Change, Differences
from terminology.operations.diff import name, not_compared, response


@click.command()
@click.argument("system", type=system_named)
@click.argument("old")
@click.argument("new")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="Codes shown of each kind; 0: their number only.",
)
@database_option
@json_option
def diff(system: str, old: str, new: str, limit: int, database: str | None, as_json: bool) -> None:
    """Compare two loaded versions of SYSTEM: codes added, removed, retitled, inactivated, reactivated, moved.

    Also names the stored value sets and concept maps that are touched. OLD and NEW are versions.
    """
    with opened(database) as terminology, waiting("Comparing", quiet=as_json):
        found = terminology.diff(system, old, new)
    if as_json:
        print_json(response(found))
    else:
        _print(found, limit)


def _print(found: Differences, limit: int) -> None:
    console = Console()
    counted = ", ".join(f"{len(found.of(kind)):,} {kind}" for kind in KINDS if found.of(kind))
    groups = ", ".join(f"{n:,} {kind}" for kind in KINDS if (n := len(found.of(kind, group=True))))
    click.echo(f"{name(found)}, {found.old.version} to {found.new.version}")
    click.echo(f"codes:  {counted or 'no change'}")
    if groups:
        click.echo(f"groups: {groups}")
    for text in not_compared(found):
        click.echo(text)
    for kind in KINDS:
        if limit and (changes := found.of(kind)):
            console.print(_table(kind, changes[:limit]))
            if len(changes) > limit:
                click.echo(f"... and {len(changes) - limit:,} more: --limit N or --json shows them")
    for value_set in found.value_sets:
        counts = ((len(value_set.gained), "gained"), (len(value_set.lost), "lost"), (len(value_set.changed), "changed"))
        told = ", ".join(f"{n:,} {word}" for n, word in counts if n)
        click.echo(f"value set   {value_set.title or value_set.value_set}: {told}")
    for concept_map in found.concept_maps:
        click.echo(f"concept map {concept_map.concept_map}: maps {len(concept_map.codes):,} codes that are gone")


def _table(kind: str, changes: tuple[Change, ...]) -> Table:
    both = kind in {"retitled", "moved"}
    table = Table(kind, "before" if both else "title", *(["after"] if both else []), box=None, title_justify="left")
    for change in changes:
        texts = [change.before or "", change.after or ""] if both else [change.after or change.before or ""]
        table.add_row(change.code, *texts)
    return table
