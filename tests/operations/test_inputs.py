from __future__ import annotations

from typing import Any

import pytest

from terminology.model.coding import Canonical, CodeableConcept, Coding
from terminology.model.outcome import TerminologyError
from terminology.operations.inputs import Given, Inputs, given_in_body, given_in_url
from terminology.operations.operation import MANY, Operation, Parameter

PARAMETERS = (
    Parameter("text", "string", "A text."),
    Parameter("flag", "boolean", "A flag."),
    Parameter("number", "integer", "A number."),
    Parameter("url", "uri", "An address."),
    Parameter("many", "canonical", "Several.", max=MANY),
    Parameter("coding", "Coding", "A coding."),
    Parameter("concept", "CodeableConcept", "A concept."),
    Parameter("valueSet", "ValueSet", "A value set."),
    Parameter("tx-resource", "Resource", "Any resource.", max=MANY),
    Parameter("inner", "Parameters", "More parameters.", max=MANY),
    Parameter("parts", "part", "Parts.", parts=(Parameter("one", "code", "One."),)),
    Parameter("displayLanguage", "code", "A language."),
    Parameter("either", "string", "A text or a flag.", max=MANY, or_boolean=True),
)
OPERATION = Operation(
    name="test",
    resource=None,
    definition="",
    documentation="",
    parameters=PARAMETERS,
    request=lambda inputs: inputs,
    run=lambda *_: None,
    response=lambda _: {},
)


def body(*parameters: dict[str, Any]) -> Inputs:
    return Inputs(OPERATION, given_in_body({"resourceType": "Parameters", "parameter": list(parameters)}))


def url(*pairs: tuple[str, str]) -> Inputs:
    return Inputs(OPERATION, given_in_url(pairs))


@pytest.mark.parametrize("kind", ["String", "Code", "Uri", "Canonical", "Id", "Markdown"])
def test_any_string_like_value_serves(kind: str) -> None:
    assert body({"name": "url", "value" + kind: " x "}).text("url") == "x"


def test_an_empty_text_in_a_coding_says_nothing() -> None:
    empty = {"system": "", "code": "a", "display": ""}
    inputs = body(
        {"name": "coding", "valueCoding": empty}, {"name": "concept", "valueCodeableConcept": {"coding": [empty]}}
    )
    assert inputs.value("coding") == Coding(code="a")
    assert inputs.value("concept") == CodeableConcept((Coding(code="a"),))


def test_a_boolean_serves_where_the_parameter_says_so() -> None:
    found = body({"name": "either", "valueBoolean": True}, {"name": "either", "valueCode": "short"})
    assert found.values("either") == ("true", "short")
    with pytest.raises(TerminologyError, match="must be a string, but it is true"):
        body({"name": "text", "valueBoolean": True})


@pytest.mark.parametrize(("given", "read"), [(True, True), (False, False), ("true", True), ("false", False)])
def test_booleans_may_be_strings(given: Any, read: bool) -> None:
    assert body({"name": "flag", "valueBoolean": given}).flag("flag") is read


@pytest.mark.parametrize("given", [3, "3", "+3"])
def test_integers_may_be_strings(given: Any) -> None:
    assert body({"name": "number", "valueInteger": given}).number("number") == 3


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ({"name": "flag", "valueString": "yes"}, "'flag' must be a boolean, but it is 'yes'"),
        ({"name": "flag", "valueInteger": 1}, "'flag' must be a boolean"),
        ({"name": "number", "valueBoolean": True}, "'number' must be an integer"),
        ({"name": "number", "valueDecimal": 1.5}, "'number' must be an integer"),
        ({"name": "text", "valueInteger": 1}, "'text' must be a string, but it is 1"),
        ({"name": "text", "valueCoding": {}}, "'text' must be a string, but it is an object"),
        ({"name": "coding", "valueString": "a|b"}, "'coding' must be a Coding"),
        ({"name": "coding", "valueCoding": {"code": 7}}, "'coding.code' must be a string"),
        ({"name": "concept", "valueCodeableConcept": {"coding": {}}}, "'concept.coding' must be"),
        ({"name": "valueSet", "valueUri": "x"}, "'valueSet' must be a ValueSet"),
        ({"name": "valueSet", "resource": {"resourceType": "CodeSystem"}}, "'valueSet' must be a ValueSet"),
        ({"name": "tx-resource", "resource": {"resourceType": "Patient"}}, "CodeSystem or ValueSet or ConceptMap"),
        ({"name": "valueSet", "resource": {"resourceType": ["ValueSet"]}}, "'valueSet' must be a ValueSet"),
        ({"name": "parts", "part": {}}, "'parts' must be a parameter with parts"),
        ({"name": "parts", "part": [1]}, "'parts.part' must be an array of objects"),
        ({"name": "parts", "valueString": "x"}, "'parts' must be a parameter with parts"),
        ({"name": "text"}, r"parameter\[0\] must have a name"),
        ({"valueString": "x"}, r"parameter\[0\] must have a name"),
    ],
)
def test_wrong_types_are_named(parameter: dict[str, Any], text: str) -> None:
    with pytest.raises(TerminologyError, match=text) as raised:
        body(parameter)
    assert raised.value.kind == "invalid"


