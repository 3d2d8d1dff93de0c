"""What clients write, beside what was loaded: releases give way, documents stay, and nothing is half done."""

from __future__ import annotations

import pytest

from terminology import ingest
from terminology.ingest import Delete, Put
from terminology.model.outcome import TerminologyError
from tests.ingest.building import SYSTEM, TOOLS
from tests.ingest.test_documents import RELEASE, doc


def system(id_="written", version="2025", *codes, **more):
    concepts = [{"code": code, "display": f"Written {code}"} for code in codes]
    return {
        "resourceType": "CodeSystem", "id": id_, "url": SYSTEM, "version": version, "status": "active",
        "content": "complete", "concept": concepts, **more,
    }  # fmt: skip


def value_set(id_="vs", title="Title", url="http://example.org/vs"):
    return {"resourceType": "ValueSet", "id": id_, "url": url, "status": "active", "title": title}


def write(box, *writes):
    ingest.write(box.store, writes, tools=TOOLS)


def put(resource, seen=0):
    return Put(resource["resourceType"], resource["id"], seen, resource)


def header(box):
    (entry,) = box.store.resources_by_url("CodeSystem", SYSTEM)
    return entry


def test_a_system_that_is_put_takes_the_place_of_its_release(box):
    box.give("one.release", RELEASE)
    entry = header(box)
    write(box, put(system(entry.id, "2025", "a", "new"), entry.version_id))
    assert box.displays("2025") == {"a": "Written a", "new": "Written new"}
    assert [part.source for part in box.store.parts(SYSTEM)] == [f"CodeSystem/{entry.id}"]
    assert (header(box).id, header(box).version_id) == (entry.id, entry.version_id + 1)


def test_documents_stay_with_a_system_that_is_put(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    write(box, put(system("written", "2025", "a", "b")))
    assert box.displays("2025") == {"a": "Written a", "b": "Written b"}
    assert [p.value for p in box.concept("a", "2025").properties] == ["Clinic"]
    write(box, Delete("CodeSystem", "written", 1))
    assert box.displays() == {"a": "Ablation"}


def test_deleting_what_only_documents_make_marks_them_removed(box):
    box.give("one.doc", doc("a"))
    entry = header(box)
    write(box, Delete("CodeSystem", entry.id, entry.version_id))
    assert box.versions() == {}
    assert box.documents() == {"one.doc#0": ("removed", "a")}
    assert box.store.resource("CodeSystem", entry.id) is None


def test_a_system_with_documents_of_its_version_keeps_that_version(box):
    box.give("one.release", RELEASE)
    box.give("one.doc", doc("a", version="2025"))
    entry = header(box)
    with pytest.raises(TerminologyError, match="documents belong to") as caught:
        write(box, put(system(entry.id, "2026", "a"), entry.version_id))
    assert caught.value.kind == "conflict"
    assert box.versions() == {"2025": "complete"}


def test_all_or_nothing(box):
    write(box, put(value_set()))
    before = box.store.generation()
    for bad in (put(value_set(title="x"), 7), Delete("ValueSet", "vs", 7), put(value_set("other"), 3)):
        with pytest.raises(TerminologyError, match="at the same time") as caught:
            write(box, put(system("written", "1", "a")), bad)
        assert caught.value.kind == "conflict"
    assert box.store.generation() == before
    assert box.versions() == {}
    assert box.store.resource("ValueSet", "vs").version_id == 1


def test_several_at_once_are_one_publication(box):
    write(box, put(value_set("old", url="http://example.org/new")))
    before = box.store.generation()
    write(
        box,
        put(system("first", "1", "a")),
        put(system("second", "2", "b")),
        put(value_set("new", url="http://example.org/new")),
        Delete("ValueSet", "old", 1),
    )
    assert box.store.generation() == before + 1
    assert box.versions() == {"1": "complete", "2": "complete"}
    assert {e.id for e in box.store.resources_by_url("CodeSystem", SYSTEM)} == {"first", "second"}
    assert [e.id for e in box.store.resources_by_url("ValueSet", "http://example.org/new")] == ["new"]


def test_a_system_can_move_to_another_id_in_one_go(box):
    write(box, put(system("first", "1", "a")))
    write(box, Delete("CodeSystem", "first", 1), put(system("second", "1", "b")))
    assert header(box).id == "second"
    assert box.displays("1") == {"b": "Written b"}


def test_a_load_takes_the_place_of_what_was_written_and_keeps_its_id(box):
    write(box, put(value_set()))
    box.give("some.resources", "first")
    assert box.store.resource("ValueSet", "vs") is not None


def test_another_writer_to_the_same_system_does_not_matter(box, monkeypatch):
    """Between deriving a version and publishing it, somebody publishes another version of the system."""
    from terminology.ingest import writing

    original, others = writing.refresh_value_sets, [put(system("other", "9", "z"))]

    def meanwhile(store, change, tools):
        original(store, change, tools)
        while others:
            ingest.write(store, [others.pop()], tools=TOOLS)
            assert change.parts.new

    monkeypatch.setattr(writing, "refresh_value_sets", meanwhile)
    write(box, put(system("written", "1", "a")))
    assert set(box.versions()) == {"1", "9"}
