"""ICD-9-CM: lists of titles, the tabular list, the hierarchy of both, and codes that do not exist."""

from __future__ import annotations

import pytest

from loaders.icd9cm import tabular, titles
from loaders.icd9cm.codes import dotted, in_effect, parent_of
from loaders.sources import open_tree
from terminology.ingest.loading import load
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.store.documents import decode
from terminology.store.opening import open_store
from tests.loaders.workbooks import workbook

URL = "http://hl7.org/fhir/sid/icd-9-cm"
LONG = "0101 Drilling of a lamp, by hand\n0109 Other drilling of a lamp\n016  Cleaning of a lamp\n1711 Waxing\n"
SHORT = "0101 Lamp drilling, hand\n0109 Other drilling of a lamp\n016  Lamp cleaning\n1711 Wax\n"
DIAGNOSES = "0010  Flicker\n25000 Dim light\nE8000 Struck by lightning\nV1005 History of darkness\n"
TABULAR = """CLASSIFICATION OF PROCEDURES

1. OPERATIONS ON LAMPS , ALL KINDS (01-02)

01 Work on lamps

Excludes: candles (02.1)

01.0 Drilling

[0-9]

01.01Drilling of lamp, by hand

Hand drilling NOS

Boring of:

glass

metal

Formation of a

hole in a lamp

Includes: Auger work

Excludes: milling (02.2)

turning (02.3)

Code also any polish used (99.99)

Note: The lamp is to be off.

01.6 Cleaning of lamp

3A. OTHER WORK (17)

17 Other work

17.1 Waxing
"""


@pytest.fixture
def loaded(tmp_path):
    def load_(**files):
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(data)
        paths = [tmp_path / name.replace("__", ".") for name in files]
        store = open_store(f"sqlite:///{tmp_path}/t.db")
        report = load(store, paths)
        return report, store

    return load_


def concepts(store, version="32"):
    entry = next(v for v in store.versions(URL) if v.version == version)
    return {row.code: decode(row.document) for row in store.version(entry.key).scan()}


def test_codes_and_what_lies_above_them():
    written = [dotted("0001", "procedures"), dotted("016", "procedures"), dotted("25000", "diagnoses")]
    assert written == ["00.01", "01.6", "250.00"]
    assert [dotted(c, "diagnoses") for c in ("042", "E8000", "V1005", "E800")] == ["042", "E800.0", "V10.05", "E800"]
    assert [parent_of(code) for code in ("00.01", "00.0", "00", "E800.0")] == ["00.0", "00", None, "E800"]
    assert in_effect(32) == ("2014-10-01", "2015-09-30")


def test_lists_of_procedures(loaded):
    report, store = loaded(CMS32_DESC_LONG_SG__txt=LONG, CMS32_DESC_SHORT_SG__txt=SHORT)
    (entry,) = store.versions(URL)
    assert (entry.version, entry.content, entry.effective_start) == ("32", "fragment", "2014-10-01")
    found = concepts(store)
    assert list(found) == ["01", "01.0", "01.01", "01.09", "01.6", "17", "17.1", "17.11"]
    assert found["01.01"].display == "Drilling of a lamp, by hand"
    assert [(d.value, d.use.code) for d in found["01.01"].designations] == [
        ("Lamp drilling, hand", "abbreviated-title")
    ]
    assert found["01.09"].designations == ()
    assert (found["01.0"].display, found["01.0"].parents) == (None, ("01",))
    assert found["01.0"].children == ("01.01", "01.09")
    assert report.notes[0].issue.arguments["codes"] == "4"


def test_the_tabular_list_joins_whatever_is_loaded(loaded):
    loaded(ptab12__txt=TABULAR)
    _, store = loaded(CMS32_DESC_LONG_SG__txt=LONG)
    found = concepts(store)
    assert list(found) == ["01-02", "01", "01.0", "01.01", "01.09", "01.6", "17", "17.1", "17.11"]
    assert found["01-02"].display == "Operations on lamps, all kinds"
    assert found["01"].parents == ("01-02",)
    assert (found["17"].parents, found["17"].display) == ((), "Other work")
    drilling = found["01.01"]
    assert drilling.display == "Drilling of a lamp, by hand"
    assert [d.value for d in drilling.designations] == [
        "Hand drilling NOS", "Boring of: glass", "Boring of: metal", "Formation of a hole in a lamp", "Auger work",
    ]  # fmt: skip
    assert [(p.code, p.value) for p in drilling.properties] == [
        ("excludes", "milling (02.2)"), ("excludes", "turning (02.3)"),
        ("codeAlso", "Code also any polish used (99.99)"), ("note", "The lamp is to be off."),
    ]  # fmt: skip
    assert [(p.code, p.value) for p in found["01"].properties] == [
        ("notSelectable", True),
        ("excludes", "candles (02.1)"),
    ]


