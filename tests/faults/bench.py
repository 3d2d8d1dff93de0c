"""What the campaign works on: a database with a code system for each load, and a record of what was acknowledged.

`Bench.verify` is what must hold after every fault: nothing acknowledged is lost, no version is there in part, the check
is clean, and a server answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from terminology import ingest
from terminology.library import Terminology
from terminology.store.opening import open_store
from tests.http.serving import PATIENCE, Served

SIZE = 2000
SYSTEM = "http://example.org/CodeSystem/fault-{}"
HIDDEN = (
    "SELECT (SELECT count(*) FROM part WHERE state = 'spilled')"
    " + (SELECT count(*) FROM code_system_version WHERE state = 'loading')"
)
ROOT = Path(__file__).parent.parent.parent


def code_system(number: int) -> dict[str, Any]:
    """A system that says its number in each display, so that a mixture would show."""
    concepts = [{"code": f"c{n}", "display": f"Load {number}, code {n}"} for n in range(SIZE)]
    return {
        "resourceType": "CodeSystem", "url": SYSTEM.format(number), "version": "1", "status": "active",
        "content": "complete", "valueSet": f"http://example.org/ValueSet/fault-{number}", "concept": concepts,
    }  # fmt: skip


@dataclass
class Bench:
    """A folder with the database `faults.db`, and one for everything else, which may lie on another disk.

    With a url, the database is that one. `environment` is what loaders have beside ours.
    """

    folder: Path
    elsewhere: Path
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    started: int = 0
    acknowledged: set[int] = field(default_factory=set)
    work_takes: float = 0.0
    """The most seconds that a load took once it had opened the database."""

    @property
    def path(self) -> Path:
        return self.folder / "faults.db"

    @property
    def database(self) -> str:
        return self.url or f"sqlite:///{self.path}"

    def write(self, number: int) -> str:
        """The file of a system."""
        file = self.elsewhere / f"{number}.json"
        file.write_text(json.dumps(code_system(number)))
        return str(file)

    def begin_load(self, **options: Any) -> tuple[int, subprocess.Popen[bytes]]:
        """Start loading the next system."""
        self.started += 1
        file = self.write(self.started)
        command = [sys.executable, "-m", "terminology.cli", "load", "--database", self.database, file]
        with (self.elsewhere / f"{self.started}.log").open("wb") as log:
            environment = os.environ | self.environment
            return self.started, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment, **options)

    def begin_work(self, **options: Any) -> tuple[int, subprocess.Popen[bytes]]:
        """Start loading the next system, and wait until the process has the database open: so far it only imported."""
        number, process = self.begin_load(**options)
        opened = "socket:" if self.url else str(self.path)
        while process.poll() is None and not any(link.startswith(opened) for link in open_files(process.pid)):
            time.sleep(0.005)
        return number, process

    def load(self, **options: Any) -> int:
        """Load the next system; what succeeds is acknowledged. Returns the exit code."""
        number, process = self.begin_work(**options)
        began = time.monotonic()
        code = process.wait(PATIENCE)
        if code == 0:
            self.acknowledged.add(number)
            self.work_takes = max(self.work_takes, time.monotonic() - began)
        return code

    def hidden(self) -> int:
        """How many parts and versions loads have left that were stopped half-way."""
        store = open_store(self.database)
        row = store._database.first(HIDDEN)
        store.close()
        return int(row[0]) if row else 0

    def log(self) -> str:
        """What the last load said."""
        return (self.elsewhere / f"{self.started}.log").read_text()

    def verify(self, server: Served | None = None) -> None:
        """What must hold after a fault. Systems whose load was not acknowledged are there as a whole, or not at all."""
        with Terminology(self.database) as terminology:
            sizes = {entry.url: entry.size for entry in terminology.store.versions()}
            assert {SYSTEM.format(number) for number in self.acknowledged} <= sizes.keys()
            assert set(sizes.values()) <= {SIZE}
            for url in sizes:
                found = terminology.expand(f"{url.replace('CodeSystem', 'ValueSet')}", count=SIZE)
                assert found.expansion.total == SIZE
            report = ingest.check(terminology.store)
        assert report.clean, [damage.issue.text for damage in report.found]
        if server is not None:
            for number in self.acknowledged:
                assert self.asked(server.url, number) == 200

    def asked(self, url: str, number: int) -> int:
        """The status with which a server answers about a load."""
        path = f"/r5/CodeSystem/$lookup?system={SYSTEM.format(number)}&code=c{SIZE - 1}"
        return requests.get(url + path, timeout=PATIENCE).status_code


def wait_until_answered(bench: Bench, server: Served, number: int) -> float:
    """Seconds until a server answers again."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        try:
            if bench.asked(server.url, number) == 200:
                return time.monotonic() - began
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError(f"no answer in {PATIENCE} s: {server.log.read_text()}")


def open_files(pid: int) -> list[str]:
    """What a process has open (Linux)."""
    try:
        return [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it has ended, or closed one meanwhile
        return []


def children(pid: int) -> list[int]:
    """The child processes of a process (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
