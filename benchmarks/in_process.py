"""Measures a system of the size of SNOMED CT within one process: loading, searching, refining, memory, adding a
document.

    python -m benchmarks.in_process [--size 370000] [--queries 300] [--folder FOLDER]

Searches are measured in processor time, since others use the machine as well, and beside a control, a fixed amount of
work in plain Python between them: their ratio compares between machines. In a folder that is given, the release and its
database stay.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from pyroaring import BitMap

from benchmarks.processes import memory_of
from terminology import ingest
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.library import Terminology
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept, Designation, Property
from terminology.model.records import ConceptBatch, PartBegin, Source
from terminology.store import index_kinds
from terminology.store.arrays import UInts, numbers
from terminology.store.documents import decode
from terminology.store.opening import open_store
from terminology.store.protocol import VersionReader
from terminology.store.relationships import Relationships
from terminology.store.text import TextIndex
from terminology.store.text_fold import words
from tests.synthetic_rf2 import rf2_release

SYSTEM = "http://snomed.info/sct"
BUDGETED = 120_000
"""The most results for which there is a budget of time."""
LOAD = (
    "import resource, sys, time; from terminology import ingest; from terminology.store.opening import open_store;"
    "began = time.monotonic(); ingest.load(open_store(sys.argv[1]), [sys.argv[2]]);"
    "used = resource.getrusage(resource.RUSAGE_SELF);"
    "print(f'{time.monotonic() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of a processor,"
    " {used.ru_maxrss / 1024:.0f} MiB at most')"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A text, perhaps within a cone."""

    text: str
    within: BitMap | None = None


def control() -> None:
    """What everything is compared with."""
    for _ in range(20):
        sum(range(1000))


class Queries:
    """Draws searches from the terms of a version, as often as these have their words."""

    def __init__(self, reader: VersionReader, seed: int = 3) -> None:
        self._reader = reader
        self._rng = random.Random(seed)
        inner = self._rng.sample(list(reader.bitmap_keys(index_kinds.DESCENDANTS)), 2_000)
        cones = sorted((reader.bitmap(index_kinds.DESCENDANTS, code) or BitMap() for code in inner), key=len)
        self._small = [cone for cone in cones if len(cone) < 500]
        self._large = cones[-5:]

    def concepts(self, count: int) -> list[Concept]:
        ordinals = [self._rng.randrange(self._reader.entry.size) for _ in range(count)]
        return [decode(row.document) for row in self._reader.rows(ordinals)]

    def _texts(self, asked: int, letters: int | None, count: int) -> Iterator[str]:
        found = 0
        while found < count:
            (concept,) = self.concepts(1)
            known = list(dict.fromkeys(words(concept.display or "")))
            if len(known) >= asked:
                found += 1
                yield " ".join(word[:letters] for word in self._rng.sample(known, asked))

    def kinds(self, count: int) -> Iterator[tuple[str, list[Query]]]:
        """Kinds of searches by their names."""
        for asked, letters in ((1, 1), (1, 2), (1, 3), (1, None), (2, 1), (2, 3), (2, None), (3, 3)):
            name = f"{asked} word{'s'[: asked > 1]}" + (f" of {letters} letters" if letters else "")
            yield name, [Query(text) for text in self._texts(asked, letters, count)]
        for name, cones in (("small", self._small), ("large", self._large)):
            for asked, letters in ((1, None), (2, 3)):
                drawn = self._texts(asked, letters, count)
                kind = f"{asked} word{'s'[: asked > 1]} in a {name} cone"
                yield kind, [Query(text, self._rng.choice(cones)) for text in drawn]


def times(run: Callable[[Query], object], queries: Sequence[Query]) -> tuple[list[float], list[float]]:
    """Sorted milliseconds of processor time of each query, and of the control beside it."""
    found, beside = [], []
    for query in queries:
        for taken, work in ((beside, control), (found, lambda query=query: run(query))):
            began = time.thread_time()
            work()
            taken.append((time.thread_time() - began) * 1e3)
    return sorted(found), sorted(beside)


def searches(reader: VersionReader, count: int) -> None:
    """The 10 best with the exact total, cold first (sets are decoded), then again."""
    index = TextIndex(reader)

    def search(query: Query) -> None:
        hits = index.search(query.text, within=query.within)
        hits.page(0, 10)
        assert hits.total >= 0

    print("\n| search | first time p99 ms | p50 ms | p99 ms | p50 as a share of the control |\n|-|-|-|-|-|")
    for name, queries in Queries(reader).kinds(count):
        cold, _ = times(search, queries)
        warm, beside = times(search, queries)
        half, most = len(warm) // 2, int(len(warm) * 0.99)
        print(f"| {name} | {cold[most]:.2f} | {warm[half]:.2f} | {warm[most]:.2f} | {warm[half] / beside[half]:.1f} |")


def large_cones(reader: VersionReader, values: UInts) -> list[str]:
    """Concepts whose cones hold from a tenth to nine tenths of some values."""
    counts = np.bincount(values, minlength=reader.entry.size)
    shares = {
        code: counts[numbers(reader.bitmap(index_kinds.DESCENDANTS, code) or BitMap())].sum() / len(values)
        for code in reader.bitmap_keys(index_kinds.DESCENDANTS)
    }
    return [code for code, share in shares.items() if 0.1 < share < 0.9]


