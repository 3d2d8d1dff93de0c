"""The parameters of ConceptMap `$translate`, which R5 renamed (R4 4.0.1 and R5, ConceptMap-translate)."""

from __future__ import annotations

from typing import Any

from tests.conformance.proxy.conceptmap import EQUIVALENCE

Json = dict[str, Any]

NAMES = {
    "sourceCode": "code",
    "sourceCoding": "coding",
    "sourceCodeableConcept": "codeableConcept",
    "sourceSystem": "system",
    "sourceScope": "source",
    "targetSystem": "targetsystem",
    "targetScope": "target",
}
BACKWARDS = {
    "targetCode": "code",
    "targetCoding": "coding",
    "targetCodeableConcept": "codeableConcept",
    "targetSystem": "system",
    "targetScope": "source",
    "sourceSystem": "targetsystem",
    "sourceScope": "target",
}
"""R4 asks backwards by `reverse`, and then means by source and target the opposite."""

TURNED = {
    "source-is-narrower-than-target": "source-is-broader-than-target",
    "source-is-broader-than-target": "source-is-narrower-than-target",
}
"""R4 says how what was found stands to what was asked, R5 always how the source stands to the target."""

RELATIONSHIP = {equivalence: relationship for relationship, equivalence in EQUIVALENCE.items()} | {
    "equal": "equivalent",
    "subsumes": "source-is-narrower-than-target",
    "specializes": "source-is-broader-than-target",
    "inexact": "related-to",
    "unmatched": "not-related-to",
}


def is_backwards(request: Json) -> bool:
    """Whether an R5 request gives the target and wants sources."""
    return any(parameter["name"].startswith("targetCod") for parameter in request["parameter"])


def down(request: Json) -> Json:
    """The parameters as R4 names them."""
    names = BACKWARDS if is_backwards(request) else NAMES
    parameters = [_parameter(parameter, names) for parameter in request["parameter"]]
    if is_backwards(request):
        parameters.append({"name": "reverse", "valueBoolean": True})
    return {**request, "parameter": parameters}


def _parameter(parameter: Json, names: dict[str, str]) -> Json:
    if parameter["name"] == "dependency":
        return {**parameter, "part": [_dependency(part) for part in parameter.get("part", ())]}
    written = {**parameter, "name": names.get(parameter["name"], parameter["name"])}
    if written["name"] in {"source", "target"} and "valueCanonical" in written:
        written["valueUri"] = written.pop("valueCanonical")
    return written


def _dependency(part: Json) -> Json:
    if part["name"] == "attribute":
        return {**part, "name": "element"}
    if "valueCoding" in part:
        return {"name": "concept", "valueCodeableConcept": {"coding": [part["valueCoding"]]}}
    return part


def up(answer: Json, request: Json) -> Json:
    """The matches as R5 names them; `request` is the R5 request that was asked.

    R4's `equivalence` stays beside the relationship that is made of it: the suite wants to see it from R4 servers.
    """
    parameters = [
        {**parameter, "part": _match(parameter["part"], request)} if parameter["name"] == "match" else parameter
        for parameter in answer.get("parameter", ())
    ]
    return {**answer, "parameter": parameters}


def _match(parts: list[Json], request: Json) -> list[Json]:
    written = [renamed for part in parts for renamed in _renamed(part)]
    return [*(_turned(part) for part in written), _asked(request)] if is_backwards(request) else written


def _renamed(part: Json) -> list[Json]:
    match part["name"]:
        case "equivalence":
            return [part, {"name": "relationship", "valueCode": RELATIONSHIP[part["valueCode"]]}]
        case "source":
            return [{"name": "originMap", "valueCanonical": part["valueUri"]}]
        case "product":
            inner = [{**p, "name": "attribute"} if p["name"] == "element" else p for p in part["part"]]
            return [{**part, "part": inner}]
    return [part]


def _turned(part: Json) -> Json:
    match part["name"]:
        case "relationship":
            return {**part, "valueCode": TURNED.get(part["valueCode"], part["valueCode"])}
        case "concept":
            return {**part, "name": "source"}
    return part


def _asked(request: Json) -> Json:
    """The target that was asked for, which R4 does not repeat: there `concept` is what was found."""
    given = {parameter["name"]: parameter for parameter in request["parameter"]}
    if "targetCoding" in given:
        return {"name": "concept", "valueCoding": given["targetCoding"]["valueCoding"]}
    coding = {"system": given["targetSystem"]["valueUri"], "code": given["targetCode"]["valueCode"]}
    return {"name": "concept", "valueCoding": coding}
