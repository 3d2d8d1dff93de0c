"""ICD-11: what comes of a tabulation and of entities, and how broken ones are refused. All content is invented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaders.icd11 import LOADER
from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from tests.loaders.icd11 import sample
from tests.loaders.icd11.sample import FOUNDATION, RELEASE
from tests.loaders.reading import Read, read, values
from tests.loaders.workbooks import workbook

MMS = "http://id.who.int/icd/release/11/mms"
NAME = "SimpleTabulation-ICD-11-MMS-en.txt"


def load(folder: Path, content: str | bytes, name: str = NAME, version: str | None = None) -> Read:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(LOADER, [folder], LoadOptions(version=version))


@pytest.fixture
def server(tmp_path: Path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / NAME).write_text(sample.tabulation())
    (tmp_path / "given" / "mms.json").write_text(sample.dumped())
    (tmp_path / "given" / "entities.ndjson").write_text("\n".join(map(json.dumps, sample.FOUNDATION_ENTITIES)))
    with Terminology(tmp_path / "t.db") as opened:
        ingest.load(opened.store, [tmp_path / "given"])
        yield opened


@pytest.mark.parametrize("parents", [True, False], ids=["with the column Parent", "by groupings and depth"])
def test_hierarchy_of_a_tabulation(tmp_path, parents):
    found = load(tmp_path, sample.tabulation(parents=parents)).concepts
    assert {code: concept.parents for code, concept in found.items()} == {
        "01": (), "BlockL1-1A0": ("01",), "BlockL2-1A0": ("BlockL1-1A0",), "1A00": ("BlockL2-1A0",),
        "1A00.0": ("1A00",), "1A00.1": ("1A00",), "1A00.Y": ("1A00",), "1A01": ("BlockL2-1A0",),
        "1A0Z": ("BlockL1-1A0",), "1H0Z": ("01",), "X": (), "BlockL1-X0": ("X",), "XP0": ("BlockL1-X0",),
        "XP01": ("XP0",),
    }  # fmt: skip


def test_columns_of_a_tabulation(tmp_path):
    result = load(tmp_path, sample.tabulation())
    ((begin, found),) = result.parts
    made = begin.metadata
    assert (made.url, made.version, made.date, made.language) == (MMS, "2031-01", "2031-01-21", "en")
    assert (made.content, made.hierarchy_meaning, made.compositional) == ("complete", "is-a", True)
    rust = found["1A00"]
    assert rust.display == "Hinge rust"
    assert found["XP0"].display == '"Green" paints'
    assert values(rust, "classKind") == ["category"]
    assert values(rust, "foundation") == [Coding(FOUNDATION, "100")]
    assert values(rust, "uri") == [f"{RELEASE}/100"]
    assert values(rust, "codingNote") == ["Say why."]
    assert values(rust, "browserUrl") == ["https://example.org/browse#/100"]
    assert (values(rust, "isResidual"), values(found["1A00.Y"], "isResidual")) == ([False], [True])
    assert values(found["1A00.Y"], "foundation") == []
    assert [c for c, concept in found.items() if values(concept, "notSelectable")] == [
        "01", "BlockL1-1A0", "BlockL2-1A0", "X", "BlockL1-X0",
    ]  # fmt: skip
    assert {p.code for p in made.properties} >= {p.code for c in found.values() for p in c.properties}
    assert result.notes == [f"{MMS} 2031-01: 9 codes and 5 chapters and blocks in 1 files."]


def test_a_workbook_is_the_same(tmp_path):
    as_text = load(tmp_path / "a", sample.tabulation()).concepts
    assert load(tmp_path / "b", workbook(sample.table()), "SimpleTabulation-ICD-11-MMS-en.xlsx").concepts == as_text


def test_other_languages_are_designations(tmp_path):
    load(tmp_path, sample.tabulation(titles=sample.SPANISH), "SimpleTabulation-ICD-11-MMS-es.txt")
    ((begin, found),) = load(tmp_path, sample.tabulation()).parts
    assert begin.metadata.language == "en"
    assert [(d.value, d.language) for d in found["1A00"].designations] == [("Herrumbre de bisagra", "es")]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (f"{RELEASE}/101\t", "nonsense\t", "line 6: 'nonsense' is not a URI"),
        ("\t1A00.1\t", "\t1A00.0\t", "line 7: the code '1A00.0' is given a second time (first in line 6)"),
        ('"- - - - Upper hinge rust"', '""', "line 6: 1A00.0 has no title"),
        (f"{RELEASE}/100\t\r\n", f"{RELEASE}/999\t\r\n", "line 6: 1A00.0 stands below"),
        (f"{RELEASE}/103\t", f"{RELEASE.replace('2031', '2032')}/103\t", "line 9: "),
    ],
)
def test_broken_tabulations(tmp_path, before, after, told):
    text = sample.tabulation()
    assert before in text
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, text.replace(before, after, 1))
    assert told in caught.value.issues[0].text
    assert NAME in caught.value.issues[0].text


def test_entities(tmp_path):
    result = load(tmp_path, sample.dumped(), "mms.json")
    ((begin, found),) = result.parts
    assert (begin.metadata.url, begin.metadata.version, begin.metadata.content) == (MMS, "2031-01", "complete")
    assert list(found) == ["01", "1A00", "1A00.1", "1A00.0", "XP0", "XP01"]
    rust = found["1A00"]
    assert (rust.display, rust.definition, rust.parents) == ("Hinge rust", "Rust of a hinge.", ("01",))
    assert {(d.value, d.language, d.use.code if d.use else None) for d in rust.designations} == {
        ("Herrumbre de bisagra", "es", None), ("Rust of a hinge of a door", "en", "fully-specified-name"),
        ("Hinge rust", "en", "index-entry"), ("Squeak", "en", "index-entry"),
    }  # fmt: skip
    assert (values(rust, "inclusion"), values(rust, "exclusion")) == (["Creaking"], ["Dust"])
    assert (values(rust, "hasPaint"), values(rust, "requiredPostcoordination")) == (["XP0"], ["hasPaint"])
    assert begin.metadata.property_definition("hasPaint") is not None


def test_one_entity_a_file_and_some_of_them(tmp_path):
    for entity in sample.ENTITIES[:4]:
        name = entity["@id"].rpartition("/")[2]
        (tmp_path / f"{name}.json").write_text(json.dumps(entity))
    ((begin, found),) = read(LOADER, [tmp_path]).parts
    assert begin.metadata.content == "fragment"
    assert list(found) == ["01", "1A00", "1A00.0"]


def test_the_foundation(tmp_path):
    result = load(tmp_path, "\n".join(map(json.dumps, sample.FOUNDATION_ENTITIES)), "foundation.ndjson")
    ((begin, found),) = result.parts
    assert (begin.metadata.url, begin.metadata.version, begin.metadata.compositional) == (FOUNDATION, "2031-01", False)
    assert {c: x.parents for c, x in found.items()} == {"100": (), "101": ("100", "999")}
    assert [d.value for d in found["100"].designations] == ["Squeak"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[1, 2", "mms.json"),
        (
            sample.dumped([*sample.ENTITIES[:1], {"@id": "http://example.org/1"}]),
            "mms.json: [1]: 'http://example.org/1'",
        ),
        (sample.dumped([*sample.ENTITIES[:1], sample.entity("7", " ", code="7")]), "mms.json: [1]: 7 has no title"),
    ],
)
def test_broken_entities(tmp_path, content, told):
    text = content if "@id" in content else f'[{{"@id": "{RELEASE}/1"}}, {content}'
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, text, "mms.json")
    assert told in caught.value.issues[0].text


def test_a_tabulation_without_a_release_needs_a_version(tmp_path):
    text = sample.tabulation().replace("/2031-01/", "/")
    with pytest.raises(TerminologyError, match="--version"):
        load(tmp_path, text)
    assert load(tmp_path, text, version="2030-05").parts[0][0].metadata.version == "2030-05"


def test_tables_and_resources_of_others_are_left_alone(tmp_path):
    assert not load(tmp_path, "Code\tTitle\r\n1\tx\r\n").claimed
    assert not load(tmp_path, '{"resourceType": "CodeSystem"}', "cs.json").claimed


def test_tabulation_and_entities_are_one_version(server):
    (entry,) = server.store.versions(MMS)
    assert (entry.version, entry.content, entry.size) == ("2031-01", "complete", 14)
    found = server.lookup(MMS, "1A00")
    assert found.concept.definition == "Rust of a hinge."
    assert {p.property.value for p in found.properties if p.property.code == "hasPaint"} == {"XP0"}
    assert found.concept.parents == ("BlockL2-1A0", "01")
    assert [e.version for e in server.store.versions(FOUNDATION)] == ["2031-01"]
    assert server.subsumes(MMS, "01", "1A00.0") == "subsumes"
    assert server.lookup(FOUNDATION, "101").display == "Upper hinge rust"


def test_another_language_loaded_later(server, tmp_path):
    path = tmp_path / "SimpleTabulation-ICD-11-MMS-es.txt"
    path.write_text(sample.tabulation(titles=sample.SPANISH))
    ingest.load(server.store, [path])
    found = server.lookup(MMS, "1A01")
    assert found.display == "Knob rust"
    assert ("Herrumbre de pomo", "es") in [(d.value, d.language) for d in found.concept.designations]
    assert server.lookup(MMS, "1A01", language="es").display == "Herrumbre de pomo"


@pytest.mark.parametrize(
    ("cluster", "display"),
    [
        ("1A00&XP01", "Hinge rust & Pea green paint"),
        ("1A00/1A01", "Hinge rust / Knob rust"),
        ("1A00.0&XP01/1A01&XP0", 'Upper hinge rust & Pea green paint / Knob rust & "Green" paints'),
    ],
)
def test_clusters(server, cluster, display):
    found = server.validate_code(MMS, cluster)
    assert (found.result, found.display) == (True, display)
    assert server.lookup(MMS, cluster).display == display


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        ("1A00&", "a code is missing at character 6"),
        ("&XP01", "a code is missing at character 1"),
        ("1A00&&XP01", "a code is missing at character 6"),
        ("1A00&XP99", "XP99 (character 6) is not a code of this release"),
        ("1A00/XP01", "XP01 (character 6) is an extension code, which cannot stand alone"),
        ("XP01&1A00", "XP01 (character 1) is an extension code"),
        ("1A00&1A01", "1A01 (character 6) is a stem code: stem codes are joined with /"),
        ("1A00/01", "01 (character 6) is a chapter or block"),
        ("1A 00", "'1A 00' is not a code of ICD-11"),
    ],
)
def test_wrong_clusters_are_explained(server, cluster, told):
    found = server.validate_code(MMS, cluster)
    assert not found.result
    assert any(told in issue.text for issue in found.issues)


def test_clusters_in_another_order_are_equivalent(server):
    assert server.subsumes(MMS, "1A00&XP0&XP01", "1A00&XP01&XP0") == "equivalent"
    assert server.subsumes(MMS, "1A00&XP01", "1A00") == "not-subsumed"


@pytest.mark.parametrize(
    "url", [f"{MMS}/100/postcoordinationScale/hasPaint", f"{RELEASE}/100/postcoordinationScale/hasPaint"]
)
def test_what_may_be_added_on_an_axis(server, url):
    assert [c.code for c in server.expand(url, exclude_nested=True).expansion.contains] == ["XP0", "XP01"]
    assert server.validate_code(MMS, "XP01", value_set=url).result
    assert not server.validate_code(MMS, "1A00", value_set=url).result
    with pytest.raises(TerminologyError):
        server.expand(url.replace("hasPaint", "hasWings"))
