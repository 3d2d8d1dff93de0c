"""Implicit concept maps (`?fhir_cm=`): associations and map reference sets, forwards and backwards."""

from __future__ import annotations

import pytest

from terminology.codesystems import registry
from terminology.codesystems.snomed import ids
from terminology.codesystems.snomed.maps import source_of
from terminology.fhir import conceptmap
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.conceptmap import MappingAttribute
from terminology.model.outcome import TerminologyError
from terminology.model.results import TranslateResult
from terminology.operations.translate import OPERATION
from tests.codesystems.builtin.test_registers import COUNTRIES
from tests.menagerie import MENAGERIE, PROPERLY_CLASSIFIED, READ_CODES
from tests.operations.calling import call, value

M = MENAGERIE


def url(refset: str, base: str = ids.SYSTEM) -> str:
    return f"{base}?fhir_cm={refset}"


def found(result: TranslateResult) -> list[tuple[str | None, str | None, str | None]]:
    return [(m.concept.code, m.concept.display, m.mapping.relationship) for m in result.matches]


@pytest.mark.parametrize(
    ("refset", "code", "targets"),
    [
        (ids.SAME_AS, "Scuffed paw", [("Scratched paw", "equivalent")]),
        (ids.REPLACED_BY, "Fat ear", [("Swollen ear", "equivalent")]),
        (ids.WAS_A, "Grazed paw", [("Scratched paw", "source-is-narrower-than-target")]),
        (
            ids.POSSIBLY_EQUIVALENT_TO,
            "Odd ear",
            [("Ailment of ear", "related-to"), ("Swollen ear", "related-to")],
        ),
        (ids.SAME_AS, "Odd ear", []),
        (ids.SAME_AS, "Fat ear", []),
    ],
)
def test_associations(zoo: Terminology, refset: str, code: str, targets: list[tuple[str, str]]) -> None:
    result = zoo.translate(ids.SYSTEM, M[code], concept_map=url(refset))
    assert found(result) == [(M[target], target, relationship) for target, relationship in targets]
    assert result.result == bool(targets)
    for match in result.matches:
        assert (match.concept.system, match.concept.version) == (ids.SYSTEM, M.version)
        assert match.concept_map == Canonical(url(refset), M.version)


def test_associations_backwards(zoo: Terminology) -> None:
    result = zoo.translate(ids.SYSTEM, M["Scratched paw"], concept_map=url(ids.WAS_A), reverse=True)
    assert found(result) == [(M["Grazed paw"], "Grazed paw", "source-is-broader-than-target")]


def test_an_extended_map_in_the_order_of_its_groups_and_priorities(zoo: Terminology) -> None:
    result = zoo.translate(ids.SYSTEM, M["Swollen ear"], concept_map=url(M["Map to letters"]))
    assert found(result) == [
        ("E1", None, "equivalent"), ("E9", None, "source-is-broader-than-target"),
        ("Z1", None, "source-is-broader-than-target"),
    ]  # fmt: skip
    first = result.matches[0]
    assert first.concept.system is None, "nobody knows whose letters they are"
    assert first.mapping.comment == "ALWAYS E1"
    assert first.mapping.properties == (
        MappingAttribute("mapGroup", "Integer", 1),
        MappingAttribute("mapPriority", "Integer", 1),
        MappingAttribute("mapRule", "String", "TRUE"),
        MappingAttribute("mapCategoryId", "Code", PROPERLY_CLASSIFIED),
    )


def test_a_map_without_a_target_maps_to_nothing(zoo: Terminology) -> None:
    result = zoo.translate(ids.SYSTEM, M["Ailment of ear"], concept_map=url(M["Map to letters"]))
    assert (result.result, result.matches) == (False, ())


def test_an_extended_map_backwards(zoo: Terminology) -> None:
    result = zoo.translate("http://example.org/letters", "E9", concept_map=url(M["Map to letters"]), reverse=True)
    assert found(result) == [(M["Swollen ear"], "Swollen ear", "source-is-narrower-than-target")]


def test_a_simple_map_to_a_system_that_is_known(zoo: Terminology) -> None:
    (match,) = zoo.translate(ids.SYSTEM, M["Paw"], concept_map=url(READ_CODES)).matches
    assert (match.concept.system, match.concept.code) == ("http://read.info/ctv3", "X17")
    (back,) = zoo.translate("http://read.info/ctv3", "X17", concept_map=url(READ_CODES), reverse=True).matches
    assert (back.concept.code, back.concept.display) == (M["Paw"], "Paw")
    assert not zoo.translate("http://example.org/x", "X17", concept_map=url(READ_CODES), reverse=True).matches
    assert not zoo.translate(
        ids.SYSTEM, M["Paw"], concept_map=url(READ_CODES), target_system="http://example.org/x"
    ).matches


