"""The bookkeeping: which parts make which version, headers, merging of concepts, ids, reports."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.ingest.headers import decode_header, encode_header, merged_header
from terminology.ingest.ids import Ids, slug
from terminology.ingest.merging import merged
from terminology.ingest.parts import PartChange, versions_of
from terminology.ingest.report import LoadReport, Remark
from terminology.model.codesystem import CodeSystemMetadata, FilterDefinition, PropertyDefinition
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Concept, Designation, Extension, Property
from terminology.model.outcome import Issue
from terminology.store.entries import NewResource, PartEntry
from terminology.store.opening import open_store

URL = "http://example.org/s"


def part(key, version, kind="release", source=None, **header):
    metadata = CodeSystemMetadata(url=URL, version=version, **header)
    return PartEntry(
        key=key, url=URL, version=version, kind=kind, source=source or f"s{key}", digest="", loader="", count=0,
        header=encode_header(metadata),
    )  # fmt: skip


def made(*parts):
    return {version: [p.key for p in found] for version, found in versions_of(parts).items()}


def test_parts_are_assigned_to_versions():
    assert made() == {}
    assert made(part(1, "1"), part(2, "2")) == {"1": [1], "2": [2]}
    assert made(part(1, None, "detail")) == {None: [1]}
    assert made(part(1, None, "detail"), part(2, "1")) == {"1": [2, 1]}
    assert made(part(1, None, "detail"), part(2, None)) == {None: [2, 1]}
    assert made(part(1, "1", "detail"), part(2, None, "detail")) == {"1": [1, 2]}
    assert made(part(1, "1"), part(2, "2", "detail"), part(3, None, "detail")) == {"1": [1, 3], "2": [2, 3]}
    assert made(part(3, "1"), part(2, "1"), part(1, "1", "detail")) == {"1": [2, 3, 1]}


def test_facts_join_versions_and_only_outlines_make_them():
    assert made(part(1, "1", "annotation")) == {}
    assert made(part(1, "1", "annotation"), part(2, None, "detail")) == {None: [2]}
    assert made(part(1, "1", "outline")) == {"1": [1]}
    assert made(part(1, "1", "annotation"), part(2, "1", "outline"), part(3, "1")) == {"1": [3, 2, 1]}
    assert made(part(1, None, "annotation"), part(2, "1"), part(3, "2")) == {"1": [2, 1], "2": [3, 1]}


def test_a_whole_resource_takes_the_place_of_another_one():
    committed = [part(1, "1", "resource"), part(2, "1"), part(3, "2", "resource"), part(4, "1", "supplement")]
    change = PartChange(new=[part(9, "1", "resource")])
    assert [p.key for p in change.after(committed, URL)] == [2, 3, 9]
    assert [p.key for p in change.forgotten(committed, URL)] == [1, 4]
    as_fragment = PartChange(new=[part(9, "1", source="s1")])
    assert [p.key for p in as_fragment.after(committed, URL)] == [2, 3, 4, 9]


def test_a_change_replaces_parts_of_the_same_source_and_drops_others():
    committed = [part(1, "1"), part(2, "1"), part(3, None, "detail")]
    change = PartChange(new=[part(9, "1", source="s1")], dropped=[committed[2]])
    assert [p.key for p in change.after(committed, URL)] == [2, 9]
    assert change.urls == [URL]


WHOLE = CodeSystemMetadata(
    url=URL,
    version="1",
    id="s-1",
    name="S",
    title="System",
    status="retired",
    experimental=False,
    standards_status="normative",
    date="2025-01-01",
    publisher="P",
    description="Ä",
    copyright="C",
    language="de",
    identifiers=("urn:oid:1.2", "x"),
    case_sensitive=False,
    value_set="http://example.org/vs",
    hierarchy_meaning="part-of",
    compositional=True,
    version_needed=True,
    version_algorithm=Coding("http://hl7.org/fhir/version-algorithm", "semver"),
    content="supplement",
    supplements=Canonical("http://example.org/base", "2"),
    count=3,
    filters=(FilterDefinition("f", ("=", "in"), "any", "d"),),
    properties=(PropertyDefinition("p", "code", "http://example.org/p", "d"), PropertyDefinition("q", "string")),
    extensions=(Extension("http://example.org/e", None, (Extension("i", "String", "v"),)),),
    effective_start="2024-10-01",
    effective_end="2025-09-30",
    unasked=("p",),
    resource='{"resourceType":"CodeSystem","title":"Ä"}'.encode(),
)


def test_headers_lose_nothing():
    """Every field is tried: those that are not given above are texts."""
    defaults = CodeSystemMetadata(url="")
    texts = {f.name: f"some {f.name}" for f in fields(WHOLE) if f.default is None and getattr(WHOLE, f.name) is None}
    whole = replace(WHOLE, **texts)
    assert [f.name for f in fields(whole) if getattr(whole, f.name) == getattr(defaults, f.name)] == []
    assert decode_header(encode_header(whole)) == whole
    assert decode_header(encode_header(defaults)) == defaults


def test_a_header_of_a_later_program_is_read():
    assert decode_header(b'{"url":"u","invented":1}') == CodeSystemMetadata(url="u")


def test_the_release_wins_the_header_and_definitions_are_united():
    release = part(2, "1", title="Release", properties=(PropertyDefinition("p", "code"),))
    detail = part(
        1, None, "detail", title="Detail", content="fragment", publisher="D",
        properties=(PropertyDefinition("p", "string"), PropertyDefinition("q", "string")),
    )  # fmt: skip
    header = merged_header((release, detail), "1")
    assert (header.title, header.publisher, header.content) == ("Release", None, "complete")
    assert header.properties == (PropertyDefinition("p", "code"), PropertyDefinition("q", "string"))
    assert merged_header((detail,), "7").version == "7"


def test_a_further_release_fills_gaps_but_never_a_published_header():
    further = part(2, "1", title="Further", publisher="P", content="fragment")
    assert merged_header((part(1, "1", title="First"), further), "1").publisher == "P"
    published = part(1, "1", title="First", resource=b'{"resourceType":"CodeSystem"}')
    assert merged_header((published, further), "1").publisher is None


@pytest.mark.parametrize(
    ("contents", "detail", "expected"),
    [
        (["complete", "fragment"], True, "complete"),
        (["fragment", "complete"], False, "complete"),
        (["example"], False, "example"),
        (["example"], True, "fragment"),
        (["example", "not-present"], False, "fragment"),
        (["supplement"], False, "supplement"),
        (["not-present"], False, "not-present"),
        ([], True, "fragment"),
    ],
)
def test_the_content_of_a_merged_version(contents, detail, expected):
    parts = [part(n, "1", content=content) for n, content in enumerate(contents)]
    parts += [part(9, None, "detail", content="fragment")] if detail else []
    assert merged_header(parts, "1").content == expected


def test_merging_concepts():
    one = Concept(
        "a", "Display", None, (Designation("Synonym"),), (Property("p", "string", "x"),), ("r",),
        extensions=(Extension("e", "String", "1"),), extra={"id": "one"},
    )  # fmt: skip
    two = Concept(
        "a", " display ", "Definition", (Designation("Synonym"), Designation("Other")),
        (Property("p", "string", "x"), Property("p", "string", "y")), ("s",),
        extensions=(Extension("e", "String", "1"), Extension("e", "String", "2")), extra={"id": "two", "_x": {}},
    )  # fmt: skip
    both = merged(one, two, detail=True)
    assert (both.display, both.definition, both.parents) == ("Display", "Definition", ("r",))
    assert [d.value for d in both.designations] == ["Synonym", "Other"]
    assert [p.value for p in both.properties] == ["x", "y"]
    assert [e.value for e in both.extensions] == ["1", "2"]
    assert both.extra == {"id": "one", "_x": {}}
    assert merged(one, two, detail=False).parents == ("r", "s")
    assert merged(Concept("a"), two, detail=True).parents == ("s",)


texts = st.one_of(st.none(), st.sampled_from(["x", "y", "Z"]))
concepts = st.builds(
    Concept,
    st.just("a"),
    texts,
    texts,
    designations=st.lists(st.builds(Designation, st.sampled_from(["x", "y"])), max_size=1).map(tuple),
    parents=st.lists(st.sampled_from(["p", "q"]), max_size=2, unique=True).map(tuple),
)


@given(concepts, concepts, st.booleans())
def test_merging_twice_changes_nothing_more(one, two, detail):
    once = merged(one, two, detail=detail)
    assert merged(once, two, detail=detail) == once
    texts_after = {once.display, *(d.value for d in once.designations)}
    assert {t.casefold() for t in (one.display, two.display) if t} <= {t.casefold() for t in texts_after if t}


@pytest.mark.parametrize(
    ("url", "version", "expected"),
    [
        ("http://www.cms.gov/Medicare/Coding/ICD10", "2025", "ICD10-2025"),
        ("http://www.ama-assn.org/go/cpt", None, "cpt"),
        ("urn:oid:2.16.756", "1.0", "oid-1.0"),
        ("http://snomed.info/sct", "http://snomed.info/sct/1/version/2", "sct-1-version-2"),
        ("http://example.org/Größe (alt)", "Mai 2021", "Gr-e-alt-Mai-2021"),
        ("http://example.org/" + "x" * 90, "1", "x" * 64),
        ("", None, "resource"),
    ],
)
def test_slugs(url, version, expected):
    assert slug(url, version) == expected


def test_ids_are_unique_and_stay():
    store = open_store()
    with store.publication() as publication:
        publication.put_resource(NewResource(type="ValueSet", id="taken", url="http://example.org/a", version="1"))
    ids = Ids(store)
    assert ids.choose("ValueSet", "other", "http://example.org/a", "1") == "taken"
    assert ids.choose("ValueSet", "taken", "http://example.org/b", "1") == "b-1"
    assert ids.choose("ValueSet", None, "http://example.com/b", "1") == "example.com-b-1"
    assert ids.choose("ValueSet", "free", "http://example.org/c", None) == "free"
    assert ids.choose("ValueSet", "free", "http://example.org/c", None) == "free"
    assert ids.choose("ValueSet", "free", "http://example.org/d", None) == "d"
    assert ids.choose("ValueSet", "not valid!", "http://example.org/e", None) == "e"
    assert ids.choose("CodeSystem", "taken", "http://example.org/b", "1") == "taken"
    chosen = {ids.choose("ValueSet", None, f"http://{n}.org/{'x' * 80}", None) for n in range(20)}
    assert len(chosen) == 20
    assert all(len(id_) <= 64 for id_ in chosen)


def test_claims_that_read_alike_are_one_line():
    report = LoadReport()
    report.claim("fhir", "FHIR CodeSystem", ("a",)).stored["CodeSystem"] += 1
    report.claim("fhir", "FHIR CodeSystem", ("b",)).stored["CodeSystem"] += 1
    (source,) = report.as_dict()["sources"]
    assert (source["files"], source["stored"]) == (2, {"CodeSystem": 2})
    assert "FHIR CodeSystem: 2 CodeSystem" in report.summary()


def test_a_long_report_is_cut_for_people_and_whole_for_programs():
    report = LoadReport(unclaimed=[f"file{n}" for n in range(50)])
    assert "30 more" in report.summary()
    assert len(report.as_dict()["unclaimed"]) == 50
    assert report.failed


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tools.csv", "needs a mapping beside it, tools.mapping.toml"),
        ("tools.mapping.toml", "must lie beside it: tools.csv, .tsv or .xlsx"),
        ("Codes 2009.XLS", "Save it as Codes 2009.xlsx"),
        ("release.7z", "Unpack it"),
        ("mine.json", "with its resourceType"),
        ("terminology.db", "What is read: docs/code-systems.md"),
    ],
)
def test_what_to_do_about_a_file_that_is_not_recognised(name, hint):
    assert hint in LoadReport(unclaimed=[f"folder/{name}"]).summary()


def test_warnings_come_before_notes():
    report = LoadReport()
    for severity, path in (("information", "a.txt"), ("warning", "b.txt")):
        report.notes.append(Remark("source", "", Issue(severity, "informational", "FILE_EMPTY", {"path": path})))
    assert report.summary().splitlines()[:2] == ["warning    b.txt is empty.", "note       a.txt is empty."]


def test_an_empty_report_says_so():
    assert LoadReport().summary().startswith("There was nothing to load: no file")
