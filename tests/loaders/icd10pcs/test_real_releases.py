"""CMS's own releases, and the control figures of them (../shared/FORMATS.md)."""

from __future__ import annotations

import pytest

from loaders.icd10pcs import lists, tables
from loaders.sources import open_tree
from terminology.ingest.loading import load
from terminology.library import Terminology
from terminology.model.changes import KINDS
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.settings import Settings
from terminology.store.opening import open_store
from tests.loaders.icd10pcs.conftest import URL, notes


@pytest.fixture(scope="module")
def data(shared):
    return shared / "data"


def order_zip(data, year):
    return data / f"icd10pcs-order/{year}-icd-10-pcs-order-file-long-and-abbreviated-titles.zip"


def titles(data, year) -> dict[str, str]:
    tree = open_tree([order_zip(data, year)])
    (file,) = (f for f in tree.files() if f.name == f"icd10pcs_order_{year}.txt")
    return {concept.code: concept.display for concept in lists.order_file(file)}


def split(found) -> tuple[set[str], set[str]]:
    return {c for c in found if len(c) == 7}, {c for c in found if len(c) == 3}


def test_the_order_files(data):
    old, new = titles(data, 2025), titles(data, 2026)
    (old_codes, old_headers), (new_codes, new_headers) = split(old), split(new)
    assert (len(old_codes), len(old_headers), len(old)) == (78_948, 908, 79_856)
    assert (len(new_codes), len(new_headers), len(new)) == (79_115, 914, 80_029)
    assert (len(new_codes - old_codes), len(old_codes - new_codes)) == (206, 39)
    assert len([code for code in old_codes & new_codes if old[code] != new[code]]) == 2
    assert (len(new_headers - old_headers), len(old_headers - new_headers)) == (6, 0)


def test_the_tables_multiply_out_to_the_order_file(data):
    (file,) = (f for f in open_tree([data / "icd10pcs-tables"]).files() if "tables" in f.name)
    read = tables.parse(file)
    made = [code for table in read for row in table.rows for code, _ in row.codes(table.code)]
    codes, headers = split(titles(data, 2025))
    assert len(made) == len(set(made)) == 78_948
    assert set(made) == codes
    assert {table.code for table in read} == headers
    assert sum(len(table.rows) for table in read) == 2_661


def test_the_codes_file(data):
    (file,) = (f for f in open_tree([data / "icd10pcs-codes-2024"]).files() if f.name.endswith(".txt"))
    assert sum(1 for _ in lists.codes_file(file)) == 78_603


@pytest.fixture(scope="module")
def release(data, tmp_path_factory):
    """The release of 2025 with all its files, and the order file of 2026 beside it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('pcs')}/t.db"
    report = load(open_store(url), [order_zip(data, 2025), order_zip(data, 2026), data / "icd10pcs-tables"])
    with Terminology(settings=Settings.load(database=url, request_seconds=600.0)) as terminology:
        yield terminology, report


@pytest.mark.slow
def test_everything_of_a_release_is_stored_and_checked(release):
    _, report = release
    assert {(v.version, v.concepts) for v in report.versions} == {("2025", 79_987), ("2026", 80_029)}
    told = notes(report)
    assert told.count("PCS_ORDER_READ") == told.count("PCS_ADDENDUM_AGREES") == 2
    assert "PCS_TABLES_AGREE" in told
    read = {n.issue.message_id: n.issue.arguments for n in report.notes}
    assert read["PCS_DEFINITIONS_READ"]["includes"] == "1,912"
    assert "PCS_TERMS_UNKNOWN" not in told  # every definition and every `use` of the index finds its value


@pytest.mark.slow
def test_operations_on_a_release(release):
    terminology, _ = release

    def expanded(*filters, text=None, version="2025"):
        include = ConceptSet(URL, version, filters=filters, path="ValueSet.compose.include[0]")
        value_set = ValueSet(url="http://example.org/vs", compose=Compose((include,)))
        found = terminology.expand(value_set, filter=text, count=5, exclude_nested=True).expansion
        return found.total, [entry.code for entry in found.contains]

    endoscopic = Filter("approach", "=", "Percutaneous Endoscopic")
    total, codes = expanded(endoscopic)
    assert total == 19_438
    assert codes[0] == "0016470"
    assert expanded(endoscopic, Filter("bodyPart", "=", "Appendix"))[0] == 15
    assert "0DTJ4ZZ" in expanded(endoscopic, Filter("operation", "=", "Resection"), text="appendectomy")[1]
    assert expanded(text="hallux")[1][0].startswith("0Y6")
    assert expanded(Filter("concept", "is-a", "0DT"), text="vermiform")[0] > 0
    assert terminology.lookup(URL, "0DTJ4ZZ", date="2025-03-01").code_system.version == "2025"
    assert terminology.lookup(URL, "0DTJ4ZZ", date="2025-11-01").code_system.version == "2026"
    gone = terminology.validate_code(f"{URL}|2026", "XW03306")
    assert gone.result is False
    assert "was deleted from ICD-10-PCS on 2025-10-01" in gone.issues[1].text
    impossible = terminology.validate_code(f"{URL}|2025", "0016X7B").issues[1].text
    assert "the approach 'X' (character 5) is not possible after 0016" in impossible
    assert "Possible: 0 (Open), 3 (Percutaneous), 4 (Percutaneous Endoscopic)" in impossible


@pytest.mark.slow
def test_what_the_release_of_2026_changes(release):
    """2025 was loaded with its tables, 2026 without."""
    terminology, _ = release
    found = terminology.diff(URL, "2025", "2026")
    assert {kind: len(found.of(kind)) for kind in KINDS if found.of(kind)} == {
        "added": 206, "removed": 39, "retitled": 2,
    }  # fmt: skip
    assert {kind: len(found.of(kind, group=True)) for kind in KINDS if found.of(kind, group=True)} == {"added": 6}
    assert [(one.layer.what, one.version) for one in found.missing] == [("sections and body systems", "2026")]


@pytest.mark.slow
def test_the_conversion_table(data, tmp_path):
    url = f"sqlite:///{tmp_path}/t.db"
    report = load(open_store(url), [data / "icd10pcs-conversion-2022"])
    told = {n.issue.message_id: n.issue.arguments for n in report.notes}
    assert (told["PCS_CONVERSION_READ"]["pairs"], told["PCS_CONVERSION_READ"]["without"]) == ("15,223", "1,040")
    terminology = Terminology(url)
    (match,) = terminology.translate(URL, "0370046", target_system=URL).matches
    assert (match.concept.code, match.mapping.relationship) == ("037004Z", "equivalent")
    terminology.close()


@pytest.mark.slow
def test_codes_deleted_long_before_the_oldest_release_are_answered_with_their_successors(data, tmp_path):
    url = f"sqlite:///{tmp_path}/f.db"
    (release,) = (data / "icd10pcs-order").glob("2026*.zip")
    load(open_store(url), [release, data / "icd10pcs-conversion-2022"])
    with Terminology(url) as terminology:
        told = {code: terminology.validate_code(URL, code).issues[-1].text for code in ("0370046", "0H0TX7Z")}
    assert "In its place there is since 2019-10-01: 037004Z (Dilation of Right Internal Mammary A" in told["0370046"]
    assert "there is none in its place. Source: ICD-10-PCS conversion table 2022" in told["0H0TX7Z"]
