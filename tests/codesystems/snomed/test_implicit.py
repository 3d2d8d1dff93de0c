"""Implicit value sets (`?fhir_vs`), and the filters of SNOMED CT in value sets."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.implicit import read_url, value_set
from terminology.codesystems.snomed.system import SnomedCodeSystem
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.outcome import TerminologyError
from terminology.model.protocols import PlainCode
from terminology.model.valueset import Compose, ConceptReference, ConceptSet, Filter, ValueSet
from tests.menagerie import MENAGERIE

M = MENAGERIE
EARS = {"Ailment of ear", "Swollen ear", "Abscess of inner ear", "Swollen ear and scratched tail"}
BASES = (ids.SYSTEM, f"{ids.SYSTEM}/{ids.CORE_MODULE}", M.version)


def terms(zoo: Terminology, value_set: str | ValueSet) -> set[str]:
    found = zoo.expand(value_set, exclude_nested=True).expansion
    assert found.total == len(found.contains)
    return {M.terms[code.code] for code in found.contains}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"isa/{M['Ailment of ear']}", EARS),
        (f"refset/{M['Cute ailments']}", {"Scratched paw", "Swollen ear", "Fat ear"}),
        ("refset/900000000000527005", {"Scuffed paw"}),
        (f"ecl/{quote('< ' + M['Ailment of ear'])}", EARS - {"Ailment of ear"}),
        (f"ecl/< {M['Ailment']}: {M['form']} = {M['Abscess']}", {"Abscess of inner ear"}),
        (f"ecl/{quote(M.named('<< «Ailment of ear» AND ^ «Cute ailments»'), safe='')}", {"Swollen ear"}),
    ],
)
def test_what_the_urls_mean(zoo: Terminology, base: str, query: str, expected: set[str]) -> None:
    assert terms(zoo, f"{base}?fhir_vs={query}") == expected


@pytest.mark.parametrize("base", BASES)
def test_the_value_set_of_all_of_snomed(zoo: Terminology, base: str) -> None:
    everything = {M.terms[row[0]] for row in M.rows["Concept"]}
    assert terms(zoo, f"{base}?fhir_vs") == everything
    assert zoo.validate_code(ids.SYSTEM, M["Paw"], value_set=f"{base}?fhir_vs").result


@pytest.mark.parametrize("base", BASES)
def test_all_reference_sets(zoo: Terminology, base: str) -> None:
    assert terms(zoo, f"{base}?fhir_vs=refset") == {
        "Historical association", "Same as", "Replaced by", "Was a", "Possibly equivalent to", "American words",
        "British words", "Cute ailments", "Map to letters", "Map from numbers", "Rarity",
    }  # fmt: skip


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("version", [M.version, BASES[1]])
def test_the_version_of_an_implicit_value_set_is_that_of_snomed(zoo: Terminology, base: str, version: str) -> None:
    url = f"{base}?fhir_vs=isa/{M['Ailment of ear']}|{version}"
    assert terms(zoo, url) == EARS
    assert zoo.validate_code(ids.SYSTEM, M["Swollen ear"], value_set=url).result
    expanded = zoo.expand(url, count=1)
    assert expanded.value_set.version == M.version


@pytest.mark.parametrize("base", BASES)
def test_a_version_that_is_not_loaded(zoo: Terminology, base: str) -> None:
    with pytest.raises(TerminologyError) as refused:
        zoo.expand(f"{base}?fhir_vs=isa/{M['Paw']}|{ids.SYSTEM}/{ids.CORE_MODULE}/version/19990101")
    assert refused.value.issues[0].code == "not-found"


def test_validating_lists_nothing_and_agrees(zoo: Terminology) -> None:
    url = f"{ids.SYSTEM}?fhir_vs=ecl/<< {M['Ailment of ear']}"
    for term in ("Ailment of ear", "Swollen ear", "Ailment", "Paw"):
        assert zoo.validate_code(ids.SYSTEM, M[term], value_set=url).result == (term in EARS)


@pytest.mark.parametrize(
    "url",
    [
        f"{ids.SYSTEM}?fhir_vs=isa/",
        f"{ids.SYSTEM}?fhir_vs=isa",
        f"{ids.SYSTEM}?fhir_vs=ecl/",
        f"{ids.SYSTEM}?fhir_vs=xyz/1",
        f"{ids.SYSTEM}?fhir_cm={ids.SAME_AS}",
        f"{ids.SYSTEM}?other",
        f"{ids.SYSTEM}/1?fhir_vs",
    ],
)
def test_urls_that_mean_nothing(zoo: Terminology, url: str) -> None:
    assert value_set(url) is None
    with pytest.raises(TerminologyError) as failure:
        zoo.expand(url)
    assert failure.value.kind == "not-found"


@pytest.mark.parametrize(("query", "error"), [("ecl/<< 1", "INVALID_ECL"), ("ecl/<< 111", "INVALID_ECL")])
def test_constraints_of_urls_that_are_wrong(zoo: Terminology, query: str, error: str) -> None:
    with pytest.raises(TerminologyError) as failure:
        zoo.expand(f"{ids.SYSTEM}?fhir_vs={query}")
    assert failure.value.issues[0].message_id == error


def test_reading_a_url_needs_no_code_system() -> None:
    read = read_url(f"{M.version}?fhir_vs=ecl/%3C%20{M['Paw']}")
    assert read is not None
    assert (read.base, read.value) == (M.version, f"ecl/< {M['Paw']}")
    assert read_url(f"{ids.SYSTEM}?fhir_vs").base is None


@pytest.mark.parametrize(
    ("property_", "op", "value", "expected"),
    [
        ("concept", "is-a", "Ailment of ear", EARS),
        ("concept", "descendent-of", "Ailment of ear", EARS - {"Ailment of ear"}),
        ("concept", "child-of", "Ailment of ear", {"Swollen ear"}),
        ("concept", "in", "Cute ailments", {"Scratched paw", "Swollen ear", "Fat ear"}),
        ("concept", "generalizes", "Inner ear", {"Inner ear", "Ear", "Body part", "Invented SNOMED CT"}),
        ("site", "=", "Tail", set()),
        ("exact site", "=", "Tail", {"Swollen ear and scratched tail"}),
        ("constraint", "=", "< «Paw»", {"Front paw", "Hind paw"}),
        ("inactive", "=", "true", {"Scuffed paw", "Fat ear", "Grazed paw", "Odd ear"}),
        ("replacedBy", "=", "Swollen ear", {"Fat ear"}),
    ],
)
def test_filters(zoo: Terminology, property_: str, op: str, value: str, expected: set[str]) -> None:
    named = M.named(value) if "«" in value else M.by_term.get(value, value)
    f = Filter(M.by_term.get(property_, property_), op, named)
    include = ConceptSet(ids.SYSTEM, filters=(f,), path="ValueSet.compose.include[0]")
    value_set = ValueSet(url="http://example.org/vs", compose=Compose((include,)))
    assert terms(zoo, value_set) == expected
    for term in ("Swollen ear", "Inner ear", "Fat ear", "Paw", "Front paw"):
        assert zoo.validate_code(ids.SYSTEM, M[term], value_set=value_set).result == (term in expected)


@pytest.mark.parametrize(
    ("constraint", "refused"), [("<< (", True), (f"<< {M['Ailment']}", False), ("<< 99999999", False)]
)
def test_a_constraint_is_read_even_where_no_code_reaches_it(
    zoo: Terminology, constraint: str, *, refused: bool
) -> None:
    """The code is of another system. Whether the concepts exist is found out where the constraint is evaluated."""
    units = "http://unitsofmeasure.org"
    listed = ConceptSet(units, concepts=(ConceptReference("mg"),), path="ValueSet.compose.include[0]")
    other = ConceptSet(ids.SYSTEM, filters=(Filter("constraint", "=", constraint),), path="ValueSet.compose.include[1]")
    asked = ValueSet(url="http://example.org/v", compose=Compose((listed, other)))
    if not refused:
        assert zoo.validate_code(units, "mg", value_set=asked).result
        return
    with pytest.raises(TerminologyError) as error:
        zoo.validate_code(units, "mg", value_set=asked)
    assert error.value.issues[0].message_id == "INVALID_ECL"


@pytest.mark.parametrize(
    "f",
    [
        Filter("concept", "is-a", M["Ailment of ear"]),
        Filter("constraint", "=", f"< {M['Ailment of ear']}"),
        Filter("concept", "in", M["Cute ailments"]),
        Filter("expressions", "=", "true"),
    ],
    ids=str,
)
def test_codes_read_plainly_pass_the_filters_they_pass_otherwise(zoo: Terminology, f: Filter) -> None:
    snomed = zoo.catalogue(zoo.context()).code_system(Canonical(ids.SYSTEM))
    assert isinstance(snomed, SnomedCodeSystem)
    read = snomed.plain_reader([f])
    compared = [(read(one.concept.code), snomed.holds(one, f)) for one in snomed.located(range(snomed.size))]
    judged = [(plain.member, holds) for plain, holds in compared if plain is not None]
    assert len(judged) > 20
    assert all(member is holds for member, holds in judged)


def test_what_a_concept_outside_a_set_was_replaced_by_concerns_nobody(zoo: Terminology) -> None:
    snomed = zoo.catalogue(zoo.context()).code_system(Canonical(ids.SYSTEM))
    assert isinstance(snomed, SnomedCodeSystem)
    replaced = snomed.locate(M["Fat ear"])
    assert replaced is not None
    assert replaced.inactive
    assert replaced.successors is not None
    inside = snomed.plain_reader()(M["Fat ear"])
    assert inside is not None
    assert inside.note == replaced.successors
    outside = snomed.plain_reader([Filter("concept", "is-a", M["Ailment of ear"])])
    assert outside(M["Fat ear"]) == PlainCode(replaced.concept.display or "", member=False)
