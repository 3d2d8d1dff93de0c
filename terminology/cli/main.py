"""The `terminology` command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from terminology.cli.output import STDERR, print_error
from terminology.model.outcome import TerminologyError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        name: module
        for module, names in {
            "load": ("load",), "serve": ("serve",), "demo": ("demo",), "status": ("status", "remove"),
            "documents": ("pending", "assign", "reparse"), "query": ("lookup", "validate", "expand", "search"),
            "sync": ("sync",), "diff": ("diff",), "bindings": ("bindings",), "keys": ("keys",), "export": ("export",),
            "maintenance": ("backup", "restore", "migrate", "downgrade", "check"),
        }.items()
        for name in names
    }
)  # fmt: skip
"""Command → the module of `terminology.cli` that has it under the same name."""


class TerminologyGroup(click.Group):
    """Turns a TerminologyError of a command into messages and exit code 1.

    Imports only the command that runs, so that loading does not wait for the HTTP server's imports.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - of click
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - of click
        """The command with this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"terminology.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and print the error if it raises one."""
        try:
            return super().invoke(ctx)
        except TerminologyError as error:
            print_error(error, as_json="--json" in sys.argv)
            ctx.exit(1)
        except KeyboardInterrupt:
            STDERR.print("Stopped. The database is as it was before.")
            ctx.exit(1)


@click.group(cls=TerminologyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="fhir-terminology-server")
def cli() -> None:
    """A FHIR terminology server that treats procedure codes best.

    Start with `terminology demo`, or `terminology load FILE` and `terminology serve`. Exit codes: 0 done, 1 failed,
    2 wrong usage.
    """


def main() -> None:
    """Entry point of the console script."""
    cli()
