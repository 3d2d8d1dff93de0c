"""Real processes of the command, on a database that holds a first load, and what must be true of it afterwards."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from terminology.library import Terminology

SYSTEM = "http://example.org/CodeSystem/loads"
VALUE_SET = "http://example.org/ValueSet/loads"
BEFORE, AFTER = 3, 10_000
PATIENCE = 120


def code_system(size: int, title: str) -> dict[str, Any]:
    """A system of `size` codes below one root; every display begins with the title."""
    children = [{"code": f"c{n}", "display": f"{title} number {n}"} for n in range(size - 1)]
    return {
        "resourceType": "CodeSystem", "url": SYSTEM, "version": "1", "status": "active", "content": "complete",
        "valueSet": VALUE_SET,
        "concept": [{"code": "root", "display": title, "concept": children}],
    }  # fmt: skip


def heed_ctrl_c() -> None:
    """A shell makes what it starts in the background ignore Ctrl-C, and its children with it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Bench:
    """A folder with a database (`before.json` is loaded) and with `after.json`, a larger content of the same system."""

    folder: Path

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'loads.db'}"

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def start(self, command: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        line = [sys.executable, "-m", "terminology.cli", command, "--database", self.database, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(line, cwd=self.folder, **{"preexec_fn": heed_ctrl_c, **pipes, **options})

    def run(self, command: str, *arguments: str, **options: Any) -> tuple[int, str, str]:
        """Run a command to its end: exit code, standard output, standard error."""
        with self.start(command, *arguments, **options) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def count(self, sql: str) -> int:
        """A number that the database answers, asked past the store."""
        with closing(sqlite3.connect(f"file:{self.folder / 'loads.db'}?mode=ro", uri=True, timeout=30)) as connection:
            return int(connection.execute(sql).fetchone()[0])

    def state(self) -> tuple[int, str | None]:
        """How many concepts are published, and how the root is called."""
        with Terminology(self.database) as terminology:
            (published,) = terminology.store.versions(SYSTEM)
            return published.size, terminology.lookup(SYSTEM, "root").display

    def wait_until(self, sql: str, process: subprocess.Popen[str]) -> None:
        """Wait until a query counts more than nothing, while the process runs."""
        deadline = time.monotonic() + PATIENCE
        while not self.count(sql):
            assert process.poll() is None, f"it ended before: {process.communicate()}"
            assert time.monotonic() < deadline, f"not seen in {PATIENCE} s: {sql}"
            time.sleep(0.002)


@dataclass(frozen=True)
class PostgresBench(Bench):
    """The same, with a database of PostgreSQL."""

    url: str

    @property
    def database(self) -> str:
        return self.url

    def count(self, sql: str) -> int:
        """See Bench."""
        with psycopg.connect(self.url) as connection:
            return int(connection.execute(sql.encode()).fetchone()[0])


def bench(folder: Path, postgres_url: str | None = None) -> Bench:
    """A folder in which the first content is loaded."""
    made = Bench(folder) if postgres_url is None else PostgresBench(folder, postgres_url)
    (folder / "before.json").write_text(json.dumps(code_system(BEFORE, "Before")))
    (folder / "after.json").write_text(json.dumps(code_system(AFTER, "After")))
    code, _, err = made.run("load", made.file("before.json"))
    assert code == 0, err
    return made
