"""OMOP vocabularies: an invented download, and broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders import LOADERS
from loaders.omop import LOADER, OMOP
from loaders.sources import open_tree
from loaders.systems import SNOMED_CT
from terminology import ingest
from terminology.library import Terminology
from terminology.model.coding import Coding
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.model.valueset import Compose, ConceptSet, Filter, ValueSet
from terminology.store.opening import open_store
from tests.loaders.reading import Read, read, values

COLUMNS = (
    "concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code "
    "valid_start_date valid_end_date invalid_reason\n"
)
FILES = {
    "CONCEPT": COLUMNS
    + """1 Tool Device SNOMED Thing S 111 20200101 20991231
2 "Big"_hammer Device SNOMED Thing S 222 20200101 20991231
3 Old_hammer Device Home Thing  H-1 2020-01-01 20210101 D
""",
    "VOCABULARY": """vocabulary_id vocabulary_name vocabulary_reference vocabulary_version vocabulary_concept_id
None OMOP ref v5.0_16-JUL-31 44819096
SNOMED SNOMED ref v1 44819097
""",
    "DOMAIN": "domain_id domain_name domain_concept_id\nDevice Device 17\n",
    "CONCEPT_CLASS": "concept_class_id concept_class_name concept_class_concept_id\nThing Thing 18\n",
    "CONCEPT_SYNONYM": """concept_id concept_synonym_name language_concept_id
2 Mallet 4180186
2 Marteau 4180190
9 Nothing 4180186
""",
    "CONCEPT_RELATIONSHIP": """concept_id_1 concept_id_2 relationship_id valid_start_date valid_end_date invalid_reason
2 1 Is_a 20200101 20991231
3 2 Maps_to 20200101 20991231
3 1 Is_a 20200101 20210101 D
3 77 Maps_to 20200101 20991231
""",
    "CONCEPT_ANCESTOR": """ancestor_concept_id descendant_concept_id min_levels_of_separation max_levels_of_separation
