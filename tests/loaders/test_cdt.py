"""CDT as a table: formats, releases, and what is refused. All content is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminology.ingest import load
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from tests.loaders.hcpcs.making import workbook

CDT = "http://www.ada.org/cdt"
TABLE = [
    ("Invented licence, to be read by nobody",),
    ("CDT Code", "Nomenclature", "Descriptor", "Category", "Effective Date", "Termination Date"),
    ("D0100", "Invented look", "An invented look at an invented tooth.", "Looking", "20200101", ""),
    ("D0200", "Invented “polish”", "", "Cleaning", "", "2025-12-31"),
    ("D0300", "Invented song", "Sung to teeth.", "", "", "2026-06-30"),
]
FORMATS = {
    "xlsx": workbook(TABLE),
    "csv": "\n".join(",".join(f'"{c}"' for c in row) for row in TABLE).encode(),
    "tsv": "\r\n".join("\t".join(row) for row in TABLE).encode("cp1252"),
}


@pytest.fixture
def server(tmp_path: Path):
    with Terminology(tmp_path / "t.db") as terminology:
        yield terminology


def load_into(server: Terminology, path: Path, data: bytes, **options: str):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return load(server.store, [path], LoadOptions(**options))


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_in_any_format(server, tmp_path, suffix):
    report = load_into(server, tmp_path / "in" / f"CDT2026.{suffix}", FORMATS[suffix])
    assert [(v.url, v.version, v.content, v.concepts) for v in report.versions] == [(CDT, "2026", "complete", 3)]
    found = server.lookup(CDT, "D0100")
    assert (found.display, found.concept.definition) == ("Invented look", "An invented look at an invented tooth.")
    assert {f.property.code: f.property.value for f in found.properties} == {
        "category": "Looking", "effectiveDate": "2020-01-01", "inactive": False,
    }  # fmt: skip
    assert [server.lookup(CDT, c).inactive for c in ("D0200", "D0300")] == [True, False]
    assert server.lookup(CDT, "D0200").display == "Invented “polish”"
    assert "American Dental Association" in (found.code_system.copyright or "")


def test_a_text_without_headings(server, tmp_path):
    text = "Invented notice\r\nD0100\tInvented look\tAn invented look.\r\nD0200\tInvented polish\r\n"
    load_into(server, tmp_path / "in" / "codes.txt", text.encode(), version="2025")
    assert server.lookup(CDT, "D0100").concept.definition == "An invented look."
    assert server.lookup(CDT, "D0200").code_system.effective_end == "2025-12-31"


def test_years_side_by_side(server, tmp_path):
    for year in ("2025", "2026"):
        load_into(server, tmp_path / "in" / f"CDT {year}.csv", FORMATS["csv"])
    assert server.lookup(CDT, "D0100", date="2025-05-05").code_system.version == "2025"
    assert server.lookup(CDT, "D0100", date="2026-05-05").code_system.version == "2026"


def test_rows_of_others_are_refused(server, tmp_path):
    table = FORMATS["csv"] + b'\n"99213","Not dental","","","",""\n'
    report = load_into(server, tmp_path / "in" / "CDT2026.csv", table)
    assert [(r.place, r.issue.message_id) for r in report.skipped] == [("line 6", "CDT_ROW_MALFORMED")]


BROKEN = {
    "twice": (b'"D0200"', b'"D0100"', "line 4: D0100 was given before, in line 3"),
    "no date": (b"20200101", b"soon", "line 3: 'soon' is not a date"),
    "more cells": (b'"2026-06-30"', b'"2026-06-30","more"', "line 5: the row has more cells than the 6 headings"),
    "quotes": (b'"Cleaning"', b'"Clean"ing"', "line 4: the table cannot be read"),
}


@pytest.mark.parametrize(("old", "new", "said"), BROKEN.values(), ids=BROKEN)
def test_broken_tables_are_named(server, tmp_path, old, new, said):
    with pytest.raises(TerminologyError) as refused:
        load_into(server, tmp_path / "in" / "CDT2026.csv", FORMATS["csv"].replace(old, new))
    assert f"CDT2026.csv, {said}" in str(refused.value)
    assert server.store.versions() == []


def test_the_year_must_be_known(server, tmp_path):
    with pytest.raises(TerminologyError, match="--version"):
        load_into(server, tmp_path / "in" / "dental.csv", FORMATS["csv"])


def test_tables_of_others_are_left_alone(server, tmp_path):
    report = load_into(server, tmp_path / "in" / "codes.csv", b"code,name\nA1,x\nD0100,y\nB2,z\nC3,v\n")
    assert report.versions == []
