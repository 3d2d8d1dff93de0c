"""`terminology demo`: serves the sample documents from a temporary database on a free port."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import click
import platformdirs

from loaders.documents import samples
from terminology import ingest
from terminology.cli.options import insecure_writes_option, settings
from terminology.cli.output import print_report, progress
from terminology.http import server
from terminology.model.records import LoadOptions
from terminology.settings import database_url
from terminology.store.opening import open_store

PORTS_TO_TRY = 50


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the server listens on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="First port to try.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Worker processes.")
@click.option("--load-only", is_flag=True, help="Load the samples and stop, without serving.")
@click.option("--database", metavar="PATH|URL", help="Another database than the demo's own.")
@insecure_writes_option
def demo(host: str, port: int, workers: int, load_only: bool, database: str | None, insecure_writes: bool) -> None:
    """Load the sample procedure documents (invented codes) and serve them.

    The demo has a database of its own, so nothing of yours is touched. If the port is taken, it uses the next free one.
    """
    url = database_url(database or Path(platformdirs.user_data_dir("terminology")) / "demo.db")
    store = open_store(url)
    with samples.folder() as folder, progress() as report:
        loaded = ingest.load(store, [str(folder)], LoadOptions(), progress=report)
    store.close()
    print_report(loaded, as_json=False)
    click.echo(f"Other commands read this database with: --database {url}")
    if load_only:
        return
    free = free_port(host, port)
    if free != port:
        click.echo(f"Port {port} is taken, so this is port {free}.")
    click.echo(f"Serving at http://{host}:{free} - stop with Ctrl-C.")
    server.serve(settings(database=url, host=host, port=free, workers=workers, insecure_writes=insecure_writes or None))


def free_port(host: str, first: int) -> int:
    """The first port from `first` on that is free."""
    for port in range(first, min(first + PORTS_TO_TRY, 65536)):
        with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise click.ClickException(f"No port is free on {host} from {first} on. Give another with --port.")
