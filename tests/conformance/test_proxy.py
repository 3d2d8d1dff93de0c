"""The proxy's conversions, by themselves and against the server's, which were written apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from terminology.fhir import r4
from tests.conformance.proxy import convert, translate
from tests.conformance.proxy.elements import R4, R5, Element

Json = dict[str, Any]
EXTENSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"
CODING = {"system": "http://example.org/cs", "code": "c"}
SAMPLES: dict[str, Any] = {
    "Boolean": True,
    "Canonical": "http://example.org/canonical",
    "Code": "code",
    "CodeableConcept": {"coding": [CODING]},
    "Coding": CODING,
    "ContactDetail": {"name": "somebody"},
    "Date": "2026-05-01",
    "Identifier": {"value": "1"},
    "Markdown": "*text*",
    "Period": {"start": "2026-05-01"},
    "RelatedArtifact": {"type": "citation", "publicationStatus": "active"},
    "String": "text",
    "Uri": "http://example.org/uri",
}
SERVED = ("CapabilityStatement", "CodeSystem", "ConceptMap", "TerminologyCapabilities", "ValueSet")
REMODELLED = {
    "sourceScope", "targetScope", "noMap", "relationship", "attribute", "otherMap", "valueCoding", "valueString",
    "valueCode", "valueBoolean", "valueQuantity",
}  # fmt: skip
"""Elements of ConceptMap that R4 has by other names."""


def _only_in_r5(type_: str, above: tuple[Element, ...] = ()) -> Iterator[tuple[Element, ...]]:
    """The way to every element below a type that R4 lacks."""
    for name, element in R5.elements(type_).items():
        if name not in R4.elements(type_):
            yield (*above, element)
        elif R5.is_backbone(element.type) and element not in above:
            yield from _only_in_r5(element.type, (*above, element))


def _resource(type_: str, way: tuple[Element, ...]) -> Json:
    value = _sample(way[-1])
    for element, inner in zip(way[-2::-1], way[:0:-1], strict=True):
        value = {inner.name: value}
        value = [value] if element.many else value
    return {"resourceType": type_, way[0].name: value}


def _sample(element: Element) -> Any:
    value = SAMPLES.get(element.type)
    if R5.is_backbone(element.type):
        value = {name: _sample(part) for name, part in R5.elements(element.type).items() if _is_sampled(part)}
    return [value] if element.many else value


def _is_sampled(part: Element) -> bool:
    """One type of every choice is enough."""
    return part.base not in {"id", "extension", "modifierExtension"} and part.name in {part.base, "valueCode"}


CASES = {
    ".".join((type_, *(element.name for element in way))): _resource(type_, way)
    for type_ in SERVED
    for way in _only_in_r5(type_)
    if type_ != "ConceptMap" or not {way[-1].name, way[-1].base} & REMODELLED
}


def _sorted(value: Any) -> Any:
    """Without the order of extensions, which means nothing."""
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if not isinstance(value, dict):
        return value
    written = {name: _sorted(item) for name, item in value.items()}
    return written | {"extension": sorted(written["extension"], key=repr)} if "extension" in written else written


@pytest.mark.parametrize("path", CASES)
def test_the_server_writes_the_same_r4(path: str) -> None:
    assert _sorted(r4.to_r4(CASES[path])) == _sorted(convert.down(CASES[path]))


@pytest.mark.parametrize("path", CASES)
def test_the_server_reads_it_back(path: str) -> None:
    assert r4.to_r5(convert.down(CASES[path])) == CASES[path]


def test_the_cases_are_not_empty() -> None:
    assert len(CASES) > 60


FILTER = {"property": "p", "op": "child-of", "value": "c"}
CODES = (
    {"resourceType": "ValueSet", "compose": {"include": [{"filter": [FILTER]}], "exclude": [{"filter": [FILTER]}]}},
    {"resourceType": "CodeSystem", "filter": [{"code": "f", "operator": ["=", "descendent-leaf", "child-of"]}]},
    {"resourceType": "TerminologyCapabilities", "codeSearch": "in-compose"},
)


@pytest.mark.parametrize("resource", CODES, ids=lambda resource: resource["resourceType"])
def test_codes_that_r4_lacks(resource: Json) -> None:
    written = convert.down(resource)
    assert r4.to_r4(resource) == written
    assert r4.to_r5(written) == resource
    assert convert.up(written) == resource


MAP: Json = {
    "resourceType": "ConceptMap",
    "identifier": [{"value": "1"}, {"value": "2"}],
    "sourceScopeCanonical": "http://example.org/vs",
    "targetScopeUri": "http://example.org/other",
    "additionalAttribute": [{"code": "side", "uri": "http://example.org/side", "type": "code"}],
    "group": [
        {
            "source": "http://example.org/cs|1",
            "target": "http://example.org/other",
            "element": [
                {"code": "a", "noMap": True},
                {
                    "code": "b",
                    "target": [
                        {"code": "x", "relationship": "source-is-narrower-than-target"},
                        {"code": "y", "relationship": "source-is-broader-than-target"},
                        {"code": "z", "relationship": "related-to"},
                    ],
                },
            ],
            "unmapped": {"mode": "use-source-code"},
        },
        {"element": [{"code": "c"}], "unmapped": {"mode": "other-map", "otherMap": "http://example.org/map"}},
    ],
}


def test_concept_maps() -> None:
    written = convert.down(MAP)
    assert written["sourceCanonical"] == "http://example.org/vs"
    assert written["identifier"] == {"value": "1"}
    assert written["group"][0]["sourceVersion"] == "1"
    assert written["group"][0]["element"][0]["target"] == [{"equivalence": "unmatched"}]
    assert [t["equivalence"] for t in written["group"][0]["element"][1]["target"]] == ["wider", "narrower", "relatedto"]
    assert written["group"][0]["unmapped"] == {"mode": "provided"}
    assert written["group"][1]["unmapped"] == {"mode": "other-map", "url": "http://example.org/map"}
    assert r4.to_r5(written) == MAP


def test_properties_of_an_expansion_come_back() -> None:
    answer = {
        "resourceType": "ValueSet",
        "status": "active",
        "expansion": {
            "extension": [
                {
                    "url": f"{EXTENSION}ValueSet.expansion.property",
                    "extension": [
                        {"url": "uri", "valueUri": "http://e.org/p"},
                        {"url": "code", "valueCode": "p"},
                    ],
                }
            ],
            "timestamp": "2026-05-01T10:00:00Z",
            "contains": [
                {
                    "code": "a",
                    "extension": [
                        {"url": "http://example.org/other", "valueString": "stays"},
                        {
                            "url": f"{EXTENSION}ValueSet.expansion.contains.property",
                            "extension": [{"url": "code", "valueCode": "p"}, {"url": "value", "valueDecimal": 1.5}],
                        },
                    ],
                }
            ],
        },
    }
    expansion = convert.up(answer)["expansion"]
    assert expansion["property"] == [{"uri": "http://e.org/p", "code": "p"}]
    assert expansion["contains"] == [
        {
            "code": "a",
            "extension": [{"url": "http://example.org/other", "valueString": "stays"}],
            "property": [{"code": "p", "valueDecimal": 1.5}],
        }
    ]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"resourceType": "ValueSet", "scope": {}}, "ValueSet.scope is no element of R4"),
        ({"resourceType": "ValueSet", "expansion": {"contains": {}}}, "ValueSet.expansion.contains is no list"),
        ({"resourceType": "ValueSet", "name": ["n"]}, "ValueSet.name is a list"),
        ({"resourceType": "ValueSet", "name": {}}, "ValueSet.name: {} is no String"),
        ({"resourceType": "ActorDefinition"}, "ActorDefinition is no type of R4"),
        (
            {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "ValueSet", "topic": []}}]},
            "Bundle.entry.resource.topic is no element of R4",
        ),
        (
            {"resourceType": "ValueSet", "compose": {"include": [{"filter": [{"op": "child-of"}]}]}},
            "ValueSet.compose.include.filter.op: child-of is not a code of R4's closed list",
        ),
        (
            {"resourceType": "ValueSet", "extension": [{"url": f"{EXTENSION}ValueSet.nothing", "valueString": "x"}]},
            f"ValueSet: {EXTENSION}ValueSet.nothing carries no element that R4 lacks",
        ),
    ],
)
def test_answers_that_are_no_r4(answer: Json, problem: str) -> None:
    with pytest.raises(convert.NotR4Error) as raised:
        convert.up(answer)
    assert problem in str(raised.value)


def test_translate_forwards() -> None:
    request = _parameters(
        {"name": "sourceCode", "valueCode": "a"},
        {"name": "sourceSystem", "valueUri": "http://example.org/cs"},
        {"name": "targetSystem", "valueUri": "http://example.org/other"},
        {"name": "targetScope", "valueCanonical": "http://example.org/vs"},
    )
    assert translate.down(request) == _parameters(
        {"name": "code", "valueCode": "a"},
        {"name": "system", "valueUri": "http://example.org/cs"},
        {"name": "targetsystem", "valueUri": "http://example.org/other"},
        {"name": "target", "valueUri": "http://example.org/vs"},
    )
    answer = _match(
        {"name": "equivalence", "valueCode": "wider"},
        {"name": "concept", "valueCoding": CODING},
        {"name": "source", "valueUri": "http://example.org/map"},
    )
    assert translate.up(answer, request) == _match(
        {"name": "equivalence", "valueCode": "wider"},
        {"name": "relationship", "valueCode": "source-is-narrower-than-target"},
        {"name": "concept", "valueCoding": CODING},
        {"name": "originMap", "valueCanonical": "http://example.org/map"},
    )


def test_translate_backwards() -> None:
    request = _parameters(
        {"name": "targetCode", "valueCode": "c"},
        {"name": "targetSystem", "valueUri": "http://example.org/cs"},
        {"name": "sourceScope", "valueCanonical": "http://example.org/vs"},
    )
    assert translate.down(request) == _parameters(
        {"name": "code", "valueCode": "c"},
        {"name": "system", "valueUri": "http://example.org/cs"},
        {"name": "target", "valueUri": "http://example.org/vs"},
        {"name": "reverse", "valueBoolean": True},
    )
    found = {"system": "http://example.org/other", "code": "x"}
    answer = _match({"name": "equivalence", "valueCode": "narrower"}, {"name": "concept", "valueCoding": found})
    assert translate.up(answer, request) == _match(
        {"name": "equivalence", "valueCode": "narrower"},
        {"name": "relationship", "valueCode": "source-is-narrower-than-target"},
        {"name": "source", "valueCoding": found},
        {"name": "concept", "valueCoding": CODING},
    )


def _parameters(*parameters: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def _match(*parts: Json) -> Json:
    return _parameters({"name": "match", "part": list(parts)})
