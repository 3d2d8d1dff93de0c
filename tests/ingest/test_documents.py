"""Documents: which code they get, why they wait, what changes when they or their surroundings change."""

from __future__ import annotations

import shutil

import pytest

from loaders.systems import CPT, HCPCS
from terminology import ingest
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.store.entries import NewResource
from terminology.store.queries import ResourceQuery
from tests.ingest.building import SYSTEM, Box
from tests.ingest.documents import RELEASE, doc, loaded, reasons, value_sets


def test_a_stated_code_is_the_code(box):
    report = box.give("one.doc", doc("a", setting="Clinic"))
    assert box.documents() == {"one.doc#0": ("loaded", "a")}
    assert box.versions() == {None: "fragment"}
    assert box.concept("a").display == "Ablation"
    assert report.claims[0].stored == {"documents": 1}


def test_the_same_document_again_changes_nothing(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    before = box.store.generation()
    report = box.load()
    assert box.store.generation() == before
    assert report.claims[0].unchanged == {"documents": 1}


def test_a_changed_document_replaces_its_concept(box):
    box.give("one.doc", doc("a", "Ablation", setting="Clinic"))
    box.give("one.doc", doc("a", "Removal", setting="Hospital"))
    assert box.concept("a").display == "Removal"
    assert [p.value for p in box.concept("a").properties] == ["Hospital"]
    assert not box.concept("a").designations


def test_a_document_that_changes_its_code_leaves_the_old_one(box):
    box.give("one.doc", doc("a"))
    box.give("one.doc", doc("b"))
    assert list(box.displays()) == ["b"]
    box.give("one.doc", doc("b", system="http://example.org/other"))
    assert not box.versions()
    assert list(box.displays(url="http://example.org/other")) == ["b"]


def test_document_and_release_keep_each_other(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    box.give("one.release", RELEASE)
    assert box.versions() == {"2025": "complete"}
    concept = box.concept("a", "2025")
    assert (concept.display, [d.value for d in concept.designations]) == ("Ablation of tissue", ["Ablation"])
    box.give("one.release", RELEASE.replace("of tissue", "of tissues"))
    assert [p.value for p in box.concept("a", "2025").properties] == ["Clinic"]
    box.give("one.doc", doc("a", setting="Hospital"))
    assert box.displays("2025")["a"] == "Ablation of tissues"
    assert [p.value for p in box.concept("a", "2025").properties] == ["Hospital"]


def test_codes_that_disagree_wait_with_both_named(box):
    box.give("one.doc", doc("a") + "\ncode: b")
    (reason,) = reasons(box)
    assert "a of" in reason
    assert "b of" in reason
    assert box.documents() == {"one.doc#0": ("pending", None)}


def test_statements_that_agree_are_one(box):
    box.give("one.doc", doc("a") + "\ncode: a", code="a")
    assert loaded(box) == {"one.doc#0": "a"}


def test_the_descriptor_of_a_loaded_code_is_a_match(box):
    box.give("one.release", RELEASE)
    box.give("one.doc", doc(None, "  ablation  of TISSUE "))
    assert loaded(box) == {"one.doc#0": "a"}


def test_the_descriptor_may_be_loaded_with_the_document(box):
    box.write("one.release", RELEASE)
    box.write("one.doc", doc(None, "Biopsy"))
    box.load()
    assert loaded(box) == {"one.doc#0": "b"}


def test_a_descriptor_must_match_exactly_and_once(box):
    box.give("one.release", RELEASE + "\nd | Biopsy |")
    box.give("one.doc", doc(None, "Ablation"))
    box.give("two.doc", doc(None, "Biopsy"))
    assert not loaded(box)
    first, second = reasons(box)
    assert "no loaded code" in first
    assert "b, d" in second


def test_a_document_that_waits_is_decided_about_again(box):
    box.give("one.doc", doc(None, "Biopsy"))
    assert not loaded(box)
    box.give("one.release", RELEASE)
    report = box.load("one.doc")
    assert loaded(box) == {"one.doc#0": "b"}
    assert not report.pending


def test_a_code_without_system_waits(box):
    box.give("one.doc", doc("a", system=None))
    assert "system" in reasons(box)[0]


def test_an_unreadable_document_is_pending(box):
    box.give("one.doc", doc("a", broken="yes"))
    assert box.documents() == {"one.doc#0": ("pending", None)}


@pytest.mark.parametrize(
    ("system", "code", "fits"),
    [
        (CPT, "1234F", True),
        (CPT, "12345", True),
        (CPT, "123", False),
        (HCPCS, "E0100", True),
        (HCPCS, "90863", False),
        (HCPCS, "D0120", False),
    ],
)
def test_a_code_must_be_one_of_the_systems(box, system, code, fits):
    box.give("one.doc", doc(code, system=system))
    assert box.documents()["one.doc#0"] == (("loaded", code) if fits else ("pending", None))
    assert fits or code in reasons(box)[0]


def test_a_code_in_lower_case_is_mended(box):
    box.give("one.doc", doc("e0100", system=HCPCS))
    assert loaded(box) == {"one.doc#0": "E0100"}


def test_two_documents_for_one_code_conflict_and_the_later_waits(box):
    box.write("one.doc", doc("a", "Ablation"))
    box.write("two.doc", doc("a", "Removal"))
    report = box.load()
    assert box.documents() == {"one.doc#0": ("loaded", "a"), "two.doc#0": ("pending", None)}
    assert box.concept("a").display == "Ablation"
    assert "one.doc" in report.pending[0].reason
    assert "two.doc" in report.pending[0].reason


def test_a_document_keeps_its_code_against_another(box):
    box.give("two.doc", doc("a", "Removal"))
    box.give("one.doc", doc("a", "Ablation"))
    box.write("two.doc", doc("a", "Removed"))
    box.load()
    assert loaded(box) == {"two.doc#0": "a"}
    assert box.concept("a").display == "Removed"


def test_a_code_that_a_document_gave_up_goes_to_another(box):
    box.give("two.doc", doc("a", "Removal"))
    box.give("one.doc", doc("a", "Ablation"))
    box.give("two.doc", doc("b", "Removal"))
    box.load("one.doc")
    assert loaded(box) == {"one.doc#0": "a", "two.doc#0": "b"}


def test_documents_for_different_versions_do_not_conflict(box):
    box.give("one.doc", doc("a", "Ablation", version="2025"))
    box.give("two.doc", doc("a", "Removal", version="2026"))
    assert len(loaded(box)) == 2
    assert box.versions() == {"2025": "fragment", "2026": "fragment"}


def test_a_copy_of_a_document_changes_nothing(box):
    box.give("one.doc", doc("a"))
    report = box.give("copy/one.doc", doc("a"))
    assert len(box.documents()) == 1
    assert "one.doc" in report.notes[0].issue.text
    assert not report.pending


def test_a_folder_that_is_loaded_from_elsewhere_makes_one_note(box):
    for code in "abc":
        box.give(f"{code}.doc", doc(code))
    copies = shutil.copytree(box.folder, box.folder / "copies")
    report = box.load()
    (note,) = report.notes
    assert note.issue.message_id == "DOCUMENT_TWINS"
    assert "3 files" in note.issue.text
    assert str(copies / "a.doc") in note.issue.text
    assert {state for state, _ in box.documents().values()} == {"loaded"}


def test_several_procedures_in_one_file(box):
    box.give("one.doc", doc("a") + "\n---\n" + doc("b") + "\n---\n" + doc(None, "Unknown"))
    assert box.documents() == {
        "one.doc#0": ("loaded", "a"),
        "one.doc#1": ("loaded", "b"),
        "one.doc#2": ("pending", None),
    }


def test_the_code_option_is_for_one_document(box):
    box.write("one.doc", doc(None, system=None))
    box.write("two.doc", doc(None))
    with pytest.raises(TerminologyError) as caught:
        box.load(code="a")
    assert caught.value.kind == "invalid"
    assert not box.documents()
    box.load("one.doc", code="a", system=SYSTEM)
    assert loaded(box) == {"one.doc#0": "a"}


def test_the_code_option_is_remembered(box):
    box.give("one.doc", doc(None), code="a")
    assert box.load("one.doc").claims[0].unchanged == {"documents": 1}
    box.give("one.doc", doc(None, "Changed"))
    assert box.concept("a").display == "Changed"
    box.load("one.doc", code="b")
    assert list(box.displays()) == ["b"]


def test_a_document_outside_a_complete_release_waits_until_a_release_has_its_code(box):
    box.give("one.doc", doc("z", "Zapping"))
    assert loaded(box)
    report = box.give("one.release", RELEASE)
    assert "z" not in box.displays("2025")
    assert box.documents() == {"one.doc#0": ("pending", "z")}
    assert "2025" in reasons(box)[0]
    assert box.load("one.doc").pending, "it still waits, although nothing changed"
    box.give("two.release", RELEASE.replace("2025", "2026") + "\nz | Zapping |")
    assert loaded(box) == {"one.doc#0": "z"}
    assert [entry.code for entry in report.pending] == ["z"]


def test_a_new_document_outside_a_complete_release_waits(box):
    box.give("one.release", RELEASE)
    report = box.give("one.doc", doc("z"))
    assert box.documents() == {"one.doc#0": ("pending", "z")}
    assert [entry.code for entry in report.pending] == ["z"]
    assert list(box.displays("2025")) == ["a", "b", "c"]


def test_a_document_that_states_no_code_any_more_keeps_what_it_had(box):
    box.give("one.doc", doc("a"))
    box.give("one.doc", doc(None, "Rewritten"))
    assert box.concept("a").display == "Rewritten"


def test_a_document_that_cannot_be_placed_any_more_takes_its_detail_back(box):
    box.give("one.doc", doc("a"))
    box.give("one.doc", doc("123", system=CPT))
    assert box.documents() == {"one.doc#0": ("pending", None)}
    assert not box.versions()


def test_value_sets_come_and_go_with_documents(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    box.give("two.doc", doc("b", setting="Hospital"))
    assert value_sets(box) == ["Clinic", "Hospital"]
    box.give("one.doc", doc("a", setting="Home"))
    assert value_sets(box) == ["Home", "Hospital"]


def test_a_value_set_that_somebody_else_wrote_stays(box):
    box.give("one.doc", doc("a", setting="Clinic"))
    (entry,) = box.store.resources(ResourceQuery(type="ValueSet"))[1]
    with box.store.publication() as publication:
        publication.put_resource(
            NewResource(type="ValueSet", id=entry.id, url=entry.url, version=None, body=entry.body)
        )
    box.give("one.doc", doc("a", setting="Home"))
    assert value_sets(box) == ["Clinic", "Home"]


def test_a_code_is_refused_where_no_document_takes_it(box, tmp_path):
    path = tmp_path / "set.json"
    path.write_text('{"resourceType": "ValueSet", "url": "http://example.org/vs", "status": "active"}')
    before = box.store.generation()
    with pytest.raises(TerminologyError, match="no document was given"):
        ingest.load(box.store, [path], LoadOptions(code="90863"))
    assert box.store.generation() == before


def test_the_real_document(box: Box, shared):
    """The sample: 90863 by option, and unchanged afterwards."""
    from loaders.documents import LOADER

    path = shared / "source-documents" / "pharmacologic-management-with-psychotherapy.txt"
    ingest.load(box.store, [path], LoadOptions(code="90863"), loaders=(LOADER,))
    concept = box.store.version(box.store.versions(CPT)[0].key).row("90863")
    assert concept is not None
    before = box.store.generation()
    ingest.load(box.store, [path], LoadOptions(), loaders=(LOADER,))
    assert not ingest.reparse(box.store).versions
    assert box.store.generation() == before
