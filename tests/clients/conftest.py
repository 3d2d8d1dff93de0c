"""A real server with invented terminology, and a key that may write on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from terminology import ingest
from terminology.cli.main import cli
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.http.content import EVERYTHING
from tests.http.serving import served

SCOPES = ("system/ValueSet.cud", "system/CodeSystem.cud")


@dataclass(frozen=True)
class Running:
    """Where a server is, and a key for it."""

    url: str
    key: str

    @property
    def r4(self) -> str:
        return f"{self.url}/r4"

    @property
    def r5(self) -> str:
        return f"{self.url}/r5"


def load(database: str, folder: Path) -> None:
    """Load the invented terminology from files, as anybody does."""
    for resource in EVERYTHING:
        (folder / f"{resource['id']}.json").write_text(json.dumps(resource))
    with closing(open_store(database)) as store:
        ingest.load(store, [str(file) for file in folder.glob("*.json")], LoadOptions())


def make_key(database: str, *scopes: str) -> str:
    """A key, as the command prints it."""
    asked = [word for scope in scopes for word in ("--scope", scope)]
    made = CliRunner().invoke(cli, ["keys", "add", "client", *asked, "--json", "--database", database])
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["key"])


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("clients")
    database = f"sqlite:///{folder / 'clients.db'}"
    load(database, folder)
    key = make_key(database, *SCOPES)
    with served(database, folder, workers=1) as server:
        yield Running(server.url, key)