1 1 0 0
1 2 1 1
1 3 2 2
2 3 1 1
""",
}  # fmt: skip
"""Blanks stand for tabs, `_` for blanks in cells, but for headings."""


def _tabbed(text: str) -> bytes:
    head, *lines = text.splitlines()
    width = len(head.split(" "))
    rows = [line.replace(" ", "\t").replace("_", " ") for line in lines]
    padded = [row + "\t" * (width - 1 - row.count("\t")) for row in rows]
    return "\n".join([head.replace(" ", "\t"), *padded, ""]).encode()


def write(folder: Path, *without: str, **changed: str) -> Path:
    for name, text in (FILES | changed).items():
        if name not in without:
            (folder / f"{name}.csv").write_bytes(_tabbed(text))
    return folder


def load(folder: Path, *without: str, options: LoadOptions | None = None, **changed: str) -> Read:
    return read(LOADER, [write(folder, *without, **changed)], options or LoadOptions())


def test_concepts(tmp_path: Path) -> None:
    result = load(tmp_path)
    made, found = result.parts[0][0].metadata, result.concepts
    assert (made.url, made.version, made.name) == (OMOP, "20310716", "OMOP Concepts")
    assert {code: c.display for code, c in found.items()} == {"1": "Tool", "2": '"Big" hammer', "3": "Old hammer"}
    assert {code: c.parents for code, c in found.items()} == {"1": (), "2": ("1",), "3": ("2",)}
    assert [(d.value, d.language) for d in found["2"].designations] == [("Mallet", "en"), ("Marteau", None)]


def test_properties(tmp_path: Path) -> None:
    found = load(tmp_path).concepts
    assert {p.code: p.value for p in found["2"].properties} == {
        "standard-concept": "S", "domain-id": "Device", "domain-concept-id": "17", "concept-class-id": "Thing",
        "concept-class-concept-id": "18", "vocabulary-id": "SNOMED", "vocabulary-concept-id": "44819097",
        "valid-start-date": "2020-01-01", "valid-end-date": "2099-12-31", "inactive": False,
        "source-concept-code": Coding("http://snomed.info/sct", "222"), "Is a": Coding(OMOP, "1", display="Tool"),
    }  # fmt: skip
    old = found["3"]
    assert values(old, "standard-concept") == ["NS"]
    assert values(old, "invalid-reason") == ["D"]
    assert values(old, "source-concept-code") == [Coding(None, "H-1")]
    assert values(old, "Maps to") == [Coding(OMOP, "2", display='"Big" hammer')]
    assert values(old, "Is a") == []  # a relationship that is not in force


def test_report(tmp_path: Path) -> None:
    notes = load(tmp_path).notes
    assert any("3 concepts, 2 relationships in force" in note for note in notes)
    assert any("CONCEPT_RELATIONSHIP.csv: 1 rows name concepts" in note and "line 5" in note for note in notes)
    assert any("CONCEPT_SYNONYM.csv: 1 rows name concepts" in note and "line 4" in note for note in notes)


def test_concept_alone(tmp_path: Path) -> None:
    others = [name for name in FILES if name != "CONCEPT"]
    with pytest.raises(TerminologyError, match="states the version of OMOP"):
        load(tmp_path, *others)
    found = load(tmp_path, *others, options=LoadOptions(version="1")).concepts
    assert values(found["2"], "domain-concept-id") == []


def test_hierarchy_without_ancestors(tmp_path: Path) -> None:
    found = load(tmp_path, "CONCEPT_ANCESTOR").concepts
    assert {code: c.parents for code, c in found.items()} == {"1": (), "2": ("1",), "3": ()}


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("CONCEPT", "\n2 ", "\nx ", "CONCEPT.csv, line 3: 'x' is not a concept id"),
        ("CONCEPT", "\n2 ", "\n1 ", "CONCEPT.csv, line 3 gives the concept 1 a second time"),
        ("CONCEPT", "S 222 20200101", "S 222 soon", "CONCEPT.csv, line 3: 'soon' is not a date"),
        ("CONCEPT", "standard_concept", "standard", "CONCEPT.csv has no column 'standard_concept'"),
        ("CONCEPT", FILES["CONCEPT"].removeprefix(COLUMNS), "", "CONCEPT.csv has headings, but no rows"),
        ("CONCEPT_ANCESTOR", "1 1 0 0", "1 1 0 0 0", "CONCEPT_ANCESTOR.csv, line 2: 5 columns"),
    ],
)
def test_broken(tmp_path: Path, name: str, before: str, after: str, told: str) -> None:
    with pytest.raises(TerminologyError) as caught:
        load(tmp_path, **{name: FILES[name].replace(before, after, 1)})
    assert told in str(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    (write(tmp_path) / "DOMAIN.csv").write_bytes(b"")
    with pytest.raises(TerminologyError, match=r"DOMAIN\.csv is empty"):
        read(LOADER, [tmp_path], LoadOptions())


def test_other_concept_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "concept.csv").write_text("code,name\n1,x\n", encoding="utf-8")
    assert LOADER.recognise(open_tree([tmp_path])) == []


def test_a_loaded_vocabulary_can_be_queried(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    report = ingest.load(open_store(f"sqlite:///{tmp_path / 'x.db'}"), [write(tmp_path / "in")], loaders=LOADERS)
    assert [(v.url, v.version, v.concepts) for v in report.versions] == [(OMOP, "20310716", 3)]
    assert [path.rpartition("/")[2] for path in report.unclaimed] == []


@pytest.fixture
def server(tmp_path: Path):
    (tmp_path / "in").mkdir()
    with Terminology(tmp_path / "x.db") as opened:
        ingest.load(opened.store, [write(tmp_path / "in")])
        yield opened


def test_translating_to_source_vocabularies_and_back(server: Terminology) -> None:
    (found,) = server.translate(OMOP, "2", target_system=SNOMED_CT).matches
    assert (found.mapping.target_code, found.mapping.relationship) == ("222", "equivalent")
    (back,) = server.translate(SNOMED_CT, "222", target_system=OMOP, reverse=True).matches
    assert back.mapping.source_code == "2"
    assert not server.translate(OMOP, "3").matches  # FHIR has no canonical for its vocabulary


def test_domains_are_value_sets(server: Terminology) -> None:
    found = server.expand(f"{OMOP}/ValueSet/Device", exclude_nested=True).expansion
    assert [c.code for c in found.contains] == ["1", "2", "3"]
    assert server.validate_code(OMOP, "2", value_set=f"{OMOP}/ValueSet/Device|20310716").result
    with pytest.raises(TerminologyError):
        server.expand(f"{OMOP}/ValueSet/Drug")


@pytest.mark.parametrize(
    ("name", "value", "codes"),
    [("domain", "Device", ["1", "2", "3"]), ("vocabulary", "Home", ["3"]), ("concept-class", "Drug", [])],
)
def test_filters_have_short_names(server: Terminology, name: str, value: str, codes: list[str]) -> None:
    chosen = ConceptSet(system=OMOP, filters=(Filter(name, "=", value),))
    value_set = ValueSet(url="http://example.org/vs", compose=Compose(include=(chosen,)))
    assert [c.code for c in server.expand(value_set, exclude_nested=True).expansion.contains] == codes
    assert server.validate_code(OMOP, "3", value_set=value_set).result is ("3" in codes)
