"""CodeSystems with a concept a line: read as they are read whole, and only when they have that form all through."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from loaders import lined as reading
from loaders.sources import open_tree
from terminology import ingest
from terminology.fhir import codesystem, json
from terminology.fhir.stream import JsonPen
from terminology.model.outcome import TerminologyError
from terminology.store.opening import open_store
from tests.loaders.packing import package

HEADER = {"resourceType": "CodeSystem", "url": "http://example.org/cs", "version": "1", "content": "complete"}
CONCEPTS = [
    {"code": "a", "concept": [{"code": "b", "property": [{"code": "p", "valueCode": "x"}]}, {"code": "c"}]},
    {"code": "d", "concept": [{"code": "e", "concept": [{"code": "f", "designation": [{"value": "]}"}]}]}]},
    {"code": "g", "display": "line\nbreak", "property": [{"code": "q", "valueDecimal": 1.5}]},
]


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 0)


def written(header=HEADER, concepts=CONCEPTS) -> str:
    out = io.BytesIO()
    pen = JsonPen(out, header)

    def write(items):
        for item in items:
            pen.open("concept", {n: v for n, v in item.items() if n != "concept"})
            write(item.get("concept", ()))
            pen.close()

    write(concepts)
    pen.close()
    return out.getvalue().decode()


def found(folder: Path, text: str, name: str = "cs.json") -> reading.Lined | None:
    (folder / name).write_text(text)
    return reading.lined(open_tree([folder]).files()[0])


@pytest.mark.parametrize("last", [CONCEPTS, CONCEPTS[:2], CONCEPTS[:1], [{"code": "x"}]])
def test_the_same_as_read_whole(tmp_path, last):
    text = written(concepts=last)
    one = found(tmp_path, text)
    assert one is not None
    assert list(one.concepts()) == list(codesystem.concepts(json.loads_object(text)))
    assert one.header == HEADER


def test_numbers_keep_their_digits(tmp_path):
    one = found(tmp_path, written().replace("1.5", "1.50"))
    assert str(list(one.concepts())[-1].properties[0].value) == "1.50"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"content":"complete"', '"name":"x"'),
        ('{"code":"c"}', '{"code":\n"c"}'),
        ('{"code":"c"}]},', '{"code":"c"}]}'),
        ('{"code":"b"', '"code"'),
        ('"concept":[\n{"code":"a"', '"concept": [\n{"code":"a"'),
        ("}]}\n", "}]}\n{}\n"),
        ("]}\n", "\n"),
        ('{"code":"c"}', '{"code":"c","concept":[]}'),
        ("CodeSystem", "ValueSet"),
    ],
)
def test_other_files_are_for_other_readers(tmp_path, before, after):
    text = written()
    assert before in text
    assert found(tmp_path, text.replace(before, after)) is None


def test_small_files_are_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGE", 10_000)
    assert found(tmp_path, written()) is None


def test_a_broken_concept_names_its_line(tmp_path):
    path = tmp_path / "cs.json"
    path.write_text(written().replace('{"code":"c"}', '{"code":3}'))
    store = open_store()
    with pytest.raises(TerminologyError) as caught:
        ingest.load(store, [path])
    assert "cs.json: line 4" in caught.value.issues[0].text
    assert store.versions() == []


def test_in_a_package(tmp_path):
    broken = written({**HEADER, "url": "http://example.org/broken"}).replace('{"code":"c"}', '{"code":3}')
    members = {"CodeSystem-cs.json": written().encode(), "CodeSystem-broken.json": broken.encode()}
    (tmp_path / "p.tgz").write_bytes(package(members=members))
    store = open_store()
    report = ingest.load(store, [tmp_path / "p.tgz"])
    assert [(v.url, v.concepts) for v in report.versions] == [(HEADER["url"], 7)]
    assert ["line 4" in remark.issue.text for remark in report.skipped] == [True]
