"""Strategies that break things: nasty texts and values, and mutations of resources that were whole.

`mutated` takes a JSON value apart at drawn places, so that what comes out is nearly right: that reaches code which
junk alone never does.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from tests.bad_input.content import CIRCLE, DEVICES, MANY, MAP, PATTERN, SYSTEM
from tests.bad_input.requests_table import code_system, parameter, parameters, tx_resource, value_set

NASTY = (
    "", " ", "\0", "a\0b", "²", "+-5", "-1", "1e9", "9" * 30, "9" * 5000, "true", "maybe", "|", "||", "|1", "#", "#x",
    "http://[", "urn:uuid:", "\x1b[31m", "\u202e", "😀", "%", "%zz", "*", "**", "_", "lang.", "de;q=x", "de;q=nan",
    "2020-13-45", "(", "(a+)+$", "a{1000}{1000}", "'; DROP TABLE concept; --", "../../etc/passwd", "\r\nX: y", "<b>",
    "{{7*7}}", SYSTEM, DEVICES, DEVICES + "|*", CIRCLE, PATTERN + "-broken", MAP, "http://snomed.info/sct?fhir_vs=ecl/<<",
    SYSTEM + "?fhir_vs", "x" * 20_000, "a b c " * 500,
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=20))
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(
        (
            None, True, False, 0, -1, 1.5, 10**30, [], {}, [None], [[]], [1], ["x"], [{}], {"a": 1}, {"coding": [None]},
            {"extension": [{"url": "x"}]}, [{"coding": 1}], {"resourceType": ["x"]}, {"resourceType": "ValueSet"},
            parameters(parameter("x", valueString="y")),
        )
    ),
)  # fmt: skip
SIBLINGS = (
    "extension", "_code", "_status", "_op", "id", "name", "resourceType", "concept", "part", "version", "valueString",
    "contained", "resource",
)  # fmt: skip

R5_EXTENSION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.scope"
VALUE_SET = value_set(
    {"system": SYSTEM, "version": "1", "concept": [{"code": "pump", "display": "P",
     "designation": [{"language": "de", "use": {"system": "http://x", "code": "y"}, "value": "v"}]}]},
    {"system": SYSTEM, "filter": [{"property": "colour", "op": "=", "value": "blue"}]},
    {"valueSet": [DEVICES]},
    {"system": MANY, "filter": [{"property": "code", "op": "regex", "value": "c1.*"}]},
) | {
    "version": "1",
    "language": "de",
    "extension": [{"url": R5_EXTENSION, "extension": [{"url": "inclusionCriteria", "valueString": "x"}]}],
    "contained": [code_system({"code": "a"}) | {"id": "inner"}],
    "expansion": {"timestamp": "2025-01-01", "total": 1, "contains": [{"system": SYSTEM, "code": "pump"}]},
}  # fmt: skip
CODE_SYSTEM = code_system(
    {"code": "a", "display": "A", "definition": "d", "designation": [{"language": "de", "value": "x"}],
     "property": [{"code": "w", "valueDecimal": 1.5}, {"code": "n", "valueCoding": {"system": "s", "code": "c"}}],
     "concept": [{"code": "b", "property": [{"code": "inactive", "valueBoolean": True}]}]},
) | {"version": "2", "filter": [{"code": "f", "operator": ["="], "value": "x"}]}  # fmt: skip
SUPPLEMENT = code_system({"code": "pump", "designation": [{"language": "fr", "value": "pompe"}]}) | {
    "content": "supplement",
    "supplements": SYSTEM,
    "url": "http://example.org/CodeSystem/supplement",
}
MAP_R5 = {
    "resourceType": "ConceptMap", "url": "http://example.org/ConceptMap/r5",
    "property": [{"code": "p", "type": "string"}], "additionalAttribute": [{"code": "b", "type": "string"}],
    "group": [{
        "source": SYSTEM, "target": MANY,
        "element": [
            {"code": "pump", "target": [{"code": "c1", "relationship": "equivalent",
             "property": [{"code": "p", "valueString": "x"}], "dependsOn": [{"attribute": "b", "valueString": "x"}]}]},
            {"code": "q", "noMap": True},
        ],
        "unmapped": {"mode": "use-source-code", "relationship": "equivalent"},
    }],
}  # fmt: skip
MAP_R4 = {
    "resourceType": "ConceptMap", "url": "http://example.org/ConceptMap/r4", "sourceUri": "x", "targetUri": "y",
    "group": [{
        "source": SYSTEM, "sourceVersion": "1", "target": MANY,
        "element": [{"code": "pump", "target": [{"code": "c1", "equivalence": "wider", "comment": "c",
                     "dependsOn": [{"property": "http://p", "system": "http://s", "value": "x", "display": "d"}]}]}],
        "unmapped": {"mode": "fixed", "code": "c2"},
    }],
}  # fmt: skip
NAMING_SYSTEM = {
    "resourceType": "NamingSystem", "name": "n", "status": "active", "kind": "codesystem", "date": "2020",
    "uniqueId": [{"type": "oid", "value": "1.2.3", "preferred": True}, {"type": "uri", "value": SYSTEM}],
}  # fmt: skip
CODING = {"system": SYSTEM, "version": "1", "code": "pump", "display": "x"}
STRUCTURE = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/StructureDefinition/visit",
    "version": "1",
    "name": "Visit",
    "status": "active",
    "type": "Visit",
    "baseDefinition": "http://example.org/StructureDefinition/base",
    "snapshot": {
        "element": [
            {"id": "Visit", "path": "Visit"},
            {
                "id": "Visit.kind",
                "path": "Visit.kind",
                "type": [{"code": "CodeableConcept", "profile": ["http://x/p"]}],
                "binding": {
                    "strength": "extensible",
                    "valueSet": DEVICES,
                    "additional": [{"purpose": "maximum", "valueSet": DEVICES}],
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
                            "valueCanonical": DEVICES,
                        }
                    ],
                },
            },
            {
                "id": "Visit.part",
                "path": "Visit.part",
                "contentReference": "#Visit",
                "slicing": {"discriminator": [{"type": "pattern", "path": "kind"}]},
            },
            {"id": "Visit.part:a", "path": "Visit.part", "sliceName": "a"},
            {
                "id": "Visit.part:a.kind",
                "path": "Visit.part.kind",
                "patternCodeableConcept": {"coding": [{"code": "a"}]},
            },
            {"id": "Visit.value[x]", "path": "Visit.value[x]", "type": [{"code": "Coding"}, {"code": "Quantity"}]},
        ]
    },
}
VISIT = {
    "resourceType": "Visit",
    "meta": {"profile": ["http://example.org/StructureDefinition/visit"]},
    "kind": {"coding": [CODING], "text": "t"},
    "part": [
        {"kind": {"coding": [{"code": "a"}]}, "valueQuantity": {"system": "http://unitsofmeasure.org", "code": "mg"}}
    ],
    "valueCoding": CODING,
}
RESOURCES = (VALUE_SET, CODE_SYSTEM, SUPPLEMENT, MAP_R5, MAP_R4, NAMING_SYSTEM, STRUCTURE)

TRANSACTION = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:1", "resource": VALUE_SET | {"status": "draft", "contained": []},
         "request": {"method": "POST", "url": "ValueSet", "ifNoneExist": "url=http://x"}},
        {"resource": NAMING_SYSTEM | {"id": "x"},
         "request": {"method": "PUT", "url": "NamingSystem/x", "ifMatch": 'W/"1"'}},
        {"resource": MAP_R5 | {"id": "y", "status": "active", "sourceScopeUri": "urn:uuid:1"},
         "request": {"method": "PUT", "url": "ConceptMap?url=urn:uuid:1"}},
        {"request": {"method": "DELETE", "url": "ValueSet/x"}},
        {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=pump"}},
    ],
}  # fmt: skip

ASKED = parameter("coding", valueCoding=CODING)
OPERATIONS = (
    ("$validate-bindings", parameters(
        parameter("resource", resource=VISIT), tx_resource(STRUCTURE), tx_resource(CODE_SYSTEM),
        parameter("profile", valueCanonical=STRUCTURE["url"]))),
    ("$closure", parameters(
        parameter("name", valueString="t"), parameter("concept", valueCoding=CODING), tx_resource(CODE_SYSTEM))),
    ("CodeSystem/$find-matches", parameters(
        parameter("system", valueUri=SYSTEM), parameter("exact", valueBoolean=False), parameter("property", part=[
            parameter("code", valueCode="colour"), parameter("value", valueCode="red"),
            parameter("subproperty", part=[
                parameter("code", valueCode="x"), parameter("value", valueCoding=CODING)])]))),
    ("NamingSystem/$translate-id", parameters(
        parameter("id", valueString="1.2.3"), parameter("sourceType", valueCode="oid"),
        parameter("targetType", valueCode="uri"), parameter("date", valueDateTime="2025-01-01"))),
    ("ValueSet/$expand", parameters(
        parameter("valueSet", resource=VALUE_SET), tx_resource(SUPPLEMENT), tx_resource(CODE_SYSTEM),
        parameter("count", valueInteger=3), parameter("property", valueString="colour"),
        parameter("displayLanguage", valueCode="de"), parameter("includeDefinition", valueBoolean=True))),
    ("ValueSet/$expand", VALUE_SET),
    ("ValueSet/$validate-code", parameters(parameter("valueSet", resource=VALUE_SET), ASKED, tx_resource(CODE_SYSTEM))),
    ("ValueSet/$validate-code", parameters(
        parameter("url", valueUri=DEVICES), tx_resource(SUPPLEMENT),
        parameter("codeableConcept", valueCodeableConcept={"coding": [CODING, {"code": "c1"}], "text": "t"}),
        parameter("profile", resource=parameters(parameter("inferSystem", valueBoolean=True))))),
    ("CodeSystem/$validate-code", parameters(
        parameter("codeSystem", resource=CODE_SYSTEM), parameter("code", valueCode="a"))),
    ("CodeSystem/$lookup", parameters(
        ASKED, parameter("property", valueCode="colour"), tx_resource(SUPPLEMENT),
        parameter("useSupplement", valueCanonical=SUPPLEMENT["url"]))),
    ("CodeSystem/$subsumes", parameters(
        parameter("codingA", valueCoding={"system": CODE_SYSTEM["url"], "code": "a"}),
        parameter("codingB", valueCoding={"system": CODE_SYSTEM["url"], "code": "b"}), tx_resource(CODE_SYSTEM))),
    ("ConceptMap/$translate", parameters(
        parameter("conceptMap", resource=MAP_R5), parameter("sourceCoding", valueCoding=CODING),
        parameter("dependency", part=[parameter("attribute", valueUri="b"), parameter("value", valueString="x")]))),
    ("ConceptMap/$translate", parameters(parameter("conceptMap", resource=MAP_R4), ASKED)),
    ("ValueSet/$batch-validate-code", parameters(
        parameter("validation", resource=parameters(parameter("url", valueUri=DEVICES), ASKED)),
        parameter("validation", resource=parameters(parameter("valueSet", resource=VALUE_SET), ASKED)))),
    ("ValueSet/$related", parameters(
        parameter("thisUrl", valueUri=DEVICES), parameter("otherValueSet", resource=VALUE_SET))),
    ("$cache-control?mode=start", parameters(tx_resource(CODE_SYSTEM), tx_resource(MAP_R5))),
    ("", {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={SYSTEM}&code=pump"}},
        {"request": {"method": "POST", "url": "ValueSet/$expand"}, "resource": VALUE_SET}]}),
)  # fmt: skip
"""Calls of every operation that work, to be broken."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything inside a JSON value."""
    steps = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if type(value) is list else []
    return [found for step, inner in steps for found in ((*path, step), *places(inner, (*path, step)))]


@st.composite
def mutated(draw: st.DrawFn, whole: Any) -> Any:
    """A copy with one to three places replaced, removed, moved, or given an odd neighbour."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        known = places(value)
        if not known:
            break
        *way, last = draw(st.sampled_from(known))
        inside = _at(value, way)
        match draw(st.sampled_from(("replace", "replace", "remove", "move", "beside"))):
            case "replace":
                inside[last] = copy.deepcopy(draw(VALUES))
            case "remove":
                del inside[last]
            case "move":
                inside[last] = copy.deepcopy(_at(value, draw(st.sampled_from(known))))
            case "beside" if isinstance(inside, dict):
                inside[draw(st.sampled_from(SIBLINGS))] = copy.deepcopy(draw(VALUES))
    return value


def _at(value: Any, way: Any) -> Any:
    for step in way:
        value = value[step]
    return value


def encoded(value: Any) -> bytes:
    """JSON as clients write it, half surrogate pairs included."""
    return json.dumps(value).encode()
