"""Readers of formats that text pairs do not show: PDF, Word, XML, and the corners of HTML and Markdown."""

from __future__ import annotations

import io
import re
import sys
import time
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

import docx
import pytest

from loaders.documents import parse_raw
from loaders.documents.blocks import Break, Heading, Item, Paragraph
from loaders.documents.readers import FORMATS, format_of
from loaders.documents.readers.docx import read_docx
from loaders.documents.readers.html import read_html
from loaders.documents.readers.markdown import read_markdown
from loaders.documents.readers.pdf import pdf_lines
from loaders.documents.readers.text import read_text
from loaders.documents.readers.xml import answer_blocks, read_xml
from terminology.model.outcome import TerminologyError
from terminology.model.records import DocumentRecord

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


NO_MARGINS: Mapping[int, str] = MappingProxyType({})


def values(record: DocumentRecord, code: str) -> list[object]:
    return [p.value for p in record.concept.values(code)]


def pdf(lines: list[str], margins: Mapping[int, str] = NO_MARGINS) -> bytes:
    """A PDF of one page with a text layer, written by hand. `margins` are lines in small print, by height."""
    escaped = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    content = "".join(f"BT /F1 8 Tf 60 {height} Td ({line}) Tj ET " for height, line in margins.items())
    content += "BT /F1 11 Tf 14 TL 60 720 Td " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode())
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("== Risks ==", Heading("Risks", 2)),
        ("  ===Risks of it===  ", Heading("Risks of it", 3)),
        ("=== ===", None),
        ("==" + " " * 3000 + "x", None),
    ],
)
def test_headings_of_wikis(line: str, heading: Heading | None) -> None:
    began = time.monotonic()
    found = [block for block in read_text(f"{line}\n\nText.").blocks if isinstance(block, Heading)]
    assert found == ([] if heading is None else [heading])
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## Risks ##", Heading("Risks", 2)),
        ("# C#", Heading("C", 1)),
        ("# #", Heading("#", 1)),
        ("##", None),
        ("# a" + " " * 3000 + "b", Heading("a b", 1)),
    ],
)
def test_headings_of_markdown(line: str, heading: Heading | None) -> None:
    began = time.monotonic()
    found = [block for block in read_markdown(f"**x**\n\n{line}\n").blocks if isinstance(block, Heading)]
    assert [one for one in found if one.text != "x"] == ([] if heading is None else [heading])
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("text", ["\n" * 30_000, "- x\n" + " " * 3000 + "- y\n", "a |\n" + " " * 3000 + "-\n"])
def test_blank_space_is_read_once(text: str) -> None:
    began = time.monotonic()
    read_markdown(text)
    assert time.monotonic() - began < 1


def test_lists_may_be_as_deep_as_they_like() -> None:
    text = "# Widget\n\n## Steps\n\n" + "".join(f"{'  ' * depth}- word{depth}\n" for depth in range(400))
    (record,) = parse_raw(text.encode(), "text/markdown", "x.md")
    said = " ".join(str(p.value) for p in record.concept.properties)
    assert all(f"word{depth}" in said for depth in range(400))


def test_pdf() -> None:
    lines = [
        "Widget procedure", "CPT code: 90000", "Summary",
        "It is a widget that is turned by a person who has learned to",
        "turn widgets.", "Indications", "- Stiff widget", "- Loud widget", "Duration", "10 minutes",
    ]  # fmt: skip
    (record,) = parse_raw(pdf(lines), "application/pdf", "x.pdf")
    assert record.problem is None
    assert record.concept.display == "Widget procedure"
    assert record.concept.definition == "It is a widget that is turned by a person who has learned to turn widgets."
    assert values(record, "indication") == ["Stiff widget", "Loud widget"]
    assert [code.code for code in record.codes] == ["90000"]


