"""R4 ⇄ R5: what each release says, and that a round trip loses nothing."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from terminology.fhir import check, r4
from terminology.fhir.json import dumps, loads
from terminology.fhir.r4.conceptmap import EQUIVALENCES, RELATIONSHIPS

R5_EXTENSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"


def same(one: object, other: object) -> bool:
    return dumps(one, sort=True) == dumps(other, sort=True)


def test_expansion_properties_as_the_ecosystem_writes_them() -> None:
    """The example of the terminology ecosystem's page on R4."""
    up = {
        "resourceType": "ValueSet",
        "expansion": {
            "timestamp": "2024-01-01",
            "property": [{"code": "definition", "uri": "http://hl7.org/fhir/concept-properties#definition"}],
            "contains": [
                {"code": "a", "contains": [{"code": "b", "property": [{"code": "definition", "valueString": "text"}]}]}
            ],
        },
    }
    down = r4.to_r4(up)
    assert down == {
        "resourceType": "ValueSet",
        "expansion": {
            "timestamp": "2024-01-01",
            "extension": [
                {
                    "extension": [
                        {"url": "code", "valueCode": "definition"},
                        {"url": "uri", "valueUri": "http://hl7.org/fhir/concept-properties#definition"},
                    ],
                    "url": R5_EXTENSION + "ValueSet.expansion.property",
                }
            ],
            "contains": [
                {
                    "code": "a",
                    "contains": [
                        {
                            "code": "b",
                            "extension": [
                                {
                                    "extension": [
                                        {"url": "code", "valueCode": "definition"},
                                        {"url": "value", "valueString": "text"},
                                    ],
                                    "url": R5_EXTENSION + "ValueSet.expansion.contains.property",
                                }
                            ],
                        }
                    ],
                }
            ],
        },
    }
    assert same(r4.to_r5(down), up)


R5_RESOURCES: list[dict[str, Any]] = [
    {
        "resourceType": "CodeSystem",
        "versionAlgorithmString": "semver",
        "_versionAlgorithmString": {"id": "v"},
        "copyrightLabel": "© me",
        "_copyrightLabel": {"extension": [{"url": "http://example.org/e", "valueCode": "x"}]},
        "status": "active",
        "content": "complete",
        "approvalDate": "2024-01-01",
        "effectivePeriod": {"start": "2024"},
        "topic": [{"text": "a"}, {"text": "b"}],
        "author": [{"name": "A"}],
        "relatedArtifact": [
            {"type": "documentation", "label": "old"},
            {
                "type": "part-of",
                "classifier": [{"text": "c"}],
                "publicationStatus": "active",
                "resourceReference": {"reference": "x/1"},
            },
        ],
        "filter": [
            {"code": "c", "operator": ["=", "child-of", "is-a", "descendent-leaf"], "value": "v"},
            {"code": "d", "operator": ["child-of"], "_operator": [{"id": "o"}], "value": "v"},
        ],
        "concept": [
            {"code": "a", "concept": [{"code": "b", "designation": [{"value": "x", "additionalUse": [{"code": "u"}]}]}]}
        ],
    },
    {
        "resourceType": "ValueSet",
        "versionAlgorithmCoding": {"code": "integer"},
        "status": "active",
        "compose": {
            "include": [
                {
                    "system": "s",
                    "filter": [
                        {
                            "property": "concept",
                            "op": "child-of",
                            "_op": {"extension": [{"url": "http://example.org/e", "valueCode": "x"}]},
                            "value": "a",
                        }
                    ],
                    "copyright": "c",
                }
            ],
            "exclude": [
                {"system": "s", "concept": [{"code": "x", "designation": [{"value": "d", "additionalUse": [{}]}]}]}
            ],
            "property": ["a", "b"],
        },
        "expansion": {
            "timestamp": "2024-01-01T00:00:00Z",
            "next": "http://example.org/next",
            "contains": [
                {
                    "code": "a",
                    "property": [
                        {
                            "id": "p",
                            "extension": [{"url": "http://example.org/e", "valueCode": "x"}],
                            "code": "p",
                            "valueDecimal": 1.5,
                            "subProperty": [{"code": "s", "valueCoding": {"code": "c"}}],
                        }
                    ],
                }
            ],
        },
        "scope": {"inclusionCriteria": "in", "exclusionCriteria": "out"},
    },
    {
        "resourceType": "ConceptMap",
        "identifier": [{"value": "1"}, {"value": "2"}],
        "status": "active",
        "property": [{"code": "priority", "uri": "http://example.org/p", "type": "code", "system": "http://example.org/s"}],
        "additionalAttribute": [
            {"code": "sex", "uri": "http://example.org/attributes/sex", "description": "d", "type": "Coding"},
            {"code": "free", "type": "string"},
        ],
        "sourceScopeUri": "http://example.org/vs",
        "_sourceScopeUri": {"id": "s"},
        "targetScopeCanonical": "http://example.org/vs|1",
        "group": [
            {
                "source": "http://example.org/from|1",
                "target": "http://example.org/to",
                "element": [
                    {"code": "none", "noMap": True},
                    {"code": "silent"},
                    {
                        "valueSet": "http://example.org/vs/a",
                        "target": [
                            {
                                "extension": [{"url": "http://example.org/e", "valueCode": "x"}],
                                "code": "x",
                                "relationship": "source-is-broader-than-target",
                                "property": [{"code": "priority", "valueCode": "1"}],
                                "dependsOn": [
                                    {"attribute": "sex", "valueCoding": {"system": "s", "version": "2", "code": "f"}},
                                    {"attribute": "sex", "valueCoding": {"code": "f", "userSelected": True}},
                                    {"attribute": "free", "valueString": "text"},
                                    {"attribute": "free", "valueBoolean": True},
                                    {"attribute": "free", "valueQuantity": {"value": 2, "code": "kg"}},
                                    {"attribute": "free", "valueSet": "http://example.org/vs/b"},
                                    {"attribute": "undeclared", "valueString": "text"},
                                ],
                                "product": [{"attribute": "free", "valueString": "p"}],
                            },
                            {"valueSet": "http://example.org/vs/c", "relationship": "not-related-to"},
                        ],
                    },
                ],
                "unmapped": {
                    "mode": "use-source-code", "valueSet": "http://example.org/vs/d", "relationship": "equivalent",
                },
            },
            {"unmapped": {"mode": "other-map", "otherMap": "http://example.org/map"}},
        ],
    },
    {
        "resourceType": "NamingSystem",
        "url": "http://example.org/ns",
        "version": "1",
        "title": "T",
        "experimental": True,
        "uniqueId": [{"type": "iri-stem", "value": "x", "authoritative": True}],
    },
    {
        "resourceType": "CapabilityStatement",
        "identifier": [{"value": "x"}],
        "acceptLanguage": ["de", "en"],
        "rest": [{"mode": "server", "resource": [{"type": "ValueSet", "conditionalPatch": False}]}],
    },
    {
        "resourceType": "TerminologyCapabilities",
        "codeSystem": [{"uri": "x", "content": "complete"}],
        "codeSearch": "in-compose-or-expansion",
    },
]  # fmt: skip


