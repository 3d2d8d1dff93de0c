"""ValueSet ⇄ model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from terminology.fhir import valueset
from terminology.fhir.elements import STANDARDS_STATUS
from terminology.fhir.expansion import render_expansion
from terminology.fhir.json import dumps, loads_object
from terminology.model.coding import Canonical, Coding
from terminology.model.concept import Designation, Extension, Property
from terminology.model.outcome import TerminologyError
from terminology.model.results import ExpandResult
from terminology.model.valueset import (
    Compose,
    ConceptReference,
    ConceptSet,
    Contains,
    Expansion,
    ExpansionParameter,
    ExpansionProperty,
    Filter,
    ValueSet,
)

FULL: dict[str, Any] = {
    "resourceType": "ValueSet",
    "id": "vs",
    "text": {"status": "empty"},
    "contained": [
        {"resourceType": "ValueSet", "id": "inner", "compose": {"include": [{"valueSet": ["http://example.org/other"]}]}},
        {"resourceType": "Organization", "id": "org"},
    ],
    "extension": [
        {"url": valueset.SUPPLEMENT, "valueCanonical": "http://example.org/s|1"},
        {"url": STANDARDS_STATUS, "valueCode": "withdrawn"},
    ],
    "url": "http://example.org/vs",
    "version": "1",
    "name": "VS",
    "title": "A value set",
    "status": "draft",
    "experimental": True,
    "date": "2024",
    "publisher": "Nobody",
    "contact": [{"name": "x"}],
    "description": "text",
    "jurisdiction": [{"text": "world"}],
    "immutable": False,
    "purpose": "testing",
    "copyright": "none",
    "compose": {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter",
                "extension": [{"url": "name", "valueCode": "displayLanguage"}, {"url": "value", "valueCode": "de"}],
            }
        ],
        "lockedDate": "2024-01-01",
        "inactive": False,
        "include": [
            {
                "system": "http://example.org/cs",
                "version": "2",
                "concept": [
                    {
                        "extension": [{"url": "http://example.org/e", "valueInteger": 1}],
                        "code": "a",
                        "display": "A!",
                        "designation": [{"language": "de", "use": {"code": "u"}, "value": "Ah"}],
                    }
                ],
            },
            {"system": "http://example.org/cs", "filter": [{"property": "concept", "op": "is-a", "value": "b"}]},
            {"valueSet": ["http://example.org/other|3", "#inner"]},
        ],
        "exclude": [{"system": "http://example.org/cs", "filter": [{"property": "p", "op": "exists"}]}],
        "property": ["definition"],
    },
    "expansion": {
        "extension": [{"url": "http://example.org/x", "valueBoolean": True}],
        "identifier": "urn:uuid:1",
        "timestamp": "2024-01-01T00:00:00Z",
        "total": 3,
        "offset": 0,
        "parameter": [{"name": "count", "valueInteger": 5}, {"name": "activeOnly", "valueBoolean": False}],
        "property": [{"code": "weight", "uri": "http://example.org/p#w"}],
        "contains": [
            {
                "extension": [{"url": "http://example.org/e", "valueString": "s"}],
                "system": "http://example.org/cs",
                "abstract": True,
                "inactive": True,
                "version": "2",
                "code": "a",
                "display": "A",
                "designation": [{"value": "Ah"}],
                "property": [{"code": "weight", "valueDecimal": 2}],
                "contains": [{"system": "http://example.org/cs", "code": "b"}],
            }
        ],
    },
}  # fmt: skip


def same(one: object, other: object) -> bool:
    return dumps(one, sort=True) == dumps(other, sort=True)


def test_nothing_is_lost() -> None:
    assert same(valueset.render(valueset.parse(FULL)), FULL)


def test_compose() -> None:
    parsed = valueset.parse(FULL)
    assert parsed.compose == Compose(
        include=(
            ConceptSet(
                "http://example.org/cs",
                "2",
                concepts=(
                    ConceptReference(
                        "a",
                        "A!",
                        (Designation("Ah", "de", Coding(code="u")),),
                        (Extension("http://example.org/e", "Integer", 1),),
                    ),
                ),
                path="ValueSet.compose.include[0]",
            ),
            ConceptSet(
                "http://example.org/cs", filters=(Filter("concept", "is-a", "b"),), path="ValueSet.compose.include[1]"
            ),
            ConceptSet(
                value_sets=(Canonical("http://example.org/other", "3"), Canonical("#inner")),
                path="ValueSet.compose.include[2]",
            ),
        ),
        exclude=(
            ConceptSet(
                "http://example.org/cs", filters=(Filter("p", "exists", ""),), path="ValueSet.compose.exclude[0]"
            ),
        ),
        inactive=False,
        locked_date="2024-01-01",
        properties=("definition",),
    )


def test_expansion_parameters_supplements_and_status_are_read_from_extensions() -> None:
    parsed = valueset.parse(FULL)
    assert parsed.expansion_parameters == (ExpansionParameter("displayLanguage", "Code", "de"),)
    assert parsed.supplements == (Canonical("http://example.org/s", "1"),)
    assert parsed.standards_status == "withdrawn"


def test_the_older_url_of_expansion_parameters() -> None:
    name = b"StructureDefinition/valueset-expansion-parameter"
    older = dumps(FULL).replace(name, b"tools/" + name)
    assert valueset.parse(loads_object(older)).expansion_parameters == valueset.parse(FULL).expansion_parameters


def test_contained_value_sets_need_no_url() -> None:
    (inner,) = valueset.parse(FULL).contained
    assert (inner.id, inner.url) == ("inner", "")
    assert inner.compose is not None


def test_the_expansion_survives_the_model() -> None:
    parsed = valueset.parse(FULL)
    assert parsed.expansion is not None
    assert parsed.expansion.contains[0].properties[0].code == "weight"
    assert same(valueset.render_expansion_element(parsed.expansion), FULL["expansion"])


def test_a_value_set_that_code_made() -> None:
    parsed = replace(valueset.parse(FULL), resource=b"")
    written = valueset.render(parsed)
    # The steering extension of compose is in the typed field only; all other parts are written from the model.
    expected = {name: value for name, value in FULL["compose"].items() if name != "extension"}
    expected["exclude"] = [
        {"system": "http://example.org/cs", "filter": [{"property": "p", "op": "exists", "value": ""}]}
    ]
    assert same(written["compose"], expected)


EXPANSION = Expansion(
    identifier="urn:uuid:2",
    timestamp="2024-01-01T00:00:00Z",
    total=1,
    properties=(ExpansionProperty("status"),),
    contains=(Contains(system="s", code="a", properties=(Property("status", "code", "active"),)),),
)


def test_an_expansion_repeats_only_what_names_the_value_set() -> None:
    written = render_expansion(ExpandResult(valueset.parse(FULL), EXPANSION))
    assert written.keys() == {
        "resourceType", "id", "url", "version", "name", "title", "status", "experimental", "date", "immutable",
        "expansion",
    }  # fmt: skip
    assert written["expansion"] == {
        "identifier": "urn:uuid:2",
        "timestamp": "2024-01-01T00:00:00Z",
        "total": 1,
        "property": [{"code": "status"}],
        "contains": [{"system": "s", "code": "a", "property": [{"code": "status", "valueCode": "active"}]}],
    }


def test_an_expansion_with_the_definition() -> None:
    written = render_expansion(ExpandResult(valueset.parse(FULL), EXPANSION, include_definition=True))
    assert written["compose"] == FULL["compose"]
    assert written["expansion"]["identifier"] == "urn:uuid:2"


def test_an_expansion_of_a_value_set_without_url_states_no_url() -> None:
    written = render_expansion(ExpandResult(ValueSet(url=""), EXPANSION))
    assert "url" not in written


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"compose": []}, "ValueSet.compose"),
        ({"compose": {"include": [{"system": 3}]}}, "ValueSet.compose.include[0].system"),
        ({"compose": {"exclude": [{"concept": [{}]}]}}, "ValueSet.compose.exclude[0].concept[0].code"),
        ({"compose": {"include": [{"valueSet": "x"}]}}, "ValueSet.compose.include[0].valueSet"),
        ({"compose": {"include": [{"valueSet": [3]}]}}, "ValueSet.compose.include[0].valueSet[0]"),
        ({"compose": {"inactive": "no"}}, "ValueSet.compose.inactive"),
        ({"expansion": {"contains": [{"code": 1}]}}, "ValueSet.expansion.contains[0].code"),
        ({"expansion": {"total": 1.5}}, "ValueSet.expansion.total"),
        ({"contained": [{"resourceType": "ValueSet", "compose": 1}]}, "ValueSet.contained[0].compose"),
    ],
)
def test_broken_elements_are_named_by_their_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(TerminologyError) as error:
        valueset.parse({**FULL, **change})
    assert error.value.issues[0].expression == (path,)


def test_filters_carry_their_fhirpath():
    compose = valueset.parse(FULL).compose
    places = [f.expression for one in (*compose.include, *compose.exclude) for f in one.filters]
    assert places == [("ValueSet.compose.include[1].filter[0]",), ("ValueSet.compose.exclude[0].filter[0]",)]