def test_header_and_footer_of_the_only_page_of_a_pdf_are_no_text() -> None:
    lines = ["Widget procedure", "Summary", "It is turned.", "Indications", "\x7f Stiff widget"]
    margins = {770: "North Clinic, leaflet 7", 20: "Printed on Monday"}
    (record,) = parse_raw(pdf(lines, margins), "application/pdf", "x.pdf")
    assert record.concept.display == "Widget procedure"
    assert values(record, "indication") == ["Stiff widget"]
    assert not re.search("North Clinic|Printed", str(record.concept))
    (record,) = parse_raw(pdf(lines, {400: "Small print in the text."}), "application/pdf", "x.pdf")
    assert "Small print in the text." in str(record.concept)


def test_scanned_pdf_says_so() -> None:
    (record,) = parse_raw(pdf([]), "application/pdf", "x.pdf")
    assert record.problem is not None
    assert "text recognition" in record.problem.text


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Widget procedure", 0)
    document.add_paragraph("CPT code: 90000")
    document.add_heading("Summary", 1)
    paragraph = document.add_paragraph("It is a ")
    paragraph.add_run("widget").bold = True
    paragraph.add_run(".")
    document.add_heading("Procedure Description", 1)
    for title, text in (("Turn", "It is turned."), ("Stop", "It stops.")):
        step = document.add_paragraph(style="List Number")
        step.add_run(f"{title}:").bold = True
        step.add_run(f" {text}")
    document.add_paragraph("softly", style="List Bullet 2")
    document.add_heading("Benefits", 1)
    document.add_paragraph("One", style="List Bullet")
    document.add_paragraph("• Two")
    document.add_heading("Facts", 1)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "Weight"
    table.rows[0].cells[1].text = "5 g"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word() -> None:
    (record,) = parse_raw(word_file(), WORD, "x.docx")
    assert record.problem is None
    assert record.concept.display == "Widget procedure"
    assert record.concept.definition == "It is a widget."
    assert values(record, "step") == ["1. Turn: It is turned.", "2. Stop: It stops.\n– softly"]
    assert values(record, "benefit") == ["One", "Two"]
    assert values(record, "facts") == ["Weight: 5 g"]


@pytest.mark.parametrize(
    ("size", "reason"), [(80 * 1024**2, "word/extra.xml grows too much"), (3 * 1024**2, "more than 2,000,000 bytes")]
)
def test_a_word_file_that_grows_too_much_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch, size: int, reason: str
) -> None:
    monkeypatch.setattr("loaders.documents.readers.docx.MOST_UNPACKED", 2_000_000)
    out = io.BytesIO(word_file())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/extra.xml", bytes(size))
    (record,) = parse_raw(out.getvalue(), WORD, "x.docx")
    assert record.problem is not None
    assert reason in record.problem.text


def test_a_word_file_that_breaks_off_while_it_is_read_waits() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word_file())) as whole, zipfile.ZipFile(out, "w") as spoilt:
        for info in whole.infolist():
            data = whole.read(info)
            if info.filename == "word/document.xml":
                data = re.sub(rb"<w:tcW [^>]*>", b'<w:gridSpan w:val="wide"/>', data)
            spoilt.writestr(info, data)
    (record,) = parse_raw(out.getvalue(), WORD, "x.docx")
    assert record.problem is not None
    assert "Word" in record.problem.text


def test_word_blocks() -> None:
    blocks = read_docx(word_file()).blocks
    assert blocks[0] == Heading("Widget procedure", 1)
    assert Item("Turn: It is turned.", 0, ordered=True, lead="Turn") in blocks


@pytest.mark.parametrize(
    ("module", "media_type", "raw"), [("pypdf", "application/pdf", pdf(["x"])), ("docx", WORD, word_file())]
)
def test_missing_extra(monkeypatch: pytest.MonkeyPatch, module: str, media_type: str, raw: bytes) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (record,) = parse_raw(raw, media_type, "x")
    assert record.problem is not None
    assert record.problem.message_id == "DOCUMENT_NEEDS_EXTRA"
    assert "[documents]" in record.problem.text
    assert record.raw == raw


