"""Documents after they were loaded: assigned, parsed again, removed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.systems import CPT
from terminology import ingest
from terminology.model.outcome import TerminologyError
from terminology.store.queries import ResourceQuery
from tests.ingest.building import SYSTEM, TOOLS, parse_raw
from tests.ingest.documents import RELEASE, doc, loaded, reasons, value_sets

# Assigning


def test_assigning_finishes_the_job_without_the_file(box):
    path = box.write("one.doc", doc(None, setting="Clinic"))
    box.load()
    Path(path).unlink()
    report = ingest.assign(box.store, box.document_id("one.doc")[:6], "a", tools=TOOLS)
    assert loaded(box) == {"one.doc#0": "a"}
    assert box.concept("a").display == "Ablation"
    assert value_sets(box) == ["Clinic"]
    assert report.versions


def test_an_assignment_outlives_reloading(box):
    box.give("one.doc", doc("a") + "\ncode: b")
    ingest.assign(box.store, box.document_id("one.doc"), "b", tools=TOOLS)
    assert box.load().claims[0].unchanged == {"documents": 1}
    box.give("one.doc", doc("a", "Changed") + "\ncode: b")
    assert box.concept("b").display == "Changed"


def test_assigning_again_moves_the_document(box):
    box.give("one.doc", doc("a"))
    ingest.assign(box.store, box.document_id("one.doc"), "b", version="2025", tools=TOOLS)
    assert box.versions() == {"2025": "fragment"}
    assert list(box.displays("2025")) == ["b"]


def test_assigning_by_the_label_of_a_system(box):
    box.give("one.doc", doc(None, system=None))
    ingest.assign(box.store, box.document_id("one.doc"), "12345", "CPT4", tools=TOOLS)
    assert list(box.displays(url=CPT)) == ["12345"]


@pytest.mark.parametrize(
    ("arguments", "kind", "named"),
    [
        (("nothing", "a"), "not-found", "nothing"),
        (("{one}", "a"), "invalid", "system"),
        (("{one}", "12", "CPT"), "invalid", "12"),
        (("{one}", "b", SYSTEM), "conflict", "two.doc"),
        (("{broken}", "c", SYSTEM), "invalid", ""),
    ],
)
def test_assignments_that_are_refused(box, arguments, kind, named):
    box.write("one.doc", doc(None, system=None))
    box.write("two.doc", doc("b"))
    box.write("three.doc", doc(None, broken="yes"))
    box.load()
    ids = {"one": box.document_id("one.doc"), "broken": box.document_id("three.doc")}
    with pytest.raises(TerminologyError) as caught:
        ingest.assign(box.store, *(argument.format_map(ids) for argument in arguments), tools=TOOLS)
    assert caught.value.kind == kind
    assert named in str(caught.value)


# Reading again


def better(change):
    """Tools whose parser reads the same bytes in another way."""

    def parse(raw, media_type, path):
        digest = hashlib.sha256(raw).hexdigest()
        records = parse_raw(change(raw), media_type, path)
        return [replace(record, raw=raw, source=replace(record.source, digest=digest)) for record in records]

    return replace(TOOLS, parse_raw=parse)


def test_reparsing_without_a_new_parser_changes_nothing(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    before = box.store.generation()
    assert ingest.reparse(box.store, tools=TOOLS).claims[0].unchanged == {"documents": 1}
    assert box.store.generation() == before


def test_reparsing_reads_all_documents_and_keeps_what_was_decided(box):
    box.give("one.doc", doc(None, "Ablation"), code="a")
    box.give("two.doc", doc(None, "Unplaced"))
    tools = better(lambda raw: raw.replace(b"Ablation", b"Better"))
    ingest.reparse(box.store, tools=tools)
    assert box.concept("a").display == "Better"
    assert box.documents() == {"one.doc#0": ("loaded", "a"), "two.doc#0": ("pending", None)}


def test_reparsing_does_not_forget_what_was_stated_beside_the_text(box):
    box.give("one.doc", doc(None, "Ablation"), code="a")
    box.give("two.doc", doc(None, "Bypass"), code="a")
    before = reasons(box)
    assert "all describe 'a'" in before[0]
    ingest.reparse(box.store, tools=TOOLS)
    assert reasons(box) == before


def test_reparsing_may_give_a_pending_document_its_code(box):
    box.give("one.doc", doc(None) + "\nkode: b")
    ingest.reparse(box.store, tools=better(lambda raw: raw.replace(b"kode", b"code")))
    assert loaded(box) == {"one.doc#0": "b"}


def test_reparsing_may_find_more_procedures_or_fewer(box):
    box.give("one.doc", doc("a") + "\n===\n" + doc("b"))
    split = better(lambda raw: raw.replace(b"===", b"---"))
    assert box.documents() == {"one.doc#0": ("pending", None)}
    ingest.reparse(box.store, tools=split)
    assert loaded(box) == {"one.doc#0": "a", "one.doc#1": "b"}
    ingest.reparse(box.store, tools=better(lambda raw: raw.partition(b"\n===")[0]))
    assert box.documents() == {"one.doc#0": ("loaded", "a"), "one.doc#1": ("removed", "b")}
    assert list(box.displays()) == ["a"]


# Removing


def test_removing_a_document_keeps_its_text(box):
    box.give("one.doc", doc("a"))
    box.give("two.doc", doc("b"))
    id_ = box.document_id("one.doc")
    report = ingest.remove(box.store, id_, tools=TOOLS)
    assert box.documents()["one.doc#0"] == ("removed", "a")
    assert list(box.displays()) == ["b"]
    assert box.store.document(id_)[1] == doc("a").encode()
    assert report.removed == [str(box.folder / "one.doc")]
    box.load("one.doc")
    assert set(box.displays()) == {"a", "b"}


def test_removing_a_system_takes_its_documents(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    box.give("one.release", RELEASE)
    ingest.remove(box.store, SYSTEM, tools=TOOLS)
    assert not box.store.versions()
    assert not box.store.parts()
    assert box.documents() == {"one.doc#0": ("removed", "a")}
    assert value_sets(box) == []
    assert box.store.resources(ResourceQuery(type="CodeSystem"))[0] == 0


def test_removing_one_version_leaves_documents_to_the_others(box):
    box.give("one.doc", doc("a"))
    box.give("one.release", RELEASE)
    ingest.remove(box.store, SYSTEM, "2025", tools=TOOLS)
    assert box.versions() == {None: "fragment"}
    assert loaded(box) == {"one.doc#0": "a"}


def test_removing_a_source(box):
    box.give("in/one.release", RELEASE)
    box.give("in/two.doc", doc("a"))
    box.give("in/some.resources", "x")
    box.give("other.doc", doc("b"))
    ingest.remove(box.store, str(box.folder / "in"), tools=TOOLS)
    assert box.versions() == {None: "fragment"}
    assert list(box.displays()) == ["b"]
    assert not any(box.store.resources(ResourceQuery(type=t))[0] for t in ("ValueSet", "ConceptMap", "NamingSystem"))


def test_removing_a_value_set(box):
    box.give("some.resources", "x")
    ingest.remove(box.store, "http://example.org/vs", "1", tools=TOOLS)
    assert not box.store.resources(ResourceQuery(type="ValueSet"))[0]
    assert box.store.resources(ResourceQuery(type="ConceptMap"))[0]


def test_removing_something_unknown_is_not_found(box):
    box.give("one.release", RELEASE)
    for what, version in (("nothing", None), (SYSTEM, "1999")):
        with pytest.raises(TerminologyError) as caught:
            ingest.remove(box.store, what, version, tools=TOOLS)
        assert caught.value.kind == "not-found"
        assert what in str(caught.value)
