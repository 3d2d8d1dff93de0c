"""ICD-10-CM files: what becomes of an invented release, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders import LOADERS
from loaders.icd10cm import LOADER
from loaders.sources import open_tree
from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.store.opening import open_store
from tests.loaders.icd10cm import sample
from tests.loaders.reading import read, values


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.fixture
def tabular(tmp_path: Path) -> Path:
    return write(tmp_path, "icd10cm_tabular_2031.xml", sample.TABULAR)


@pytest.fixture
def order(tmp_path: Path) -> Path:
    return write(tmp_path, "icd10cm_order_2031.txt", sample.order_file())


def test_hierarchy(tabular: Path) -> None:
    found = {code: concept.parents for code, concept in read(LOADER, [tabular]).concepts.items()}
    assert found["1"] == ()
    assert found["A00-B99"] == ("1",)
    assert found["A00-A00"] == ("A00-B99",)
    assert found["A00"] == ("A00-A00",)
    assert found["A00.0"] == ("A00",)
    assert found["B01.0XXA"] == ("B01.0",)
    assert found["B01.1X7A"] == ("B01.1X7",)


def test_notes_and_inclusion_terms(tabular: Path) -> None:
    found = read(LOADER, [tabular]).concepts
    rust = found["A00"]
    for code, value in {
        "excludes1": "dust (B01.-)", "excludes2": "wear (B02.-)", "codeFirst": "the make", "codeAlso": "the year",
        "useAdditionalCode": "the colour",
    }.items():  # fmt: skip
        assert values(rust, code) == [value]
    assert values(found["A00-A00"], "includes") == ["androids"]
    assert values(found["1"], "notes") == ["Nothing here is real."]
    assert values(found["A00.0"], "inclusionTerm") == ["Creaking", "Squeaking"]
    assert [d.value for d in found["A00.0"].designations] == ["Creaking", "Squeaking"]
    assert values(found["B01"], "sevenChrNote") == ["Every code of B01 takes a 7th character"]
    assert values(found["B01.1X"], "placeholder") == [True]
    assert values(found["B02"], "visualImpairment") == ["1; 6/18"]


def test_seventh_characters(tabular: Path) -> None:
    found = read(LOADER, [tabular]).concepts
    first = found["B01.0XXA"]
    assert first.display == "Dent of head, first visit"
    assert values(first, "seventhCharacter") == [Coding(code="A", display="first visit visit of any number")]
    assert [d.value for d in first.designations] == ["Dent of head, first visit visit of any number"]
    assert {code for code in found if len(code) == 8} == {"B01.0XXA", "B01.0XXD", "B01.1X7A", "B01.1X9Z"}


def test_headers_are_no_codes(tabular: Path) -> None:
    found = read(LOADER, [tabular]).concepts
    billable = {code for code, concept in found.items() if values(concept, "billable") == [True]}
    assert billable == {"A00.0", "A00.9", "B01.0XXA", "B01.0XXD", "B01.1X7A", "B01.1X9Z", "B02"}
    assert {code for code, concept in found.items() if values(concept, "notSelectable") == [True]} == set(
        found
    ) - billable


def test_order_file_is_the_tabular_list(tabular: Path, order: Path) -> None:
    result = read(LOADER, [tabular, order])
    (first, listed), (second, ordered) = result.parts
    assert first.metadata == second.metadata
    diagnoses = {code: c for code, c in listed.items() if values(c, "kind") == ["diagnosis"]}
    assert list(diagnoses) == list(ordered)
    for code, concept in ordered.items():
        assert concept.display == diagnoses[code].display
        assert values(concept, "billable") == values(diagnoses[code], "billable")
        assert concept.parents == diagnoses[code].parents or len(code) == 3
    assert [d.value for d in ordered["A00.0"].designations] == ["Rst f jnts"]
    assert any("has the same 14 codes and headers" in note for note in result.notes)


def test_lists_that_differ(tmp_path: Path, tabular: Path) -> None:
    other = write(tmp_path, "icd10cm_order_2031.txt", sample.order_file((("A00", 0, "Rust"), ("A000", 0, "Rust"))))
    notes = read(LOADER, [tabular, other]).notes
    assert any("differ: 13 codes" in note and "A00.0, A00.9" in note for note in notes)


def test_codes_file(tmp_path: Path) -> None:
    codes = write(tmp_path, "icd10cm_codes_2031.txt", sample.codes_file())
    found = read(LOADER, [codes]).concepts
    assert list(found) == ["A00.0", "A00.9", "B01.0XXA", "B01.0XXD", "B01.1X7A", "B01.1X9Z", "B02"]


def test_addendum(tmp_path: Path, order: Path) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM)
    result = read(LOADER, [addendum, order])
    _, (begin, changes) = result.parts
    assert begin.kind == "detail"
    assert {code: values(concept, "change") for code, concept in changes.items()} == {
        "A00": ["made-header"], "A00.0": ["added"], "B02": ["retitled"], "B01": [],
    }  # fmt: skip
    deleted = {code: [(c.code, c.display) for c in values(concept, "deletedCode")] for code, concept in changes.items()}
    assert {code: former for code, former in deleted.items() if former} == {
        "A00": [("A00.5", "Rust of fans")], "B01": [("B01.1X8A", "Dent of arm, lost, first visit")],
    }  # fmt: skip
    assert [d.value for d in changes["B02"].designations] == ["Wr", "Wear and tear"]
    assert result.skipped == [
        "line 6: B03 (Cut), a whole category, is deleted by this addendum: no code is left to say so."
    ]
    assert any("2 additions, 4 deletions, 1 revisions" in note for note in result.notes)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (4, "1 of its changes are not in that list (B02)"),
        (1, "2 of its changes are not in that list (A00.0, B02)"),
    ],
)
def test_a_list_that_is_cut_off_contradicts_the_addendum(tmp_path: Path, rows: int, told: str) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM)
    lines = sample.order_file().splitlines(keepends=True)
    order = write(tmp_path, "icd10cm_order_2031.txt", "".join(lines[:rows]))
    with pytest.raises(TerminologyError) as caught:
        read(LOADER, [addendum, order])
    assert f"does not belong to {order}" in str(caught.value)
    assert told in str(caught.value)


def test_a_code_that_is_deleted_must_not_be_in_the_list(tmp_path: Path) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM)
    order = write(tmp_path, "icd10cm_order_2031.txt", sample.order_file().replace("A009 ", "A005 "))
    with pytest.raises(TerminologyError, match=r"1 of its changes are not in that list \(A00\.5\)"):
        read(LOADER, [addendum, order])


def test_an_addendum_without_totals_may_be_cut_off(tmp_path: Path) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM.partition("Headers")[0])
    assert any("states no totals at its end" in note for note in read(LOADER, [addendum]).notes)


def test_an_empty_file(tmp_path: Path, order: Path) -> None:
    empty = write(tmp_path, "icd10cm_order_addenda_2031.txt", "")
    with pytest.raises(TerminologyError, match=f"{empty.name} is empty"):
        read(LOADER, [tmp_path, order])


@pytest.mark.parametrize("lists", ["order", "tabular"])
@pytest.mark.parametrize("later", [False, True], ids=["together", "one after the other"])
def test_deleted_codes_are_remembered(
    tmp_path: Path, request: pytest.FixtureRequest, lists: str, *, later: bool
) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM)
    listed = request.getfixturevalue(lists)
    with Terminology(tmp_path / "t.db") as terminology:
        for paths in ([addendum], [listed]) if later else ([addendum, listed],):
            ingest.load(terminology.store, paths)
        told = {code: said(terminology, code) for code in ("A00.5", "A005", "B01.1X8A", "B03", "A00.7")}
    assert told["A00.5"] == (
        "A00.5 (Rust of fans) was deleted from ICD-10-CM on 2030-10-01, with release 2031. "
        "Below A00 there are: A00.0, A00.9."
    )
    assert told["A005"] == told["A00.5"]
    assert told["B01.1X8A"].startswith("B01.1X8A (Dent of arm, lost, first visit) was deleted from ICD-10-CM on 2030-")
    assert told["B03"] is None
    assert told["A00.7"].startswith("A00.7 is not a code of this release.")


def said(terminology: Terminology, code: str) -> str | None:
    """What is said of a code beside its being unknown."""
    found = terminology.validate_code("http://hl7.org/fhir/sid/icd-10-cm", code)
    assert not found.result
    _, *texts = (issue.text for issue in found.issues)
    return "".join(texts) or None


def test_only_files_of_icd10cm(tmp_path: Path) -> None:
    write(tmp_path, "icd10pcs_order_2031.txt", f"00001 B00     0 {'Imaging':<60} Imaging\r\n" * 30)
    write(tmp_path, "notes.txt", "Add: something\nA00 is not a list\n")
    write(tmp_path, "other.xml", "<ClaML version='2.0.0'/>")
    assert LOADER.recognise(open_tree([tmp_path])) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "icd10cm_order_2031.txt",
            sample.order_file().replace("00003 ", "00004 "),
            "line 3: the order number is 00004",
        ),
        ("icd10cm_order_2031.txt", sample.order_file().replace("A009 ", "A000 "), "line 3 gives A00.0 a second time"),
        ("icd10cm_order_2031.txt", sample.order_file() + "00015 B03     1 Cut", "line 15: the line ends too early"),
        ("icd10cm_order_2031.txt", sample.order_file() + "Some remark", "'Some remark' is not a line of an order"),
        ("icd10cm_codes_2031.txt", sample.codes_file() + "B03", "line 8 is not a line of a codes file"),
        ("icd10cm_order_addenda_2031.txt", sample.ADDENDUM.replace("4 deletions", "5 deletions"), "states 5 deletions"),
        ("icd10cm_order_addenda_2031.txt", sample.ADDENDUM.replace("1 B02 ", "2 B02 ", 1), "line 8 is not a line"),
        ("tabular.xml", sample.TABULAR[:1500], "tabular.xml, line 3"),
        ("tabular.xml", sample.TABULAR.replace("<desc>Wear</desc>", ""), "<diag> has no <desc>"),
        ("tabular.xml", sample.TABULAR.replace("A00.9<", "A00.0<"), "line 22 gives A00.0 a second time"),
        ("tabular.xml", sample.TABULAR.replace('id="A00"', 'id="x"'), "<section> has no <id of a range>"),
    ],
)
def test_broken(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(TerminologyError) as caught:
        read(LOADER, [path])
    assert told in str(caught.value)


def test_entities_are_refused(tmp_path: Path) -> None:
    attack = sample.TABULAR.replace("<ICD10CM", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ICD10CM', 1)
    with pytest.raises(TerminologyError, match="declares XML entities"):
        read(LOADER, [write(tmp_path, "tabular.xml", attack)])


def test_a_file_without_a_year_needs_a_version(tmp_path: Path) -> None:
    path = write(tmp_path, "icd10cm.txt", sample.order_file())
    with pytest.raises(TerminologyError, match="does not say which fiscal year"):
        read(LOADER, [path])
    assert read(LOADER, [path], LoadOptions(version="2031")).parts[0][0].metadata.version == "2031"


def test_all_together_in_a_store(tmp_path: Path, tabular: Path, order: Path) -> None:
    addendum = write(tmp_path, "icd10cm_order_addenda_2031.txt", sample.ADDENDUM)
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    report = ingest.load(store, [tabular, order, addendum], loaders=LOADERS)
    assert [(v.version, v.content, v.concepts) for v in report.versions] == [("2031", "complete", 18)]
    assert not report.unclaimed
    text = "\n".join(remark.issue.text for remark in report.notes)
    assert "name parents that are not in it" not in text


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("B010XXA", "a dot after three characters: B01.0XXA, not B010XXA"),
        ("a00.9", "A00.9, not a00.9"),
        ("A00.", "'A00.' cannot be an ICD-10-CM code"),
        ("A007", "A00.7 is not a code of this release. Below A00 there are: A00.0, A00.9."),
        ("QA0.01", None),  # a category of genetic disorders since 2026, not in the sample
        ("A00.7", "A00.7 is not a code of this release. Below A00 there are: A00.0, A00.9."),
        ("B01.0XXZ", "Below B01.0 there are: B01.0XXA, B01.0XXD."),
        ("A00.91", "A00.9 is one, and is not divided further"),
        ("Z99.9", None),
    ],
)
def test_codes_that_do_not_exist_are_explained(tabular: Path, tmp_path: Path, code: str, told: str | None) -> None:
    with Terminology(tmp_path / "t.db") as terminology:
        ingest.load(terminology.store, [tabular])
        found = terminology.validate_code("http://hl7.org/fhir/sid/icd-10-cm", code)
    assert not found.result
    texts = [issue.text for issue in found.issues]
    assert any(told in text for text in texts) if told else len(texts) == 1


def test_a_date_of_service_before_all_releases_is_said(tabular: Path, tmp_path: Path) -> None:
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    with Terminology(tmp_path / "t.db") as terminology:
        ingest.load(terminology.store, [tabular])
        before, within = (terminology.validate_code(system, "A00.9", date=date) for date in ("2029-03", "2030-10-01"))
        named = terminology.validate_code(f"{system}|2031", "A00.9", date="2029-03")
    assert before.result
    told = (
        "that was in effect on 2029-03-01 is loaded. 2031 was used, which is in effect from 2030-10-01 to 2031-09-30."
    )
    assert before.issues[0].text.endswith(told)
    assert before.issues[0].severity == "information"
    assert within.issues == named.issues == ()


def test_a_list_without_accents_retitles_nothing(tmp_path: Path) -> None:
    """The order file is in ASCII, the tabular list is not: the same titles."""
    accented = sample.TABULAR.replace("Rust of joints", "Röst of joints").replace("2031", "2030")
    write(tmp_path, "tabular.xml", accented)
    rows = sample.order_file().replace("Rust of joints", "Rost of joints")
    write(tmp_path, "icd10cm_order_2031.txt", rows.replace("Rust, unspecified", "Rost, unspecified"))
    with Terminology(tmp_path / "t.db") as terminology:
        for name in ("tabular.xml", "icd10cm_order_2031.txt"):
            ingest.load(terminology.store, [tmp_path / name])
        found = terminology.diff("http://hl7.org/fhir/sid/icd-10-cm", "2030", "2031")
        back = terminology.diff("http://hl7.org/fhir/sid/icd-10-cm", "2031", "2030")
    assert [(one.kind, one.code) for one in found.changes] == [("retitled", "A00.9")]
    assert [(one.kind, one.code) for one in back.changes] == [("retitled", "A00.9")]
    assert [one.layer.what for one in found.missing] == ["chapters and sections", "accents in titles"]


def test_an_accent_that_is_corrected_is_a_retitle(tmp_path: Path) -> None:
    """Between two tabular lists, which have accents both."""
    with Terminology(tmp_path / "t.db") as terminology:
        for year, title in (("2030", "Röst of joints"), ("2031", "Rost of jöints")):
            text = sample.TABULAR.replace("Rust of joints", title).replace("2031", year)
            ingest.load(terminology.store, [write(tmp_path, f"tabular_{year}.xml", text)])
        found = terminology.diff("http://hl7.org/fhir/sid/icd-10-cm", "2030", "2031")
    assert [(one.kind, one.code) for one in found.changes] == [("retitled", "A00.0")]
    assert not found.missing


def test_the_titles_of_the_tabular_list_win(tmp_path: Path) -> None:
    order = write(tmp_path, "order_2031.txt", sample.order_file().replace("Rust of joints", "Rost of joints"))
    tabular = write(tmp_path, "tabular.xml", sample.TABULAR.replace("Rust of joints", "Röst of joints"))
    with Terminology(tmp_path / "t.db") as terminology:
        ingest.load(terminology.store, [order, tabular])
        found = terminology.lookup("http://hl7.org/fhir/sid/icd-10-cm", "A00.0")
    assert found.display == "Röst of joints"
    assert "Rost of joints" in {designation.value for designation in found.designations}
