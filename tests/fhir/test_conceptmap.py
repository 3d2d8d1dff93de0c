"""ConceptMap ⇄ model, and NamingSystem, and OperationOutcome."""

from __future__ import annotations

from typing import Any

import pytest

from terminology.fhir import conceptmap, namingsystem, outcome
from terminology.fhir.json import dumps, loads
from terminology.model.coding import Canonical
from terminology.model.conceptmap import ConceptMap, Group, Mapping, MappingAttribute, Unmapped
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import Source

FULL: dict[str, Any] = {
    "resourceType": "ConceptMap",
    "id": "map",
    "url": "http://example.org/map",
    "version": "1",
    "status": "active",
    "purpose": "kept",
    "property": [{"code": "priority", "type": "integer"}],
    "additionalAttribute": [{"code": "sex", "uri": "http://example.org/sex", "type": "Coding"}],
    "sourceScopeUri": "http://example.org/vs/from",
    "targetScopeCanonical": "http://example.org/vs/to|2",
    "group": [
        {
            "extension": [{"url": "http://example.org/e", "valueString": "of the group"}],
            "source": "http://example.org/from|1",
            "target": "http://example.org/to",
            "element": [
                {
                    "extension": [{"url": "http://example.org/e", "valueString": "of the element"}],
                    "code": "a",
                    "display": "A",
                    "target": [
                        {
                            "id": "t1",
                            "code": "x",
                            "display": "X",
                            "relationship": "equivalent",
                            "comment": "sure",
                            "property": [{"code": "priority", "valueInteger": 1}],
                            "dependsOn": [{"attribute": "sex", "valueCoding": {"code": "f"}}],
                            "product": [{"id": "p", "attribute": "sex", "valueSet": "http://example.org/vs/sex"}],
                        },
                        {"code": "y", "relationship": "related-to"},
                    ],
                },
                {"code": "b", "noMap": True},
                {"code": "c"},
                {"code": "d", "noMap": False},
                {"valueSet": "http://example.org/vs/e", "target": [{"valueSet": "http://example.org/vs/z"}]},
            ],
            "unmapped": {"mode": "fixed", "code": "u", "display": "U", "relationship": "related-to"},
        },
        {"source": "http://example.org/from", "unmapped": {"mode": "other-map", "otherMap": "http://example.org/map2"}},
    ],
}


def same(one: object, other: object) -> bool:
    return dumps(one, sort=True) == dumps(other, sort=True)


def test_nothing_is_lost() -> None:
    assert same(conceptmap.render(conceptmap.parse(FULL)), FULL)


def test_one_mapping_for_each_target() -> None:
    parsed = conceptmap.parse(FULL)
    assert parsed.source_scope == Canonical("http://example.org/vs/from")
    assert parsed.target_scope == Canonical("http://example.org/vs/to", "2")
    group = parsed.groups[0]
    assert group.source == Canonical("http://example.org/from", "1")
    assert [(m.source_code, m.target_code, m.relationship) for m in group.mappings] == [
        ("a", "x", "equivalent"), ("a", "y", "related-to"), ("b", None, None), ("c", None, None), ("d", None, None),
        (None, None, None),
    ]  # fmt: skip
    first = group.mappings[0]
    assert first.properties == (MappingAttribute("priority", "Integer", 1),)
    assert first.depends_on == (MappingAttribute("sex", "Coding", {"code": "f"}),)
    assert first.products == (MappingAttribute("sex", value_set="http://example.org/vs/sex"),)
    assert group.unmapped == Unmapped(mode="fixed", code="u", display="U", relationship="related-to")


def test_a_mapping_by_itself_reads_back() -> None:
    for group in conceptmap.parse(FULL).groups:
        for mapping in group.mappings:
            (element,) = conceptmap.render_elements([mapping])
            assert conceptmap.parse_element(loads(dumps(element))) == (mapping,)


