"""Parts in a loader's own form: its completer makes concepts of them when a version is derived."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminology.ingest import deriving
from terminology.ingest.loading import load_records
from terminology.ingest.removing import remove
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept, Designation
from terminology.model.outcome import Issue
from terminology.model.records import ConceptBatch, PartBegin, Source
from terminology.store.documents import decode
from terminology.store.opening import open_store

URL = "http://example.org/s"


KINDS = ("outline", "annotation")


class Shouter:
    """Facts are words: an outline's become codes, an annotation's are put on every code."""

    def complete(self, metadata, listed, facts, note):
        words = {
            kind: [c.code for f in facts if f.kind == kind for c in f.concepts] for kind in ("outline", "annotation")
        }
        found = dict(self._by_code(listed))
        for code in words["outline"]:
            found.setdefault(code, (Concept(code, "from the outline"), None))
        note(Issue("information", "informational", "NOTHING_TO_REMOVE", {"what": metadata.version or "-"}))
        for code in sorted(found):
            concept, document = found[code]
            if words["annotation"]:
                added = tuple(Designation(word) for word in words["annotation"])
                concept, document = replace(concept, designations=added), None
            yield concept, document

    def _by_code(self, listed):
        for concept, document in listed:
            yield concept.code, (concept, document)


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(deriving, "COMPLETERS", {"shouter": Shouter()})
    return open_store("sqlite:///:memory:")


def part(name, kind, *concepts, version="1", loader="shouter", content="complete"):
    source = Source(name=name, path=name, digest=name, loader=loader)
    metadata = CodeSystemMetadata(url=URL, version=version, content=content)
    return [PartBegin(source=source, metadata=metadata, kind=kind), ConceptBatch(concepts)]


def held(store, version="1"):
    entry = next(v for v in store.versions(URL) if v.version == version)
    concepts = [decode(row.document) for row in store.version(entry.key).scan()]
    return {c.code: (c.display, *(d.value for d in c.designations)) for c in concepts}


def test_the_order_of_loading_makes_no_difference(store):
    release = part("r", "release", Concept("b", "B"))
    outline = part("o", "outline", Concept("a"), Concept("b"))
    annotation = part("n", "annotation", Concept("word"), content="fragment")
    load_records(store, annotation)
    assert store.versions(URL) == []
    load_records(store, outline)
    assert held(store) == {"a": ("from the outline", "word"), "b": ("from the outline", "word")}
    load_records(store, release)
    assert held(store) == {"a": ("from the outline", "word"), "b": ("B", "word")}
    (entry,) = store.versions(URL)
    assert entry.content == "complete"
    other = open_store("sqlite:///:memory:")
    load_records(other, [*release, *annotation, *outline])
    assert held(other) == held(store)


def test_an_annotation_waits_and_the_report_says_so(store):
    report = load_records(store, part("n", "annotation", Concept("word")))
    assert [note.issue.message_id for note in report.notes] == ["ANNOTATION_WAITS"]
    assert [p.source for p in store.parts(URL)] == ["n"]
    report = load_records(store, part("r", "release", Concept("b", "B")))
    assert [note.issue.message_id for note in report.notes] == ["NOTHING_TO_REMOVE"]
    assert held(store) == {"b": ("B", "word")}
    remove(store, "n")
    assert held(store) == {"b": ("B",)}


def test_an_annotation_without_version_joins_all_versions(store):
    load_records(store, part("r1", "release", Concept("a", "A")))
    load_records(store, part("r2", "release", Concept("b", "B"), version="2"))
    load_records(store, part("n", "annotation", Concept("word"), version=None))
    assert held(store, "1") == {"a": ("A", "word")}
    assert held(store, "2") == {"b": ("B", "word")}


def test_detail_is_laid_over_what_the_completer_makes(store):
    load_records(store, part("o", "outline", Concept("a")))
    load_records(store, part("d", "detail", Concept("a", "from a document"), version=None, loader="documents"))
    assert held(store) == {"a": ("from the outline", "from a document")}


def test_facts_without_their_completer_are_left_alone(store):
    load_records(store, part("o", "outline", Concept("a"), loader="gone"))
    assert held(store) == {}
