"""The requests of `benchmarks.cases` against any FHIR terminology servers, one table each.

    python -m benchmarks.compare --resources FOLDER        write what a server must have loaded
    python -m benchmarks.compare http://127.0.0.1:8080/r4 http://other:8081/fhir
    python -m benchmarks.compare                           this project's server, begun and loaded for it

Each case is asked once before: a server whose answer is not right is not measured in it. Processor time and memory are
told only for the server that is begun here. `--kept-answers 0` measures it without its kept answers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import requests

from benchmarks import processes
from benchmarks.cases import Case, cases, resources

TICK = os.sysconf("SC_CLK_TCK")


def write(folder: Path, size: int) -> None:
    """A file a resource."""
    folder.mkdir(parents=True, exist_ok=True)
    for resource in resources(size):
        (folder / f"{resource['resourceType']}-{resource['id']}.json").write_text(json.dumps(resource))


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


def trouble(base: str, case: Case) -> str | None:
    """What is wrong with the answer to a case, or None."""
    found = requests.get(base + case.paths[0], headers={"Accept": "application/fhir+json"}, timeout=30)
    if found.status_code != case.status:
        return f"status {found.status_code}"
    return None if case.holds in found.text else f"no {case.holds} in the answer"


def processor_seconds(server: processes.Server) -> float:
    """Of the workers, so far."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in children)
    return sum(int(words[11]) + int(words[12]) for words in fields) / TICK


def rows(server: processes.Server, path: str, arguments: argparse.Namespace) -> Iterator[str]:
    """The rows of one server's table."""
    yield "| request | connections | requests/s | p50 ms | p95 ms | p99 ms | failed | CPU ms a request |"
    yield "|-|-|-|-|-|-|-|-|"
    for case in cases(arguments.size):
        if wrong := trouble(server.base + path, case):
            yield f"| {case.name} | | {wrong} | | | | | |"
            continue
        for connections in arguments.connections:
            before = processor_seconds(server) if server.pid else 0.0
            paths = [path + one for one in case.paths]
            found = processes.wrk(server, paths, seconds=arguments.seconds, connections=connections)
            if case.status >= 400:  # wrk counts these answers as errors, though they are what is right
                found = replace(found, errors=abs(found.requests - found.errors))
            used = processor_seconds(server) - before if server.pid else 0.0
            cpu = f"{used / found.requests * 1000:.2f}" if server.pid and found.requests else ""
            yield (
                f"| {case.name} | {connections} | {found.rate:,.0f} | {found.p50:.2f} | {found.p95:.2f} "
                f"| {found.p99:.2f} | {found.errors / max(1, found.requests):.1%} | {cpu} |"
            )
    if server.pid:
        own = ", ".join(f"{one.own:.0f}" for one in processes.memory_of_workers(server))
        yield f"\nIts workers hold {own} MiB of their own."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="*", metavar="URL", help="R4 endpoints")
    parser.add_argument("--resources", type=Path, metavar="FOLDER")
    parser.add_argument("--size", type=int, default=5_000, help="concepts of each of the four code systems")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seconds", type=int, default=2, help="per measurement")
    parser.add_argument("--kept-answers", type=int, default=0, help="bytes, of the server begun here")
    arguments = parser.parse_args()
    if arguments.resources:
        write(arguments.resources, arguments.size)
        return
    for url in arguments.urls:
        parts = urlsplit(url.rstrip("/"))
        print(f"\n{url}\n")
        print(*rows(processes.Server(f"{parts.scheme}://{parts.netloc}", 0, 0), parts.path, arguments), sep="\n")
    if not arguments.urls:
        with own_server(arguments.size, arguments.kept_answers) as server:
            print(*rows(server, "/r4", arguments), sep="\n")


if __name__ == "__main__":
    main()