def test_the_stored_header_has_groups_without_elements() -> None:
    header = loads(conceptmap.parse(FULL).resource)
    assert [g.keys() for g in header["group"]] == [
        {"extension", "source", "target", "unmapped"},
        {"source", "unmapped"},
    ]
    read_back = conceptmap.parse(header)
    assert read_back.groups[1].unmapped == Unmapped(mode="other-map", other_map="http://example.org/map2")
    assert all(not g.mappings for g in read_back.groups)


def test_a_map_made_by_a_loader_is_written_whole() -> None:
    made = ConceptMap(
        url="http://example.org/made",
        source_scope=Canonical("http://example.org/vs", "1"),
        groups=(
            Group(
                source=Canonical("s", "1"),
                target=Canonical("t"),
                mappings=(
                    Mapping(source_code="a", target_code="x", relationship="equivalent"),
                    Mapping(source_code="a", target_code="y", relationship="related-to"),
                    Mapping(source_code="b"),
                ),
                unmapped=Unmapped(mode="use-source-code"),
            ),
        ),
    )
    assert conceptmap.render(made) == {
        "resourceType": "ConceptMap",
        "url": "http://example.org/made",
        "status": "active",
        "sourceScopeCanonical": "http://example.org/vs|1",
        "group": [
            {
                "source": "s|1",
                "target": "t",
                "element": [
                    {
                        "code": "a",
                        "target": [
                            {"code": "x", "relationship": "equivalent"},
                            {"code": "y", "relationship": "related-to"},
                        ],
                    },
                    {"code": "b", "noMap": True},
                ],
                "unmapped": {"mode": "use-source-code"},
            }
        ],
    }


def test_broken_elements_are_named_by_their_path() -> None:
    broken = {**FULL, "group": [{"element": [{"code": "a", "target": [{"code": "x"}, {"code": 1}]}]}]}
    with pytest.raises(TerminologyError) as error:
        conceptmap.parse(broken)
    assert error.value.issues[0].expression == ("ConceptMap.group[0].element[0].target[1].code",)


SOURCE = Source(name="n", path="p", digest="d", loader="l")


def test_a_naming_system() -> None:
    resource = {
        "resourceType": "NamingSystem",
        "id": "ns",
        "name": "Test",
        "uniqueId": [
            {"type": "oid", "value": "1.2.3", "preferred": True},
            {"type": "uuid", "value": "c757873d-ec9a-4326-a141-556f43239520"},
            {"type": "uri", "value": "http://example.org/old"},
            {"type": "uri", "value": "http://example.org/cs", "preferred": True},
            {"type": "oid", "value": "urn:oid:1.2.3"},
        ],
    }
    read = namingsystem.parse(resource, SOURCE)
    assert read.aliases == (
        "urn:oid:1.2.3", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "http://example.org/old", "http://example.org/cs",
    )  # fmt: skip
    assert read.preferred == "http://example.org/cs"
    assert loads(read.resource) == resource


def test_a_naming_system_without_uri_prefers_nothing() -> None:
    read = namingsystem.parse({"name": "Test", "uniqueId": [{"type": "oid", "value": "1.2.3"}]}, SOURCE)
    assert read.preferred is None
    with pytest.raises(TerminologyError, match=r"NamingSystem\.name must be a string"):
        namingsystem.parse({"uniqueId": []}, SOURCE)


def test_issues_carry_message_id_type_and_place() -> None:
    issue = Issue(
        "error",
        "invalid",
        "RESOURCE_ELEMENT_WRONG",
        {"path": "a.b", "expected": "a string", "found": "3"},
        "vs-invalid",
        ("a.b",),
        diagnostics="more",
    )
    (written,) = outcome.render([issue])["issue"]
    assert written["extension"] == [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id",
            "valueString": "RESOURCE_ELEMENT_WRONG",
        }
    ]
    assert written["details"] == {
        "coding": [{"system": "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type", "code": "vs-invalid"}],
        "text": "a.b must be a string, but it is 3.",
    }
    assert written["expression"] == ["a.b"]
    assert written["diagnostics"] == "more"
