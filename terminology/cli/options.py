"""Options shared by several commands, and how they set settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from loaders.systems import by_label
from terminology.settings import SETTINGS, Settings, misspelt
from terminology.store.opening import must_exist

HELP = {setting.name: setting.help for setting in SETTINGS}

Command = TypeVar("Command", bound=Callable[..., Any])


def system_named(text: str) -> str:
    """The canonical of a code system that is named by its canonical, or by a label as in documents (CPT, HCPCS)."""
    known = by_label(text)
    return known.url if known else text


def database_option(command: Command) -> Command:
    """`--database PATH|URL`, on every command that opens one."""
    return click.option("--database", metavar="PATH|URL", help=HELP["database"])(command)


def json_option(command: Command) -> Command:
    """`--json`, on every command whose output a script may want."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of text.")(command)


def insecure_writes_option(command: Command) -> Command:
    """`--insecure-writes`, on every command that serves."""
    return click.option("--insecure-writes", is_flag=True, help=HELP["insecure_writes"])(command)


def settings_of_existing(database: str | None) -> Settings:
    """The settings, for commands that make nothing: a misspelt path must not become a new database.

    Raises TerminologyError not-found.
    """
    found = settings(database=database)
    must_exist(found.database)
    return found


def settings_for_reading(database: str | None, **overrides: Any) -> Settings:
    """The settings, for commands that only read.

    A database that `--database` names must be there; the usual one may be made, so that who begins is told how to load.
    Raises TerminologyError not-found.
    """
    found = settings(database=database, **overrides)
    if database is not None:
        must_exist(found.database)
    return found


def settings(**overrides: Any) -> Settings:
    """The settings, with those of the command line over them; a value that cannot be read is a usage error.

    Variables that look misspelt are pointed out on standard error.
    """
    for name, meant in misspelt(os.environ).items():
        click.echo(f"{name} is no setting. Is {meant} meant?", err=True)
    try:
        return Settings.load(**overrides)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
