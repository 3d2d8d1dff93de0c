"""The requests of `benchmarks.cases` against any FHIR terminology servers, one table each.

    python -m benchmarks.compare --resources FOLDER        write what a server must have loaded
    python -m benchmarks.compare --put URL                 write it to a server that can be written to
    python -m benchmarks.compare http://127.0.0.1:8080/r4 http://other:8081/fhir
    python -m benchmarks.compare                           this project's server, begun and loaded for it

The first answers to each case are checked (`benchmarks.answers`): a server that gives wrong ones is not measured in it.
Then the server is warmed up. Processor time and memory are told of servers whose processes are known: the one that is
begun here, and those of `--pid`. `--kept-answers 0` measures this project's without its kept answers. To ask each
question about once: `--size 100000 --requests 200000 --warm-up 0`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

import requests

from benchmarks import processes
from benchmarks.answers import Answers
from benchmarks.cases import Case, cases, resources

TICK = os.sysconf("SC_CLK_TCK")
ACCEPTED = "application/fhir+json"
CHECKED = 50
"""Requests of each case whose answers are checked."""


def write(folder: Path, size: int) -> None:
    """A file a resource."""
    folder.mkdir(parents=True, exist_ok=True)
    for resource in resources(size):
        (folder / f"{resource['resourceType']}-{resource['id']}.json").write_text(json.dumps(resource))


def put(base: str, size: int) -> None:
    """Write the resources to a server."""
    for resource in resources(size):
        url = f"{base.rstrip('/')}/{resource['resourceType']}/{resource['id']}"
        headers = {"Content-Type": "application/fhir+json"}
        requests.put(url, json.dumps(resource), headers=headers, timeout=600).raise_for_status()


@contextmanager
def own_server(size: int, kept_answers: int) -> Iterator[processes.Server]:
    """This project's server with the resources loaded."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "resources", size)
        url = f"sqlite:///{folder}/compare.db"
        load = [sys.executable, "-m", "terminology.cli", "load", "--database", url, f"{folder}/resources"]
        subprocess.run(load, check=True, capture_output=True)
        with processes.terminology_server(url, kept_answers=kept_answers) as server:
            yield server


def trouble(base: str, case: Case, answers: Answers) -> str | None:
    """What is wrong with the first answers to a case that has something wrong, or None."""
    with requests.Session() as session:
        for path in case.paths[:CHECKED]:
            found = session.get(base + path, headers={"Accept": ACCEPTED}, timeout=30)
            try:
                wrong = answers.wrong(path, found.status_code, found.json())
            except (ValueError, LookupError, TypeError) as error:
                wrong = f"not of the right shape: {error!r}"
            if wrong:
                return wrong
    return None


def processor_seconds(server: processes.Server) -> float:
    """Of the process and its children, so far."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    texts = (Path(f"/proc/{pid}/stat").read_text() for pid in (server.pid, *children))
    fields = (text.rpartition(")")[2].split() for text in texts)
    return sum(int(words[11]) + int(words[12]) for words in fields) / TICK


def rows(server: processes.Server, path: str, arguments: argparse.Namespace) -> Iterator[str]:
    """The rows of one server's table."""
    answers = Answers(resources(arguments.size))
    yield "| request | connections | requests/s | p50 ms | p95 ms | p99 ms | failed | CPU ms a request |"
    yield "|-|-|-|-|-|-|-|-|"
    for case in cases(arguments.size, arguments.requests):
        if wrong := trouble(server.base + path, case, answers):
            yield f"| {case.name} | | {wrong} | | | | | |"
            continue
        for connections in arguments.connections:
            paths = [path + one for one in case.paths]
            if arguments.warm_up:
                warm_up(server, paths, arguments.warm_up, connections)
            before = processor_seconds(server) if server.pid else 0.0
            found = drive(server, paths, arguments.seconds, connections)
            if case.fails:  # wrk counts these answers as errors, though they are what is right
                found = replace(found, errors=abs(found.requests - found.errors))
            used = processor_seconds(server) - before if server.pid else 0.0
            cpu = f"{used / found.requests * 1000:.3f}" if server.pid and found.requests else ""
            yield (
                f"| {case.name} | {connections} | {found.rate:,.0f} | {found.p50:.2f} | {found.p95:.2f} "
                f"| {found.p99:.2f} | {found.errors / max(1, found.requests):.1%} | {cpu} |"
            )
    if server.pid:
        own = ", ".join(f"{one.own:.0f}" for one in processes.memory_of_workers(server))
        yield f"\nIts processes hold {own} MiB of their own."


def warm_up(server: processes.Server, paths: list[str], seconds: int, connections: int) -> None:
    """Each question is asked once, so that a server that keeps answers has them, and then as they will be."""
    sessions = threading.local()

    def ask(path: str) -> None:
        session = sessions.__dict__.setdefault("session", requests.Session())
        session.get(server.base + path, headers={"Accept": ACCEPTED}, timeout=60)

    with ThreadPoolExecutor(connections) as pool:
        for _ in pool.map(ask, paths):
            pass
    drive(server, paths, seconds, connections)


def drive(server: processes.Server, paths: list[str], seconds: int, connections: int) -> processes.Measured:
    """Requests as a FHIR client sends them."""
    return processes.wrk(server, paths, seconds=seconds, connections=connections, accepted=ACCEPTED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="*", metavar="URL", help="R4 endpoints")
    parser.add_argument("--resources", type=Path, metavar="FOLDER")
    parser.add_argument("--put", metavar="URL")
    parser.add_argument("--size", type=int, default=5_000, help="concepts of each of the four code systems")
    parser.add_argument("--requests", type=int, default=1_000, help="of each case, which are sent in turn")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seconds", type=int, default=2, help="per measurement")
    parser.add_argument(
        "--warm-up",
        type=int,
        default=1,
        metavar="SECONDS",
        help="before each measurement, once each question was asked",
    )
    parser.add_argument("--pid", type=int, nargs="+", default=[], help="processes of the servers, one each")
    parser.add_argument("--kept-answers", type=int, default=0, help="bytes, of the server begun here")
    arguments = parser.parse_args()
    if arguments.resources:
        write(arguments.resources, arguments.size)
        return
    if arguments.put:
        put(arguments.put, arguments.size)
        return
    for url, pid in zip(arguments.urls, arguments.pid or repeat(0), strict=False):
        parts = urlsplit(url.rstrip("/"))
        print(f"\n{url}\n")
        server = processes.Server(f"{parts.scheme}://{parts.netloc}", pid, 0)
        print(*rows(server, parts.path, arguments), sep="\n")
    if not arguments.urls:
        with own_server(arguments.size, arguments.kept_answers) as server:
            print(*rows(server, "/r4", arguments), sep="\n")


if __name__ == "__main__":
    main()