@pytest.mark.parametrize("resource", R5_RESOURCES, ids=lambda r: r["resourceType"])
def test_r5_comes_back_from_r4_as_it_was(resource: dict[str, Any]) -> None:
    before = deepcopy(resource)
    down = r4.to_r4(resource)
    assert same(resource, before), "the input must not be changed"
    assert not same(down, resource)
    back = r4.to_r5(down)
    declared = [a for a in back.get("additionalAttribute", []) if a["code"] != "undeclared"]  # R5 asks for declarations
    assert same({**back, "additionalAttribute": declared}, {"additionalAttribute": [], **resource})


@pytest.mark.parametrize("resource", R5_RESOURCES, ids=lambda r: r["resourceType"])
def test_converting_r5_to_r5_changes_nothing(resource: dict[str, Any]) -> None:
    up = r4.to_r5(resource)
    assert same({**up, "additionalAttribute": 0}, {**resource, "additionalAttribute": 0})


def test_a_code_that_r4_lacks_becomes_an_extension() -> None:
    down = r4.to_r4(R5_RESOURCES[0])
    hidden = {"extension": [{"url": R5_EXTENSION + "CodeSystem.filter.operator", "valueCode": "child-of"}]}
    assert down["filter"][0]["operator"] == ["=", None, "is-a", None]
    assert down["filter"][0]["_operator"][1] == hidden
    assert "operator" not in down["filter"][1]
    assert down["filter"][1]["_operator"] == [{"id": "o", **hidden}]


def _map(target: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "ConceptMap", "group": [{"element": [{"code": "a", "target": [target]}]}]}


@pytest.mark.parametrize(("equivalence", "relationship"), RELATIONSHIPS.items())
def test_equivalence_and_relationship_convert_both_ways(equivalence: str, relationship: str) -> None:
    """R4: the target is wider; R5: the source is narrower."""
    down = _map({"code": "x", "equivalence": equivalence})
    up = r4.to_r5(down)
    assert up["group"][0]["element"][0]["target"][0]["relationship"] == relationship
    assert same(r4.to_r4(up), down), "the finer word comes back"


def test_wider_and_narrower_are_not_mixed_up() -> None:
    assert RELATIONSHIPS["wider"] == RELATIONSHIPS["subsumes"] == "source-is-narrower-than-target"
    assert RELATIONSHIPS["narrower"] == RELATIONSHIPS["specializes"] == "source-is-broader-than-target"
    assert {RELATIONSHIPS[e]: e for e in EQUIVALENCES.values()} == EQUIVALENCES


def test_a_changed_relationship_does_not_bring_the_old_equivalence_back() -> None:
    up = r4.to_r5(_map({"code": "x", "equivalence": "specializes"}))
    up["group"][0]["element"][0]["target"][0]["relationship"] = "equivalent"
    assert r4.to_r4(up)["group"][0]["element"][0]["target"][0]["equivalence"] == "equivalent"


