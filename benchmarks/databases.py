"""Compares SQLite and PostgreSQL: the same content loaded into both, the same requests to a server on each.

    python -m benchmarks.databases [--size 50000] [--seconds 2]

PostgreSQL runs on this machine and on the same cores, reached over the loopback interface: what is shown is what a
statement costs, not what a network adds. Of lookups each is about another code, as long as there are codes: a few
thousand of them in turn would soon be in memory, sooner where there are more answers in a second.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import terminology_server, wrk
from benchmarks.run import SYSTEM, expand_cone, lookup, subsumes, validate_code, validate_in_value_set, value_sets
from benchmarks.synthetic_load import SyntheticLoader
from terminology import ingest
from terminology.fhir.json import dumps
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests import postgres, synthetic

KEPT_BYTES = 32 * 1024 * 1024
REPEATED = 100


def lookup_each_once(size: int, rng: random.Random) -> list[str]:
    """A lookup of every code."""
    codes = [synthetic.code(number) for number in range(size)]
    rng.shuffle(codes)
    return [f"/r4/CodeSystem/$lookup?system={SYSTEM}&code={code}" for code in codes]


KINDS = (lookup, validate_code, validate_in_value_set, subsumes, expand_cone)


def load(url: str, folder: Path, size: int) -> float:
    """Load a made-up system and value sets; returns the seconds the system took."""
    marker = folder / "marker"
    marker.write_text(str(size))
    sets = folder / "sets.json"
    entries = [{"resource": resource} for resource in value_sets()]
    sets.write_bytes(dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    store = open_store(url)
    began = time.monotonic()
    ingest.load(store, [str(marker)], LoadOptions(), loaders=(SyntheticLoader(size),))
    seconds = time.monotonic() - began
    ingest.load(store, [str(sets)], LoadOptions())
    store.close()
    return seconds


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgres.cluster() as server:
        folder = Path(name)
        urls = (f"sqlite:///{folder / 'a.db'}", server.new_database())
        loads = [load(url, folder, given.size) for url in urls]
        print("| | SQLite | PostgreSQL | ratio |\n|-|-|-|-|")
        print(f"| load, s | {loads[0]:.1f} | {loads[1]:.1f} | {loads[1] / loads[0]:.2f} |")
        compare(urls, given.size, given.seconds, kept_answers=0)
        compare(urls, given.size, given.seconds, kept_answers=KEPT_BYTES)


def compare(urls: Sequence[str], size: int, seconds: int, *, kept_answers: int) -> None:
    """Ask a server on each database the same in turn: of many codes, or of the same hundred when answers are kept."""
    kinds = KINDS if kept_answers else (lookup_each_once, *KINDS)
    with (
        terminology_server(urls[0], kept_answers=kept_answers) as one,
        terminology_server(urls[1], kept_answers=kept_answers) as other,
    ):
        for kind in kinds:
            paths = kind(size, random.Random(7))[: REPEATED if kept_answers else None]
            first, second = (wrk(each, paths, seconds=seconds) for each in (one, other))
            if first.errors or second.errors:
                raise RuntimeError(f"{kind.__name__}: {first.errors} and {second.errors} requests failed")
            what = f"{kind.__name__}, repeated" if kept_answers else kind.__name__
            print(f"| {what} | {first.rate:.0f} | {second.rate:.0f} | {second.rate / first.rate:.2f} |")


if __name__ == "__main__":
    main()