def test_procedures_and_diagnoses_are_the_whole_system(loaded):
    _, store = loaded(CMS32_DESC_LONG_SG__txt=LONG, CMS32_DESC_LONG_DX__txt=DIAGNOSES)
    (entry,) = store.versions(URL)
    assert entry.content == "complete"
    assert list(concepts(store))[:7] == ["001", "001.0", "250", "250.0", "250.00", "E800", "E800.0"]


def test_a_workbook_has_both_titles(loaded):
    rows = [
        ("PROCEDURE CODE", "LONG DESCRIPTION", "SHORT DESCRIPTION"),
        ("0101", "Drilling by hand", "Drill"),
        ("016", "A", ""),
    ]
    report, store = loaded(CMS32_DESC_LONG_SHORT_SG__xlsx=workbook(rows))
    assert [d.value for d in concepts(store)["01.01"].designations] == ["Drill"]
    assert [n.issue.message_id for n in report.notes] == ["ICD9_READ"]
    report, _ = loaded(CMS32_DESC_LONG_SHORT_SG__xlsx=workbook(rows), CMS32_DESC_LONG_SG__txt=LONG)
    assert [n.issue.message_id for n in report.notes] == ["ICD9_READ", "ICD9_TITLES_DIFFER"]


def test_short_titles_alone_yield_to_long_ones(loaded):
    _, store = loaded(CMS32_DESC_SHORT_SG__txt=SHORT)
    assert concepts(store)["01.01"].display == "Lamp drilling, hand"
    _, store = loaded(CMS32_DESC_LONG_SG__txt=LONG)
    found = concepts(store)["01.01"]
    assert (found.display, [d.value for d in found.designations]) == (
        "Drilling of a lamp, by hand",
        ["Lamp drilling, hand"],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LONG + "x123 What\n", "line 5: 'x123 What' is not a code of ICD-9-CM"),
        (LONG + "0101\n", "line 5: '0101 ' is not a code"),
        (LONG + "0101 Again\n", "line 5: 0101 is given for the second time"),
    ],
)
def test_broken_lists(loaded, text, expected):
    with pytest.raises(TerminologyError) as caught:
        loaded(CMS32_DESC_LONG_SG__txt=text)
    assert expected in str(caught.value)


def test_codes_that_do_not_exist_are_explained(loaded, tmp_path):
    loaded(CMS32_DESC_LONG_SG__txt=LONG)
    terminology = Terminology(f"sqlite:///{tmp_path}/t.db")

    def said(code):
        found = terminology.validate_code(URL, code)
        return found.result, found.issues[-1].text

    assert said("01.02") == (
        False,
        "01.02 has the form of a procedure code, and volume 3 of ICD-9-CM has no such code.",
    )
    assert said("0101") == (False, "ICD-9-CM codes are written with a dot: 01.01 instead of 0101.")
    assert said("1.1.1")[0] is False
    assert said("250.00")[0] is True  # volume 1 is not loaded: it may exist
    terminology.close()


def test_volume_3_of_version_32(shared, tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/t.db")
    report = load(store, [shared / "data/icd9cm-procedures-v32"])
    found = concepts(store)
    codes = [c for c, concept in found.items() if not any(p.code == "notSelectable" for p in concept.properties)]
    assert len(codes) == 3_882
    assert "ICD9_TITLES_DIFFER" not in [n.issue.message_id for n in report.notes]
    assert found["00.01"].parents == ("00.0",)
    assert found["39.27"].display == "Arteriovenostomy for renal dialysis"
    assert found["01"].parents == ("01-05",)
    untitled = [code for code, concept in found.items() if concept.display is None]
    assert untitled == ["14.8"]  # came after the tabular list of 2012


def test_all_lists_of_a_folder_are_found(shared):
    tree = open_tree([shared / "data/icd9cm-procedures-v32"])
    assert sorted(given.titles for f in tree.files() if (given := titles.recognised(f))) == [
        "long",
        "long_short",
        "short",
    ]
    assert [f.name for f in tree.files() if tabular.is_tabular(f)] == ["ptab12.txt"]


def test_an_empty_list_is_not_left_out(tmp_path):
    (tmp_path / "CMS32_DESC_LONG_SG.txt").write_text(LONG)
    (tmp_path / "CMS32_DESC_SHORT_SG.txt").write_text("")
    with pytest.raises(TerminologyError, match=r"CMS32_DESC_SHORT_SG\.txt is empty"):
        load(open_store("sqlite:///:memory:"), [tmp_path])
