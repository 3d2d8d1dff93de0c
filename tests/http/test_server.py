"""The real server: worker processes of their own, and clear words when it cannot listen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from terminology.http import preflight
from terminology.http.preflight import check_address
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings
from tests.http.content import SYSTEM

START_SECONDS = 30


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_free_port_is_fine(free: int) -> None:
    check_address("127.0.0.1", free)


def test_a_taken_port_is_named(taken: int) -> None:
    with pytest.raises(TerminologyError, match=f"Port {taken} at 127.0.0.1 is taken by another program") as raised:
        check_address("127.0.0.1", taken)
    assert raised.value.kind == "unavailable"


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(TerminologyError, match=r"cannot listen at '192\.0\.2\.1': .*\. Give another address"):
        check_address("192.0.2.1", 80)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(TerminologyError, match="cannot listen at 'no-such-host"):
        check_address("no-such-host.invalid", 80)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"base_url": "codes.example.org"}, r"base_url is 'codes\.example\.org'\. It must be a whole address"),
        ({"database": "a.db", "database_read": "postgresql://replica/x"}, "replicas of a PostgreSQL, but the database"),
        ({"upstream": "ftp://x"}, "The setting upstream takes base URLs"),
    ],
)
def test_addresses_that_lead_nowhere_are_refused(settings: dict[str, str], told: str) -> None:
    preflight.check_addresses(Settings.load({}, base_url="HTTPS://codes.example.org/terminology"))
    with pytest.raises(TerminologyError, match=told):
        preflight.check_addresses(Settings.load({}, **settings))


def test_traces_without_their_libraries_are_refused_before_a_worker_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "find_spec", lambda _: None)
    preflight.check_tracing(Settings.load({}))
    with pytest.raises(TerminologyError, match=r"Install the extra: .*\[tracing\]"):
        preflight.check_tracing(Settings.load({}, tracing=True))


def command(database: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "terminology.http.server", "--database", database, "--port", str(port), "--workers", "2",
    ]  # fmt: skip


def test_serving_with_two_workers(database: str, free: int) -> None:
    with subprocess.Popen(command(database, free), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            url = f"http://127.0.0.1:{free}/r5/CodeSystem/$lookup?system={SYSTEM}&code=P1"
            for response in [first_answer(url, process)] + [requests.get(url, timeout=10) for _ in range(20)]:
                assert response.status_code == 200
                assert {"name": "display", "valueString": "Biopsy"} in response.json()["parameter"]
            head = requests.head(url, timeout=10)
            assert (head.status_code, head.content) == (200, b"")
            chunked = requests.post(
                f"http://127.0.0.1:{free}/r5/CodeSystem/$lookup",
                data=iter([b'{"resourceType":', b'"Parameters"}']),
                timeout=10,
            )
            assert chunked.status_code == 400
            assert "needs one of the parameters" in chunked.text
            assert policies_of_workers(process.pid) == {os.SCHED_BATCH}
        finally:
            process.terminate()
            assert process.wait(START_SECONDS) == 0


def policies_of_workers(server: int) -> set[int]:
    """The scheduling policies of all threads of all workers."""
    workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    assert len(workers) >= 2
    threads = [thread for worker in workers for thread in Path(f"/proc/{worker}/task").iterdir()]
    return {os.sched_getscheduler(int(thread.name)) for thread in threads}


def first_answer(url: str, process: subprocess.Popen[bytes]) -> requests.Response:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return requests.get(url, timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


def test_a_second_server_on_the_port_says_why_it_stops(database: str, taken: int) -> None:
    finished = subprocess.run(command(database, taken), capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert f"Port {taken} at 127.0.0.1 is taken" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("unusable", ["a folder", "no database", "another scheme"])
def test_an_unusable_database_is_named_once(tmp_path: Path, free: int, unusable: str) -> None:
    (tmp_path / "file").write_text("This is no database. " * 500)
    database = {
        "a folder": f"sqlite:///{tmp_path}",
        "no database": f"sqlite:///{tmp_path / 'file'}",
        "another scheme": "mysql://user:secret@host/name",
    }[unusable]
    finished = subprocess.run(command(database, free), capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert database.partition(":")[0] in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert "secret" not in finished.stdout + finished.stderr
