"""`terminology keys`: API keys for writers, and for access to licensed code systems."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from terminology.catalogue.licences import Licences
from terminology.cli.options import database_option, json_option, settings
from terminology.cli.output import print_json
from terminology.http.access import keys as api_keys
from terminology.http.access.callers import RESOURCE_PREFIX
from terminology.store.entries import KeyEntry
from terminology.store.opening import open_store

DAY = 24 * 3600.0


@click.group()
def keys() -> None:
    """Make, list and revoke API keys. Servers heed it at once."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", metavar="SCOPE", multiple=True, required=True, help="What it permits; repeatable.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How long it holds.  [default: for ever]")
@database_option
@json_option
def add(name: str, scopes: tuple[str, ...], days: float | None, database: str | None, as_json: bool) -> None:
    """Make a key called NAME and print it: it is shown once, and kept as a digest.

    Scopes are SMART's: system/*.cruds is everything, system/ValueSet.cud writing value sets, system/*.rs reading. Any
    other word is an entitlement, as the setting licences names them.
    """
    in_force = settings(database=database)
    store = open_store(in_force.database)
    seconds = None if days is None else days * DAY
    key, entry = api_keys.create(store, name, scopes, now=time.time(), seconds=seconds)
    for scope in scopes:
        if not scope.startswith(RESOURCE_PREFIX) and scope not in Licences(in_force).entitlements:
            click.echo(f"{scope} permits nothing yet: no licence of the setting licences asks for it.", err=True)
    if as_json:
        print_json({"key": key, **_described(entry)})
        return
    click.echo(key)
    click.echo("Keep it: it is not shown again. Send it as 'Authorization: Bearer KEY'.", err=True)


@keys.command("list")
@database_option
@json_option
def list_(database: str | None, as_json: bool) -> None:
    """List all keys, without what opens anything."""
    entries = open_store(settings(database=database).database).api_keys()
    if as_json:
        print_json({"keys": [_described(entry) for entry in entries]})
        return
    if not entries:
        click.echo("There are no keys. Make one with: terminology keys add NAME --scope SCOPE")
        return
    table = Table("id", "name", "scopes", "state", "created", "expires", box=None)
    for entry in entries:
        told = _described(entry)
        table.add_row(
            entry.id, entry.name, entry.scopes, told["state"], told["created"][:10], (told["expires"] or "")[:10]
        )
    Console().print(table)


@keys.command()
@click.argument("name")
@database_option
@json_option
def revoke(name: str, database: str | None, as_json: bool) -> None:
    """Take back the key with this NAME, or id."""
    store = open_store(settings(database=database).database)
    entry = api_keys.revoke(store, name, time.time())
    if as_json:
        print_json({"revoked": entry.id})
        return
    click.echo(f"Revoked {entry.name} ({entry.id}).")


def _described(entry: KeyEntry) -> dict[str, Any]:
    expired = entry.expires is not None and entry.expires <= time.time()
    return {
        "id": entry.id,
        "name": entry.name,
        "scopes": entry.scopes.split(),
        "state": "revoked" if entry.revoked is not None else "expired" if expired else "in force",
        "created": _instant(entry.created),
        "expires": None if entry.expires is None else _instant(entry.expires),
        "revoked": None if entry.revoked is None else _instant(entry.revoked),
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