def test_a_map_that_leads_to_snomed(zoo: Terminology) -> None:
    (match,) = zoo.translate("http://example.org/numbers", "17", concept_map=url(M["Map from numbers"])).matches
    assert (match.concept.code, match.concept.display) == (M["Paw"], "Paw")


@pytest.mark.parametrize("base", [f"http://snomed.info/sct/{ids.CORE_MODULE}", M.version])
def test_maps_of_an_edition_and_of_a_version(zoo: Terminology, base: str) -> None:
    (match,) = zoo.translate(ids.SYSTEM, M["Fat ear"], concept_map=url(ids.REPLACED_BY, base)).matches
    assert match.concept_map == Canonical(url(ids.REPLACED_BY, base), M.version)


def test_the_version_of_a_map_is_that_of_snomed(zoo: Terminology) -> None:
    named = Canonical(url(ids.REPLACED_BY), M.version)
    assert zoo.translate(ids.SYSTEM, M["Fat ear"], concept_map=named).result
    other = f"http://snomed.info/sct/{ids.CORE_MODULE}/version/20200131"
    for unknown in (Canonical(named.url, other), Canonical(url(ids.REPLACED_BY, M.version), other)):
        with pytest.raises(TerminologyError, match="fhir_cm"):
            zoo.translate(ids.SYSTEM, M["Fat ear"], concept_map=unknown)


@pytest.mark.parametrize(
    "unknown",
    [
        url(M["Cute ailments"]), url(M["Paw"]), url("1"), url(""), f"{ids.SYSTEM}?fhir_cm",
        url(ids.REPLACED_BY, f"http://snomed.info/sct/{M['Paw']}"), f"{ids.SYSTEM}?fhir_vs=refset/{ids.REPLACED_BY}",
        "http://example.org?fhir_cm=1",
    ],
)  # fmt: skip
def test_urls_that_are_no_maps_are_not_found(zoo: Terminology, unknown: str) -> None:
    with pytest.raises(TerminologyError) as failure:
        zoo.translate(ids.SYSTEM, M["Fat ear"], concept_map=unknown)
    assert failure.value.issues[0].message_id == "CONCEPTMAP_NOT_FOUND"


def test_the_answer_says_what_was_used(zoo: Terminology) -> None:
    context = zoo.context()
    query = {"url": url(ids.REPLACED_BY), "sourceCode": M["Fat ear"], "sourceSystem": ids.SYSTEM}
    answer = call(OPERATION, zoo.catalogue(context), **query)
    assert value(answer, "used-conceptmap") == f"{url(ids.REPLACED_BY)}|{M.version}"
    assert value(answer, "used-system") == f"{ids.SYSTEM}|{M.version}"
    backwards = call(
        OPERATION, zoo.catalogue(context), url=url(ids.REPLACED_BY), targetCode=M["Swollen ear"], system=ids.SYSTEM
    )
    assert value(backwards, "match")["source"]["code"] == M["Fat ear"]


def test_a_map_that_comes_with_the_request_is_preferred(zoo: Terminology) -> None:
    own = conceptmap.parse(
        {
            "resourceType": "ConceptMap",
            "url": url(ids.REPLACED_BY),
            "status": "active",
            "group": [
                {
                    "source": ids.SYSTEM,
                    "target": "http://example.org/own",
                    "element": [{"code": M["Fat ear"], "target": [{"code": "fat", "relationship": "equivalent"}]}],
                }
            ],
        }
    )
    result = zoo.translate(ids.SYSTEM, M["Fat ear"], concept_map=url(ids.REPLACED_BY), resources=[own])
    assert [m.concept.code for m in result.matches] == ["fat"]
    assert result.used_system is None


def test_no_system_is_opened_to_see_that_a_url_is_not_implicit(
    zoo: Terminology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Translations are often asked of stored maps: those must not pay for what SNOMED CT could mean."""
    catalogue = zoo.catalogue(zoo.context())
    monkeypatch.setattr(type(catalogue), "_base", lambda *_: pytest.fail("a system was looked up"))
    for ordinary in ("http://example.org/map", f"{ids.SYSTEM}?fhir_vs"):
        assert catalogue.concept_map(Canonical(ordinary)) is None
        asked = {"source": None, "target_system": None, "reverse": False}
        assert not catalogue.mappings(**asked, concept_map=Canonical(ordinary)).of("x")
    assert not catalogue.mappings(**asked, concept_map=None).of("x")


def test_which_version_a_url_is_about() -> None:
    assert source_of(Canonical(url("1"))) == Canonical(ids.SYSTEM)
    assert source_of(Canonical(url("1"), M.version)) == Canonical(ids.SYSTEM, M.version)
    assert source_of(Canonical(url("1", M.version))) == Canonical(ids.SYSTEM, M.version)
    assert registry.implying_map(Canonical(COUNTRIES.metadata.url)) is None