def test_unknown_format() -> None:
    (record,) = parse_raw(b"x", "image/png", "x.png")
    assert record.problem is not None
    assert "text/plain" in record.problem.text


def test_every_suffix_has_its_format() -> None:
    for format_ in FORMATS:
        for suffix in format_.suffixes:
            assert format_of(f"A.B{suffix.upper()}") is format_
    assert format_of("README") is None
    assert format_of("a.csv") is None


# XML


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<a><b></a>", "mismatch"),
        (b'<CodeSystem xmlns="http://hl7.org/fhir"/>', "CodeSystem"),
        (b"<Document><Other/></Document>", "no known kind"),
    ],
)
def test_other_xml(raw: bytes, reason: str) -> None:
    with pytest.raises(TerminologyError, match=reason):
        read_xml(raw)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "x"><!ENTITY f SYSTEM "file:///etc/hostname">]><Document><Focus>A&f;&a;</Focus></Document>'
    (heading,) = read_xml(bomb).blocks
    assert heading == Heading("A&f;&a;", 1)


def test_question_page() -> None:
    raw = b"""<Document id="1" source="Src" url="https://x.example/1"><Focus>Widget</Focus><FocusAnnotations><Category>C</Category>
        <UMLS><CUIs><CUI>C0000001</CUI></CUIs></UMLS><Synonyms><Synonym>Gadget</Synonym></Synonyms></FocusAnnotations><QAPairs>
        <QAPair><Question qtype="information">What?</Question>
        <Answer>Summary : A thing.    Used for   - one   - two</Answer></QAPair>
        <QAPair><Question qtype="complications">Risks?</Question><Answer>None.</Answer></QAPair>
        <QAPair><Question qtype="odd type">Odd?</Question><Answer>Yes.</Answer></QAPair></QAPairs></Document>"""
    (record,) = parse_raw(raw, "application/xml", "w.xml")
    assert record.codes == ()
    assert record.concept.display == "Widget"
    assert record.concept.definition == "A thing.\n\nUsed for\n\n– one\n– two"
    assert [d.value for d in record.concept.designations] == ["Gadget"]
    assert values(record, "risk") == ["None."]
    assert values(record, "oddType") == ["Yes."]
    assert values(record, "question") == ["What?", "Risks?", "Odd?"]
    assert values(record, "umlsConcept") == ["C0000001"]
    assert values(record, "sourceUrl") == ["https://x.example/1"]


def test_answers() -> None:
    assert list(answer_blocks("One: - a  - b\n\nTwo-part.    Three")) == [
        Paragraph("One:"), Item("a"), Item("b"), Paragraph("Two-part."), Paragraph("Three"),
    ]  # fmt: skip


# HTML


def test_html_navigation_is_left_out_by_structure() -> None:
    page = read_html(
        "<body><header><h1>T</h1><nav>Home</nav></header><div role=search>find</div>"
        "<aside>ad</aside><p>Text</p><footer>f</footer>"
    )
    assert page.blocks == (Heading("T", 1), Paragraph("Text", single=True))
    assert page.left_out == ("Home", "find", "ad", "f")


def test_html_inline_boldness() -> None:
    page = read_html(
        "<p><b>Lead:</b> text</p><p><b>Lead</b> Text</p><p><b>Do not</b> run</p><p><b>All</b></p><p><b>L</b>etter</p>"
    )
    assert page.blocks == (
        Paragraph("Lead: text", "Lead", single=True),
        Paragraph("Lead: Text", "Lead", single=True),
        Paragraph("Do not run", single=True),
        Heading("All", 7),
        Paragraph("Letter", single=True),
    )


def test_html_definition_lists_and_rules() -> None:
    page = read_html("<dl><dt>A</dt><dd>one</dd><dt>B</dt><dd><p>two</p></dd><dt>C</dt><dd>3</dd><dd>4</dd></dl><hr>")
    assert page.blocks == (
        Paragraph("A: one", "A", single=True), Heading("B", 7), Paragraph("two", single=True), Heading("C", 7),
        Item("3"), Item("4"), Break(),
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "<!-- x -->", "<html></html>", "<html><head><title>t</title></head><body></body></html>"]
)
def test_html_without_content(text: str) -> None:
    assert read_html(text).blocks == ()


