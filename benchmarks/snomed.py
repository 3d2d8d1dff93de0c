"""Measures requests about a system of the size of SNOMED CT over HTTP, as shares of a control, and prints a table.

    python -m benchmarks.snomed [--size 370000] [--seconds 2] [--folder FOLDER]

The release is invented (`tests/synthetic_rf2.py`) and loaded by the ordinary loader. Server and control are measured in
turn, and the median of their ratios counts, so that what else the machine does falls on both. In a folder that is
given, the release and its database stay.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import requests

from benchmarks import processes
from terminology.codesystems.snomed import ids
from tests.synthetic import vocabulary
from tests.synthetic_rf2 import Edition, rf2_release

SYSTEM = "http://snomed.info/sct"
OTHER = "http://example.org/benchmark/other"
TWO_FILTERS = "http://example.org/benchmark/two-filters"
BOTH = "http://example.org/benchmark/both"
PATHS = 1_000
SETS = 100
"""Value sets that codes are validated against: those that forms and profiles name, each with many codes."""
TURNS = 3

Requests = dict[str, Callable[[], str]]


def implied(url: str) -> str:
    return quote(f"{SYSTEM}?fhir_vs{url}", safe="")


def cases(edition: Edition, rng: random.Random) -> Requests:
    """A path for each kind of request, drawn anew with each call."""
    system = quote(SYSTEM, safe="")
    words = [quote(word) for word in vocabulary(20_000)[:4_000]]
    upper = edition.findings[1:2_000]
    bound = rng.sample(upper, SETS)
    constraint = f"<< {{}} : {edition.site_attribute} = << {{}}"

    def refined() -> str:
        return quote(constraint.format(rng.choice(upper), rng.choice(edition.sites[1:500])), safe="")

    return {
        "lookup": lambda: f"/r4/CodeSystem/$lookup?system={system}&code={rng.choice(edition.findings)}",
        "validate in an is-a set": lambda: (
            f"/r4/ValueSet/$validate-code?url={implied(f'=isa/{rng.choice(bound)}')}&system={system}"
            f"&code={rng.choice(edition.findings)}"
        ),
        "expand a cone at offset 100,000": lambda: (
            f"/r4/ValueSet/$expand?url={implied(f'=isa/{ids.ROOT}')}&count=10&offset={100_000 + rng.randrange(10_000)}"
        ),
        "expand by two filters": lambda: (
            f"/r4/ValueSet/$expand?url={quote(TWO_FILTERS, safe='')}&count=10&offset={rng.randrange(200)}"
        ),
        "text filter in a cone": lambda: (
            f"/r4/ValueSet/$expand?url={implied(f'=isa/{rng.choice(upper)}')}&count=10&filter={rng.choice(words)}"
        ),
        "text filter in two systems": lambda: (
            f"/r4/ValueSet/$expand?url={quote(BOTH, safe='')}&count=10&filter={rng.choice(words)}"
        ),
        "ECL with a refinement": lambda: (
            f"/r4/ValueSet/$expand?url={quote(f'{SYSTEM}?fhir_vs=ecl/', safe='')}{refined()}&count=10"
        ),
        "subsumes": lambda: (
            f"/r4/CodeSystem/$subsumes?system={system}&codeA={rng.choice(upper)}&codeB={rng.choice(edition.findings)}"
        ),
        "translate by an implicit map": lambda: (
            f"/r4/ConceptMap/$translate?url={quote(f'{SYSTEM}?fhir_cm={edition.map}', safe='')}&system={system}"
            f"&code={rng.choice(edition.findings[: len(edition.findings) // 3])}"
        ),
    }


def resources(edition: Edition) -> list[dict[str, object]]:
    """A second system with the same words, and value sets over one or both."""
    concepts = [{"code": f"o{n}", "display": word} for n, word in enumerate(vocabulary(20_000))]
    filters = [
        {"property": "concept", "op": "is-a", "value": edition.findings[0]},
        {"property": edition.site_attribute, "op": "=", "value": edition.sites[1]},
    ]
    common = {"status": "active", "version": "1"}
    return [
        {"resourceType": "CodeSystem", "url": OTHER, "content": "complete", "concept": concepts, **common},
        {"resourceType": "ValueSet", "url": TWO_FILTERS, **common,
         "compose": {"include": [{"system": SYSTEM, "filter": filters}]}},
        {"resourceType": "ValueSet", "url": BOTH, **common,
         "compose": {"include": [{"system": SYSTEM}, {"system": OTHER}]}},
    ]  # fmt: skip


def prepared(folder: Path, size: int) -> tuple[str, Edition]:
    """The database, loaded when it is not there, and what it holds."""
    edition = rf2_release(folder / f"rf2-{size}", size, groups=8)
    database = folder / f"snomed-{size}.db"
    url = f"sqlite:///{database}"
    if not database.exists():
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": r} for r in resources(edition)],
        }
        (folder / "sets.json").write_text(json.dumps(bundle))
        began = time.monotonic()
        load = [sys.executable, "-m", "terminology.cli", "load", "--database", url]
        for path in (edition.folder, folder / "sets.json"):
            subprocess.run([*load, str(path)], check=True, capture_output=True)
        print(f"Loading took {time.monotonic() - began:.0f} s.\n", flush=True)
    return url, edition


def measure(url: str, edition: Edition, seconds: int) -> None:
    """The table."""
    print("| request | share of the control | requests/s | control/s | p50 ms | p99 ms | errors |\n|-|-|-|-|-|-|-|")
    with processes.terminology_server(url, kept_answers=0) as server:
        for name, path in cases(edition, random.Random(1)).items():
            paths = [path() for _ in range(PATHS)]
            answer = requests.get(server.base + paths[0], timeout=60)
            answer.raise_for_status()
            with processes.control_server(len(answer.content)) as control:
                processes.wrk(server, paths, seconds=1)
                turns = [
                    (processes.wrk(server, paths, seconds=seconds), processes.wrk(control, ["/"], seconds=1))
                    for _ in range(TURNS)
                ]
            shares = [mine.rate / other.rate for mine, other in turns]
            mine, other = sorted(turns, key=lambda turn: turn[0].rate)[TURNS // 2]
            print(
                f"| {name} | {statistics.median(shares):.0%} | {mine.rate:,.0f} | {other.rate:,.0f} "
                f"| {mine.p50:.2f} | {mine.p99:.2f} | {sum(turn[0].errors for turn in turns)} |",
                flush=True,
            )
        own = ", ".join(f"{one.own:.0f}" for one in processes.memory_of_workers(server))
        print(f"\nThe server answered {server.seconds_to_start:.1f} s after its start; its workers hold {own} MiB.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=370_000)
    parser.add_argument("--seconds", type=int, default=2, help="per measurement")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        url, edition = prepared(arguments.folder or Path(temporary), arguments.size)
        measure(url, edition, arguments.seconds)


if __name__ == "__main__":
    main()
