"""Measures the server as a share of a control that answers a constant body, and prints Markdown tables.

    python -m benchmarks.run [--sizes 1000 100000] [--turns 5] [--seconds 1] [--output FILE]

Ratios are what counts: server and control are asked in turn, and the median of the turns' ratios is printed. Absolute
figures are for orientation only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from benchmarks import processes
from benchmarks.processes import Measured, Server
from tests import synthetic

SYSTEM = quote(synthetic.SYSTEM, safe="")
PATHS = 2_000
"""Different requests per measurement, so that answers are not the same one over and over."""

REPEATED = 100
"""Of these, so many when questions are repeated."""
KEPT = 32 * 1024 * 1024

WISHES: list[dict[str, Any]] = [
    {"name": "displayLanguage", "valueCode": "en-US"},
    {"name": "lenient-display-validation", "valueBoolean": True},
]
Paths = Callable[[int, random.Random], list[str]]


def lookup(size: int, rng: random.Random) -> list[str]:
    codes = (synthetic.code(rng.randrange(size)) for _ in range(PATHS))
    return [f"/r4/CodeSystem/$lookup?system={SYSTEM}&code={code}" for code in codes]


def validate_code(size: int, rng: random.Random) -> list[str]:
    codes = (synthetic.code(rng.randrange(size)) for _ in range(PATHS))
    return [f"/r4/CodeSystem/$validate-code?url={SYSTEM}&code={code}" for code in codes]


def validate_in_value_set(size: int, rng: random.Random) -> list[str]:
    url = quote("http://example.org/vs/cone", safe="")
    codes = (synthetic.code(rng.randrange(size)) for _ in range(PATHS))
    return [f"/r4/ValueSet/$validate-code?url={url}&system={SYSTEM}&code={code}" for code in codes]


def posted_code(size: int, rng: random.Random) -> list[str]:
    return [
        _posted("/r4/CodeSystem/$validate-code", url(synthetic.SYSTEM), {"name": "code", "valueCode": coding["code"]})
        for coding in _codings(size, rng)
    ]


def posted_coding(size: int, rng: random.Random) -> list[str]:
    """As HL7's validator asks, mostly."""
    return [
        _posted(
            "/r4/ValueSet/$validate-code",
            {"name": "coding", "valueCoding": coding},
            url("http://example.org/vs/cone"),
            *WISHES,
        )
        for coding in _codings(size, rng)
    ]


def posted_concept(size: int, rng: random.Random) -> list[str]:
    return [
        _posted(
            "/r4/ValueSet/$validate-code",
            {"name": "codeableConcept", "valueCodeableConcept": {"coding": [coding], "text": f"text {number}"}},
            url("http://example.org/vs/cone"),
            *WISHES,
        )
        for number, coding in enumerate(_codings(size, rng))
    ]


def url(canonical: str) -> dict[str, Any]:
    return {"name": "url", "valueUri": canonical}


def _codings(size: int, rng: random.Random) -> list[dict[str, str]]:
    return [{"system": synthetic.SYSTEM, "code": synthetic.code(rng.randrange(size))} for _ in range(PATHS)]


def _posted(path: str, *parameters: dict[str, Any]) -> str:
    return processes.posted(path, {"resourceType": "Parameters", "parameter": [*parameters]})


def subsumes(size: int, rng: random.Random) -> list[str]:
    pairs = ((synthetic.code(rng.randrange(size)), synthetic.code(rng.randrange(size))) for _ in range(PATHS))
    return [f"/r4/CodeSystem/$subsumes?system={SYSTEM}&codeA={a}&codeB={b}" for a, b in pairs]


def expand_cone(size: int, rng: random.Random) -> list[str]:
    url = quote("http://example.org/vs/cone", safe="")
    return [f"/r4/ValueSet/$expand?url={url}&count=10&offset={rng.randrange(size // 4)}" for _ in range(PATHS)]


def expand_text(_size: int, rng: random.Random) -> list[str]:
    url = quote("http://example.org/vs/all", safe="")
    words = synthetic.vocabulary(40_000)
    return [f"/r4/ValueSet/$expand?url={url}&count=10&filter={rng.choice(words[:4000])}" for _ in range(PATHS)]


CASES: tuple[Paths, ...] = (
    lookup, validate_code, validate_in_value_set, posted_code, posted_coding, posted_concept, subsumes, expand_cone,
    expand_text,
)  # fmt: skip


