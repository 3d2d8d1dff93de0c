"""`terminology backup`, `restore`, `migrate`, `downgrade` and `check`: database maintenance."""

from __future__ import annotations

from pathlib import Path

import click

from terminology import ingest
from terminology.cli.options import database_option, json_option, settings, settings_of_existing
from terminology.cli.output import print_json, progress, waiting
from terminology.model.outcome import TerminologyError
from terminology.store import backups, moving
from terminology.store.opening import go_back, must_exist, open_configured, open_database, open_store
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@database_option
def backup(file: Path, database: str | None) -> None:
    """Write all of the database to FILE, and a checksum to FILE.sha256, while the server goes on.

    FILE is a SQLite database whatever the database is; `terminology serve` can serve it as it is.
    """
    store = open_configured(settings_of_existing(database))
    with waiting("Writing the backup"):
        backups.write_backup(store, file)
    click.echo(f"{store.url} is in {file} ({file.stat().st_size:,} bytes); its checksum is in {file.name}.sha256.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace what the database holds.")
@database_option
def restore(file: Path, replace: bool, database: str | None) -> None:
    """Bring the database back to what FILE holds, if its checksum is right. Running servers take it up at once."""
    backups.must_be_there(file)  # before a new database is made for it, or --replace is recommended
    store = open_configured(settings(database=database))
    if not replace and _holds_something(store):
        raise TerminologyError.of("conflict", "RESTORE_WOULD_REPLACE", url=store.url)
    with waiting("Reading the backup"):
        backups.restore_backup(store, file)
    click.echo(f"{store.url} holds what {file} held.")


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--replace", is_flag=True, help="Replace what TO holds.")
@json_option
def migrate(source: str, target: str, replace: bool, as_json: bool) -> None:
    """Copy everything from the database FROM to the database TO: urls of SQLite or PostgreSQL, in any direction.

    All at once, or nothing: what arrived is read again and compared by count and checksum before it is kept. Writers of
    FROM may go on; what they write meanwhile is not copied.
    """
    must_exist(source)
    there, origin = open_store(target), open_database(source)
    if not replace and _holds_something(there):
        raise TerminologyError.of("conflict", "RESTORE_WOULD_REPLACE", url=there.url)
    with progress(quiet=as_json) as told:
        sums = moving.move(origin, open_database(target), told)
    if as_json:
        print_json({table: {"rows": moved.rows, "checksum": f"{moved.digest:032x}"} for table, moved in sums.items()})
        return
    for table, moved in sums.items():
        if moved.rows:
            click.echo(f"{table:<24} {moved.rows:>12,}  {moved.digest:032x}")
    rows = sum(moved.rows for moved in sums.values())
    click.echo(f"{there.url} holds what {origin.url} holds: {rows:,} rows, verified.")


@click.command()
@click.argument("schema", type=click.IntRange(1))
@database_option
def downgrade(schema: int, database: str | None) -> None:
    """Bring the database back to an older SCHEMA, so that an older program can open it; says what is lost.

    Stop all servers before, and make a backup. Any command of this version brings the database up to date again.
    """
    url = str(settings_of_existing(database).database)
    with waiting("Going back"):
        undone = go_back(url, schema)
    for step in undone:
        click.echo(f"{step.number:>4} {step.name}: {step.back.lost}")
    click.echo(f"{url} has schema {schema} now. Open it with the older program only.")


@click.command()
@click.option("--deep", is_flag=True, help="Derive every version once more and compare: takes as long as loading.")
@click.option("--repair", is_flag=True, help="Derive damaged versions again, index resources anew, delete orphans.")
@database_option
@json_option
@click.pass_context
def check(ctx: click.Context, deep: bool, repair: bool, database: str | None, as_json: bool) -> None:
    """Check that the database is whole: the file, counts, sets against concepts, parts, search words, orphaned rows.

    Exit code 1 when something is wrong and was not repaired.
    """
    store = open_configured(settings_of_existing(database))
    with progress(quiet=as_json) as told:
        report = ingest.check(store, deep=deep, repair=repair, progress=told)
        left = ingest.check(store, progress=told).found if repair and not report.clean else report.found
    if as_json:
        print_json({**report.as_dict(), "left": [damage.issue.text for damage in left]})
    else:
        for damage in report.found:
            click.echo(f"{damage.issue.severity:<10} {damage.issue.text}")
        for version in report.derived_again:
            click.echo(f"repaired   {version}: derived again from its parts")
        if report.rows_removed:
            click.echo(f"repaired   {report.rows_removed:,} rows that belonged to nobody are deleted")
        if report.indexed_again:
            click.echo(f"repaired   {report.indexed_again:,} resources are found again by all that can be searched for")
        click.echo(f"{report.versions:,} code system versions checked: {_verdict(len(report.found), len(left))}")
    if left:
        ctx.exit(1)


def _holds_something(store: Store) -> bool:
    return bool(store.versions() or store.documents() or store.resources(ResourceQuery(type="ValueSet", count=0))[0])


def _verdict(found: int, left: int) -> str:
    if not found:
        return "all is well."
    return f"{found:,} found, {left:,} left." if left else f"{found:,} found, all repaired."
