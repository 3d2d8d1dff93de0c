"""The real subset of LOINC that HL7's test suite is written for: its control figures, and filters against the file."""

from __future__ import annotations

import csv

import pytest

from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.records import LoadOptions
from terminology.model.valueset import Filter
from terminology.store.opening import open_store

LOINC = "http://loinc.org"
FOLDER = "data/tx-source/loinc"


@pytest.fixture(scope="module")
def terminology(shared, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('loinc') / 'loinc.db'}"
    ingest.load(open_store(url), [shared / FOLDER], LoadOptions(version="2.82"))
    with Terminology(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def system(terminology):
    return terminology.catalogue(terminology.context()).code_system(Canonical(LOINC))


@pytest.fixture(scope="module")
def rows(shared):
    with (shared / FOLDER / "LoincTable/Loinc.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_control_figures(shared):
    report = ingest.load(open_store(), [shared / FOLDER], LoadOptions(version="2.82"))
    assert [(v.version, v.content, v.concepts) for v in report.versions] == [("2.82", "complete", 483)]
    assert "322 codes, 150 parts, 3 answer lists, 8 answers, 0 groups" in report.summary()
    assert not report.skipped
    assert not report.unclaimed


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("COMPONENT", "Bacteria"),
        ("SYSTEM", "Ser/Plas"),
        ("SCALE_TYP", "Doc"),
        ("METHOD_TYP", "Aerobic culture"),
        ("CLASS", "MICRO"),
        ("CLASSTYPE", "1"),
        ("STATUS", "DEPRECATED"),
        ("ORDER_OBS", "Both"),
        ("VersionFirstReleased", "1.0"),
    ],
)
def test_filters_by_text_find_what_the_file_says(system, rows, column, value):
    expected = sorted(row["LOINC_NUM"] for row in rows if row[column] == value)
    assert expected
    codes = system.codes()
    terms = [codes[ordinal] for ordinal in system.select(Filter(column, "=", value)) if codes[ordinal][0].isdigit()]
    assert terms == expected


def test_every_name_is_a_right_display(terminology, rows):
    for row in rows[::20]:
        for column in ("LONG_COMMON_NAME", "SHORTNAME", "DisplayName"):
            if row[column]:
                verdict = terminology.validate_code(system=LOINC, code=row["LOINC_NUM"], display=row[column])
                assert verdict.result, (row["LOINC_NUM"], column)


def test_the_answers_of_a_list(terminology):
    expansion = terminology.expand("http://loinc.org/vs/LL6136-7").expansion
    assert [entry.display for entry in expansion.contains] == ["Met", "Not met", "Ongoing", "Unable to assess"]
    assert terminology.expand("http://loinc.org/vs").expansion.total == 483


def test_answers_to_other_systems(terminology):
    found = terminology.translate(LOINC, "LA6576-8", target_system="http://snomed.info/sct")
    assert [match.concept.code for match in found.matches] == ["10828004"]