def test_deep_html_is_read() -> None:
    page = read_html("<div>" * 3000 + "deep" + "</div>" * 3000)
    assert isinstance(page.blocks, tuple)


# Markdown and text


def test_markdown_inline_and_blocks() -> None:
    page = read_markdown(
        "Title\n=====\n\n**Lead:** a *b* __c__ [d](http://e) `f` 2\\*3 snake_case\nsame  \nnew line\n\n"
        "> quoted\n\n* x\n    * y\n\n***\n"
    )
    assert page.blocks == (
        Heading("Title", 1),
        Paragraph("Lead: a b c d f 2*3 snake_case same", "Lead", apart=False),
        Paragraph("new line", apart=False, single=True),
        Paragraph("quoted", single=True),
        Item("x"),
        Item("y", 1),
        Break(),
    )


def test_markdown_tables() -> None:
    page = read_markdown("| a | b | c |\n|---|---|---|\n| 1 | **2** | |\n\n| k | v |\n|--|--|\n| x | y |\n")
    assert page.blocks == (
        Item("a: 1; b: 2", row=True),
        Paragraph("k: v", single=True),
        Item("x: y", lead="x", row=True),
    )


def test_a_table_with_a_known_heading_is_a_fact_sheet() -> None:
    page = read_markdown("| What | Says |\n|---|---|\n| Setting | Clinic |\n| Parking | Free |\n")
    assert page.blocks == (
        Paragraph("What: Says", single=True),
        Paragraph("Setting: Clinic", "Setting", single=True),
        Paragraph("Parking: Free", "Parking", single=True),
    )


def test_word_tables_have_titles_in_bold() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for number, text in enumerate(("When", "What")):
        table.cell(0, number).paragraphs[0].add_run(text).bold = True
    table.cell(1, 0).text, table.cell(1, 1).text = "The day before", "Fast"
    out = io.BytesIO()
    document.save(out)
    assert read_docx(out.getvalue()).blocks == (
        Paragraph("When: What", single=True),
        Item("The day before: Fast", lead="The day before", row=True),
    )


def test_pdf_pages_lose_their_running_lines_and_keep_the_title() -> None:
    pages = [
        "North Clinic\nWidget turning\nSummary\nIt goes on\nPage 1 of 2",
        "North Clinic\nand ends.\nSetting\nWorkshop\nPage 2 of 2",
    ]
    assert pdf_lines(pages) == ["Widget turning", "Summary", "It goes on", "and ends.", "Setting", "Workshop"]
    assert pdf_lines([page.replace("Widget turning\n", "") for page in pages])[:2] == ["North Clinic", "Summary"]
    assert pdf_lines(pages[:1]) == pages[0].split("\n")


@pytest.mark.parametrize("mark", ["\x7f", "•", "\uf0b7"])
def test_pdf_markers_that_stand_alone_join_their_items(mark: str) -> None:
    assert pdf_lines([f"Indications\n{mark}\n Stiff\n{mark} \nLoud"]) == ["Indications", "• Stiff", "• Loud"]
    assert pdf_lines(["Steps\n1\nOpen\n2\nClose"]) == ["Steps", "1. Open", "2. Close"]
    assert pdf_lines(["Steps\n1.\nOpen"]) == ["Steps", "1. Open"]
    assert pdf_lines(["Dose\n7\nunits"]) == ["Dose", "7", "units"]


def test_text_headings_that_are_marked_up() -> None:
    page = read_text("Title\n-----\n\n== Wiki ==\ntext\n\n-----\n\f\n")
    assert page.blocks == (Heading("Title", 2), Heading("Wiki", 2), Paragraph("text", single=True), Break(), Break())