def refinements(url: str, reader: VersionReader, count: int) -> None:
    """Constraints with a refinement, by the values that concepts drawn at random have; the answer itself is no part."""
    related = Relationships(reader)
    attribute = max(sorted(related.types), key=lambda type_: len(related.of(type_).targets))
    relations = related.of(attribute)
    large, sources = large_cones(reader, relations.targets), large_cones(reader, related.sources[relations.groups])
    parents = [parent for concept in Queries(reader, seed=9).concepts(10 * count) for parent in concept.parents]
    values = reader.codes()
    targets = [values[target] for target in random.Random(9).sample(relations.targets.tolist(), count)]
    forms = {
        "a cone with values in a cone": "<< {} : {} = << {}",
        "all with a value": "* : {1} = {2}",
        "all without a value": "* : {1} != {2}",
        "all with any value": "* : {1} = *",
        "a cone with groups": "<< {} : {{ {} = << {} }}",
        "all with two or more values": "* : [2..*] {1} = *",
        "all with three to five values": "* : [3..5] {1} = *",
        "all with one value of any attribute": "* : [1..1] * = *",
        "all without values in a cone": "* : [0..0] {1} = << {2}",
        "a cone with one to three groups": "<< {0} : [1..3] {{ {1} = * }}",
        "a cone with groups without a value": "<< {0} : {{ {1} = *, [0..0] {1} = << {2} }}",
        "a cone with sources, three to five": "<< {0} : [3..5] R {1} = *",
        "all with values in a large cone": "* : {1} = << {3}",
        "all with values outside of a large cone": "* : {1} != << {3}",
        "all with groups with values in a large cone": "* : {{ {1} = << {3} }}",
        "all with two or more values in a large cone": "* : [2..*] {1} = << {3}",
        "all without values in a large cone": "* : [0..0] {1} = << {3}",
        "all that are values of a large cone": "* : R {1} = << {4}",
    }
    with Terminology(url) as terminology:
        system = terminology.catalogue(terminology.context()).code_system(Canonical(SYSTEM))
        assert isinstance(system, SnomedCodeSystem)
        print("\n| refinement | queries | p50 ms | p99 ms | p50 as a share of the control |\n|-|-|-|-|-|")
        for name, form in forms.items():
            queries = [
                Query(form.format(*asked, attribute, value, *cones))
                for *asked, value, cones in zip(parents, targets, cycle(zip(large, cycle(sources), strict=False)))
            ]
            sizes = [len(system.constrained(query.text)) for query in queries]
            within = [query for query, size in zip(queries, sizes, strict=True) if size <= BUDGETED]
            beyond = [query for query, size in zip(queries, sizes, strict=True) if size > BUDGETED]
            for kind, asked in ((name, within), (f"{name}: more than {BUDGETED:,}", beyond)):
                if asked:
                    taken, beside = times(lambda query: system.constrained(query.text), asked)
                    half, most = len(taken) // 2, int(len(taken) * 0.99)
                    share = taken[half] / beside[half]
                    print(f"| {kind} | {len(asked)} | {taken[half]:.2f} | {taken[most]:.2f} | {share:.1f} |")


def memory(url: str, reader: VersionReader, count: int) -> None:
    """A process in which everything is asked for."""
    concepts = Queries(reader, seed=5).concepts(count)
    with Terminology(url) as terminology:
        for concept in concepts:
            terminology.lookup(SYSTEM, concept.code)
            terminology.validate_code(SYSTEM, concept.code)
            within = (*concept.parents, concept.code)[0]
            terminology.search((concept.display or "")[:3], SYSTEM, within=within, count=10)
            terminology.expand(f"{SYSTEM}?fhir_vs=ecl/%3C%3C{within}", count=10)
    found = memory_of("self")
    print(f"\n{found.own:.0f} MiB of its own after {4 * count} requests, {found.mapped:.0f} MiB of files mapped")


def document(url: str, reader: VersionReader) -> None:
    """One document that describes a concept of the release."""
    (concept,) = Queries(reader, seed=7).concepts(1)
    said = Concept(
        concept.code,
        designations=(Designation("As the document calls it", "en"),),
        properties=tuple(Property("indication", "string", f"For whom it is, {number}") for number in range(20)),
    )
    source = Source(name="document", path="document", digest="1", loader="benchmark")
    part = PartBegin(source=source, metadata=CodeSystemMetadata(url=SYSTEM), kind="detail")
    store = open_store(url)
    began = time.monotonic()
    ingest.load_records(store, [part, ConceptBatch((said,))])
    print(f"\nAdding a document took {time.monotonic() - began:.3f} s")
    ingest.remove(store, "document")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=370_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        release, database = folder / f"rf2-{arguments.size}", folder / f"rf2-{arguments.size}.db"
        url = f"sqlite:///{database}"
        if not release.exists():
            print(rf2_release(release, arguments.size, groups=8).counts)
        if not database.exists():
            sys.stdout.flush()
            subprocess.run([sys.executable, "-c", LOAD, url, str(release)], check=True)
        store = open_store(url)
        (entry,) = store.versions(SYSTEM)
        reader = store.version(entry.key)
        memory(url, reader, arguments.queries)
        searches(reader, arguments.queries)
        refinements(url, reader, arguments.queries)
        document(url, reader)


if __name__ == "__main__":
    main()
