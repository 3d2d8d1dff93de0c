"""The `terminology` command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import sys
from typing import Any

import click

from terminology.cli import bindings, demo, diff, documents, export, keys, load, maintenance, query, serve, status, sync
from terminology.cli.output import STDERR, print_error
from terminology.model.outcome import TerminologyError


class TerminologyGroup(click.Group):
    """Turns errors of the terminology layers into messages and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
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


for command in (
    load.load, serve.serve, demo.demo, status.status, documents.pending, documents.assign, documents.reparse,
    status.remove, query.lookup, query.validate, query.expand,
    sync.sync, diff.diff, bindings.bindings, query.search, keys.keys, export.export,
    maintenance.backup, maintenance.restore, maintenance.migrate, maintenance.downgrade, maintenance.check,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Entry point of the console script."""
    cli()
