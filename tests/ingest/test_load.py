"""Loading releases and resources: versions, replacement, merging, nothing twice, everything or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from terminology import ingest
from terminology.fhir import json
from terminology.ingest import resources
from terminology.ingest.ids import Ids
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.outcome import TerminologyError
from terminology.model.records import ConceptMapRecord, Source
from terminology.store import index_kinds
from terminology.store.mapping_documents import encode_mapping
from terminology.store.opening import open_store
from terminology.store.queries import ResourceQuery
from tests.ingest import building
from tests.ingest.building import NOW, SYSTEM, TOOLS, FileLoader

RELEASE = """
    version: 2025
    title: Procedures
    r | Root
    a | Ablation | r
    b | Biopsy | r
"""


def body(store, type_="CodeSystem"):
    (entry,) = store.resources(ResourceQuery(type=type_))[1]
    return json.loads_object(entry.body)


def test_a_release_becomes_a_version(box):
    report = box.give("one.release", RELEASE)
    assert box.versions() == {"2025": "complete"}
    assert box.displays("2025") == {"r": "Root", "a": "Ablation", "b": "Biopsy"}
    assert box.concept("r", "2025").children == ("a", "b")
    assert report.as_dict()["versions"] == [
        {"url": SYSTEM, "version": "2025", "content": "complete", "concepts": 3},
    ]
    header = body(box.store)
    assert (header["id"], header["title"], header["count"]) == ("procedures-2025", "Procedures", 3)
    assert "concept" not in header


def test_loading_an_unchanged_source_changes_nothing(box):
    box.give("one.release", RELEASE)
    before, key = box.store.generation(), box.reader("2025").entry.key
    report = box.load()
    assert box.store.generation() == before
    assert box.reader("2025").entry.key == key
    (source,) = report.as_dict()["sources"]
    assert (source["stored"], source["unchanged"]) == ({}, {"CodeSystem": 1, "concepts": 3})
    assert not report.failed


def test_an_unchanged_source_is_loaded_again_on_request(box):
    box.give("one.release", RELEASE)
    report = box.load(parameters={"force": "yes"})
    assert report.versions
    assert len(box.store.parts()) == 1


def test_a_changed_source_replaces_what_it_said(box):
    box.give("one.release", RELEASE)
    box.give("one.release", RELEASE.replace("b | Biopsy | r", "c | Closure | a"))
    assert list(box.displays("2025")) == ["r", "a", "c"]
    assert len(box.store.parts()) == 1


def test_versions_stand_side_by_side(box):
    box.give("one.release", RELEASE)
    box.give("two.release", RELEASE.replace("2025", "2026"))
    assert box.versions() == {"2025": "complete", "2026": "complete"}


def test_two_sources_of_one_version_are_merged_in_the_order_of_loading(box):
    box.give("one.release", RELEASE)
    box.give("two.release", "version: 2025\ncontent: fragment\nb | Sampling | a\nz | Added | b")
    assert box.displays("2025") == {"r": "Root", "a": "Ablation", "b": "Biopsy", "z": "Added"}
    assert [d.value for d in box.concept("b", "2025").designations] == ["Sampling"]
    assert box.concept("b", "2025").parents == ("r", "a")
    assert box.versions() == {"2025": "complete"}


def test_when_one_of_several_sources_changes_they_keep_their_order(box):
    box.write("1.release", RELEASE)
    box.write("2.release", "version: 2025\nb | Sampling |")
    box.load()
    box.write("1.release", RELEASE + "\nc | Closure |")
    box.load()
    assert box.displays("2025")["b"] == "Biopsy"
    assert "c" in box.displays("2025")


def test_detail_joins_every_version(box):
    box.give("one.release", RELEASE)
    box.give("two.release", RELEASE.replace("2025", "2026"))
    box.give("more.detail", "a | Destruction of tissue |")
    for version in ("2025", "2026"):
        assert box.displays(version)["a"] == "Ablation"
        assert [d.value for d in box.concept("a", version).designations] == ["Destruction of tissue"]
    assert box.versions() == {"2025": "complete", "2026": "complete"}


def test_detail_of_one_version_joins_that_one(box):
    box.give("one.release", RELEASE)
    box.give("two.release", RELEASE.replace("2025", "2026"))
    box.give("more.detail", "version: 2026\na | Destruction |")
    assert not box.concept("a", "2025").designations
    assert box.concept("a", "2026").designations


def test_detail_alone_is_a_fragment_until_a_release_arrives(box):
    box.give("more.detail", "a | Destruction |")
    assert box.versions() == {None: "fragment"}
    report = box.give("one.release", RELEASE)
    assert box.versions() == {"2025": "complete"}
    assert box.displays("2025")["a"] == "Ablation"
    assert report.removed == [SYSTEM]


def test_detail_before_or_after_the_release_means_the_same(box, tmp_path):
    other = building.Box(open_store(), tmp_path / "given")
    box.give("more.detail", "a | Destruction |")
    box.give("one.release", RELEASE)
    other.load("one.release")
    other.load("more.detail")
    assert list(box.reader("2025").scan()) == list(other.reader("2025").scan())


def test_detail_adds_no_codes_to_a_complete_release(box):
    box.give("one.release", RELEASE)
    box.give("more.detail", "z | Unheard of |\na | Destruction |")
    assert list(box.displays("2025")) == ["r", "a", "b"]


def test_detail_adds_codes_to_an_excerpt(box):
    box.give("one.release", RELEASE + "\ncontent: example")
    box.give("more.detail", "z | Heard of |")
    assert box.versions() == {"2025": "fragment"}
    assert "z" in box.displays("2025")


def test_a_release_of_nothing_is_a_header_for_detail(box):
    box.give("one.release", "version: 2025\ncontent: not-present\npublisher: Somebody")
    assert box.versions() == {"2025": "not-present"}
    box.give("more.detail", "a | Destruction |")
    assert box.versions() == {"2025": "fragment"}
    assert body(box.store)["publisher"] == "Somebody"
    assert body(box.store)["content"] == "fragment"


def test_a_supplement_is_a_version_of_its_own_url(box):
    box.give("one.release", f"url: {SYSTEM}-more\nversion: 1\ncontent: supplement\nsupplements: {SYSTEM}|2025\na | A |")
    (entry,) = box.store.versions()
    assert (entry.url, entry.content, entry.supplements) == (f"{SYSTEM}-more", "supplement", f"{SYSTEM}|2025")


def test_effective_periods_are_listed(box):
    box.give("one.release", RELEASE + "\neffective_start: 2024-10-01\neffective_end: 2025-09-30")
    entry = box.reader("2025").entry
    assert (entry.effective_start, entry.effective_end) == ("2024-10-01", "2025-09-30")


def test_resources_of_all_kinds(box):
    report = box.give("some.resources", "first")
    assert body(box.store, "ValueSet")["name"] == "first"
    (concept_map,) = box.store.resources(ResourceQuery(type="ConceptMap"))[1]
    (row,) = box.store.map_mappings(concept_map.key)
    assert (row.source_system, row.source_code, row.target_code) == (SYSTEM, "a", "x")
    assert box.store.aliases() == {"urn:oid:1.2.3": SYSTEM}
    told = report.as_dict()
    assert told["sources"][0]["stored"] == {"ValueSet": 1, "ConceptMap": 1, "NamingSystem": 1}
    assert [remark["place"] for remark in told["skipped"]] == ["line 3"]
    assert len(told["notes"]) == 1


def test_the_same_resources_again_change_nothing(box):
    box.give("some.resources", "first")
    before = box.store.generation()
    report = box.load()
    assert box.store.generation() == before
    assert report.claims[0].unchanged == {"ValueSet": 1, "ConceptMap": 1, "NamingSystem": 1}
    assert not report.claims[0].stored


def test_a_map_whose_mappings_changed_is_stored(box):
    box.give("some.resources", "first")
    report = box.give("some.resources", "second")
    assert report.claims[0].stored == {"ValueSet": 1, "ConceptMap": 1}
    (concept_map,) = box.store.resources(ResourceQuery(type="ConceptMap"))[1]
    assert b"second" in next(iter(box.store.map_mappings(concept_map.key))).document


def test_records_without_a_file_take_the_same_path(box):
    records = building.part(RELEASE, building.Source(name="client", path="", digest="d", loader="http"), "release")
    report = ingest.load_records(box.store, records, description="PUT", tools=TOOLS, now=NOW)
    assert report.claims[0].description == "PUT"
    assert box.versions() == {"2025": "complete"}


def test_files_that_no_loader_reads_are_reported(box):
    box.write("one.release", RELEASE)
    box.write("picture.png", "\x89PNG")
    box.write("empty.txt", "")
    report = box.load()
    assert [Path(path).name for path in report.unclaimed] == ["picture.png"]
    assert [Path(remark.source).name for remark in report.unreadable] == ["empty.txt"]
    assert not report.failed
    assert "picture.png" in report.summary()
    assert box.load("picture.png").failed


def test_each_file_is_the_first_loaders_that_claims_it(box):
    box.write("one.release", RELEASE)
    loaders = (FileLoader("first"), FileLoader("second"))
    report = ingest.load(box.store, [box.folder], loaders=loaders, tools=TOOLS)
    assert [claim.loader for claim in report.claims] == ["first"]


def test_how_much_of_large_files_is_read_is_told(box):
    lines = "".join(f"c{n} | {'long display ' * 500}\n" for n in range(1000))
    box.write("large.release", f"version: 1\n{lines}")
    told = []
    ingest.load(box.store, [box.folder], loaders=(FileLoader(),), progress=lambda *stage: told.append(stage))
    steps = [(done, total) for stage, done, total in told if stage == "Reading test files, MB"]
    assert steps == sorted(steps)
    assert len(steps) > 3
    assert steps[-1] == (6, 6)
    assert steps[0][0] < 6


def test_progress_is_told(box):
    box.write("one.release", RELEASE)
    told = []
    ingest.load(box.store, [box.folder], loaders=(FileLoader(),), progress=lambda *stage: told.append(stage))
    assert ("Reading test files", 3, None) in told
    assert told[-1] == ("Building Procedures", 3, 3)


def test_parents_that_are_not_there_are_noted(box):
    report = box.give("one.release", RELEASE + "\nx | X | nowhere")
    assert "x → nowhere" in report.notes[0].issue.text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("version: 2025\na | A |\na | Again |", ["a"]),
        ("version: 2025\na | A | b\nb | B | a", ["a → b → a"]),
    ],
)
def test_a_failed_load_changes_nothing(box, text, names):
    box.give("one.release", RELEASE)
    before = box.store.generation(), box.displays("2025")
    box.write("one.release", text)
    box.write("two.resources", "x")
    with pytest.raises(TerminologyError) as caught:
        box.load()
    assert all(name in str(caught.value) for name in names)
    assert (box.store.generation(), box.displays("2025")) == before
    assert not box.store.resources(ResourceQuery(type="ValueSet"))[0]


def test_a_code_twice_in_a_further_source_is_refused(box):
    box.give("one.release", RELEASE)
    with pytest.raises(TerminologyError, match="more than one concept for the same code: a"):
        box.give("two.release", "version: 2025\na | A |\na | Again |")


def test_one_source_may_give_a_version_once(box):
    extra = list(building.part(RELEASE, building.Source(name="x", path="x", digest="d", loader="test"), "release"))
    box.write("one.resources", "x")
    with pytest.raises(TerminologyError) as caught:
        box.load(loader=FileLoader(extra=[*extra, *extra]))
    assert "twice" in str(caught.value)


def test_an_interrupted_load_changes_nothing(box):
    box.give("one.release", RELEASE)
    before = box.store.generation(), box.displays("2025")
    with pytest.raises(KeyboardInterrupt):
        box.give("one.release", "version: 2025\nq | Q |\ninterrupt")
    assert (box.store.generation(), box.displays("2025")) == before
    box.give("one.release", RELEASE + "\nc | Closure |")
    assert "c" in box.displays("2025")


def test_a_load_that_is_overtaken_gives_up(box, monkeypatch):
    box.give("one.release", RELEASE)
    box.write("two.release", RELEASE.replace("| Biopsy", "| Sampling"))
    box.write("three.release", RELEASE.replace("| Biopsy", "| Excision"))
    publication, overtaken = box.store.publication, []

    def overtake():
        monkeypatch.setattr(box.store, "publication", publication)
        box.load("three.release")
        overtaken.append(box.displays("2025"))
        return publication()

    monkeypatch.setattr(box.store, "publication", overtake)
    with pytest.raises(TerminologyError) as caught:
        box.load("two.release")
    assert caught.value.kind == "conflict"
    assert box.displays("2025") == overtaken[0]
    assert [Path(part.source).name for part in box.store.parts()] == ["one.release", "three.release"]


KILLED = """
    import os, signal, sys
    from terminology import ingest
    from terminology.model.records import LoadOptions
    from terminology.store.opening import open_store
    from tests.ingest.building import FileLoader
    url, path, stage = sys.argv[1:]

    def progress(told, done, total):
        if told.startswith(stage):
            os.kill(os.getpid(), signal.SIGKILL)

    ingest.load(open_store(url), [path], LoadOptions(), loaders=(FileLoader(),), progress=progress)
