"""CPT in the AMA's layouts: what comes out of the files, in any subset and order, and how broken ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.cpt.release import year_in_path, year_in_text
from terminology.ingest import load
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.settings import Settings
from tests.loaders.cpt.making import LICENCE, TEXTS, new_layout, old_layout, tabbed, zipped

CPT = "http://www.ama-assn.org/go/cpt"
USES = "https://fhir-terminology-server.example.org/CodeSystem/designation-use"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return tmp_path / "CPT2025"


@pytest.fixture
def server(tmp_path: Path):
    with Terminology(tmp_path / "t.db") as terminology:
        yield terminology


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def load_into(server: Terminology, *paths: Path, **options: str):
    return load(server.store, paths, LoadOptions(**options), now="2026-01-02T03:04:05Z")


def texts(server: Terminology, code: str) -> list[tuple[str | None, str | None, str]]:
    found = server.lookup(CPT, code).designations
    return [(d.use.code if d.use else None, d.language, d.value) for d in found if d.use and d.use.system == USES]


def facts(server: Terminology, code: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for one in server.lookup(CPT, code).properties:
        value = one.property.value
        found[one.property.code] = [*found[one.property.code], value] if one.property.code in found else [value]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def test_the_older_layout(server, given):
    write(given, old_layout())
    report = load_into(server, given)
    assert [(v.version, v.content, v.concepts) for v in report.versions] == [("2025", "complete", 17)]
    found = server.lookup(CPT, "99213")
    assert found.display == "Invented visit, middling"
    assert texts(server, "99213") == [
        ("long-descriptor", "en", "Invented visit, middling"),
        ("medium-descriptor", "en", "INVENTED VISIT MIDDLING"),
        ("short-descriptor", "en", "INV VISIT MID"),
        ("consumer-friendly-name", "en", "Made-up visit to a doctor"),
        ("clinician-descriptor", "en", "Invented visit A"),
        ("clinician-descriptor", "en", "Invented visit B"),
    ]
    assert facts(server, "99213") == {
        "modifier": False, "modified": False, "kind": "cat-1", "orthopox": False, "conceptId": "1099213",
        "telemedicine": True, "inactive": False,
    }  # fmt: skip
    assert facts(server, "90863")["addOn"] is True
    assert "addOn" not in facts(server, "99214")
    assert facts(server, "87593")["orthopox"] is True
    assert found.code_system.copyright == "CPT copyright 2024 American Medical Association. All rights reserved."
    assert (found.code_system.effective_start, found.code_system.effective_end) == ("2025-01-01", "2025-12-31")
    assert found.code_system.compositional
    assert report.skipped == report.unclaimed == []
    said = [r.issue.message_id for r in report.notes]
    assert said.count("CPT_READ") == 9
    assert "CPT_LISTS_AGREE" in said
    assert "CPT_HISTORY" in said


def test_the_newer_layout(server, tmp_path):
    archive = tmp_path / "download.zip"
    archive.write_bytes(zipped(new_layout()))
    report = load_into(server, archive)
    assert [(v.version, v.content, v.concepts) for v in report.versions] == [("2026", "complete", 15)]
    assert texts(server, "99213") == [
        ("long-descriptor", "en", "Invented visit, middling"),
        ("medium-descriptor", "en", "INVENTED VISIT MIDDLING"),
        ("short-descriptor", "en", "INV VISIT MID"),
        ("consumer-friendly-name", "en", "Made-up visit to a doctor"),
        ("consumer-friendly-name", "es", "Visita inventada"),
    ]
    assert facts(server, "0001U") == {
        "modifier": False, "modified": False, "kind": "pla", "orthopox": False, "conceptId": "100001",
        "descriptorEffectiveDate": "2026-04-01", "testName": "Bloodogram™", "laboratory": "L", "manufacturer": "M",
        "inactive": False,
    }  # fmt: skip
    assert server.lookup(CPT, "99213", language="es").display == "Visita inventada"
    modifier = server.lookup(CPT, "25")
    assert (modifier.display, modifier.concept.definition) == ("Significant Invention", "Said at length")
    assert facts(server, "LT") | {"conceptId": ""} == {
        "modifier": True, "modified": False, "kind": "hcpcs", "conceptId": "", "section": "A section", "level": "II",
        "descriptorEffectiveDate": "2026-01-01", "inactive": False,
    }  # fmt: skip


def test_modifiers_of_the_older_layout(server, given):
    write(given, old_layout())
    load_into(server, given)
    modifier = server.lookup(CPT, "25")
    assert modifier.display == "Significant Invention"
    assert modifier.concept.definition == "Said at more length, over lines that go on here."
    assert facts(server, "25")["section"] == "CPT Level I Modifiers"
    assert facts(server, "LT")["section"] == "Level II (HCPCS/National) Modifiers"
    assert server.validate_code(CPT, "AN").result is False


def test_deleted_codes_are_inactive_and_name_their_successors(server, given):
    write(given, old_layout())
    load_into(server, given)
    assert facts(server, "99201") | {"conceptId": ""} == {
        "modifier": False, "modified": False, "kind": "cat-1", "orthopox": False, "telemedicine": False,
        "conceptId": "", "deletionDate": "2021-01-01", "deletionNote": "To report, use 99213-99214",
        "replacedBy": ["99213", "99214"], "inactive": True,
    }  # fmt: skip
    assert "replacedBy" not in facts(server, "99299")
    assert facts(server, "99213")["inactive"] is False, "the list of this release has it again"
    verdict = server.validate_code(CPT, "99201")
    assert (verdict.result, verdict.inactive) == (True, True)
    assert "The code '99201' is no longer used; in its place: 99213, 99214" in [i.text for i in verdict.issues]


def test_any_subset_in_any_order_ends_alike(tmp_path, given):
    write(given, old_layout())
    names = [p for p in sorted(given.rglob("*.txt")) if not p.name.startswith("History")]
    with Terminology(tmp_path / "whole.db") as whole, Terminology(tmp_path / "pieces.db") as pieces:
        load_into(whole, given)
        for path in reversed(names):
            load_into(pieces, path)
        (one,), (other,) = whole.store.versions(CPT), pieces.store.versions(CPT)
        rows = [[tuple(r) for r in t.store.version(v.key).scan()] for t, v in ((whole, one), (pieces, other))]
        assert rows[0] == rows[1]
        assert (one.content, other.content) == ("complete", "complete")


def test_some_files_alone_are_a_fragment(server, given):
    files = old_layout()
    write(given, {name: files[name] for name in ("ConsumerDescriptor.txt", "MODUL.txt")})
    report = load_into(server, given)
    assert [(v.content, v.concepts) for v in report.versions] == [("fragment", 8)]
    assert server.lookup(CPT, "90863").display == "Made-up talk about pills"
    assert server.validate_code(CPT, "12345").result is True
    assert server.validate_code(CPT, "1234").result is False


def test_a_file_of_the_same_kind_takes_the_place_of_the_older_one(server, given, tmp_path):
    write(given, old_layout())
    load_into(server, given)
    again = tmp_path / "again" / "CPT2025"
    write(again, {"LONGULT.txt": (LICENCE + tabbed(("99213", "Invented anew"), ("99215", "Invented more"))).encode()})
    load_into(server, again)
    assert server.lookup(CPT, "99213").display == "Invented anew"
    assert server.lookup(CPT, "99214").display == "INVENTED VISIT LENGTHY", "only the medium list has it still"
    assert server.lookup(CPT, "99215").display == "Invented more"


def test_loading_again_changes_nothing(server, given):
    write(given, old_layout())
    load_into(server, given)
    (before,) = server.store.versions(CPT)
    report = load_into(server, given)
    assert report.versions == []
    assert server.store.versions(CPT) == [before]


def test_two_years_side_by_side(server, given, tmp_path):
    write(given, old_layout())
    write(tmp_path / "CPT 2026", new_layout())
    load_into(server, given, tmp_path / "CPT 2026")
    assert [v.version for v in server.store.versions(CPT)] == ["2025", "2026"]
    assert server.lookup(CPT, "99213", date="2025-06-30").code_system.version == "2025"
    assert server.lookup(CPT, "99213", date="2026-06-30").code_system.version == "2026"


# Where a release says what it is


@pytest.mark.parametrize(
    ("path", "year"),
    [
        ("/x/CPT2025/LONGULT.txt", "2025"), ("/x/cpt-2026-data.zip!/ConsolidatedCodeList.txt", "2026"),
        ("/x/2026 CPT Data Files/Modifiers.txt", "2026"), ("/x/2024/MEDU.txt", "2024"),
        ("/x/2024-08-01/MEDU.txt", None), ("/x/cpt12025/MEDU.txt", None),
    ],
)  # fmt: skip
def test_years_in_paths(path, year):
    assert year_in_path(path) == year


def test_a_copyright_year_is_no_release():
    assert year_in_text(["CPT copyright 2024 American Medical Association"]) is None
    assert year_in_text(["", "CPT® 2025 Data Files"]) == "2025"
    assert year_in_text(["2026 CPT Consolidated Code List"]) == "2026"


def test_the_year_may_be_said(server, tmp_path):
    write(tmp_path, {"LONGULT.txt": tabbed(("99213", "Invented")).encode()})
    with pytest.raises(TerminologyError, match="--version"):
        load_into(server, tmp_path)
    report = load_into(server, tmp_path, version="2024")
    assert [v.version for v in report.versions] == ["2024"]


def test_the_newest_date_of_a_descriptor_says_the_year(server, tmp_path):
    table = tabbed(("CPT Code", "Long", "Current Descriptor Effective Date"), ("99213", "Invented", "20260101"))
    write(tmp_path, {"codes.txt": table.encode()})
    assert [v.version for v in load_into(server, tmp_path).versions] == ["2026"]


# Broken files


def altered(name: str, old: str, new: str) -> dict[str, bytes]:
    files = old_layout()
    text = files[name].decode("cp1252")
    assert old in text
    return files | {name: text.replace(old, new, 1).encode("cp1252")}


BROKEN = {
    "a code twice": ("LONGULT.txt", "99214\t", "99213\t", "line 6: 99213 was given before"),
    "a line without code": (
        "LONGULT.txt",
        "99214\tInvented visit, lengthy",
        "Invented visit",
        "line 6: the line is not one",
    ),
    "cut off": ("MEDU.txt", "99214 INVENTED VISIT LENGTHY", "99", "line 6: the line is not one of medium descriptors"),
    "a long line": ("SHORTU.txt", "INV VISIT LONG", "INVENTED VISIT THAT IS FAR TOO LONG", "longer than 34 characters"),
    "too many cells": ("LONGULT.txt", "visit, lengthy", "visit\tlengthy", "line 6: the row has 3 columns"),
    "more cells than headings": (
        "ConsumerDescriptor.txt",
        "to a doctor",
        "to a\tdoctor",
        "line 2: the row has 4 columns",
    ),
    "a row without code": ("ConsumerDescriptor.txt", "1099213\t99213", "1099213\t", "line 2: the row has no code"),
}


@pytest.mark.parametrize(("name", "old", "new", "said"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_named_and_nothing_is_loaded(server, given, name, old, new, said):
    write(given, altered(name, old, new))
    with pytest.raises(TerminologyError) as refused:
        load_into(server, given)
    assert name in str(refused.value)
    assert said in str(refused.value)
    assert server.store.versions() == []


@pytest.mark.parametrize(
    ("layout", "name", "content", "said"),
    [
        (old_layout, "LONGULT.txt", b"<!DOCTYPE html><p>Please log in</p>", "the file has the name of a CPT file"),
        (
            old_layout,
            "MEDU.txt",
            old_layout()["MEDU.txt"].decode("cp1252").encode("utf-16"),
            "has the name of a CPT file",
        ),
        (old_layout, "SHORTU.txt", b"", "SHORTU.txt is empty"),
        (new_layout, "ConsolidatedCodeList.txt", b"<!DOCTYPE html><p>Please log in</p>", "has the name of a CPT file"),
    ],
)
def test_a_file_of_cpt_with_nothing_of_cpt_in_it_is_broken(server, tmp_path, layout, name, content, said):
    write(tmp_path / "CPT2025", layout() | {name: content})
    with pytest.raises(TerminologyError) as refused:
        load_into(server, tmp_path / "CPT2025")
    assert name in str(refused.value)
    assert said in str(refused.value)
    assert server.store.versions() == []


def test_bytes_that_are_no_text(server, given):
    write(given, {"LONGULT.txt": b"99213\tInvented\r\n99214\t\x81\x8d broken\r\n"})
    with pytest.raises(TerminologyError, match=r"LONGULT\.txt, line 2: this is not text"):
        load_into(server, given)


def test_a_truncated_archive(server, tmp_path):
    (tmp_path / "CPT2026.zip").write_bytes(zipped(new_layout())[:-200])
    with pytest.raises(TerminologyError, match=r"CPT2026\.zip"):
        load_into(server, tmp_path / "CPT2026.zip")
    assert server.store.versions() == []


def test_rows_that_are_left_out_say_where_and_why(server, given):
    rows = [("cpt_code", "consumer_descriptor"), ("99213", "Invented"), ("A0001", "Not CPT"), ("99214", "")]
    write(given, {"LONGULT.txt": old_layout()["LONGULT.txt"], "ConsumerDescriptor.txt": tabbed(*rows).encode()})
    report = load_into(server, given)
    assert [(Path(r.source).name, r.place, r.issue.message_id) for r in report.skipped] == [
        ("ConsumerDescriptor.txt", "line 3", "CPT_ROW_MALFORMED"),
        ("ConsumerDescriptor.txt", "line 4", "CPT_ROW_WITHOUT_TEXT"),
    ]


def test_lists_that_differ_are_told(server, given):
    files = old_layout()
    write(given, {"LONGULT.txt": files["LONGULT.txt"], "MEDU.txt": b"99213 INVENTED\r\n"})
    notes = [r.issue.text for r in load_into(server, given).notes if r.issue.message_id == "CPT_LISTS_DIFFER"]
    others = ", ".join(sorted(set(TEXTS) - {"99213"}))
    assert notes == [f"The medium descriptors of MEDU.txt lack codes that other files have: {others}."]


def test_files_of_others_are_left_alone(server, tmp_path):
    others = {"module.txt": b"25 things\n", "deleted.csv": b"code,date\nA,2020\n", "long.txt": b"99213\tx\n"}
    write(tmp_path / "others", others)
    report = load_into(server, tmp_path / "others")
    assert len(report.unclaimed) == 3


# Expansions


def expanded(server: Terminology, id_: str, **wanted: object):
    return server.expand(f"http://hl7.org/fhir/ValueSet/cpt-{id_}", **wanted).expansion


def test_expansions_are_unclosed_and_limited(tmp_path, given):
    write(given, old_layout())
    settings = Settings.load({}, database=f"sqlite:///{tmp_path / 'limited.db'}", cpt_max_expansion=5)
    with Terminology(settings=settings) as server:
        load_into(server, given)
        unclosed = {"http://hl7.org/fhir/StructureDefinition/valueset-unclosed": True}
        for id_ in ("all", "usable"):
            with pytest.raises(TerminologyError) as refused:
                expanded(server, id_)
            assert refused.value.kind == "too-costly"
            assert expanded(server, id_, count=0).total == (17 if id_ == "all" else 11)
            page = expanded(server, id_, count=3)
            assert (page.total, len(page.contains)) == (5, 3)
            assert {e.url: e.value for e in page.extensions}.items() >= unclosed.items()
            rest = expanded(server, id_, count=100, offset=3)
            assert len(rest.contains) == 2
            assert expanded(server, id_, count=100, offset=5).contains == ()
        base = expanded(server, "base", count=100)
        assert (base.total, len(base.contains)) == (5, 5)
        assert {e.url: e.value for e in base.extensions}.items() >= unclosed.items()
        assert len(expanded(server, "base", count=100, filter="visit").contains) == 4


def test_what_is_closed_is_listed_whole(server, given):
    write(given, old_layout())
    load_into(server, given)
    modifiers = expanded(server, "modifiers")
    assert [c.code for c in modifiers.contains] == ["25", "59", "95", "P3", "1P", "LT"]
    assert (modifiers.total, modifiers.extensions) == (6, ())
    assert expanded(server, "base").total == 11


def test_codes_and_expressions_in_value_sets(server, given):
    write(given, old_layout())
    load_into(server, given)

    def holds(id_: str, code: str) -> bool:
        return server.validate_code(CPT, code, value_set=f"http://terminology.hl7.org/ValueSet/cpt-{id_}").result

    found = {id_: [c for c in ("99213", "25", "99213:25", "99213:P3", "99999") if holds(id_, c)] for id_ in (
        "all", "base", "modifiers", "usable")}  # fmt: skip
    assert found == {
        "all": ["99213", "25", "99213:25"],
        "base": ["99213"],
        "modifiers": ["25"],
        "usable": ["99213", "99213:25"],
    }


def test_a_wrong_expression_is_explained(server, given):
    write(given, old_layout())
    load_into(server, given)
    verdict = server.validate_code(CPT, "99213:25:P3")
    assert verdict.result is False
    assert any("physical status" in issue.text for issue in verdict.issues)
    assert server.validate_code(CPT, "99213:25").issues == ()


# Procedure documents

PAGE = (
    "Invented advice on remedies\n\nCPT4 code\n\nName of the Procedure:\n\nAdvice About Remedies\n\n"
    "Summary\n\nAn invented summary.\n\nPurpose\n\nTo invent.\n"
)


def both(server: Terminology) -> tuple[str | None, str | None, set[str], object]:
    found = server.lookup(CPT, "90863")
    names = {d.value for d in found.designations}
    return found.display, found.concept.definition, names, facts(server, "90863").get("purpose")


@pytest.mark.parametrize("order", ["documents first", "release first"])
def test_documents_and_releases_join_in_either_order(server, given, tmp_path, order):
    page = tmp_path / "pages" / "90863.txt"
    page.parent.mkdir()
    page.write_text(PAGE)
    write(given, old_layout())
    first, second = (page, given) if order == "documents first" else (given, page)
    load_into(server, first)
    load_into(server, second)
    display, definition, names, purpose = both(server)
    assert display == TEXTS["90863"][0]
    assert (definition, purpose) == ("An invented summary.", "To invent.")
    assert {"Advice About Remedies", "INVENTED ADVICE", "Made-up talk about pills"} <= names
    assert facts(server, "90863")["addOn"] is True
    assert len(server.store.versions(CPT)) == 1
    write(given, altered("MEDU.txt", "INVENTED ADVICE", "INVENTED TALK"))
    load_into(server, given)
    page.write_text(PAGE.replace("To invent.", "To reinvent."))
    load_into(server, page)
    _, definition, names, purpose = both(server)
    assert (definition, purpose) == ("An invented summary.", "To reinvent.")
    assert "INVENTED TALK" in names
    assert "INVENTED ADVICE" not in names


def test_documents_alone_are_a_fragment(server, tmp_path):
    page = tmp_path / "pages" / "90863.txt"
    page.parent.mkdir()
    page.write_text(PAGE)
    load_into(server, page)
    assert server.validate_code(CPT, "90863").issues == ()
    unknown = server.validate_code(CPT, "99213")
    assert (unknown.result, [i.severity for i in unknown.issues]) == (True, ["warning"])
    assert server.validate_code(CPT, "99213:25").result is True
    for wrong in ("9021", "99213-25", "90863:P3"):
        assert server.validate_code(CPT, wrong).result is False, wrong
    assert [c.code for c in expanded(server, "all").contains] == ["90863"]
    assert [c.code for c in expanded(server, "base").contains] == ["90863"]
    assert expanded(server, "modifiers").contains == ()
