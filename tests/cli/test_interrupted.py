"""A load that is killed, stopped, or out of space leaves the state before it; the next one succeeds."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import AFTER, BEFORE, PATIENCE, Bench, bench

STAGES = {
    "the first block of a part is spilled": "SELECT count(*) FROM part WHERE state = 'spilled'",
    "a hidden version is opened": "SELECT count(*) FROM code_system_version WHERE state = 'loading'",
    "its first concepts are written": f"SELECT count(*) > {BEFORE} FROM concept",
}
UNTOUCHED = (BEFORE, "Before")


@pytest.fixture
def loads(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    assert made.state() == UNTOUCHED
    yield made
    code, _, err = made.run("load", made.file("after.json"))
    assert code == 0, err
    assert made.state() == (AFTER, "After"), "what went wrong before stands in the way of the next load"


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_load_changes_nothing(loads: Bench, stage: str) -> None:
    with loads.start("load", loads.file("after.json")) as process:
        loads.wait_until(STAGES[stage], process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert loads.state() == UNTOUCHED


@pytest.mark.parametrize("stage", STAGES)
def test_a_load_stopped_with_ctrl_c_changes_nothing_and_says_so(loads: Bench, stage: str) -> None:
    with loads.start("load", loads.file("after.json")) as process:
        loads.wait_until(STAGES[stage], process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.split()) == (1, ["Stopped.", "The", "database", "is", "as", "it", "was", "before."])
    assert loads.state() == UNTOUCHED


def test_a_full_disk_fails_the_load_and_changes_nothing(loads: Bench) -> None:
    """A limit on the size of files stands for a full disk: both end in a write that fails half-way."""
    most = (loads.folder / "loads.db").stat().st_size + 500_000

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    code, out, err = loads.run("load", loads.file("after.json"), preexec_fn=limit)
    assert (code, out) == (1, "")
    assert "Error: " in err
    assert "Traceback" not in err
    assert "full" in err or "space" in err or "could not be written" in err
    assert loads.state() == UNTOUCHED


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become a user without rights")
def test_a_read_only_database_fails_the_load_with_a_reason(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The command line as somebody who may read the file and not write it."""
    made = bench(tmp_path_factory.mktemp("read-only"))
    folder = made.folder
    for place in (folder, *folder.parents):
        if place == Path(place.anchor) or place.name == "tmp":
            break
        place.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o444)
    code, out, err = as_nobody(made, "load", made.file("after.json"))
    assert (code, out) == (1, "")
    assert "Error: " in err
    assert "Traceback" not in err
    assert "permission" in err.lower() or "read" in err.lower()
    assert made.state() == UNTOUCHED


def as_nobody(made: Bench, command: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command in a process that gives up root after importing, since only root may read what is imported."""
    script = (
        "import os, sys\n"
        "from terminology.cli.main import cli\n"
        "import terminology.fhir.check, terminology.http.app\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "cli(sys.argv[1:])\n"
    )
    line = [sys.executable, "-c", script, command, "--database", made.database, *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr
