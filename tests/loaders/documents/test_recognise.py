"""Which files of a folder are taken for procedure documents, by what they say and by what lies beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.documents.recognise import find
from loaders.sources import open_tree
from tests.loaders.documents.test_readers import pdf, word_file

SECTIONS = ["Summary", "The knee is looked into.", "Indications", "Pain.", "Setting", "Clinic.", "Benefits", "Few."]
QUESTIONS = (
    "<html><head>{head}</head><body><h1>Colonoscopy</h1><h2>What is it about?</h2>x"
    "<h2>What are the risks of a colonoscopy?</h2>y</body></html>"
)


def found(folder: Path) -> set[str]:
    return {path.rpartition("/")[2] for path in find(open_tree([folder])).documents}


@pytest.mark.parametrize("beside", ["logo.png", "Thumbs.db", ".DS_Store", "style.css", "codes.csv"])
def test_files_of_other_kinds_do_not_hide_packed_documents(tmp_path: Path, beside: str) -> None:
    (tmp_path / "knee.pdf").write_bytes(pdf(SECTIONS))
    (tmp_path / "shoulder.docx").write_bytes(word_file())
    (tmp_path / beside).write_bytes(b"\x00\x01")
    assert found(tmp_path) == {"knee.pdf", "shoulder.docx"}


def test_other_packed_files_are_left(tmp_path: Path) -> None:
    (tmp_path / "manual.pdf").write_bytes(pdf(["Release notes", "Column 1 is the code.", "Column 2 is the title."]))
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "codes.csv").write_text("a,b\n", encoding="utf-8")
    assert found(tmp_path) == set()


def test_a_code_in_the_markup_counts_as_much_as_a_label(tmp_path: Path) -> None:
    (tmp_path / "with.html").write_text(QUESTIONS.format(head='<meta name="cpt-code" content="45378">'), "utf-8")
    (tmp_path / "codes.csv").write_text("a,b\n", encoding="utf-8")
    assert found(tmp_path) == {"with.html"}
    (tmp_path / "with.html").write_text(QUESTIONS.format(head="<title>Colonoscopy</title>"), "utf-8")
    assert found(tmp_path) == set()