def value_sets() -> list[dict[str, object]]:
    """Everything, and the cone of a concept near the root."""
    include = {"system": synthetic.SYSTEM}
    cone = {"property": "concept", "op": "is-a", "value": synthetic.code(0)}
    return [
        {"resourceType": "ValueSet", "url": "http://example.org/vs/all", "status": "active",
         "compose": {"include": [include]}},
        {"resourceType": "ValueSet", "url": "http://example.org/vs/cone", "status": "active",
         "compose": {"include": [{**include, "filter": [cone]}]}},
    ]  # fmt: skip


@contextmanager
def loaded(size: int) -> Iterator[tuple[str, float, float]]:
    """A database with `size` concepts: its url, the seconds and the peak MiB that loading took."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/benchmark.db"
        marker = Path(folder) / "release"
        marker.write_text(str(size))
        sets = Path(folder) / "sets.json"
        entries = [{"resource": resource} for resource in value_sets()]
        sets.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
        started = time.monotonic()
        loader = [sys.executable, "-m", "benchmarks.load", url, str(marker), str(size)]
        process = subprocess.Popen(loader)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode:
            raise RuntimeError("the load failed")
        load = [sys.executable, "-m", "terminology.cli", "load", "--database", url, str(sets)]
        subprocess.run(load, check=True, capture_output=True)
        yield url, seconds, usage.ru_maxrss / 1024


def measure(size: int, seconds: int, turns: int) -> Iterator[str]:
    """The rows of the table for one size, and the line about loading."""
    rng = random.Random(size)
    with (
        loaded(size) as (url, load_seconds, load_memory),
        processes.terminology_server(url, kept_answers=0) as server,
        processes.terminology_server(url, kept_answers=KEPT) as keeping,
    ):
        for case in CASES:
            requests = case(size, rng)
            with processes.control_server(len(processes.ask(server, requests[0]))) as control:
                rounds = [*_rounds(server, keeping, control, requests, seconds, turns)]
            yield _row(case.__name__, size, rounds)
        memory = processes.memory_of_workers(server)
        own = ", ".join(f"{one.own:.0f}" for one in memory)
        mapped = ", ".join(f"{one.mapped:.0f}" for one in memory)
        yield (
            f"\nLoading {size:,} concepts took {load_seconds:.1f} s and {load_memory:.0f} MiB at most; the server "
            f"started in {server.seconds_to_start:.2f} s; its workers hold {own} MiB of their own, and "
            f"have {mapped} MiB of files mapped, which they share.\n"
        )


class Round(NamedTuple):
    """One turn: each request carried out, the control, and answers that are kept."""

    carried_out: Measured
    control: Measured
    repeated: Measured


def _rounds(
    server: Server, keeping: Server, control: Server, requests: Sequence[str], seconds: int, turns: int
) -> Iterator[Round]:
    """Ask the three in turn, since wrk's connections fall to the workers by chance, anew each time.

    Only the first turn is not counted.
    """
    few = requests[:REPEATED]
    for turn in range(turns + 1):
        asked = (server, requests), (control, [processes.to_control(one) for one in requests]), (keeping, few)
        found = Round(*(processes.wrk(one, paths, seconds=seconds) for one, paths in asked))
        if turn:
            yield found


def _row(name: str, size: int, rounds: Sequence[Round]) -> str:
    """A row of the table: medians of the shares, the rest of the round with the median rate."""
    share = statistics.median(one.carried_out.rate / one.control.rate for one in rounds)
    repeated = statistics.median(one.repeated.rate / one.control.rate for one in rounds)
    typical = sorted(rounds, key=lambda one: one.carried_out.rate)[len(rounds) // 2]
    result = typical.carried_out
    control = statistics.median(one.control.rate for one in rounds)
    errors = sum(one.carried_out.errors + one.repeated.errors for one in rounds)
    return (
        f"| {name} | {size:,} | {share:.0%} | {repeated:.0%} | {result.rate:,.0f} | {control:,.0f} "
        f"| {result.p50:.2f} | {result.p99:.2f} | {errors} |"
    )


HEAD = (
    "| request | concepts | share of the control | repeated | requests/s | control/s | p50 ms | p99 ms | errors |",
    "|-|-|-|-|-|-|-|-|-|",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="per measurement")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [f"{machine}, {processes.WORKERS} workers", ""]
    print(*lines, sep="\n")
    for size in arguments.sizes:
        for line in itertools.chain(HEAD, measure(size, arguments.seconds, arguments.turns)):
            print(line, flush=True)
            lines.append(line)
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
