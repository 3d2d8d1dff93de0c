"""Alternate codes count where they are asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminology.fhir import codesystem, valueset
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.requests import ExpandRequest, ValidateCodeRequest
from terminology.model.valueset import ExpansionParameter
from terminology.operations import common, expand, validate_code
from terminology.operations.inputs import Inputs, given_in_body
from tests.valuesets.validating import coding, ids
from valuesets.alternates import USE

S = "http://example.org/s"


def alternate(code, use=None):
    value = {"code": "alt", "valueCode": code}
    return {**value, "extension": [{"url": USE, "valueCoding": {"code": use}}]} if use else value


SYSTEM = codesystem.parse(
    {
        "resourceType": "CodeSystem", "url": S, "version": "1", "status": "active", "content": "complete",
        "property": [
            {"code": "alt", "uri": "http://hl7.org/fhir/concept-properties#alternateCode", "type": "code"},
        ],
        "concept": [
            {"code": "a", "display": "A", "property": [alternate("a-old", "historical"), alternate("a-short", "short")],
             "concept": [{"code": "b", "display": "B", "property": [alternate("c"), alternate("b-old")]}]},
            {"code": "c", "display": "C"},
        ],
    }
)  # fmt: skip
ALL = valueset.parse(
    {"resourceType": "ValueSet", "url": "http://example.org/all", "status": "active",
     "compose": {"include": [{"system": S}]}}
)  # fmt: skip
NOT_B = valueset.parse(
    {"resourceType": "ValueSet", "url": "http://example.org/not-b", "status": "active",
     "compose": {"include": [{"system": S}], "exclude": [{"system": S, "concept": [{"code": "b"}]}]}}
)  # fmt: skip


@pytest.fixture(scope="module")
def terminology():
    with Terminology("sqlite:///:memory:") as made:
        yield made


def expanded(terminology, value_set, *uses, **more):
    asked = ExpandRequest(value_set=value_set, alternate_codes=uses, exclude_nested=True, **more)
    return terminology.ask(expand.run, asked, resources=(SYSTEM,)).expansion


@pytest.mark.parametrize(
    ("uses", "codes"),
    [
        ((), "a b c"),
        (("true",), "a b c a-old a-short b-old"),
        (("historical",), "a b c a-old"),
        (("short", "historical"), "a b c a-old a-short"),
        (("other",), "a b c"),
    ],
)
def test_an_expansion_lists_them_after_the_codes(terminology, uses, codes):
    found = expanded(terminology, ALL, *uses)
    assert [entry.code for entry in found.contains] == codes.split()
    assert found.total == len(codes.split())
    assert [p.value for p in found.parameters if p.name == "includeAlternateCodes"] == list(uses)


def test_they_have_the_display_of_their_concept(terminology):
    found = {entry.code: entry.display for entry in expanded(terminology, ALL, "true").contains}
    assert found["a-old"] == "A"


def test_they_come_and_go_with_their_concept(terminology):
    found = expanded(terminology, NOT_B, "true")
    assert [entry.code for entry in found.contains] == ["a", "c", "a-old", "a-short"]


def test_a_value_set_may_ask_for_them(terminology):
    stated = replace(ALL, expansion_parameters=(ExpansionParameter("includeAlternateCodes", "Boolean", True),))
    assert len(expanded(terminology, stated).contains) == 6
    assert judged(terminology, "a-old", value_set=stated).result


def judged(terminology, code, *uses, value_set=None):
    asked = ValidateCodeRequest(
        form="code",
        concept=common.single(coding(S, code)),
        value_set=value_set,
        code_system=None if value_set else Canonical(S),
        alternate_codes=uses,
    )
    return terminology.ask(validate_code.run, asked, resources=(SYSTEM,))


@pytest.mark.parametrize(
    ("value", "uses"),
    [({"valueBoolean": True}, ("true",)), ({"valueBoolean": False}, ()), ({"valueCode": "short"}, ("short",))],
)
def test_clients_ask_with_a_boolean_or_with_uses(value, uses):
    given = [{"name": "url", "valueUri": ALL.url}, {"name": "includeAlternateCodes", **value}]
    for operation, more in (
        (expand.OPERATION, []),
        (validate_code.ON_VALUE_SETS, [{"name": "code", "valueCode": "a"}]),
    ):
        body = {"resourceType": "Parameters", "parameter": [*given, *more]}
        assert operation.request(Inputs(operation, given_in_body(body))).alternate_codes == uses


@pytest.mark.parametrize("value_set", [None, ALL])
def test_a_validation_takes_one_for_the_code_of_its_concept(terminology, value_set):
    found = judged(terminology, "a-old", "true", value_set=value_set)
    assert (found.result, found.coding.code, found.normalized_code, found.display) == (True, "a-old", "a", "A")
    assert ids(found) == ["CODE_ALTERNATE"]


@pytest.mark.parametrize("value_set", [None, ALL])
@pytest.mark.parametrize("uses", [(), ("short",)])
def test_not_where_it_is_not_asked_for(terminology, value_set, uses):
    found = judged(terminology, "a-old", *uses, value_set=value_set)
    assert (found.result, found.normalized_code) == (False, None)


def test_a_code_of_its_own_comes_first(terminology):
    found = judged(terminology, "c", "true", value_set=ALL)
    assert (found.result, found.display, found.normalized_code) == (True, "C", None)
    assert judged(terminology, "b-old", "true", value_set=NOT_B).result is False