"""


@pytest.mark.parametrize("stage", ["Reading", "Building"])
def test_a_killed_load_changes_nothing(tmp_path, stage):
    url = f"sqlite:///{tmp_path / 'kill.db'}"
    box = building.Box(open_store(url), tmp_path / "given")
    box.give("one.release", RELEASE)
    before = box.store.generation()
    path = box.write("one.release", RELEASE + "\nc | Closure |")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), url, path, stage]
    root = Path(building.__file__).parents[2]
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False)
    assert done.returncode == -signal.SIGKILL
    box.store.close()
    again = building.Box(open_store(url), tmp_path / "given")
    assert again.store.generation() == before
    assert list(again.displays("2025")) == ["r", "a", "b"]
    again.load()
    assert "c" in again.displays("2025")
    again.store.close()


def test_a_large_release_goes_through_in_blocks(box):
    lines = "\n".join(f"c{n} | Concept {n} | {f'c{n // 10}' if n else ''}" for n in range(5_000))
    box.give("one.release", f"version: 1\n{lines}")
    assert box.reader("1").entry.size == 5_000
    assert len(box.reader("1").bitmap(index_kinds.DESCENDANTS, "c0")) == 4_999


def test_the_display_of_another_language_is_a_designation_in_it(box):
    box.give("one.release", "version: 1\nlanguage: en\na | Hinge")
    box.give("two.release", "version: 1\nlanguage: de\na | Scharnier")
    concept = box.concept("a", "1")
    assert concept.display == "Hinge"
    assert [(d.value, d.language) for d in concept.designations] == [("Scharnier", "de")]


def test_rows_of_a_map_are_made_when_they_are_written(box, monkeypatch):
    made: list[str | None] = []

    def counting(mapping):
        made.append(mapping.source_code)
        return encode_mapping(mapping)

    monkeypatch.setattr(resources, "encode_mapping", counting)
    group = Group(mappings=tuple(Mapping(source_code=code, target_code="x") for code in "abc"))
    source = Source(name="maps", path="maps", digest="1", loader="test")
    record = ConceptMapRecord(source, ConceptMap(url="http://example.org/cm", groups=(group, group)))
    change = resources.concept_map_change(record, Ids(box.store))
    assert change.mappings is not None
    assert made == []
    rows = list(change.mappings)
    assert [(row.group, row.source_code) for row in rows] == [(n, code) for n in (0, 1) for code in "abc"]
    assert list(change.mappings) == rows
