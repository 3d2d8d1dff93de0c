"""Built-in code systems beside what is loaded: who answers, under which names, and what is guessed."""

from __future__ import annotations

import pytest

from terminology.model.coding import Canonical
from tests.catalogue.loading import World, code_system

UCUM = "http://unitsofmeasure.org"
COUNTRIES = "urn:iso:std:iso:3166"


@pytest.mark.parametrize("content", ["fragment", "example", "not-present"])
def test_an_incomplete_stored_system_does_not_hide_a_grammar(content):
    partial = code_system(UCUM, "9.0", "kg", content=content)
    for request in (World(partial).request(), World().request(partial)):
        found = request.code_system(Canonical(UCUM))
        assert (found.metadata.version, found.enumerable) == ("2.2", False)
        assert found.locate("mg/dL") is not None


def test_a_complete_system_takes_the_place_of_a_builtin_one():
    whole = code_system(COUNTRIES, "2024", "XX")
    for request in (World(whole).request(), World().request(whole)):
        assert request.code_system(Canonical(COUNTRIES)).metadata.version == "2024"
        assert request.code_system(Canonical(COUNTRIES, "2018")).locate("CH") is not None


def test_a_fragment_is_found_by_its_version():
    world = World(code_system(UCUM, "9.0", "kg", content="fragment"))
    assert world.request().code_system(Canonical(UCUM, "9.0")).metadata.content == "fragment"
    assert world.request().code_system_versions(UCUM) == ("2.2", "9.0")


def test_a_builtin_system_is_found_by_its_oid():
    assert World().request().code_system(Canonical("urn:oid:2.16.840.1.113883.6.8")).metadata.url == UCUM


def test_implicit_value_sets():
    (include,) = World().request().value_set(Canonical("http://unitsofmeasure.org/vs/m")).compose.include
    assert include.system == UCUM
    assert World().request().value_set(Canonical("http://hl7.org/fhir/ValueSet/iso3166-1-3")) is not None


def test_grammars_are_not_guessed():
    request = World(code_system("http://example.org/cs", "1", "99213", "kg")).request()
    assert [str(c) for c in request.systems_holding("99213")] == ["http://example.org/cs|1"]
    assert [str(c) for c in request.systems_holding("kg")] == ["http://example.org/cs|1"]
    assert [c.url for c in request.systems_holding("DEU")] == [COUNTRIES]
