"""LOINC: its filters, implicit value sets and ways, over an invented release."""

from __future__ import annotations

import pytest

from terminology import ingest
from terminology.library import Terminology
from terminology.model.language import ANY_LANGUAGE
from terminology.model.outcome import TerminologyError
from terminology.model.records import LoadOptions
from terminology.model.valueset import Filter
from terminology.store.opening import open_store
from tests.codesystems.opening import loaded_system, selected
from tests.loaders.loinc.release import write_release

LOINC = "http://loinc.org"


@pytest.fixture(scope="module")
def loinc(tmp_path_factory):
    return loaded_system(LOINC, write_release(tmp_path_factory.mktemp("loinc")), version="2.82")


def test_sets_are_kept_by_their_bytes(loinc):
    before = loinc._selected.used
    loinc.select(Filter("COMPONENT", "regex", "x" * 10_000))
    assert loinc._selected.used - before > 10_000


@pytest.mark.parametrize(
    ("property_", "op", "value", "codes"),
    [
        # parts by code and by name, in any case
        ("COMPONENT", "=", "LP90001-1", ["90001-9", "90002-7"]),
        ("COMPONENT", "=", "Zebrium", ["90001-9", "90002-7"]),
        ("COMPONENT", "=", "zebrium", ["90001-9", "90002-7"]),
        ("SCALE_TYP", "=", "DOC", ["90004-3"]),
        ("COMPONENT", "in", "zebrium,LP90002-9", ["90001-9", "90002-7", "90003-5"]),
        ("COMPONENT", "not-in", "Zebrium,Quaggium,Note,Mood", [
            "LP90001-1", "LP90002-9", "LP90003-7", "LP90004-5", "LP90005-2", "LP90006-0", "LP90007-8", "LP90010-2",
            "LL901-3", "LL902-1", "LL903-9", "LA901-1", "LA902-9", "LG90-1", "LG91-9",
        ]),
        ("COMPONENT", "regex", "Z.*|Qua.+", ["90001-9", "90002-7", "90003-5"]),
        ("COMPONENT", "regex", "LP9000[12]-.", ["90001-9", "90002-7", "90003-5"]),
        ("METHOD_TYP", "=", "LP90001-1", []),
        # names that are no parts of the release
        ("PROPERTY", "=", "mcnc", ["9000-5", "90001-9", "90002-7", "90003-5", "90004-3"]),
        ("PROPERTY", "regex", "M[A-Z]nc", ["9000-5", "90001-9", "90002-7", "90003-5", "90004-3"]),
        # strings and numbers
        ("STATUS", "=", "DISCOURAGED", ["90003-5"]),
        ("STATUS", "=", "trial", ["90004-3"]),
        ("CLASSTYPE", "=", "2", ["90004-3"]),
        ("COMMON_TEST_RANK", "=", "12", ["90001-9"]),
        ("document-kind", "exists", "true", ["90004-3"]),
        # what LOINC defines itself
        ("LIST", "=", "LL901-3", ["LA901-1", "LA902-9"]),
        ("LIST", "in", "LL902-1,LL999-0", ["LA901-1"]),
        ("answers-for", "=", "LL901-3", ["LA901-1", "LA902-9"]),
        ("answers-for", "=", "9000-5", ["LA901-1", "LA902-9"]),
        ("answers-for", "=", "90001-9", []),
        ("answers-for", "=", "nonsense", []),
        ("copyright", "=", "3rdParty", ["90003-5"]),
        ("ancestor", "=", "LP90001-1", ["90001-9", "90002-7"]),
        ("parent", "=", "LP90010-2", ["90003-5", "LP90001-1"]),
        ("parent", "=", "80764-4", []),
        ("child", "=", "90003-5", ["LP90010-2"]),
        ("concept", "is-a", "LP90001-1", ["90001-9", "90002-7", "LP90001-1"]),
        ("group", "=", "LG91-9", ["90001-9", "90002-7"]),
        ("group", "=", "LG90-1", ["90001-9", "90002-7"]),
        ("MAP_TO", "=", "90001-9", ["90002-7"]),
    ],
)  # fmt: skip
def test_filters(loinc, property_, op, value, codes):
    assert selected(loinc, property_, op, value) == codes


def test_all_that_no_third_party_has_rights_in(loinc):
    assert "90003-5" not in selected(loinc, "copyright", "=", "LOINC")
    assert len(selected(loinc, "copyright", "=", "loinc")) == loinc.size - 1