def test_single_parameters_may_not_be_repeated() -> None:
    with pytest.raises(TerminologyError, match="'text' may be given once, but was given 2 times"):
        url(("text", "a"), ("text", "b"))
    assert url(("many", "a|1"), ("many", "b")).canonicals("many") == (Canonical("a", "1"), Canonical("b"))


def test_unknown_parameters_are_passed_over_unless_strict() -> None:
    assert url(("unknown", "x"), ("text", "y")).text("text") == "y"
    with pytest.raises(TerminologyError, match=r"\$test has no parameter 'unknown'"):
        Inputs(OPERATION, given_in_url([("unknown", "x"), ("_format", "json")]), strict=True)


def test_empty_texts_count_as_absent() -> None:
    assert not url(("text", " ")).has("text")


def test_complex_values() -> None:
    inputs = body(
        {"name": "coding", "valueCoding": {"system": "s", "code": "c", "userSelected": True}},
        {"name": "concept", "valueCodeableConcept": {"coding": [{"code": "x"}], "text": "X"}},
        {"name": "parts", "part": [{"name": "one", "valueCode": "p"}]},
    )
    assert inputs.value("coding") == Coding("s", "c", user_selected=True)
    assert inputs.value("concept") == CodeableConcept((Coding(code="x"),), "X")
    assert inputs.value("parts") == (Given("one", "Code", "p"),)


def test_resources_are_parsed_once_per_content() -> None:
    resource = {"resourceType": "ValueSet", "url": "http://example.org/vs", "status": "active"}
    first = body({"name": "valueSet", "resource": resource}).value("valueSet")
    assert first.url == "http://example.org/vs"
    assert body({"name": "valueSet", "resource": dict(resource)}).value("valueSet") is first
    other = body({"name": "valueSet", "resource": resource | {"version": "2"}}).value("valueSet")
    assert other.version == "2"


def test_complex_values_need_a_body() -> None:
    with pytest.raises(TerminologyError, match="'coding' is a Coding: send it in the body"):
        url(("coding", "system|code"))


def test_a_profile_gives_defaults() -> None:
    profile = {
        "resourceType": "Parameters",
        "parameter": [{"name": "text", "valueString": "default"}, {"name": "number", "valueInteger": 1}],
    }
    inputs = body({"name": "text", "valueString": "own"}, {"name": "profile", "resource": profile})
    assert (inputs.text("text"), inputs.number("number")) == ("own", 1)


def test_languages() -> None:
    assert [r.tag for r in url(("displayLanguage", "en;q=0.5, de")).languages().ranges] == ["de", "en"]
    with pytest.raises(TerminologyError, match="'displayLanguage' must be a list of languages"):
        url(("displayLanguage", "!!")).languages()


def test_needing_and_excluding() -> None:
    inputs = url(("text", "a"), ("url", "b"))
    with pytest.raises(TerminologyError, match=r"'number' is required by \$test"):
        inputs.need("number")
    with pytest.raises(TerminologyError, match="Give only one of the parameters text and url"):
        inputs.at_most_one("text", "url")
    inputs.at_most_one("text", "number")
