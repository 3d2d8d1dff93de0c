"""UCUM as a code system."""

from __future__ import annotations

import json

import pytest

from terminology.codesystems.registry import made
from terminology.codesystems.ucum.system import URL
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import NotEnumerable
from terminology.model.valueset import Filter

UCUM = made(URL)


def comparable(code, unit):
    return UCUM.holds(UCUM.locate(code), Filter("canonical", "=", unit))


def test_the_header_says_whose_it_is():
    assert UCUM.metadata.version == "2.2"
    assert "https://unitsofmeasure.org/license" in UCUM.metadata.copyright
    assert (UCUM.enumerable, UCUM.size, UCUM.metadata.compositional) == (False, 0, True)


def test_a_unit_is_displayed_as_its_code():
    located = UCUM.locate("mg/dL")
    assert (located.concept.code, located.concept.display, located.ordinal) == ("mg/dL", "mg/dL", None)
    assert [d.value for d in located.concept.designations] == ["(milligram) / (deciliter)", "milligram per deciliter"]
    assert UCUM.explain("mg/dL") is None


def test_explanations_are_those_of_hl7s_servers():
    assert UCUM.locate("kgXX") is None
    assert UCUM.explain("kgXX").text == "Error processing unit 'kgXX': The unit 'kgXX' is unknown at character 1"


def test_the_canonical_filter_finds_what_hl7_finds(shared):
    tests = shared / "conformance/tests/ucum"
    codes, grams = (
        {e["code"] for e in json.loads((tests / name).read_text())["expansion"]["contains"]}
        for name in ("expand-ucum-all-4-response.json", "expand-ucum-canonical-response.json")
    )
    assert {code for code in codes if comparable(code, "g")} == grams


def test_the_canonical_filter_takes_any_unit():
    assert comparable("h", "a")
    assert not comparable("h", "m")
    assert comparable("[iU]/mL", "[IU]/L")
    with pytest.raises(TerminologyError, match="The unit 'foo' is unknown at character 1"):
        comparable("h", "foo")


def test_filters_are_refused_without_a_unit_to_ask_about():
    UCUM.must_understand(Filter("canonical", "=", "h"))
    UCUM.must_understand(Filter("code", "in", "kg"))
    for f, reason in ((Filter("canonical", "=", "foo"), "'foo' is unknown"), (Filter("colour", "=", "red"), "colour")):
        with pytest.raises(TerminologyError, match=reason):
            UCUM.must_understand(f)


def test_other_filters():
    located = UCUM.locate("mg")
    assert UCUM.holds(located, Filter("code", "regex", "m.*"))
    assert UCUM.holds(located, Filter("code", "in", "kg, mg"))
    with pytest.raises(NotEnumerable):
        UCUM.select(Filter("canonical", "=", "g"))
    with pytest.raises(TerminologyError, match="has no property 'colour'"):
        UCUM.select(Filter("colour", "=", "red"))


def test_nothing_is_listed():
    with pytest.raises(NotEnumerable):
        UCUM.every()
    assert (list(UCUM.codes()), UCUM.ordinals(["kg"]), list(UCUM.concepts([0]))) == ([], {}, [])


def test_units_that_are_the_same():
    assert UCUM.subsumes("L", "l") == "equivalent"
    assert UCUM.subsumes("L", "dm3") == "equivalent"
    assert UCUM.subsumes("mg{creat}", "mg") == "equivalent"
    assert UCUM.subsumes("mg", "kg") == "not-subsumed"
    assert UCUM.subsumes("Cel", "K") == "not-subsumed"
    assert UCUM.subsumes("Cel", "Cel") == "equivalent"
    with pytest.raises(TerminologyError, match="kgXX"):
        UCUM.subsumes("kg", "kgXX")


def test_implicit_value_sets():
    (everything,) = UCUM.implicit_value_set("http://hl7.org/fhir/ValueSet/ucum-units").include
    assert (everything.system, everything.filters) == (URL, ())
    assert UCUM.implicit_value_set("http://unitsofmeasure.org/vs").include == (everything,)
    (lengths,) = UCUM.implicit_value_set("http://unitsofmeasure.org/vs/m").include
    assert lengths.filters == (Filter("canonical", "=", "m"),)
    assert UCUM.implicit_value_set("http://example.org/vs") is None
