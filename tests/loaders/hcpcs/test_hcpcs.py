"""HCPCS Level II: what comes out of CMS's files, and how broken ones are refused. All content is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.hcpcs.release import quarter, release_in_path, release_of_dates
from loaders.releases import Release, parse
from terminology.ingest import load
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from tests.loaders.hcpcs.making import (
    DATED,
    HEADINGS,
    LAYOUT,
    LINES,
    NOTES,
    csv_file,
    described,
    record,
    rows,
    text_file,
    workbook,
)  # fmt: skip

HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
NAME = "HCPC2025_OCT_ANWEB"
PAGE = "Invented ride\n\nHCPCS code\n\nName of the Procedure:\n\nCart Ride\n\nSummary\n\nA ride.\n"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


@pytest.fixture
def server(tmp_path: Path):
    with Terminology(tmp_path / "t.db") as terminology:
        yield terminology


def write(folder: Path, **files: bytes | str) -> Path:
    """Files; `__` in a name stands for a point."""
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def load_into(server: Terminology, *paths: Path, **options: str):
    return load(server.store, paths, LoadOptions(**options), now="2026-01-02T03:04:05Z")


def facts(server: Terminology, code: str, version: str | None = None) -> dict[str, object]:
    found: dict[str, list[object]] = {}
    for one in server.lookup(f"{HCPCS}|{version}" if version else HCPCS, code).properties:
        found.setdefault(one.property.code, []).append(one.property.value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def messages(report) -> list[str]:
    return [remark.issue.message_id for remark in report.notes]


def test_every_column_becomes_a_property(server, given):
    load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file()))
    found = server.lookup(HCPCS, "A0010")
    assert found.display == "Invented ride in a cart, each mile or part of it"
    assert [(d.use.code, d.value) for d in found.designations if d.use.code == "short-description"] == [
        ("short-description", "Inv ride")
    ]
    assert facts(server, "A0010") == {
        "kind": "code", "sequenceNumber": 100, "pricingIndicator": [Coding(code="00"), Coding(code="11")],
        "multiplePricingIndicator": Coding(code="9"), "coverageIssuesManual": "60-9",
        "medicareCarriersManual": "2125", "statute": "1861",
        "labCertification": [Coding(code="100"), Coding(code="110")], "coverage": Coding(code="D"),
        "ascPaymentGroup": "YY", "ascEffectiveDate": "2024-01-01", "outpatientGroup": Coding(code="102"),
        "outpatientPolicyIndicator": Coding(code="1"), "outpatientEffectiveDate": "2023-01-01",
        "processingNote": "0017", "betos": Coding(code="O1A"), "typeOfService": [Coding(code="D"), Coding(code="9")],
        "anesthesiaBaseUnits": 3, "addedDate": "2020-01-01", "actionEffectiveDate": "2025-07-01",
        "actionCode": Coding(code="N"), "inactive": False, "parent": "A",
    }  # fmt: skip
    defined = {p.code for p in found.code_system.properties}
    assert set(facts(server, "A0010")) | set(facts(server, "A0020")) <= defined | {"parent"}


def test_an_empty_list_is_not_left_out(server, given):
    write(given, HCPC2025_OCT_ANWEB__txt="", proc_notes_2025__txt="0001\nInvented note\n")
    (given / "HCPC2025_OCT_ANWEB.csv").write_bytes(csv_file(rows()))
    with pytest.raises(TerminologyError, match=r"HCPC2025_OCT_ANWEB\.txt is empty"):
        load_into(server, given)


def test_text_workbook_and_csv_say_the_same(tmp_path, given):
    files = {"txt": text_file(), "xlsx": workbook([["Disclaimer"], HEADINGS, *rows()]), "csv": csv_file(rows())}
    found = {}
    for suffix, data in files.items():
        (given / suffix).mkdir()
        (given / suffix / f"{NAME}.{suffix}").write_bytes(data)
        with Terminology(tmp_path / f"{suffix}.db") as server:
            load_into(server, given / suffix)
            (entry,) = server.store.versions(HCPCS)
            codes = server.store.version(entry.key).codes()
            found[suffix] = [
                (code, server.lookup(HCPCS, code).display, facts(server, code) | {"sequenceNumber": None})
                for code in codes
            ]
    assert found["txt"] == found["xlsx"] == found["csv"]
    assert [code for code, _, _ in found["txt"]] == ["modifier", "A1", "LT", "A", "A0010", "A0020", "B", "B1000"]


def test_terminated_codes_are_inactive_when_the_release_begins(server, given):
    load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file()))
    old, current = facts(server, "A0020"), facts(server, "B1000")
    assert (old["terminationDate"], old["inactive"], old["replacedBy"]) == ("2025-06-30", True, "A0010")
    assert (current["terminationDate"], current["inactive"]) == ("2025-12-31", False)
    assert old["crossReference"] == [
        Coding(HCPCS, "A0010"),
        Coding("http://www.ama-assn.org/go/cpt", "99213"),
        Coding("http://www.ada.org/cdt", "D0120"),
    ]
    verdict = server.validate_code(HCPCS, "A0020")
    assert (verdict.result, verdict.inactive) == (True, True)
    told = "The code 'A0020' was terminated: it is for services until 2025-06-30; in its place: A0010"
    assert told in [issue.text for issue in verdict.issues]
    assert "HCPCS_TERMINATED" not in [issue.message_id for issue in server.validate_code(HCPCS, "B1000").issues]


def test_a_code_of_others_is_explained_in_a_release_and_a_fragment(server, given, tmp_path):
    def reasons(code: str) -> list[str]:
        verdict = server.validate_code(HCPCS, code)
        return [issue.message_id for issue in verdict.issues if not verdict.result]

    page = tmp_path / "A0010.txt"
    page.write_text(PAGE)
    load_into(server, page)
    for _ in range(2):
        assert "HCPCS_CODE_CDT" in reasons("D0120")
        assert "HCPCS_CODE_CPT" in reasons("99213")
        assert "HCPCS_CODE_MALFORMED" in reasons("A12")
        load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file()))
    assert reasons("A9999") == ["Unknown_Code_in_Version"]
    assert reasons("a0010") == ["Unknown_Code_in_Version", "HCPCS_CODE_CASE"]


def test_letters_are_abstract_groups(server, given):
    load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file()))
    assert server.lookup(HCPCS, "A").abstract
    assert server.subsumes(HCPCS, "A", "A0010") == "subsumes"
    assert server.subsumes(HCPCS, "modifier", "LT") == "subsumes"
    below = Compose((ConceptSet(HCPCS, filters=(Filter("concept", "descendent-of", "A"),)),))
    assert [c.code for c in server.expand(ValueSet(url="", compose=below)).expansion.contains] == ["A0010", "A0020"]
    coverage = Compose((ConceptSet(HCPCS, filters=(Filter("coverage", "=", "C"), Filter("kind", "=", "code"))),))
    assert [c.code for c in server.expand(ValueSet(url="", compose=coverage)).expansion.contains] == ["A0020", "B1000"]


def test_what_comes_beside_the_codes(server, given):
    noc = csv_file([]).replace(b"HCPC,", b"HCPCS,").split(b"\n")[0] + b"\nB1000,Invented\n"
    write(given, HCPC2025_OCT_ANWEB__txt=text_file(), HCPC2025_recordlayout__txt=LAYOUT, proc_notes_2025__txt=NOTES)
    report = load_into(server, write(given, NOC_codes_2025__csv=noc, HCPC2025_README__txt="Invented"))
    found = facts(server, "A0010")
    assert found["coverage"] == Coding(code="D", display="Invented instructions")
    assert found["betos"] == Coding(code="O1A", display="Invented transport")
    assert found["pricingIndicator"] == [
        Coding(code="00", display="Invented: not priced, not at all"), Coding(code="11", display="Invented: priced"),
    ]  # fmt: skip
    assert found["processingNoteText"] == "INVENTED NOTE ABOUT A0010, WHICH GOES ON HERE."
    assert facts(server, "B1000")["notOtherwiseClassified"] is True
    assert messages(report).count("HCPCS_COLUMN_MOVED") == 1, "BETOS lies elsewhere in this invented layout"
    assert "HCPCS_PROSE" in messages(report)
    assert report.unclaimed == []


def test_companions_may_come_before_and_after(tmp_path, given):
    write(given, HCPC2019_ANWEB__txt=text_file(), HCPC2019_recordlayout__txt=LAYOUT, proc_notes_2019__txt=NOTES)
    versions = []
    for number, order in enumerate([[0, 1, 2], [2, 1, 0], [1, 0, 2]]):
        with Terminology(tmp_path / f"{number}.db") as server:
            paths = sorted(given.iterdir())
            for place in order:
                load_into(server, paths[place])
            (entry,) = server.store.versions(HCPCS)
            versions.append([tuple(row) for row in server.store.version(entry.key).scan()])
    assert versions[0] == versions[1] == versions[2]


def test_a_quarter_s_companion_alone_does_not_know_its_release(server, given):
    report = load_into(server, write(given, HCPC2025_OCT_recordlayout__txt=LAYOUT))
    assert [r.issue.message_id for r in report.skipped] == ["HCPCS_COMPANION_ALONE"]
    load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file()))
    assert facts(server, "A0010")["coverage"] == Coding(code="D", display="Invented instructions")


CORRECTIONS = (
    ("2025 INVENTED CORRECTIONS",),
    ("CODE", "ACTION", "EFF DATE", "SHORT DESC", "LONG DESC", "TOS ", "BETOS", "COV", "PRICE", "XREF CODE", "ASC IND"),
    ("A0010", "Revise Long Desc", "2025-10-01", "", "Invented ride, corrected"),
    ("A0030", "ADD CODE", "2025-10-01", "Inv new", "Invented new", "9,F", "D1E", "D", "53", "", "YY"),
    ("B1000", "Discontinue ", "2025-10-01", "", "", "", "", "", "", "A0030"),
    ("A0020", "DELETE"),
    ("A1", "Change something in words", "2025-10-01"),
    ("X9999", "Change Cov to C", "2025-10-01", "", "", "", "", "C"),
)


def test_corrections_are_applied_where_they_are_data(server, given):
    write(given, HCPC2025_OCT_ANWEB__txt=text_file(), HCPC2025_OCT_Corrections__xlsx=workbook(CORRECTIONS))
    report = load_into(server, given)
    assert server.lookup(HCPCS, "A0010").display == "Invented ride, corrected"
    new = facts(server, "A0030")
    assert new["typeOfService"] == [Coding(code="9"), Coding(code="F")]
    assert (new["addedDate"], new["kind"], new["ascPaymentGroup"]) == ("2025-10-01", "code", "YY")
    gone = facts(server, "B1000")
    assert (gone["terminationDate"], gone["inactive"], gone["replacedBy"]) == ("2025-09-30", True, "A0030")
    with pytest.raises(TerminologyError, match="A0020"):
        server.lookup(HCPCS, "A0020")
    assert facts(server, "A1")["correction"] == "Change something in words; 2025-10-01"
    assert [(r.place, r.issue.message_id) for r in report.skipped] == [
        ("line 7", "HCPCS_CORRECTION_IN_WORDS"), ("line 8", "HCPCS_CORRECTION_UNKNOWN"),
    ]  # fmt: skip


def test_later_corrections_have_the_last_word(server, given):
    def table(*cells: str) -> bytes:
        return workbook([CORRECTIONS[1], cells])

    first, second = table("A0030", "ADD CODE", "", "", "Invented"), table("A0030", "DO NOT ADD - Remove from previous")
    write(given, HCPC2025_OCT_ANWEB__txt=text_file())
    write(given, V10_HCPC2025_OCT_Corrections__xlsx=second, V2_HCPC2025_OCT_Corrections__xlsx=first)
    load_into(server, given)
    assert server.validate_code(HCPCS, "A0030").result is False


# Rows left out, and broken files


def test_codes_of_others_are_refused_with_a_reason(server, given):
    foreign = [record(code, "Invented", **DATED) for code in ("99213", "0001F", "D0120", "A123", "26")]
    report = load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file([*LINES, *foreign])))
    assert [(r.place, r.issue.message_id) for r in report.skipped] == [
        ("line 11", "HCPCS_ROW_CPT"), ("line 12", "HCPCS_ROW_CPT"), ("line 13", "HCPCS_ROW_CDT"),
        ("line 14", "HCPCS_ROW_MALFORMED"), ("line 15", "HCPCS_ROW_CPT"),
    ]  # fmt: skip
    assert "American Medical Association" in report.skipped[0].issue.text
    assert "American Dental Association" in report.skipped[2].issue.text
    assert server.validate_code(HCPCS, "99213").result is False


BROKEN = {
    "a continuation of nothing": ([LINES[3], *LINES], "line 4: the line continues the description of A0010"),
    "a continuation of another code": ([LINES[2], LINES[1], LINES[3]], "line 6: the line continues"),
    "a line too few": ([*LINES[:3], *LINES[4:]], "line 7: a line of A0010 has the number 300 where 200 is due"),
    "a code twice": ([*LINES, LINES[0]], "line 11: A1 was given before, in line 4"),
    "no code of HCPCS": ([record("99213", "Invented", **DATED)], "no row of it is a HCPCS Level II code"),
}


@pytest.mark.parametrize(("lines", "said"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_named_and_nothing_is_loaded(server, given, lines, said):
    write(given, HCPC2025_OCT_ANWEB__txt=text_file(lines))
    with pytest.raises(TerminologyError) as refused:
        load_into(server, given)
    assert said in str(refused.value)
    assert "HCPC2025_OCT_ANWEB.txt" in str(refused.value)
    assert server.store.versions() == []


def test_broken_tables(server, given):
    write(given, HCPC2025_OCT_ANWEB__xlsx=b"PK\x03\x04 cut off")
    with pytest.raises(TerminologyError, match=r"HCPC2025_OCT_ANWEB\.xlsx"):
        load_into(server, given)
    (given / "HCPC2025_OCT_ANWEB.xlsx").unlink()
    write(given, HCPC2025_OCT_ANWEB__csv=csv_file([[*rows()[0], "too much"]]))
    with pytest.raises(TerminologyError, match="line 2: the row has more cells than the 48 headings"):
        load_into(server, given)
    assert server.store.versions() == []


def test_what_is_odd_is_told_with_its_line(server, given):
    odd = [
        record("A0040", "Invented", ADD_DT="20251301", ACT_EFF_DT="20251001", ACTION_CD="A"),
        "a line of no form",
        record("A0050", "Invented", ADD_DT="20251001", ACT_EFF_DT="20251001").rstrip()[:276],
    ]
    report = load_into(server, write(given, HCPC2025_OCT_ANWEB__txt=text_file([*LINES, *odd])))
    said = [r.issue.text.rpartition("/")[2] for r in report.notes if r.issue.message_id == "HCPCS_REMARK"]
    assert sorted(said) == [
        f"{NAME}.txt, line 11: A0040: '20251301' cannot be right in column ADD DT, and was left out",
        f"{NAME}.txt, line 13: the record ends after 276 characters, before its last column; the rest counts as blank",
    ]
    assert [r.place for r in report.skipped] == ["line 12"]
    assert "addedDate" not in facts(server, "A0040")


def test_a_report_of_changes_is_compared(server, given):
    table = [
        ("HCPCS/MOD", "TYPE OF CHANGE"),
        *((code, "No Change") for code in ("A1", "LT", "A0010", "A0020", "B1000")),
    ]
    write(given, HCPC2025_OCT_ANWEB__txt=text_file(), HCPC2025_OCT_Trans_Alpha__xlsx=workbook(table))
    assert "HCPCS_TOTALS_AGREE" in messages(load_into(server, given))
    write(given, HCPC2025_OCT_Trans_Alpha__xlsx=workbook([*table[:-1], ("B2000", "ADD")]))
    notes = [r.issue.text for r in load_into(server, given).notes if r.issue.message_id == "HCPCS_TOTALS_DIFFER"]
    assert notes == [
        "CMS's report of changes lists 5 codes and modifiers; not in the file: B2000; not in the report: B1000."
    ]


# Releases


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/x/HCPC2018_CONTR_ANWEB_disc.txt", "2018"), ("/x/HCPC2025_OCT_ANWEB.xlsx", "2025-10"),
        ("/x/october-2025-alpha-numeric-hcpcs-file.zip!/HCPC2025_ANWEB.txt", "2025-10"),
        ("/x/HCPC18_Trans_Report_Alpha.xlsx", "2018"), ("/x/proc_notes_2018.txt", "2018"),
        ("/x/2019-Alpha-Numeric-HCPCS-File.zip!/Changes_by_ActionCode.prn", "2019"),
        ("/x/V1_HCPC2018_Corrections_ANWEB.prn", "2018"), ("/x/2024-jan/HCPC_ANWEB.txt", "2024-01"),
        ("/x/codes.txt", None),
    ],
)  # fmt: skip
def test_releases_in_names(path, version):
    found = release_in_path(path)
    assert (found.version if found else None) == version


def test_periods_of_releases():
    assert quarter(2019) == Release("2019", "2019-01-01", "2019-12-31")
    assert quarter(2025, 10) == Release("2025-10", "2025-10-01", "2025-12-31")
    assert parse("2024-02", quarter) == Release("2024-02", "2024-02-01", "2024-04-30")
    assert parse("mine", quarter) == Release("mine")
    assert release_of_dates(["2024-01-01", "2025-08-15"]) == quarter(2025, 7)


def test_releases_live_side_by_side(server, given):
    write(given, HCPC2019_ANWEB__txt=text_file(), HCPC2025_OCT_ANWEB__txt=text_file())
    write(given, HCPC2098_JAN_ANWEB__csv=csv_file(rows()))
    load_into(server, given)
    assert [v.version for v in server.store.versions(HCPCS)] == ["2019", "2025-10", "2098-01"]
    assert server.lookup(HCPCS, "A1").code_system.version == "2025-10", "next century's codes are not today's"
    assert server.lookup(HCPCS, "A1", date="2019-05-05").code_system.version == "2019"
    assert server.lookup(HCPCS, "A1", date="2098-02-02").code_system.version == "2098-01"


def test_the_release_may_be_said_or_found_in_the_dates(server, given):
    write(given, codes__txt=text_file(described("A1", "Invented", **DATED)))
    assert [v.version for v in load_into(server, given).versions] == ["2025-07"]
    assert [v.version for v in load_into(server, given, version="2025-10").versions] == ["2025-10"]
    write(given, more__txt=text_file())
    with pytest.raises(TerminologyError, match="cannot all be version"):
        load_into(server, given, version="2025-10")


def test_text_and_workbook_of_one_release_are_read_once(server, given):
    write(given, HCPC2025_OCT_ANWEB__txt=text_file(), HCPC2025_OCT_ANWEB__xlsx=workbook([HEADINGS, *rows()]))
    report = load_into(server, given)
    assert "HCPCS_COPY" in messages(report)
    assert len(report.versions) == 1
    assert load_into(server, given).versions == []


def test_documents_add_detail_to_every_release(server, given, tmp_path):
    page = tmp_path / "A0010.txt"
    page.write_text(PAGE)
    load_into(server, page)
    assert server.lookup(HCPCS, "A0010").concept.definition == "A ride."
    write(given, HCPC2019_ANWEB__txt=text_file(), HCPC2025_OCT_ANWEB__txt=text_file())
    load_into(server, given)
    for version in ("2019", "2025-10"):
        found = server.lookup(f"{HCPCS}|{version}", "A0010")
        assert found.concept.definition == "A ride."
        assert found.display == "Invented ride in a cart, each mile or part of it"
        assert facts(server, "A0010", version)["coverage"] == Coding(code="D")
    page.write_text(page.read_text().replace("A ride.", "A longer ride."))
    load_into(server, page)
    load_into(server, given)
    assert server.lookup(HCPCS, "A0010").concept.definition == "A longer ride."
    assert facts(server, "A0010")["coverage"] == Coding(code="D")