def test_unmatched_means_no_map() -> None:
    down = {
        "resourceType": "ConceptMap",
        "group": [{"element": [{"code": "a", "target": [{"equivalence": "unmatched", "comment": "why"}]}]}],
    }
    up = r4.to_r5(down)
    assert up["group"][0]["element"][0]["noMap"] is True
    assert "target" not in up["group"][0]["element"][0]
    assert same(r4.to_r4(up), down)


def test_dependencies_get_declared_and_typed() -> None:
    attribute = {
        "property": "http://example.org/x/sex",
        "system": "http://example.org/s|1",
        "value": "f",
        "display": "F",
    }
    plain = {"property": "http://example.org/y/sex", "value": "text", "display": "shown"}
    down = _map({"code": "x", "equivalence": "equal", "dependsOn": [attribute, plain]})
    up = r4.to_r5(down)
    assert up["additionalAttribute"] == [
        {"code": "sex", "uri": "http://example.org/x/sex", "type": "Coding"},
        {"code": "sex-2", "uri": "http://example.org/y/sex", "type": "string"},
    ]
    first, second = up["group"][0]["element"][0]["target"][0]["dependsOn"]
    assert first == {
        "attribute": "sex",
        "valueCoding": {"system": "http://example.org/s", "version": "1", "code": "f", "display": "F"},
    }
    assert (second["attribute"], second["valueString"]) == ("sex-2", "text")
    assert same(r4.to_r4(up), down)


def test_versions_of_groups_join_their_url() -> None:
    down = {"resourceType": "ConceptMap", "group": [{"source": "s", "sourceVersion": "1", "target": "t"}]}
    up = r4.to_r5(down)
    assert up["group"][0] == {"source": "s|1", "target": "t"}
    assert same(r4.to_r4(up), down)


def test_resources_inside_others_are_converted() -> None:
    inner = _map({"code": "x", "equivalence": "wider"})
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "p", "part": [{"name": "q", "resource": inner}]}],
    }
    for outer in (
        parameters,
        {"resourceType": "Bundle", "entry": [{"resource": inner}, {"fullUrl": "x"}]},
        {"resourceType": "ValueSet", "contained": [inner]},
        {"resourceType": "Bundle", "entry": [{"resource": parameters}]},
    ):
        up = r4.to_r5(outer)
        assert b"source-is-narrower-than-target" in dumps(up)
        assert same(r4.to_r4(up), outer)


def test_a_capability_statement_names_its_release() -> None:
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}
    assert r4.from_r5(statement, "R4")["fhirVersion"] == "4.0.1"
    assert r4.from_r5(statement, "R4B")["fhirVersion"] == "4.3.0"
    assert r4.from_r5(statement, "R5") is statement


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "ValueSet", "extension": "x", "compose": 3, "expansion": {"contains": "y"}},
        {
            "resourceType": "ConceptMap",
            "group": [3, {"element": 4}, {"element": [{"target": ["x"]}]}],
            "identifier": [],
        },
        {"resourceType": "ConceptMap", "group": [{"element": [{"target": [{"dependsOn": ["x", {"property": 3}]}]}]}]},
        {"resourceType": "ConceptMap", "additionalAttribute": "x"},
        {"resourceType": "CodeSystem", "concept": [1], "filter": [{"operator": 3, "_operator": "x"}]},
        {"resourceType": "CodeSystem", "extension": [{"url": R5_EXTENSION + "CodeSystem.topic"}, 7]},
        {"resourceType": "Bundle", "entry": 3},
        {"resourceType": "Parameters", "parameter": [3]},
        {"resourceType": 3},
        {},
    ],
)
def test_values_of_wrong_types_pass_through_the_conversion(broken: dict[str, Any]) -> None:
    assert isinstance(r4.to_r5(broken), dict)
    assert isinstance(r4.to_r4(broken), dict)


def core(shared: Path) -> Iterator[dict[str, Any]]:
    folder = shared / "data" / "fhir-r4-core-terminology"
    archive = next(folder.glob("*.tgz"), None)
    if archive is None:
        pytest.skip(f"needs the R4 core package, which is not in {folder}")
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None and member.name.endswith(".json"):
                resource = loads(file.read())
                if "resourceType" in resource:
                    yield resource


def test_all_of_r4_core_survives_the_round_trip(shared: Path) -> None:
    count = 0
    for resource in core(shared):
        up = r4.to_r5(resource)
        assert same(r4.to_r4(up), resource), resource["id"]
        assert same(r4.to_r5(up), up), resource["id"]
        count += 1
    assert count > 2000


def test_raised_concept_maps_are_valid_r5(shared: Path) -> None:
    maps = [resource for resource in core(shared) if resource["resourceType"] == "ConceptMap"]
    assert maps
    for resource in maps:
        assert check.check(r4.to_r5(resource), "R5") == []
