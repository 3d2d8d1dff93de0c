"""Tables as rows of text, whatever the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders import tables
from loaders.sources import open_tree
from terminology.model.outcome import TerminologyError
from tests.loaders.hcpcs.making import workbook


def opened(folder: Path, name: str, data: bytes):
    (folder / name).write_bytes(data)
    (file,) = open_tree([folder / name]).files()
    return file


CASES = {
    "a.csv": b'x,"y, ""z"""\n\n"over\ntwo lines",v\n',
    "a.tsv": b'x\ty, "z"\r\n\t\r\nover two lines\tv\r\n',
    "a.xlsx": workbook([("x", 'y, "z"'), ("", ""), ("over two lines", "v")]),
}


@pytest.mark.parametrize("name", CASES)
def test_rows(tmp_path, name):
    found = [(number, *cells) for number, cells in tables.rows(opened(tmp_path, name, CASES[name]))]
    joined = [(n, *(" ".join(c.split()) for c in cells)) for n, *cells in found]
    assert joined == [(1, "x", 'y, "z"'), (3, "over two lines", "v")]


def test_rows_are_numbered_by_their_first_line(tmp_path):
    file = opened(tmp_path, "a.csv", b'a,b\n"1\n2\n3",x\nc,d\n')
    assert [row.number for row in tables.rows(file)] == [1, 2, 5]


def test_text_is_utf_8_else_windows(tmp_path):
    data = b"\xef\xbb\xbfcode\tname\n1\t\xe2\x80\x9ca\xe2\x80\x9d\n2\t\x93b\x94\n"
    assert [row.cells[1] for row in tables.rows(opened(tmp_path, "a.txt", data))] == ["name", "“a”", "“b”"]


def test_the_mark_of_dos_at_the_end_is_no_line(tmp_path):
    file = opened(tmp_path, "a.csv", b"x,y\r\n1,2\r\n\x1a")
    assert [row.cells for row in tables.rows(file)] == [("x", "y"), ("1", "2")]


@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.txt", b"x\ty\nz\t\x81\n", "a.txt, line 2: this is not text"),
    ("a.csv", b"x,y\x00\n", "a.csv, line 1: this is not text"),
    ("b.csv", b'x,"y"z\n', "b.csv, line 1: the table cannot be read"),
    ("c.csv", b'x,y\n"never closed\n', "c.csv, line 2: the table cannot be read"),
])  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path, name, data, said):
    with pytest.raises(TerminologyError) as refused:
        list(tables.rows(opened(tmp_path, name, data)))
    assert said in str(refused.value)


def test_headings_are_found_after_other_text(tmp_path):
    data = b"Licence\n\nCode,Long Name , code\n A1 , first ,other\nA2\n"
    found = tables.rows(opened(tmp_path, "a.csv", data))
    headings = tables.find_headings(found, lambda names: "longname" in names)
    assert headings is not None
    assert headings.number == 3
    assert [headings.cells(row) for row in found] == [{"code": "A1", "longname": "first"}, {"code": "A2"}]
    assert tables.find_headings(iter(()), lambda _names: True) is None


def test_which_files_are_tables(tmp_path):
    assert tables.is_table(opened(tmp_path, "a.xlsx", workbook([("x",)])))
    assert not tables.is_table(opened(tmp_path, "b.xlsx", b"no workbook"))
    assert not tables.is_table(opened(tmp_path, "b.pdf", b"%PDF"))
