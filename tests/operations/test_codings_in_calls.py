"""A Coding in a call about a system: the version that the call names counts where the Coding has none."""

from __future__ import annotations

from typing import Any

import pytest

from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.conceptmap import ConceptMap, Group, Mapping
from terminology.model.outcome import TerminologyError
from terminology.operations import expand, lookup, subsumes, translate, validate_code
from terminology.operations.inputs import Given
from terminology.operations.operation import Operation
from tests.memory import MemoryCatalogue, MemoryCodeSystem
from tests.operations.calling import call, value, values
from tests.operations.maps import MapCatalogue
from tests.valuesets.building import include, value_set

SYSTEM, OTHER = "http://example.org/system", "http://example.org/other"
SET = "http://example.org/scopes"


def _version(number: str, *concepts: Concept, url: str = SYSTEM) -> MemoryCodeSystem:
    return MemoryCodeSystem(CodeSystemMetadata(url=url, version=number), [*concepts])


SCOPE, KNEE = Concept("scope", "Endoscopy"), Concept("knee", "Knee scope", parents=("scope",))
CATALOGUE = MemoryCatalogue(
    _version("1", SCOPE, Concept("knee", "Arthroscopy of the knee")),
    _version("2", SCOPE, KNEE),
    _version("1", SCOPE, url=OTHER),
    value_set("scopes", include(SYSTEM)),
)
CODE_SYSTEM, VALUE_SET = validate_code.ON_CODE_SYSTEMS, validate_code.ON_VALUE_SETS


def coding(code: str, version: str | None = None, system: str = SYSTEM, name: str = "coding") -> Given:
    return Given(name, "Coding", {"system": system, "code": code} | ({"version": version} if version else {}))


def answer(operation: Operation, *given: Given, on: str | None = None, **query: str) -> dict[str, Any]:
    return call(operation, CATALOGUE, *given, instance=Canonical(SYSTEM, on) if on else None, **query)


@pytest.mark.parametrize("operation", [lookup.OPERATION, CODE_SYSTEM], ids=["lookup", "validate"])
def test_the_version_beside_a_coding_counts(operation: Operation) -> None:
    shown = [
        value(answer(operation, coding("knee"), version="1"), "display"),
        value(answer(operation, coding("knee"), on="1"), "display"),
        value(answer(operation, coding("knee", "2"), version="1"), "display"),
        value(answer(operation, coding("knee")), "display"),
    ]
    assert shown == ["Arthroscopy of the knee", "Arthroscopy of the knee", "Knee scope", "Knee scope"]


@pytest.mark.parametrize(
    ("operation", "url"), [(lookup.OPERATION, "system"), (CODE_SYSTEM, "url"), (CODE_SYSTEM, "system")]
)
def test_a_call_on_a_resource_may_repeat_its_url(operation: Operation, url: str) -> None:
    """It is about that version, unless the call names another one."""
    shown = [
        value(answer(operation, on="1", **named, **version), "display")
        for named in ({"code": "knee"}, {"code": "knee", url: SYSTEM})
        for version in ({}, {"version": "2"})
    ]
    assert shown == ["Arthroscopy of the knee", "Knee scope"] * 2


def test_a_call_on_a_value_set_may_repeat_its_url() -> None:
    sets = (value_set("set", include(SYSTEM, code), version=code) for code in ("scope", "knee"))
    catalogue, url = MemoryCatalogue(*CATALOGUE.systems, *sets), "http://example.org/set"

    def listed(**named: str) -> list[str]:
        found = call(expand.OPERATION, catalogue, instance=Canonical(url, "knee"), **named)
        return [one["code"] for one in found["expansion"]["contains"]]

    assert [listed(), listed(url=url), listed(valueSetVersion="scope")] == [["knee"], ["knee"], ["scope"]]


def test_the_version_beside_a_coding_is_compared_with_that_of_the_value_set() -> None:
    found = answer(VALUE_SET, coding("knee"), url=SET, systemVersion="1")
    assert (value(found, "display"), value(found, "version")) == ("Arthroscopy of the knee", "1")
    assert value(answer(VALUE_SET, coding("knee"), url=SET, systemVersion="7"), "result") is False


def test_the_version_beside_a_coding_chooses_among_mappings() -> None:
    maps = MapCatalogue(
        *(
            ConceptMap(
                url=f"http://example.org/map/{version}",
                groups=(
                    Group(
                        source=Canonical(SYSTEM, version),
                        target=Canonical(OTHER),
                        mappings=(Mapping(source_code="knee", target_code=f"of {version}", relationship="equivalent"),),
                    ),
                ),
            )
            for version in ("1", "2")
        )
    )
    found = call(translate.OPERATION, maps, coding("knee", name="sourceCoding"), version="2")
    assert [match["concept"]["code"] for match in values(found, "match")] == ["of 2"]


def test_a_coding_of_another_system_is_not_looked_up_in_a_system() -> None:
    with pytest.raises(TerminologyError, match=f"'{OTHER}', but the call is about the CodeSystem '{SYSTEM}'"):
        answer(lookup.OPERATION, coding("scope", system=OTHER), on="1")
    with pytest.raises(TerminologyError, match="the call is about"):
        answer(lookup.OPERATION, coding("scope", system=OTHER), system=SYSTEM)


def _relation(a: str | None, b: str | None, **more: str) -> str:
    both = coding("scope", a, name="codingA"), coding("knee", b, name="codingB")
    return str(value(answer(subsumes.OPERATION, *both, **more), "outcome"))


def test_subsumption_is_tested_in_the_version_that_is_named() -> None:
    assert [_relation(None, None), _relation("2", None), _relation(None, "1")] == [
        "subsumes",
        "subsumes",
        "not-subsumed",
    ]
    assert [_relation(None, None, on="1"), _relation(None, None, version="1")] == ["not-subsumed", "not-subsumed"]
    assert _relation("1", "2", version="2") == "subsumes"


@pytest.mark.parametrize(("a", "b", "on"), [("1", "2", None), (None, "2", "1")])
def test_codes_of_two_versions_are_not_compared(a: str | None, b: str | None, on: str | None) -> None:
    with pytest.raises(TerminologyError, match="Codes of different versions cannot be compared: '1' and '2'"):
        _relation(a, b, **({"on": on} if on else {}))


def test_codes_of_another_system_are_not_compared_in_a_system() -> None:
    both = (coding("scope", system=OTHER, name=name) for name in ("codingA", "codingB"))
    with pytest.raises(TerminologyError, match="the call is about"):
        answer(subsumes.OPERATION, *both, on="1")
