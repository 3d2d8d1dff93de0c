"""RxNorm in Rich Release Format."""

from __future__ import annotations

import pytest

from loaders.rxnorm import LOADER
from terminology.model.coding import Coding
from tests.codesystems.opening import loaded_system, selected
from tests.loaders.loading import claimed, load, refusal
from tests.loaders.rxnorm.release import CONCEPTS, write_release

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_release(tmp_path_factory.mktemp("rxnorm"))


@pytest.fixture(scope="module")
def loaded(folder):
    return load(LOADER, folder)


@pytest.fixture(scope="module")
def rxnorm(folder):
    return loaded_system(RXNORM, folder)


def test_codes_are_those_with_names_of_rxnorm_by_their_numbers(loaded):
    assert list(loaded.concepts) == ["9", "11", "12", "13", "91"]
    assert loaded.notes["RXNORM_LOADED"].text == (
        "RxNorm 2025-08-04: 4 current concepts, 1 archived, 6 names, 6 relationships, 2 attributes."
    )
    assert loaded.notes["RXNORM_OF_OTHERS"].arguments["count"] == "1"


def test_the_version_is_the_date_in_the_table_of_sources(loaded):
    assert (loaded.metadata.version, loaded.metadata.effective_start) == ("2025-08-04", "2025-08-04")
    assert "National Library of Medicine" in loaded.metadata.copyright


def test_the_display_is_the_name_that_defines_the_concept(loaded):
    assert loaded.concepts["12"].display == "zebrine 5 MG Oral Tablet"
    assert loaded.names("12") == [
        ("en-US", "SCD", "zebrine 5 MG Oral Tablet"),
        ("en-US", "PSN", "zebrine 5 mg tablet"),
    ]


def test_names_of_other_sources_are_not_kept_but_that_they_have_the_concept_is(loaded):
    assert [name for _, _, name in loaded.names("11")] == ["zebrine", "striped alkaloid"]
    assert loaded.values("11", "SAB") == ["RXNORM", "OTHERDRUGS"]


def test_properties(loaded):
    assert loaded.values("12", "TTY") == ["SCD"]
    assert loaded.values("12", "has_ingredient") == ["11"]
    assert loaded.values("12", "RXN_STRENGTH") == ["5 MG"]
    assert loaded.values("12", "NDC") == [Coding("http://hl7.org/fhir/sid/ndc", "00001000101")]
    assert loaded.values("12", "PRICE") == []
    assert loaded.values("11", "STY")[0] == Coding(code="T109", display="Organic Chemical")
    assert loaded.values("13", "RB") == ["12"]
    assert {p.code for c in loaded.concepts.values() for p in c.properties} <= {
        p.code for p in loaded.metadata.properties
    }


def test_obsolete_and_archived_concepts_are_inactive(loaded):
    inactive = [code for code in loaded.concepts if loaded.values(code, "inactive")]
    assert inactive == ["13", "91"]
    assert (loaded.values("13", "SUPPRESS"), loaded.concepts["91"].display) == (["O"], "old zebrine")
    assert loaded.values("91", "MERGED_TO_RXCUI") == ["12"]
    assert loaded.values("11", "MERGED_TO_RXCUI") == []


def test_what_became_of_retired_codes(loaded):
    (concept_map,) = loaded.maps.values()
    (group,) = concept_map.groups
    assert [(m.source_code, m.target_code, m.relationship) for m in group.mappings] == [
        ("91", "12", "equivalent"),
        ("92", "12", "source-is-broader-than-target"),
        ("92", "13", "source-is-broader-than-target"),
    ]


@pytest.mark.parametrize(
    ("property_", "op", "value", "codes"),
    [
        ("TTY", "=", "SCD", ["12", "13", "91"]),
        ("TTY", "in", "IN,DF", ["9", "11"]),
        ("SAB", "=", "OTHERDRUGS", ["11"]),
        ("STY", "=", "T121", ["11"]),
        ("has_ingredient", "=", "CUI:11", ["12", "13"]),
        ("has_ingredient", "=", "11", ["12", "13"]),
        ("has_ingredient", "=", "AUI:A2", ["12", "13"]),
        ("has_ingredient", "=", "AUI:none", []),
        ("RO", "=", "CUI:11", ["12", "13"]),
        ("RO", "=", "CUI:9", ["12"]),
        ("RB", "=", "CUI:12", ["13"]),
        ("NDC", "=", "00001000101", ["12"]),
        ("inactive", "=", "true", ["13", "91"]),
    ],
)
def test_filters(rxnorm, property_, op, value, codes):
    assert selected(rxnorm, property_, op, value) == codes


def test_the_prescribable_content_in_the_full_release_is_left_alone(tmp_path):
    folder = write_release(tmp_path)
    write_release(folder / "prescribe", RXNCONSO=CONCEPTS[:1])
    (folder / "scripts").mkdir()
    (folder / "scripts/load.sql").write_text("-- SQL")
    assert len(claimed(LOADER, folder)) == 1
    assert len(claimed(LOADER, folder)[0]) == 15
    assert len(load(LOADER, folder).concepts) == 5


def test_the_prescribable_content_alone(tmp_path):
    write_release(tmp_path / "prescribe", RXNCONSO=CONCEPTS[:1])
    assert "11" in load(LOADER, tmp_path).concepts


def test_the_date_in_the_name_of_the_archive(tmp_path):
    folder = write_release(tmp_path / "RxNorm_full_09012025", RXNSAB=("C|C|X|X|X|X|1",))
    assert load(LOADER, folder).metadata.version == "2025-09-01"


@pytest.mark.parametrize(
    ("changed", "id_", "told"),
    [
        ({"RXNSAB": ("C|C|X|X|X|X|1",)}, "RELEASE_VERSION_UNKNOWN", "--version"),
        ({"RXNREL": ("1|" * 18,)}, "RELEASE_ROW_LENGTH", "RXNREL.RRF, line 1: 19 columns, where there should be 16"),
    ],
)
def test_broken_releases(tmp_path, changed, id_, told):
    found, text = refusal(LOADER, write_release(tmp_path, **changed))
    assert found == id_
    assert told in text


def test_without_concepts_nothing_can_be_loaded(tmp_path):
    folder = write_release(tmp_path)
    (folder / "rrf/RXNCONSO.RRF").unlink()
    id_, text = refusal(LOADER, folder)
    assert id_ == "RELEASE_FILE_MISSING"
    assert "no RXNCONSO.RRF" in text


def test_empty_tables(tmp_path):
    assert load(LOADER, write_release(tmp_path / "a", RXNCUI=(), RXNATOMARCHIVE=())).concepts
    assert refusal(LOADER, write_release(tmp_path / "b", RXNREL=()))[0] == "RELEASE_FILE_EMPTY"


def test_the_real_excerpt_lacks_its_main_table(shared):
    id_, text = refusal(LOADER, shared / "data/tx-source/rxnorm")
    assert id_ == "RELEASE_FILE_MISSING"
    assert "RXNCUI.RRF, RXNSAB.RRF, RXNSTY.RRF" in text
