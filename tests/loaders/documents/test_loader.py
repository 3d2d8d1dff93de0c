"""The loader over folders and archives: what it takes, what it leaves, and what it says about bad files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from loaders import systems
from loaders.documents import LOADER, loader, parse_raw, samples
from loaders.documents.recognise import is_prose, score
from loaders.sources import open_tree
from terminology.model.loading import Loader, SourceTree
from terminology.model.outcome import TerminologyError
from terminology.model.records import DocumentRecord, LoadOptions, Note, Record, SkippedRecord

PAGE = "Some widget procedure\n\nName of the Procedure:\n\nWidget\n\nSummary\n\nIt is {what}.\n\nSetting\n\n• Home\n"


def page(what: str = "done") -> str:
    return PAGE.format(what=what)


def load(folder: Path, options: LoadOptions | None = None) -> list[Record]:
    tree: SourceTree = open_tree([folder])
    typed: Loader = LOADER
    return [r for claim in typed.recognise(tree) for r in typed.read(tree, claim, options or LoadOptions())]


def documents(records: list[Record]) -> dict[str, DocumentRecord]:
    return {Path(r.source.path).name: r for r in records if isinstance(r, DocumentRecord)}


def test_samples() -> None:
    with samples.folder() as folder:
        records = load(folder)
    found = [r for r in records if isinstance(r, DocumentRecord)]
    assert records == found
    assert len(found) >= 14
    waiting = [r for r in found if not r.codes]
    assert [Path(r.source.path).name for r in waiting] == ["sleep-study.txt"]
    coded = [r for r in found if r.codes]
    assert {r.system for r in coded} == {systems.EXAMPLE}
    assert {r.version for r in found} == {"2025"}
    codes = [{code.code for code in r.codes} for r in coded]
    assert all(len(stated) == 1 for stated in codes)
    assert len(set.union(*codes)) == len(coded)
    assert {origin.origin for r in coded for origin in r.codes} >= {
        "front matter",
        "manifest",
        "html",
        "label",
        "file name",
    }


def test_real_document(shared: Path) -> None:
    (record,) = load(shared / "source-documents", LoadOptions(code="90863"))
    assert isinstance(record, DocumentRecord)
    assert [(code.system, code.code, code.origin) for code in record.codes] == [(systems.CPT, "90863", "option")]
    values = {p.code: p.value for p in record.concept.properties}
    assert values["addOn"] is True
    assert (values["durationMinimum"], values["durationMaximum"]) == (15, 60)
    assert len(record.concept.values("step")) == 4


def test_question_pages_are_all_kept_without_codes(shared: Path) -> None:
    records = load(shared / "data" / "medical-pages")
    assert len(records) == 15
    for record in records:
        assert isinstance(record, DocumentRecord)
        assert record.codes == ()
        assert record.problem is None
        assert record.concept.display
        assert record.concept.definition or record.concept.values("treatment")
        assert record.raw == Path(record.source.path).read_bytes()


def test_releases_are_left_to_others(shared: Path) -> None:
    for name in ("hcpcs", "icd10pcs-order", "icd10cm-order-2026", "icd9cm-procedures-v32", "icd10pcs-gems-2018"):
        assert LOADER.recognise(open_tree([shared / "data" / name])) == []


def test_bad_files_do_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "LARGEST_TEXT", 5000)
    (tmp_path / "good.txt").write_text(page(), encoding="utf-8")
    (tmp_path / "blank.txt").write_text(" \n\n", encoding="utf-8")
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "strange.txt").write_bytes(page().encode() + b"\x81\x8d\n")
    (tmp_path / "huge.txt").write_text(page("x" * 6000), encoding="utf-8")
    (tmp_path / "good.html").write_text(
        "<h1>A</h1><h2>Summary</h2>x<h2>Benefits</h2>y<h2>Setting</h2>z", encoding="utf-8"
    )
    (tmp_path / "script.html").write_text(
        "<html><body><nav>Home</nav><script>x()</script></body></html>", encoding="utf-8"
    )
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "damaged.docx").write_bytes(b"PK\x03\x04nothing")
    records = load(tmp_path)
    skipped = {r.place: r.reason.message_id for r in records if isinstance(r, SkippedRecord)}
    assert skipped == {
        "blank.txt": "DOCUMENT_EMPTY",
        "picture.txt": "DOCUMENT_BINARY",
        "huge.txt": "DOCUMENT_TOO_LARGE",
    }
    problems = {name: r.problem.message_id if r.problem else None for name, r in documents(records).items()}
    assert problems == {
        "good.txt": None,
        "good.html": None,
        "strange.txt": "DOCUMENT_UNDECODABLE",
        "script.html": "DOCUMENT_WITHOUT_TEXT",
        "damaged.pdf": "DOCUMENT_DAMAGED",
        "damaged.docx": "DOCUMENT_DAMAGED",
    }
    assert all(r.raw for r in documents(records).values())
    reasons = [r.reason.text for r in records if isinstance(r, SkippedRecord)]
    assert all(reasons)


def test_a_page_of_nobody_else_is_taken_alone(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Something about a widget.\nIt is short.\n", encoding="utf-8")
    (record,) = load(tmp_path)
    assert isinstance(record, DocumentRecord)
    assert record.concept.display


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_documents_are_recognised_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "page.txt").write_bytes(page("done – “well”").encode(encoding))
    (tmp_path / "table.csv").write_text("a,b\n", encoding="utf-8")
    assert set(documents(load(tmp_path))) == {"page.txt"}


def test_companions_and_tables_are_left(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(page(), encoding="utf-8")
    (tmp_path / "README.txt").write_text("Read this first. It says nothing.\n", encoding="utf-8")
    (tmp_path / "codes.txt").write_text("".join(f"A{n:03}\tsome thing\n" for n in range(50)), encoding="utf-8")
    assert set(documents(load(tmp_path))) == {"page.txt"}


def test_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
        archive.writestr("folder/EX101.txt", page())
        archive.writestr("folder/manifest.csv", "file,system\nEX101.txt,Example\n")
    (record,) = load(tmp_path)
    assert isinstance(record, DocumentRecord)
    assert record.source.path.endswith("docs.zip!/folder/EX101.txt")
    assert [p.value for p in record.concept.values("source")] == ["docs.zip!/folder/EX101.txt"]
    assert [code.code for code in record.codes] == ["EX101"]


def test_source_names_no_folder_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(page(), encoding="utf-8")
    (record,) = load(tmp_path)
    assert isinstance(record, DocumentRecord)
    assert [p.value for p in record.concept.values("source")] == ["page.txt"]
    assert [p.value for p in record.concept.values("sourceHash")] == [record.source.digest]
    again = parse_raw(record.raw, record.media_type, record.source.path)
    assert again == [record]


# Manifests


def test_manifest_csv(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text(page("one"), encoding="utf-8")
    (tmp_path / "sub" / "b.txt").write_text(page("two"), encoding="utf-8")
    (tmp_path / "c.txt").write_text("A line without any heading", encoding="utf-8")
    (tmp_path / "manifest.csv").write_text(
        "\ufeffFile;Code;System;Version;Note\n*;;CPT;2025;\na.txt;90000;;;x\nsub/b.txt;X0001;HCPCS;2024;\ngone.txt;1;;;\n",
        encoding="utf-8",
    )
    records = load(tmp_path)
    found = documents(records)
    placed = {name: [(c.system, c.code, c.version, c.origin) for c in r.codes] for name, r in found.items()}
    assert placed == {
        "a.txt": [(systems.CPT, "90000", "2025", "manifest")],
        "b.txt": [(systems.HCPCS, "X0001", "2024", "manifest")],
        "c.txt": [],
    }
    assert found["c.txt"].system == systems.CPT
    notes = [r.issue for r in records if isinstance(r, Note)]
    assert [note.message_id for note in notes] == ["MANIFEST_FILE_MISSING"]
    assert "gone.txt" in notes[0].text


@pytest.mark.parametrize(
    "manifest",
    [
        [{"file": "a.txt", "code": "90000", "system": "CPT"}],
        {"documents": [{"file": "a.txt", "code": "90000", "system": systems.CPT}]},
        {"a.txt": {"code": "90000", "system": "urn:oid:2.16.840.1.113883.6.12"}},
    ],
)
def test_manifest_json(tmp_path: Path, manifest: object) -> None:
    (tmp_path / "a.txt").write_text(page(), encoding="utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (record,) = load(tmp_path)
    assert isinstance(record, DocumentRecord)
    assert [(c.system, c.code) for c in record.codes] == [(systems.CPT, "90000")]


def test_broken_manifest_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(page(), encoding="utf-8")
    (tmp_path / "manifest.json").write_text('{\n "a.txt": "90000",\n}', encoding="utf-8")
    skipped, record = load(tmp_path)
    assert isinstance(skipped, SkippedRecord)
    assert "line 3" in skipped.reason.text
    assert isinstance(record, DocumentRecord)


@pytest.mark.parametrize("text", ['{"name": "app", "icons": []}', "[1, 2]", "{}", '[{"file": 3, "code": "x"}]'])
def test_another_kind_of_manifest_is_left(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(page(), encoding="utf-8")
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    (claim,) = LOADER.recognise(open_tree([tmp_path]))
    assert [Path(path).name for path in claim.paths] == ["a.txt"]


def test_rows_that_do_not_fit_the_procedures(tmp_path: Path) -> None:
    second = page("again").replace("Some widget", "Another widget")
    (tmp_path / "two.txt").write_text(f"{page()}\n----\n\n{second}", encoding="utf-8")
    (tmp_path / "manifest.csv").write_text("file,code,system\ntwo.txt,90000,CPT\n", encoding="utf-8")
    records = load(tmp_path)
    found = [r for r in records if isinstance(r, DocumentRecord)]
    assert [(r.index, r.system, r.codes) for r in found] == [(0, systems.CPT, ()), (1, systems.CPT, ())]
    assert [r.issue.message_id for r in records if isinstance(r, Note)] == ["MANIFEST_ROWS_LEFT"]


# --code


def test_code_for_several_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(page("one"), encoding="utf-8")
    (tmp_path / "b.txt").write_text(page("two"), encoding="utf-8")
    with pytest.raises(TerminologyError, match="2 were given"):
        load(tmp_path, LoadOptions(code="90000"))


def test_code_for_several_procedures_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text(f"{page()}\n----\n\n{page('again')}", encoding="utf-8")
    with pytest.raises(TerminologyError, match="2 were given"):
        load(tmp_path, LoadOptions(code="90000"))


# Recognition


def test_score() -> None:
    assert score(page()) >= 3
    assert score("Summary of the release\nSee the code list.\nSetting up: run it.\n") < 3
    assert score("## Summary\n\n**Duration:** 1 hour\n\n1. Benefits\n") == 3


def test_prose() -> None:
    assert is_prose(["One sentence.", "Another one.", "A third one, wrapped", "over two lines."])
    assert not is_prose([f"{n:05} A{n}   Some text   {n}" for n in range(9)])
    assert not is_prose([f"A{n} some text" for n in range(9)])
