"""Validation before writing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from terminology.fhir import check
from terminology.model.requests import FhirRelease
from tests.fhir.test_codesystem import FULL

CODE_SYSTEM: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/cs",
    "status": "active",
    "content": "complete",
    "concept": [{"code": "a", "extension": [{"url": "http://example.org/e", "_valueString": {"id": "x"}}]}],
}
VALUE_SET: dict[str, Any] = {
    "resourceType": "ValueSet",
    "status": "active",
    "compose": {"include": [{"system": "http://example.org/cs"}]},
}


@pytest.mark.parametrize("release", ["R4", "R4B", "R5"])
@pytest.mark.parametrize("resource", [CODE_SYSTEM, VALUE_SET], ids=["CodeSystem", "ValueSet"])
def test_valid(resource: dict[str, Any], release: FhirRelease) -> None:
    assert check.check(resource, release) == []


@pytest.mark.parametrize(
    ("change", "message_id", "path"),
    [
        ({"colour": "red"}, "ELEMENT_NOT_IN_RELEASE", "CodeSystem.colour"),
        ({"content": None}, "ELEMENT_REQUIRED", "CodeSystem.content"),
        ({"status": "finished"}, "ELEMENT_CODE_WRONG", "CodeSystem.status"),
        ({"experimental": "perhaps"}, "ELEMENT_INVALID", "CodeSystem.experimental"),
        ({"concept": [{"display": "x"}]}, "ELEMENT_REQUIRED", "CodeSystem.concept[0].code"),
        ({"concept": [{"code": "a b  c"}]}, "ELEMENT_INVALID", "CodeSystem.concept[0].code"),
        (
            {"filter": [{"code": "f", "operator": ["=", "like"], "value": "v"}]},
            "ELEMENT_CODE_WRONG",
            "CodeSystem.filter[0].operator[1]",
        ),
        ({"concept": [{"code": "a", "concept": [{"code": "a"}]}]}, "CODE_REPEATED", "CodeSystem.concept"),
        ({"content": "supplement"}, "SUPPLEMENT_HALF_STATED", "CodeSystem.supplements"),
    ],
)
def test_code_systems(change: dict[str, Any], message_id: str, path: str) -> None:
    found = check.check({name: v for name, v in {**CODE_SYSTEM, **change}.items() if v is not None}, "R5")
    assert [(i.message_id, i.expression) for i in found] == [(message_id, (path,))]
    assert found[0].text


@pytest.mark.parametrize(
    ("include", "message_id"),
    [
        ({}, "INCLUDE_OF_NOTHING"),
        ({"valueSet": ["x"], "concept": [{"code": "a"}]}, "INCLUDE_WITHOUT_SYSTEM"),
        (
            {"system": "x", "concept": [{"code": "a"}], "filter": [{"property": "p", "op": "=", "value": "v"}]},
            "INCLUDE_CONCEPT_AND_FILTER",
        ),
    ],
)
@pytest.mark.parametrize("place", ["include", "exclude"])
def test_value_sets(include: dict[str, Any], message_id: str, place: str) -> None:
    compose = {"include": [{"system": "x"}], place: [include]}
    found = check.check({**VALUE_SET, "compose": compose}, "R4")
    assert [(i.message_id, i.expression) for i in found] == [(message_id, (f"ValueSet.compose.{place}[0]",))]


def test_releases_differ() -> None:
    resource = {**CODE_SYSTEM, "copyrightLabel": "x"}
    assert check.check(resource, "R5") == []
    assert [i.message_id for i in check.check(resource, "R4")] == ["ELEMENT_NOT_IN_RELEASE"]


def test_an_unknown_resource_type_is_an_issue() -> None:
    assert [i.message_id for i in check.check({"resourceType": "Nonsense"}, "R5")] == ["RESOURCE_TYPE_NOT_KNOWN"]
    assert [i.message_id for i in check.check({}, "R4")] == ["RESOURCE_TYPE_NOT_KNOWN"]


def test_many_mistakes_are_cut_short() -> None:
    resource = {**CODE_SYSTEM, "concept": [{"display": "x"}] * 200}
    assert len(check.check(resource, "R5")) == check.MOST_ISSUES


def test_members_outside_of_fhir_are_issues() -> None:
    assert {i.expression[0] for i in check.check(FULL, "R5")} >= {"CodeSystem.concept[1].display:de"}


def test_importing_it_does_not_import_the_models() -> None:
    modules = "{'fhir.resources', 'pydantic'} & {*sys.modules}"
    script = f"import sys\nfrom terminology.fhir import check\nsys.exit(bool({modules}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_shapes_on_which_the_models_raise_are_issues(release: FhirRelease) -> None:
    issues = check.check({**VALUE_SET, "contained": [{"resourceType": ""}]}, release)
    assert [issue.message_id for issue in issues] == ["RESOURCE_INVALID"]


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ({"resourceType": "CodeSystem", "status": "active", "content": "complete", "concept": None},
         "CodeSystem.concept"),
        (
            {"resourceType": "CodeSystem", "status": "active", "content": "complete",
             "concept": [{"code": "a"}, {"code": "b", "concept": [{"code": "c", "property": None}]}]},
            "CodeSystem.concept[1].concept[0].property",
        ),
        ({"resourceType": "ValueSet", "status": "active", "compose": None}, "ValueSet.compose"),
        ({"resourceType": "ValueSet", "status": "active", "compose": {"include": None}}, "ValueSet.compose.include"),
    ],
)  # fmt: skip
def test_null_members_are_issues(resource, path):
    assert path in [issue.expression[0] for issue in check.check(resource, "R5")]


@pytest.mark.parametrize("release", ["R4", "R4B", "R5"])
def test_places_in_long_lists_are_named(release):
    concepts = [{"code": str(n), "display": str(n)} for n in range(1200)]
    concepts[700]["display"] = 7
    concepts[900]["concept"] = [{"code": "x"}, {"display": "y"}]
    system = {"resourceType": "CodeSystem", "status": "active", "content": "complete", "concept": concepts}
    assert [i.expression[0] for i in check.check(system, release)] == [
        "CodeSystem.concept[700].display", "CodeSystem.concept[900].concept[1].code",
    ]  # fmt: skip
    listed = [{"code": "a"}] * 3 + [{"display": "b"}]
    compose = {
        "include": [{"system": "http://x", "concept": [{"code": "a"}]}, {"system": "http://x", "concept": listed}]
    }
    value_set = {"resourceType": "ValueSet", "status": "active", "compose": compose}
    assert [i.expression[0] for i in check.check(value_set, release)] == ["ValueSet.compose.include[1].concept[3].code"]