@pytest.mark.parametrize(
    ("property_", "op", "value", "id_"),
    [
        ("copyright", "=", "mine", "FILTER_VALUE_UNKNOWN"),
        ("COLOUR", "=", "red", "FILTER_PROPERTY_UNKNOWN"),
        ("COMPONENT", "=", "", "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE"),
        ("COMPONENT", "regex", "(", "FILTER_REGEX_INVALID"),
    ],
)
def test_filters_that_are_refused(loinc, property_, op, value, id_):
    for ask in (loinc.select, loinc.must_understand):
        with pytest.raises(TerminologyError) as refused:
            ask(Filter(property_, op, value))
        assert refused.value.issues[0].message_id == id_


def test_codes_do_not_differ_by_case(loinc):
    assert loinc.locate("lp90001-1").concept.code == "LP90001-1"


def test_the_answers_of_a_list_in_its_order_with_their_scores(loinc):
    value_set = loinc.implicit_value_set("http://loinc.org/vs/LL901-3")
    assert (value_set.version, value_set.name) == ("2.82", "LOINCAnswerListLL901_3")
    (include,) = value_set.compose.include
    assert [(c.code, [str(e.value) for e in c.extensions]) for c in include.concepts] == [
        ("LA901-1", ["2"]),
        ("LA902-9", ["0.5"]),
    ]


@pytest.mark.parametrize(
    ("code", "name", "codes"),
    [
        ("LP90001-1", "LOINCValueSetForLP90001_1", ["90001-9", "90002-7"]),
        ("LG90-1", "LOINCGroupLG90_1", ["90001-9", "90002-7"]),
        ("LL903-9", "LOINCAnswerListLL903_9", []),  # defined elsewhere: not all of LOINC
    ],
)
def test_implicit_value_sets_by_filter(loinc, code, name, codes):
    value_set = loinc.implicit_value_set(f"http://loinc.org/vs/{code}")
    assert value_set.name == name
    (f,) = value_set.compose.include[0].filters
    assert selected(loinc, f.property, f.op, f.value) == codes


@pytest.mark.parametrize("url", ["http://loinc.org/vs/LL9-9", "http://loinc.org/vs/90001-9", "http://loinc.org/other"])
def test_other_urls_have_no_implicit_value_set(loinc, url):
    assert loinc.implicit_value_set(url) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("zebrium ink", ["90001-9", "90002-7"]),
        ("stripes", ["90001-9"]),  # a related name
        ("zbr", ["90001-9"]),
        ("stripe metal", ["90001-9"]),  # the consumer's name
        ("tinte", ["90001-9", "90003-5"]),
        ("streifen", []),  # a related name in another language
    ],
)
def test_search(loinc, text, codes):
    hits = loinc.search(text, ANY_LANGUAGE, None)
    assert sorted(loinc.codes()[ordinal] for ordinal in hits.page(0, 10)) == codes


def test_class_types_are_described_and_other_properties_are_not(loinc):
    concept = loinc.locate("90001-9").concept
    described = {found.property.code: found.description for found in loinc.described(concept.properties)}
    assert described["CLASSTYPE"] == "Laboratory class"
    assert {d for code, d in described.items() if code != "CLASSTYPE"} == {None}


def test_scores_are_weights_in_an_expansion(tmp_path):
    url = f"sqlite:///{tmp_path / 'loinc.db'}"
    ingest.load(open_store(url), [write_release(tmp_path / "release")], LoadOptions(version="2.82"))
    with Terminology(url) as terminology:
        expansion = terminology.expand("http://loinc.org/vs/LL901-3").expansion
        found = [(entry.code, [(p.code, str(p.value)) for p in entry.properties]) for entry in expansion.contains]
        assert found == [("LA901-1", [("weight", "2")]), ("LA902-9", [("weight", "0.5")])]
        replaced = terminology.translate(LOINC, "90002-7", target_system=LOINC)
        assert [match.concept.code for match in replaced.matches] == ["90001-9"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("90001-8", "'90001-8' has a wrong check digit. Did you mean 90001-9 ("),
        ("8480-7", "'8480-7' has a wrong check digit: 8480-6 would have the right one."),
        ("8480-6", None),
        ("1-8", None),
        ("LP90001-9", None),
        ("8480", None),
    ],
)
def test_a_check_digit_that_does_not_fit(loinc, code, why):
    said = loinc.explain(code)
    assert said is None if why is None else said.text.startswith(why)


def test_a_deprecated_term_names_its_successor(loinc):
    found = loinc.locate("90002-7")
    assert found.inactive
    assert found.successors.arguments == {"code": "90002-7", "successors": "90001-9"}
    assert loinc.locate("90001-9").successors is None
