"""Broken releases are refused, by file and line."""

from __future__ import annotations

import pytest

from loaders.loinc import LOADER
from tests.loaders.loading import load, refusal, write_csv
from tests.loaders.loinc.release import PATH, TERM_COLUMNS, TERMS, term, write_release


@pytest.fixture
def folder(tmp_path):
    return write_release(tmp_path)


def change(folder, name, old, new):
    path = folder / PATH[name]
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


def test_without_the_main_table_nothing_can_be_loaded(tmp_path):
    id_, text = refusal(LOADER, write_release(tmp_path, without=frozenset({"main"})))
    assert id_ == "RELEASE_FILE_MISSING"
    assert "LoincTable/Loinc.csv" in text


@pytest.mark.parametrize(
    ("name", "old", "new", "id_", "told"),
    [
        ("links", '"PartNumber",', '"Part",', "RELEASE_COLUMN_MISSING", "Primary.csv has no column 'PartNumber'"),
        ("parts", ',"ACTIVE"', "", "RELEASE_ROW_LENGTH", "Part.csv, line 2: 4 columns, where there should be 5"),
        ("main", '"90002-7"', '"90001-9"', "RELEASE_CODE_TWICE", "line 3: the code '90001-9' is given a second time"),
        ("main", '"90002-7"', '"9000x"', "RELEASE_CODE_MALFORMED", "line 3: '9000x' is not a code of LOINC"),
        ("parts", '"LP90003-7"', '"PL90003"', "RELEASE_CODE_MALFORMED", "Part.csv, line 4: 'PL90003'"),
        ("hierarchy", '"LP90001-1","90001-9"', '"LP90001-1","LP90010-2"', "RELEASE_BELOW_ITSELF", "line 4: the code"),
        ("part_maps", '"wider"', '"vague"', "RELEASE_EQUIVALENCE_UNKNOWN", "line 3: the equivalence 'vague'"),
        ("consumer", '"90001-9","S', '"90001-9","S"t', "TABLE_BROKEN", "ConsumerName.csv, line 2"),
    ],
)
def test_what_is_broken_is_named(folder, name, old, new, id_, told):
    change(folder, name, old, new)
    found, text = refusal(LOADER, folder)
    assert found == id_
    assert told in text


def test_a_table_that_was_cut_off(folder):
    path = folder / PATH["answers"]
    path.write_bytes(path.read_bytes()[:-40])
    assert refusal(LOADER, folder)[0] in {"RELEASE_ROW_LENGTH", "TABLE_BROKEN"}


@pytest.mark.parametrize("name", ["main", "answers", "german"])
def test_an_empty_table(folder, name):
    (folder / PATH[name]).write_bytes(b"")
    id_, text = refusal(LOADER, folder)
    assert id_ == "RELEASE_FILE_EMPTY"
    assert PATH[name] in text


def test_a_main_table_of_headings_only(folder):
    path = folder / PATH["main"]
    path.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n")
    assert refusal(LOADER, folder)[0] == "RELEASE_ROWS_MISSING"


def test_a_wrong_encoding(folder):
    path = folder / PATH["consumer"]
    path.write_bytes(path.read_bytes().replace(b"Stripe", b"Str\x81pe"))
    id_, text = refusal(LOADER, folder)
    assert id_ == "TABLE_ENCODING"
    assert "ConsumerName.csv, line 2" in text


def test_no_version_to_be_found(tmp_path):
    columns = tuple(c for c in TERM_COLUMNS if c != "VersionLastChanged")
    row = tuple(cell for column, cell in zip(TERM_COLUMNS, TERMS[0], strict=True) if column in columns)
    write_csv(tmp_path / PATH["main"], columns, row)
    assert refusal(LOADER, tmp_path)[0] == "RELEASE_VERSION_UNKNOWN"
    assert load(LOADER, tmp_path, version="2.82").metadata.version == "2.82"


def test_many_rows_about_unknown_codes_are_summed_up(folder):
    names = [(f"8{number:04}-1", "Nobody") for number in range(30)]
    write_csv(folder / PATH["consumer"], ("LoincNumber", "ConsumerName"), *names)
    loaded = load(LOADER, folder)
    assert sum("ConsumerName" in skipped.place for skipped in loaded.skipped) == 20
    assert "30 rows name codes" in loaded.notes["RELEASE_REFERENCES_UNKNOWN"].text


def test_line_breaks_in_cells_do_not_upset_the_count(folder):
    rows = [term("90001-9", "Zebrium", DefinitionDescription="One\nTwo"), term("x", "y")]
    write_csv(folder / PATH["main"], TERM_COLUMNS, *rows)
    assert "line 4: 'x'" in refusal(LOADER, folder)[1]
