"""PostgreSQL servers for tests: on a free port of the loopback interface, in a folder that goes away with them.

They give up all safety for speed, except that nothing of what they do is skipped. PostgreSQL refuses to run as root:
then they run as the user `postgres`.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from terminology.store import moving

USER = "postgres"
LOOPBACK = "127.0.0.1"
QUICK = (
    "fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=200", "max_wal_senders=4",
    "autovacuum=off", "logging_collector=off", "wal_level=replica", "hot_standby=on", "unix_socket_directories=",
    "wal_receiver_status_interval=1s", "max_wal_size=2GB",
)  # fmt: skip
_numbers = itertools.count(1)


def binaries() -> Path | None:
    """Where the newest PostgreSQL of this machine has its programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def needed() -> Path:
    """The same; a test without it is skipped, in CI it fails."""
    folder = binaries()
    if folder is None:
        message = "needs PostgreSQL (Debian: apt install postgresql)"
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)
    return folder


@dataclass(frozen=True)
class Cluster:
    """A server process and its folder. `within` begins the command that starts it: it may run in another network."""

    folder: Path
    port: int
    address: str = LOOPBACK
    within: tuple[str, ...] = ()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@{self.address}:{self.port}/{database}"

    def start(self) -> None:
        settings = (*QUICK, f"port={self.port}", f"listen_addresses={self.address}")
        options = " ".join(f"-c {option}" for option in settings)
        log = self.folder / "log"
        try:
            _run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(log), "-o", options, within=self.within)
        except subprocess.CalledProcessError as error:
            error.add_note(log.read_text(errors="replace")[-2000:] if log.exists() else "it has no log")
            raise

    def stop(self, how: str = "immediate") -> None:
        _run("pg_ctl", "stop", "-w", "-m", how, "-D", str(self.data))

    def kill(self) -> None:
        """End it as a power cut would: nothing is written, nobody is told."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Its processes stand still: connections are accepted, by the machine, and nobody answers."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        processes = (pid, *map(int, children))
        for each in processes:
            os.kill(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in processes:
                os.kill(each, signal.SIGCONT)

    def crash(self) -> None:
        """Kill it and start it again: it recovers what had reached the disk."""
        self.kill()
        (self.data / "postmaster.pid").unlink()
        deadline = time.monotonic() + 10
        while _answers(self.port) and time.monotonic() < deadline:
            time.sleep(0.02)
        while True:  # a process that was begun while the others were killed holds the memory until it notices
            try:
                return self.start()
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def promote(self) -> None:
        _run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def standby(self, address: str = LOOPBACK, within: tuple[str, ...] = ()) -> Cluster:
        """A streaming replica, started."""
        other = Cluster(_folder(), _free_port(), address, within)
        _run("pg_basebackup", "-D", str(other.data), "-R", "-X", "stream", "-c", "fast", "-d", self.url())
        other.start()
        return other

    def new_database(self) -> str:
        """The url of a new database, without any table."""
        name = f"test{next(_numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextmanager
def cluster(*options: str, address: str = LOOPBACK, within: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """A new server; `options` are those of initdb."""
    needed()
    made = Cluster(_folder(), _free_port(), address, within)
    locale = ("-E", "UTF8", "--locale", "C.UTF-8")
    _run("initdb", "-D", str(made.data), "-U", USER, "-A", "trust", *locale, "--no-sync", *options)
    if address != LOOPBACK:
        with (made.data / "pg_hba.conf").open("a") as file:
            file.write("host all,replication all samenet trust\n")
    made.start()
    try:
        yield made
    finally:
        remove(made)


def remove(made: Cluster) -> None:
    """Stop a server, if it runs, and delete its folder."""
    with suppress(subprocess.CalledProcessError):
        made.stop()
    shutil.rmtree(made.folder, ignore_errors=True)


def empty(url: str) -> None:
    """Make a database what it was after its schema was made: much faster than another one."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = moving.ordered(name for (name,) in found)
        tables.remove("generation")
        connection.execute("; ".join(f"DELETE FROM {table}" for table in reversed(tables)))
        connection.execute("UPDATE generation SET value = 0")
        for table in moving.NUMBERED:
            connection.execute(f"ALTER TABLE {table} ALTER COLUMN key RESTART")


def _run(program: str, *arguments: str, within: tuple[str, ...] = ()) -> None:
    command: Sequence[str] = (str(needed() / program), *arguments)
    if os.geteuid() == 0:
        command = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *command)
    command = (*within, *command)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="terminology-postgres-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
