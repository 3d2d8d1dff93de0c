"""FHIR resources in files of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from loaders.fhir_records import BATCH, records
from loaders.fhir_resources import LOADER
from loaders.sources import open_tree
from terminology.fhir import xml
from terminology.model.outcome import TerminologyError
from terminology.model.records import (
    ConceptBatch,
    ConceptMapRecord,
    LoadOptions,
    NamingSystemRecord,
    PartBegin,
    Record,
    SkippedRecord,
    Source,
    ValueSetRecord,
)
from tests.loaders.packing import CODE_SYSTEM, CONCEPT_MAP, NAMING_SYSTEM, VALUE_SET, package, write

SOURCE = Source(name="n", path="p", digest="d", loader="l")
NO_OPTIONS = LoadOptions()


def load(*paths: Path, options: LoadOptions = NO_OPTIONS) -> list[Record]:
    tree = open_tree(paths)
    return [record for claim in LOADER.recognise(tree) for record in LOADER.read(tree, claim, options)]


def kinds(found: list[Record]) -> list[str]:
    return [type(record).__name__ for record in found]


def test_every_kind_of_resource(tmp_path: Path) -> None:
    write(tmp_path, a=CODE_SYSTEM, b=CONCEPT_MAP, c=NAMING_SYSTEM, d=VALUE_SET)
    begin, batch, concept_map, naming, value_set = load(tmp_path)
    assert isinstance(begin, PartBegin)
    assert begin.kind == "resource"
    assert begin.metadata.url == "http://example.org/cs"
    assert begin.source.name == begin.source.path == (tmp_path / "a.json").as_posix()
    assert isinstance(batch, ConceptBatch)
    assert [(c.code, c.parents) for c in batch.concepts] == [("a", ()), ("b", ("a",))]
    assert isinstance(concept_map, ConceptMapRecord)
    assert concept_map.concept_map.groups[0].mappings[0].relationship == "source-is-narrower-than-target"
    assert isinstance(naming, NamingSystemRecord)
    assert naming.preferred == "http://example.org/cs"
    assert isinstance(value_set, ValueSetRecord)


def test_xml_of_both_releases(tmp_path: Path) -> None:
    (tmp_path / "r4.xml").write_bytes(xml.dumps(CONCEPT_MAP, "R4", pretty=True))
    (tmp_path / "r5.xml").write_bytes(xml.dumps({**CODE_SYSTEM, "copyrightLabel": "x"}))
    assert kinds(load(tmp_path)) == ["ConceptMapRecord", "PartBegin", "ConceptBatch"]


def test_ndjson_and_compressed_files(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(r) for r in (VALUE_SET, {"resourceType": "Patient"}, CODE_SYSTEM))
    (tmp_path / "bulk.ndjson").write_text(lines + "\n\n", encoding="utf-8")
    value_set, skipped, *rest = load(tmp_path)
    assert isinstance(value_set, ValueSetRecord)
    assert isinstance(skipped, SkippedRecord)
    assert "bulk.ndjson: line 2 is Patient" in skipped.reason.text
    assert kinds(rest) == ["PartBegin", "ConceptBatch"]


def test_a_bundle_gives_its_entries(tmp_path: Path) -> None:
    inner = {"resourceType": "Bundle", "entry": [{"resource": CODE_SYSTEM}]}
    entries = [{"resource": VALUE_SET}, {"fullUrl": "x"}, {"resource": inner}]
    write(tmp_path, bundle={"resourceType": "Bundle", "type": "collection", "entry": entries})
    found = load(tmp_path)
    assert kinds(found) == ["ValueSetRecord", "SkippedRecord", "PartBegin", "ConceptBatch"]
    assert isinstance(found[1], SkippedRecord)
    assert found[1].reason.text.endswith("bundle.json: Bundle.entry[1].resource: the entry has no resource.")


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"resourceType": "SearchParameter"}, "is SearchParameter, which is not a terminology resource"),
        ({**CODE_SYSTEM, "url": None}, "this CodeSystem has no url"),
        ({"resourceType": "ValueSet", "status": "active"}, "this ValueSet has no url"),
        ({**CODE_SYSTEM, "content": "supplement"}, "does not say of which system"),
        ({**CODE_SYSTEM, "meta": {"tag": [{"code": "SUBSETTED"}]}}, "only a part of this CodeSystem"),
    ],
)
def test_resources_that_cannot_be_served_are_skipped_with_a_reason(
    tmp_path: Path, resource: dict[str, Any], reason: str
) -> None:
    write(tmp_path, x=resource)
    (skipped,) = load(tmp_path)
    assert isinstance(skipped, SkippedRecord)
    assert reason in skipped.reason.text
    assert "x.json" in skipped.reason.text


def test_the_content_decides_the_kind_of_part() -> None:
    def begins(**change: Any) -> list[Record]:
        return list(records({**CODE_SYSTEM, **change}, SOURCE, NO_OPTIONS))

    header = begins(content="not-present", concept=[])
    assert kinds(header) == ["PartBegin"]
    supplement = begins(content="supplement", supplements="http://example.org/other|2")[0]
    assert isinstance(supplement, PartBegin)
    assert supplement.kind == "supplement"
    fragment = begins(content="fragment")[0]
    assert isinstance(fragment, PartBegin)
    assert (fragment.kind, fragment.metadata.content) == ("release", "fragment")


def test_many_concepts_come_in_batches() -> None:
    concepts = [{"code": str(n)} for n in range(2 * BATCH + 1)]
    found = list(records({**CODE_SYSTEM, "concept": concepts}, SOURCE, NO_OPTIONS))
    assert [len(b.concepts) for b in found if isinstance(b, ConceptBatch)] == [BATCH, BATCH, 1]


def test_the_user_says_what_the_file_does_not(tmp_path: Path) -> None:
    bare = {n: v for n, v in CODE_SYSTEM.items() if n not in {"url", "version"}}
    write(tmp_path, x=bare)
    begin = load(tmp_path, options=LoadOptions(system="http://example.org/said", version="9"))[0]
    assert isinstance(begin, PartBegin)
    assert str(begin.metadata.canonical) == "http://example.org/said|9"
    write(tmp_path, x=CODE_SYSTEM)
    begin = load(tmp_path, options=LoadOptions(system="http://example.org/said", version="9"))[0]
    assert isinstance(begin, PartBegin)
    assert str(begin.metadata.canonical) == "http://example.org/cs|1"


def test_the_same_canonical_twice_in_one_file(tmp_path: Path) -> None:
    entries = [{"resource": CODE_SYSTEM}, {"resource": CODE_SYSTEM}, {"resource": {**CODE_SYSTEM, "version": "2"}}]
    write(tmp_path, bundle={"resourceType": "Bundle", "entry": entries})
    assert kinds(load(tmp_path)) == ["PartBegin", "ConceptBatch", "SkippedRecord", "PartBegin", "ConceptBatch"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.json", '{"resourceType": "CodeSystem",\n  oops}', r"x\.json: Not valid JSON at line 2, column 3"),
        ("x.json", '{"resourceType": "ValueSet", "compose": 3}', "ValueSet has no url"),
        ("x.json", '{"resourceType": "ValueSet", "url": "u", "compose": 3}', r"x\.json: ValueSet\.compose must be"),
        ("x.ndjson", '{"resourceType": "ValueSet", "url": "u"}\n{"resourceType": }', r"x\.ndjson: line 2: Not valid"),
        ("x.xml", '<CodeSystem xmlns="http://hl7.org/fhir">\n<a/></CodeSystem>', r"x\.xml: Line 2: CodeSystem has no"),
        ("x.xml", '<CodeSystem xmlns="http://hl7.org/fhir"><url', r"x\.xml: Not valid XML at line 1"),
    ],
)  # fmt: skip
def test_broken_resources_are_refused_with_file_and_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    try:
        found = load(tmp_path)
    except TerminologyError as error:
        texts = str(error)
    else:
        texts = " ".join(r.reason.text for r in found if isinstance(r, SkippedRecord))
    assert re.search(said, texts), texts


def test_a_broken_concept_leaves_no_half_part(tmp_path: Path) -> None:
    write(tmp_path, x={**CODE_SYSTEM, "concept": [{"code": "ok"}, {"code": 3}]})
    tree = open_tree([tmp_path])
    (claim,) = LOADER.recognise(tree)
    reading = LOADER.read(tree, claim, NO_OPTIONS)
    with pytest.raises(TerminologyError, match=r"x\.json: CodeSystem\.concept\[1\]\.code"):
        next(reading)


def test_only_fhir_is_recognised(tmp_path: Path) -> None:
    write(tmp_path, other={"type": "CodeSystem"}, late={"a": "x" * 10_000, "resourceType": "ValueSet"})
    (tmp_path / "claml.xml").write_text("<ClaML/>", encoding="utf-8")
    prefixed = '<?xml version="1.0"?><!-- <A/> -->\n<f:ValueSet xmlns:f="http://hl7.org/fhir"/>'
    (tmp_path / "fhir.xml").write_text(prefixed, encoding="utf-8")
    (tmp_path / "notes.txt").write_text('{"resourceType": "ValueSet"}', encoding="utf-8")
    (tmp_path / "p.tgz").write_bytes(package())
    claims = LOADER.recognise(open_tree([tmp_path]))
    assert [(Path(c.paths[0]).name, c.description) for c in claims] == [
        ("fhir.xml", "FHIR ValueSet"), ("late.json", "FHIR ValueSet"),
    ]  # fmt: skip


def test_files_of_the_conformance_suite_are_read(shared: Path) -> None:
    found = load(shared / "conformance" / "tests" / "simple")
    assert sum(isinstance(r, PartBegin) for r in found) >= 1
    assert sum(isinstance(r, ValueSetRecord) for r in found) >= 10


def test_a_code_system_that_repeats_a_code_is_skipped_and_stops_no_others(tmp_path: Path) -> None:
    repeated = [{"code": "a"}, {"code": "b", "concept": [{"code": "a"}]}]
    write(tmp_path, a={**CODE_SYSTEM, "concept": repeated}, b=VALUE_SET)
    skipped, value_set = load(tmp_path)
    assert isinstance(skipped, SkippedRecord)
    assert "more than one concept for the same code: a" in skipped.reason.text
    assert isinstance(value_set, ValueSetRecord)


def test_case_matters_for_what_is_repeated_only_where_the_system_says_so(tmp_path: Path) -> None:
    both = [{"code": "a"}, {"code": "A"}]
    write(tmp_path, a={**CODE_SYSTEM, "caseSensitive": False, "concept": both})
    assert isinstance(load(tmp_path)[0], SkippedRecord)
    write(tmp_path, a={**CODE_SYSTEM, "caseSensitive": True, "concept": both})
    assert isinstance(load(tmp_path)[0], PartBegin)
