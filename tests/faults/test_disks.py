"""Disks that are full, read-only, or give back other bytes than were written."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from terminology import ingest
from terminology.model.outcome import TerminologyError
from terminology.store.backups import restore_backup, write_backup
from terminology.store.opening import open_store
from tests.faults.bench import SYSTEM, Bench
from tests.http.serving import PATIENCE, NotStartedError, served

PAGE = 8192
REFUSED = re.compile("cannot\\s+be\\s+(written|opened)")


def mounted(folder: Path, megabytes: int) -> bool:
    """Whether a file system of its own could be mounted, for which one must be root."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def own_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A small file system, or a skipped test."""
    if not mounted(folder, megabytes):
        pytest.skip("needs the right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with own_disk(disk, 12):
        bench = Bench(disk, tmp_path)
        assert bench.load() == 0, bench.log()
        with served(bench.database, tmp_path, workers=1) as server:
            filler = disk / "filler"
            filler.write_bytes(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 60_000))
            assert bench.load() == 1
            assert "Traceback" not in bench.log()
            assert "room" in bench.log() or "could not be read or written" in bench.log()
            bench.verify(server)
            filler.unlink()
            assert bench.load() == 0, bench.log()
            bench.verify(server)


def test_a_file_system_that_is_read_only(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with own_disk(disk, 12):
        bench = Bench(disk, tmp_path)
        assert bench.load() == 0, bench.log()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert bench.load() == 1
        assert REFUSED.search(bench.log())
        assert "Traceback" not in bench.log()
        with pytest.raises(NotStartedError, match=REFUSED.pattern), served(bench.database, tmp_path):
            pass
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert bench.load() == 0, bench.log()
        bench.verify()


def look_up(url: str, tmp_path: Path) -> None:
    """Every question is answered, or refused without a word about this machine."""
    for number in (1, 2, 3):
        answer = requests.get(f"{url}/r5/CodeSystem/$lookup?system={SYSTEM.format(number)}&code=c1", timeout=PATIENCE)
        assert answer.status_code in {200, 404, 500, 503}
        assert answer.json()["resourceType"] in {"Parameters", "OperationOutcome"}
        assert str(tmp_path) not in answer.text


def test_pages_that_were_damaged(tmp_path: Path) -> None:
    """Reads of damaged pages are refused, not answered; the check names them; a backup brings everything back."""
    bench = Bench(tmp_path, tmp_path)
    for _ in range(3):
        assert bench.load() == 0, bench.log()
    store = open_store(bench.database)
    write_backup(store, tmp_path / "backup.db")
    store.close()
    pages = bench.path.stat().st_size // PAGE
    with bench.path.open("r+b") as file:
        for page in range(pages // 4, pages):
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)
    refused = "it is damaged"
    try:
        with served(bench.database, tmp_path, workers=1) as server:
            look_up(server.url, tmp_path)
    except NotStartedError as error:  # where the first pages are among them, the server says so and does not begin
        refused = str(error)
    assert "is damaged" in refused
    with pytest.raises(TerminologyError, match="damaged"):
        ingest.check(open_store(bench.database), deep=True)
    for left in tmp_path.glob("faults.db*"):
        left.unlink()
    restored = open_store(bench.database)
    restore_backup(restored, tmp_path / "backup.db")
    restored.close()
    bench.verify()
