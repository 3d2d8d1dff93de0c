"""Workbooks: every kind of cell, and what is broken is named."""

from __future__ import annotations

import pytest

from loaders import spreadsheet
from loaders.sources import open_tree
from terminology.model.outcome import TerminologyError
from tests.loaders.workbooks import parts_of, raw_workbook, workbook


@pytest.fixture
def opened(tmp_path):
    def open_(data: bytes):
        (tmp_path / "book.xlsx").write_bytes(data)
        return open_tree([tmp_path / "book.xlsx"]).files()[0]

    return open_


def cells(file, sheet=None):
    return [row.cells for row in spreadsheet.rows(file, sheet)]


def test_texts_come_back_as_they_were(opened):
    file = opened(workbook([("Code", "Title"), ("", "ä & b"), (), ("001",)]))
    assert spreadsheet.is_workbook(file)
    assert list(spreadsheet.rows(file)) == [
        (1, ("Code", "Title")), (2, ("", "ä & b")), (4, ("001",)),
    ]  # fmt: skip
    assert cells(file, "Data") == cells(file)


STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/>'
    '<numFmt numFmtId="165" formatCode="[Red]0.0&quot;days&quot;"/>'
    '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>7</v></c>", "7"),
        ("<c><v>7.0</v></c>", "7"),
        ('<c t="n"><v>0.10000000000000001</v></c>', "0.10000000000000001"),
        ('<c s="1"><v>45566</v></c>', "2024-10-01"),
        ('<c s="2"><v>45566.5</v></c>', "2024-10-01T12:00:00"),
        ('<c s="3"><v>45566</v></c>', "45566"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="b"><v>0</v></c>', "FALSE"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="str"><f>A1</f><v>made</v></c>', "made"),
        ('<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>', "inline"),
        ('<c t="s"><v>0</v></c>', "rich text"),
        ('<c t="s"><v>1</v></c>', "tab\there"),
    ],
)
def test_kinds_of_cells(opened, cell, text):
    shared = (
        "<si><r><t>rich</t></r><r><t> text</t></r><rPh sb='0' eb='1'><t>hint</t></rPh></si>",
        "<si><t>tab_x0009_here</t></si>",
    )
    assert cells(opened(raw_workbook(parts_of(f"<row>{cell}</row>", shared, STYLES)))) == [(text,)]


def test_cells_left_out_are_empty_and_rows_count_themselves(opened):
    sheet = '<row><c r="C1"><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>'
    assert list(spreadsheet.rows(opened(raw_workbook(parts_of(sheet))))) == [(1, ("", "", "1", "2")), (3, ("3",))]


def test_comments_of_the_xml_are_no_cells(opened):
    sheet = "<row><!-- a --><c><v>1</v><!-- b --><?c d?></c><c><v>2</v></c></row>"
    assert cells(opened(raw_workbook(parts_of(sheet)))) == [("1", "2")]


def test_dates_since_1904(opened):
    parts = parts_of('<row><c s="1"><v>0</v></c></row>', styles=STYLES, properties='<workbookPr date1904="1"/>')
    assert cells(opened(raw_workbook(parts))) == [("1904-01-01",)]


def test_a_sheet_that_is_not_there(opened):
    with pytest.raises(TerminologyError, match=r"no sheet called 'Other'. Its sheets are: Data"):
        cells(opened(workbook([("a",)])), "Other")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts.pop("xl/workbook.xml"),
        lambda parts: parts.pop("xl/worksheets/sheet1.xml"),
        lambda parts: parts.update({"xl/worksheets/sheet1.xml": "<worksheet>"}),
        lambda parts: parts.update(parts_of('<row><c t="s"><v>9</v></c></row>')),
        lambda parts: parts.update(parts_of('<row><c r="ZZZZ1"><v>9</v></c></row>')),
        lambda parts: parts.update(parts_of("<row>&lol;</row>")),
    ],
)
def test_what_is_broken_is_named(opened, spoil):
    parts = parts_of("<row><c><v>1</v></c></row>")
    spoil(parts)
    with pytest.raises(TerminologyError, match=r"book\.xlsx cannot be read as an Excel workbook"):
        cells(opened(raw_workbook(parts)))


def test_a_cut_off_workbook_is_named(opened):
    with pytest.raises(TerminologyError, match=r"book\.xlsx cannot be read as an Excel workbook"):
        cells(opened(workbook([("a",)])[:-30]))


def test_a_real_release(shared):
    folder = shared / "data/icd9cm-procedures-v32"
    (file,) = (f for f in open_tree([folder]).files() if spreadsheet.is_workbook(f))
    found = cells(file)
    assert found[0][:3] == ("PROCEDURE CODE", "LONG DESCRIPTION", "SHORT DESCRIPTION")
    assert len(found) == 1 + 3882


def test_strings_are_read_as_far_as_they_are_asked_for(opened, monkeypatch):
    texts: list[str] = []
    of = spreadsheet._text

    def counting(item):
        texts.append(of(item))
        return texts[-1]

    monkeypatch.setattr(spreadsheet, "_text", counting)
    found = spreadsheet.rows(opened(workbook([("a", "b"), ("c",), ("d",)])))
    assert next(found).cells == ("a", "b")
    assert texts == ["a", "b"]
    assert [row.cells for row in found] == [("c",), ("d",)]
