"""General Equivalence Mappings: four kinds of files, flags as properties, `$translate` both ways."""

from __future__ import annotations

import pytest

from loaders import gems
from loaders.sources import open_tree
from terminology.ingest.loading import load
from terminology.library import Terminology
from terminology.model.outcome import TerminologyError
from terminology.model.records import ConceptMapRecord, LoadOptions
from terminology.store.opening import open_store

PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"

I9_PCS = (
    "0001  0AB10JZ 10000\r\n0001  0AB20JZ 00000\r\n016   0AB10ZZ 10112\r\n016   0AC10JZ 10121\r\n"
    "0099  NoPCS   11000\r\n"
)
PCS_I9 = "0AB10JZ 0001  10000\n0AB20JZ 0001  00000\n0AB10ZZ 016   10111\n0AC10JZ NoI9  10000\n"
I9_DX = "0010  A000    00000\n25000 E119    10000\nE8000 V050XXA 10000\nV1005 Z85038  00000\n042   NoDx    11000\n"
DX_I9 = "A000    0010  00000\nE119    25000 10000\nV050XXA E8000 10000\nZ85038  V1005 10000\nB20     NoDx  11000\n"


@pytest.fixture
def opened(tmp_path):
    def open_(text: str, name: str = "gem_2018.txt"):
        (tmp_path / name).write_bytes(text.encode())
        return open_tree([tmp_path / name])

    return open_


def read(tree):
    (claim,) = gems.LOADER.recognise(tree)
    return list(gems.LOADER.read(tree, claim, LoadOptions()))


@pytest.mark.parametrize(
    ("text", "source", "target", "pairs"),
    [
        (I9_PCS, ICD9, PCS, [("00.01", "0AB10JZ"), ("00.01", "0AB20JZ"), ("01.6", "0AB10ZZ"), ("01.6", "0AC10JZ"),
                             ("00.99", None)]),
        (PCS_I9, PCS, ICD9, [("0AB10JZ", "00.01"), ("0AB20JZ", "00.01"), ("0AB10ZZ", "01.6"), ("0AC10JZ", None)]),
        (I9_DX, ICD9, ICD10CM, [("001.0", "A00.0"), ("250.00", "E11.9"), ("E800.0", "V05.0XXA"), ("V10.05", "Z85.038"),
                                ("042", None)]),
        (DX_I9, ICD10CM, ICD9, [("A00.0", "001.0"), ("E11.9", "250.00"), ("V05.0XXA", "E800.0"), ("Z85.038", "V10.05"),
                                ("B20", None)]),
    ],
)  # fmt: skip
def test_the_four_kinds_of_files(opened, text, source, target, pairs):
    records = read(opened(text))
    (map_,) = (r.concept_map for r in records if isinstance(r, ConceptMapRecord))
    (group,) = map_.groups
    assert (group.source.url, group.target.url) == (source, target)
    assert [(m.source_code, m.target_code) for m in group.mappings] == pairs
    assert map_.version == "2018"


def test_the_flags(opened):
    (map_,) = (r.concept_map for r in read(opened(I9_PCS)) if isinstance(r, ConceptMapRecord))
    mappings = map_.groups[0].mappings
    assert [m.relationship for m in mappings] == ["related-to", "equivalent", "related-to", "related-to", None]
    assert {p.attribute: p.value for p in mappings[2].properties} == {
        "approximate": True, "noMap": False, "combination": True, "scenario": 1, "choiceList": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0002  0AB10JZ 1000\n", "line 6: '0002  0AB10JZ 1000' is not a line of these mappings"),
        ("0002  A000    10000\n", "line 6: '0002  A000    10000' is not a line"),
        ("0002  0AB10JZ 11000\n", "line 6: the flags 11000 say that there is no target, and there is one: 0AB10JZ"),
    ],
)
def test_broken_lines(opened, line, expected):
    tree = opened(I9_PCS + line, "gem_i9pcs.txt")
    with pytest.raises(TerminologyError) as caught:
        read(tree)
    assert expected in str(caught.value)


def test_broken_lines_after_a_good_beginning(opened):
    tree = opened(I9_PCS * 10 + "what\n")
    with pytest.raises(TerminologyError, match="line 51: 'what' is not a line of these mappings"):
        read(tree)


@pytest.mark.parametrize("text", ["Some text about 0001\n", "0001  0AB10JZ\n", "", "0001 4711 10000\n"])
def test_other_files_are_left_alone(opened, text):
    assert gems.LOADER.recognise(opened(text or "\n")) == []


@pytest.fixture
def terminology(tmp_path):
    for name, text in {"gem_i9pcs.txt": I9_PCS, "gem_pcsi9.txt": PCS_I9}.items():
        (tmp_path / name).write_text(text)
    report = load(open_store(f"sqlite:///{tmp_path}/t.db"), sorted(tmp_path.glob("gem*")))
    assert [n.issue.message_id for n in report.notes] == ["GEM_READ", "GEM_READ", "GEM_FLAG_MISSING"]
    opened = Terminology(f"sqlite:///{tmp_path}/t.db")
    yield opened
    opened.close()


def test_translate_both_ways(terminology):
    found = terminology.translate(ICD9, "00.01", target_system=PCS)
    assert [(m.concept.code, m.mapping.relationship) for m in found.matches] == [
        ("0AB10JZ", "related-to"), ("0AB20JZ", "equivalent"),
    ]  # fmt: skip
    back = terminology.translate(PCS, "0AB10JZ", target_system=ICD9)
    assert [m.concept.code for m in back.matches] == ["00.01"]
    assert back.matches[0].concept.system == ICD9
    reverse = terminology.translate(PCS, "0AC10JZ", target_system=ICD9, reverse=True)
    assert [m.concept.code for m in reverse.matches] == ["01.6"]
    assert terminology.translate(ICD9, "00.99", target_system=PCS).result is False


def test_the_gems_of_2018(shared):
    tree = open_tree([shared / "data/icd10pcs-gems-2018"])
    found = {}
    for claim in gems.LOADER.recognise(tree):
        (map_,) = (
            r.concept_map for r in gems.LOADER.read(tree, claim, LoadOptions()) if isinstance(r, ConceptMapRecord)
        )
        found[map_.url.rsplit("/")[-1]] = map_
    forth = found["gem-icd-9-cm-procedures-to-icd-10-pcs"].groups[0].mappings
    back = found["gem-icd-10-pcs-to-icd-9-cm-procedures"].groups[0].mappings
    assert (len(forth), len({m.source_code for m in forth})) == (73_593, 3_882)
    assert (len(back), len({m.source_code for m in back})) == (101_025, 78_705)
    assert sum(m.target_code is None for m in back) == 31
    assert {m.version for m in found.values()} == {"2018"}
