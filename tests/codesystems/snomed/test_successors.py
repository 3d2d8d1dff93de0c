"""Inactive concepts say what may be used instead."""

from __future__ import annotations

import pytest

from terminology.codesystems.snomed import ids
from terminology.library import Terminology
from tests.menagerie import MENAGERIE

M = MENAGERIE


@pytest.mark.parametrize(
    ("term", "successors"),
    [
        ("Fat ear", [("Swollen ear", "replacedBy")]),
        ("Scuffed paw", [("Scratched paw", "sameAs")]),
        ("Odd ear", [("Ailment of ear", "possiblyEquivalentTo"), ("Swollen ear", "possiblyEquivalentTo")]),
    ],
)
def test_validation_names_the_successors_of_an_inactive_concept(
    zoo: Terminology, term: str, successors: list[tuple[str, str]]
) -> None:
    code = M[term]
    result = zoo.validate_code(ids.SYSTEM, code)
    assert (result.result, result.inactive) == (True, True)
    named = ", ".join(f"{M[other]} ({relation})" for other, relation in successors)
    inactive, instead = result.issues
    assert (inactive.message_id, instead.message_id) == ("INACTIVE_CONCEPT_FOUND", "CODE_ALTERNATIVES")
    assert instead.severity == "information"
    assert instead.text == f"The code '{code}' is no longer used; what may be used instead: {named}"
    looked_up = [(p.property.value, p.property.code) for p in zoo.lookup(ids.SYSTEM, code).properties]
    assert set(looked_up) >= {(M[other], relation) for other, relation in successors}


def test_an_active_concept_has_no_successors(zoo: Terminology) -> None:
    assert zoo.validate_code(ids.SYSTEM, M["Paw"]).issues == ()


def test_a_value_set_that_asks_for_inactive_concepts_is_told_nothing(zoo: Terminology) -> None:
    """Who validates the members of a historical set knows that they are of the past."""
    url = f"{ids.SYSTEM}?fhir_vs=ecl/^ {ids.REPLACED_BY}"
    assert zoo.validate_code(ids.SYSTEM, M["Fat ear"], value_set=url).issues == ()


def test_a_value_set_of_active_concepts_refuses_and_names_them(zoo: Terminology) -> None:
    url = f"{ids.SYSTEM}?fhir_vs"
    result = zoo.validate_code(ids.SYSTEM, M["Fat ear"], value_set=url, active_only=True)
    assert not result.result
    assert "CODE_ALTERNATIVES" in [issue.message_id for issue in result.issues]
