"""`terminology serve`: runs the server."""

from __future__ import annotations

from pathlib import Path

import click

from terminology.cli.options import HELP, database_option, insecure_writes_option, settings
from terminology.cli.startup import read
from terminology.http import server


@click.command()
@database_option
@click.option("--host", help=HELP["host"] + "  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help=HELP["port"] + "  [default: 8080]")
@click.option("--workers", type=click.IntRange(1, 256), help=HELP["workers"] + "  [default: 2]")
@click.option(
    "--startup", type=click.Path(path_type=Path, dir_okay=False), help="Start-up file whose [versions] are the default."
)
@insecure_writes_option
def serve(
    database: str | None, host: str | None, port: int | None, workers: int | None, startup: Path | None,
    insecure_writes: bool,
) -> None:  # fmt: skip
    """Serve the database over HTTP: /r4, /r5 and /fhir (= R4), and pages for people at /.

    A busy port is an error; `terminology demo` takes the next free one instead.
    """
    pinned = " ".join(read(startup).versions) if startup else None
    server.serve(
        settings(
            database=database, host=host, port=port, workers=workers, default_versions=pinned,
            insecure_writes=insecure_writes or None,
        )
    )  # fmt: skip
