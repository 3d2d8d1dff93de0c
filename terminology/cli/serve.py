"""`terminology serve`."""

from __future__ import annotations

import click

from terminology.cli.options import HELP, database_option, insecure_writes_option, settings
from terminology.http import server


@click.command()
@database_option
@click.option("--host", help=HELP["host"] + "  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help=HELP["port"] + "  [default: 8080]")
@click.option("--workers", type=click.IntRange(1, 256), help=HELP["workers"] + "  [default: 2]")
@insecure_writes_option
def serve(database: str | None, host: str | None, port: int | None, workers: int | None, insecure_writes: bool) -> None:
    """Serve the database over HTTP: /r4, /r5 and /fhir (= R4), and pages for people at /.

    A busy port is an error; `terminology demo` takes the next free one instead.
    """
    server.serve(
        settings(database=database, host=host, port=port, workers=workers, insecure_writes=insecure_writes or None)
    )
