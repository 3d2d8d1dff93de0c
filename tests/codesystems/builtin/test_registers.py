"""Countries, subdivisions, currencies, areas, states: ordinary stored systems, made on demand."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from terminology.codesystems import iso3166, iso4217, m49, usps
from terminology.codesystems.built import BuiltCodeSystem
from terminology.codesystems.registry import BUILTIN, builtin_identified_by, made
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.model.language import ANY_LANGUAGE
from terminology.model.valueset import Filter

COUNTRIES = made(iso3166.COUNTRIES)
SUBDIVISIONS = made(iso3166.SUBDIVISIONS)


def codes(system, ordinals):
    return [concept.code for concept in system.concepts(ordinals)]


def found(system, text):
    hits = system.search(text, ANY_LANGUAGE, None)
    return codes(system, hits.page(0, 10))


def test_countries_have_three_codes():
    assert [COUNTRIES.locate(code).concept.display for code in ("DE", "DEU", "276")] == ["Germany"] * 3
    assert [(p.code, p.value) for p in COUNTRIES.locate("DE").concept.properties] == [
        ("alpha3", "DEU"),
        ("numeric", "276"),
    ]
    assert set(found(COUNTRIES, "germ")) == {"DE", "DEU", "276"}
    assert codes(COUNTRIES, COUNTRIES.select(Filter("code", "regex", "[A-Z]{2}")))[:3] == ["AD", "AE", "AF"]


def test_codes_are_those_hl7_lists(shared):
    path = shared / "conformance/tests/bugs/expand-country-codes-response.json"
    listed = {entry["code"] for entry in json.loads(path.read_text())["expansion"]["contains"]}
    assert set(COUNTRIES.codes()) == listed


def test_user_assigned_codes_are_valid():
    located = COUNTRIES.locate("XY")
    assert (located.concept.display, located.user_assigned) == ("User-assigned", True)
    assert not COUNTRIES.locate("CH").user_assigned
    assert COUNTRIES.locate("AB") is None


def test_former_names_are_designations():
    assert "Swaziland" in {d.value for d in COUNTRIES.locate("SZ").concept.designations}
    assert "Turkey" in {d.value for d in COUNTRIES.locate("792").concept.designations}


def test_subdivisions_have_a_hierarchy_and_a_country():
    assert SUBDIVISIONS.locate("US-CA").concept.display == "California"
    assert SUBDIVISIONS.subsumes("GB-ENG", "GB-LND") == "subsumes"
    of_france = codes(SUBDIVISIONS, SUBDIVISIONS.select(Filter("country", "=", "FR")))
    assert {"FR-BRE", "FR-29"} <= set(of_france)
    assert SUBDIVISIONS.subsumes("FR-BRE", "FR-29") == "subsumes"
    assert all(
        parent in SUBDIVISIONS.codes() for c in SUBDIVISIONS.concepts(SUBDIVISIONS.every()) for parent in c.parents
    )


def test_currencies_states_and_regions_are_located():
    assert made(iso4217.URL).locate("EUR").concept.display == "Euro"
    assert made(iso4217.URL).locate("EUR").concept.values("numeric")[0].value == "978"
    assert made(usps.URL).size == 62
    assert made(usps.URL).locate("CA").concept.display == "California"
    regions = made(m49.URL)
    assert "150" in codes(regions, regions.select(Filter("class", "=", "region")))
    assert "276" not in codes(regions, regions.select(Filter("class", "=", "region")))


def test_areas_are_called_as_the_united_nations_call_them_and_known_by_the_other_name_too():
    areas = {concept.code: concept for concept in m49.areas()}
    assert areas["840"].display == "United States of America"
    assert [d.value for d in areas["840"].designations] == ["United States"]
    assert areas["276"].display == "Germany"
    assert m49.NAMES.keys() <= areas.keys()
    assert all(d.value != c.display for c in areas.values() for d in c.designations), "a name that ISO 3166-1 has too"


@pytest.mark.parametrize(
    ("url", "code", "stranger"),
    [
        ("http://hl7.org/fhir/ValueSet/iso3166-1-2", "DE", "DEU"),
        ("http://hl7.org/fhir/ValueSet/iso3166-1-3", "DEU", "DE"),
        ("http://hl7.org/fhir/ValueSet/iso3166-1-N", "276", "DE"),
    ],
)
def test_value_sets_of_countries(url, code, stranger):
    (include,) = COUNTRIES.implicit_value_set(url).include
    (filter_,) = include.filters
    assert COUNTRIES.holds(COUNTRIES.locate(code), filter_)
    assert not COUNTRIES.holds(COUNTRIES.locate(stranger), filter_)


def test_concepts_are_read_when_first_needed_and_once():
    reads = []

    def concepts():
        reads.append(1)
        yield Concept("a", "A")

    system = BuiltCodeSystem(CodeSystemMetadata(url="http://example.org/s"), concepts)
    assert (system.metadata.url, system.key, reads) == ("http://example.org/s", "builtin:http://example.org/s", [])
    assert system.implicit_value_set("http://example.org/vs") is None
    assert reads == []
    assert system.size == 1
    assert system.locate("a").concept.display == "A"
    assert reads == [1]


@pytest.mark.parametrize("url", BUILTIN)
def test_headers_agree_with_their_urls(url):
    header = made(url).metadata
    assert (header.url, header.content, header.title is not None) == (url, "complete", True)


def test_starting_reads_no_data():
    program = (
        "import sys; from terminology.codesystems import registry\n"
        "for url in registry.BUILTIN: registry.made(url).implicit_value_set('http://example.org')\n"
        "print(sorted({'ucumvert', 'pint', 'lark', 'pycountry', 'language_tags'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_builtin_systems_are_identified_by_oids():
    assert builtin_identified_by("urn:oid:2.16.840.1.113883.6.8") == "http://unitsofmeasure.org"
    assert builtin_identified_by("urn:oid:1.0.3166.1.2.2") == iso3166.COUNTRIES
    assert builtin_identified_by("urn:oid:2.16.840.1.113883.6.282") == "http://varnomen.hgvs.org"
    assert builtin_identified_by("urn:oid:1.2.3") is None
