"""What comes out of a release: terms, parts, answers, groups, texts, maps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loaders.loinc import LOADER
from tests.loaders.loading import load
from tests.loaders.loinc.release import OTHER, write_release


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load(LOADER, write_release(tmp_path_factory.mktemp("loinc")), version="2.82")


def test_the_codes_of_each_kind_in_order(loaded):
    assert list(loaded.concepts) == [
        "9000-5", "90001-9", "90002-7", "90003-5", "90004-3",
        "LP90001-1", "LP90002-9", "LP90003-7", "LP90004-5", "LP90005-2", "LP90006-0", "LP90007-8", "LP90010-2",
        "LL901-3", "LL902-1", "LL903-9", "LA901-1", "LA902-9", "LG90-1", "LG91-9",
    ]  # fmt: skip
    assert loaded.notes["LOINC_LOADED"].text == (
        "LOINC 2.82: 5 codes, 8 parts, 3 answer lists, 2 answers, 2 groups, texts in 1 languages besides English."
    )


def test_a_term(loaded):
    concept = loaded.concepts["90001-9"]
    assert (concept.display, concept.definition) == ("Zebrium in Ink", "Zebrium that is left.")
    assert concept.parents == ("LP90001-1",)
    stated = {p.code: (p.kind, p.value) for p in concept.properties if not p.extensions}
    assert stated["COMPONENT"] == ("code", "LP90001-1")  # linked
    assert stated["SCALE_TYP"] == ("code", "LP90004-5")  # by the name of the part
    assert stated["CLASS"] == ("code", "LP90006-0")
    assert stated["PROPERTY"] == ("string", "MCnc")  # no table has such a part
    assert stated["STATUS"] == ("string", "ACTIVE")
    assert stated["CLASSTYPE"] == ("string", "1")
    assert stated["COMMON_TEST_RANK"] == ("integer", 12)
    assert stated["analyte-core"] == ("code", "LP90001-1")
    assert stated["category"] == ("code", "LP90006-0")
    assert stated["group"] == ("code", "LG91-9")
    assert "METHOD_TYP" not in stated
    assert "inactive" not in stated
    assert loaded.values("90001-9", "AssociatedObservations") == ["90002-7", "90003-5"]


def test_names_in_all_languages_best_first(loaded):
    assert loaded.names("90001-9") == [
        ("en-US", "LONG_COMMON_NAME", "Zebrium in Ink"),
        ("en-US", "SHORTNAME", "Zebrium Ink"),
        ("en-US", "DisplayName", "Zebrium (Ink)"),
        ("en-US", "ConsumerName", "Stripe metal, ink"),
        ("de-DE", "LONG_COMMON_NAME", "Zebrium in Tinte"),
        ("de-DE", "SHORTNAME", "Zebrium Ti"),
    ]
    assert loaded.concepts["90001-9"].designations[0].use.system == "http://loinc.org"


def test_translated_parts_make_a_name_where_there_is_none(loaded):
    assert loaded.names("90003-5")[-1] == ("de-DE", "FullySpecifiedName", "Quaggium:Masse::Tinte")


def test_related_names_tell_their_language(loaded):
    related = loaded.concepts["90001-9"].values("RELATEDNAMES2")
    assert [(p.value, [e.value for e in p.extensions]) for p in related] == [
        ("Zbr; Stripes", []),
        ("Streifen", ["de-DE"]),
    ]
    assert loaded.metadata.property_definition("RELATEDNAMES2").searched


@pytest.mark.parametrize(
    ("code", "inactive"), [("90001-9", []), ("90004-3", []), ("90002-7", [True]), ("90003-5", [True])]
)
def test_deprecated_and_discouraged_terms_are_inactive(loaded, code, inactive):
    assert loaded.values(code, "inactive") == inactive


def test_no_rank_is_no_value(loaded):
    assert loaded.values("90002-7", "COMMON_TEST_RANK") == []


def test_what_replaces_a_term(loaded):
    assert loaded.values("90002-7", "MAP_TO") == ["90001-9"]
    (group,) = loaded.maps["http://loinc.org/cm/loinc-map-to"].groups
    assert [(m.source_code, m.target_code, m.comment) for m in group.mappings] == [
        ("90002-7", "90001-9", "On paper too")
    ]


def test_parts(loaded):
    part = loaded.concepts["LP90001-1"]
    assert (part.display, part.parents) == ("Zebrium", ("LP90010-2",))
    assert loaded.names("LP90001-1") == [("en-US", "DisplayName", "Zebrium metal")]
    assert loaded.values("LP90001-1", "PartTypeName") == ["COMPONENT"]
    assert loaded.values("LP90002-9", "inactive") == [True]
    assert loaded.concepts["LP90010-2"].display == "{component}"  # the hierarchy's own


def test_without_a_table_of_parts_the_links_name_them(tmp_path):
    loaded = load(LOADER, write_release(tmp_path, without=frozenset({"parts"})), version="2.82")
    assert loaded.concepts["LP90007-8"].display == "Note"
    assert loaded.values("90004-3", "SCALE_TYP") == ["Doc"]


def test_answer_lists_keep_their_order_and_scores(loaded):
    answers = loaded.concepts["LL901-3"].values("Answer")
    assert [(p.value, [e.value for e in p.extensions]) for p in answers] == [
        ("LA901-1", [Decimal(2)]),
        ("LA902-9", [Decimal("0.5")]),
    ]
    assert loaded.values("LL901-3", "answers-for") == ["9000-5"]
    assert loaded.values("LL903-9", "ExtDefinedYN") == ["Y"]
    assert loaded.values("9000-5", "answer-list") == ["LL901-3"]
    assert loaded.values("9000-5", "AnswerListLinkType") == ["NORMATIVE"]


def test_an_answer_of_several_lists(loaded):
    answer = loaded.concepts["LA901-1"]
    assert (answer.display, answer.definition) == ("Sunny", "Very well.")
    assert loaded.values("LA901-1", "AnswerList") == ["LL901-3", "LL902-1"]
    assert loaded.names("LA901-1") == [("en-US", None, "Sunny day")]


def test_groups(loaded):
    assert loaded.concepts["LG91-9"].parents == ("LG90-1",)
    assert loaded.concepts["LG91-9"].display == "Zebrium|Any"
    assert loaded.values("LG90-1", "STATUS") == ["ACTIVE"]


def test_rows_about_unknown_codes_are_named_and_left_out(loaded):
    assert [(s.place.rpartition("/")[2], s.reason.arguments["code"]) for s in loaded.skipped] == [
        ("LoincPartLink_Supplementary.csv, line 5", "90099-0"),
        ("LoincPartLink_Supplementary.csv, line 6", "LP90098-7"),
        ("LoincAnswerListLink.csv, line 3", "LL999-0"),
    ]


def test_maps_of_parts_and_answers_by_target(loaded):
    assert sorted(loaded.maps) == [
        "http://loinc.org/cm/loinc-answers-to-example-org-other",
        "http://loinc.org/cm/loinc-map-to",
        "http://loinc.org/cm/loinc-parts-to-example-org-other",
        "http://loinc.org/cm/loinc-parts-to-snomed-ct",
        "http://loinc.org/cm/loinc-to-ieee-11073-10101",
    ]
    (group,) = loaded.maps["http://loinc.org/cm/loinc-parts-to-example-org-other"].groups
    assert (group.target.url, group.target.version) == (OTHER, "1")
    assert [(m.source_code, m.target_code, m.relationship) for m in group.mappings] == [
        ("LP90001-1", "z", "equivalent"),
        ("LP90002-9", "q", "source-is-narrower-than-target"),
    ]
    (group,) = loaded.maps["http://loinc.org/cm/loinc-answers-to-example-org-other"].groups
    assert [(m.source_code, m.target_code) for m in group.mappings] == [("LA901-1", "s")]  # once, of two lists
    (group,) = loaded.maps["http://loinc.org/cm/loinc-to-ieee-11073-10101"].groups
    assert [(m.source_code, m.target_code, m.target_display) for m in group.mappings] == [
        ("90001-9", "150000", "MDC_ZBR")
    ]


def test_the_header(loaded):
    header = loaded.metadata
    assert (header.url, header.version, header.language) == ("http://loinc.org", "2.82", "en-US")
    assert (header.value_set, header.case_sensitive, header.content) == ("http://loinc.org/vs", False, "complete")
    assert "Regenstrief" in header.copyright
    kinds = {p.code: p.kind for p in header.properties}
    assert (kinds["COMPONENT"], kinds["document-kind"], kinds["STATUS"]) == ("code", "code", "string")
    used = {p.code for concept in loaded.concepts.values() for p in concept.properties}
    assert used <= set(kinds)
