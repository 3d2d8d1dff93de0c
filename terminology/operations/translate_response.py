"""Renders the answer of `$translate` as R5's Parameters, and converts it for R4.

Validators also ask R4 servers with R5's parameter names: they are answered in those, with R4's `equivalence` added.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminology.fhir.elements import render_coding
from terminology.fhir.json import Json
from terminology.model.conceptmap import Mapping as ConceptMapping
from terminology.model.conceptmap import MappingAttribute
from terminology.model.results import Match, TranslateResult
from terminology.operations.inputs import Inputs
from terminology.operations.rendering import Output
from terminology.operations.translate_request import R5_SUBJECTS


def response(result: TranslateResult) -> Json:
    """The out parameters."""
    output = head(result)
    for match in result.matches:
        output.add_parts("match", match_parts(match))
    return {"resourceType": "Parameters", "parameter": [*output.parameters, *tail(result).parameters]}


def head(result: TranslateResult) -> Output:
    """The parameters before the matches."""
    return Output().add("result", "Boolean", result.result).add("message", "String", result.message)


def tail(result: TranslateResult) -> Output:
    """The parameters behind the matches."""
    output = Output().add("used-conceptmap", "Uri", str(result.used_map) if result.used_map else None)
    return output.add("used-system", "Uri", str(result.used_system) if result.used_system else None)


def match_parts(match: Match) -> Output:
    """The parts of one match."""
    mapping = match.mapping
    parts = (
        Output()
        .add("relationship", "Code", mapping.relationship)
        .add("concept", "Coding", render_coding(match.concept))
        .add("source", "Coding", render_coding(match.source) if match.source else None)
    )
    for name, attribute in attributes_of(mapping):
        parts.add_parts(name, attribute_parts(name, attribute))
    return parts.add("originMap", "Canonical", str(match.concept_map))


def attributes_of(mapping: ConceptMapping) -> list[tuple[str, MappingAttribute]]:
    """The attributes of a mapping, each with the name of its part."""
    found = [("property", one) for one in mapping.properties]
    if mapping.products:
        found += [("product", one) for one in mapping.products]
    if mapping.depends_on:
        found += [("dependsOn", one) for one in mapping.depends_on]
    return found


def attribute_parts(name: str, attribute: MappingAttribute) -> Output:
    """The parts of one attribute, which is a part of that name."""
    parts = Output().add("uri" if name == "property" else "attribute", "Uri", attribute.attribute)
    return parts.add("value", attribute.kind, attribute.value) if attribute.kind else parts


EQUIVALENCE: Mapping[str, str] = MappingProxyType(
    {
        "related-to": "relatedto",
        "equivalent": "equivalent",
        "source-is-narrower-than-target": "wider",
        "source-is-broader-than-target": "narrower",
        "not-related-to": "disjoint",
    }
)
"""R5's relationship, from source to target, as R4's equivalence, which is read from target to source."""


def to_r4(resource: Json, inputs: Inputs) -> Json:
    """The answer at an R4 endpoint: `equivalence` for `relationship`, the map as `source`, no dependencies.

    Properties of a mapping (the flags of a GEM) stay: R4 has no name for them, and its clients ignore what they do not
    know.

    Questions in R5's terms are answered in those terms, with `equivalence` added.
    """
    asks_r5 = any(inputs.has(name) for name in R5_SUBJECTS)
    parameters = [
        {**parameter, "part": _with_equivalence(parameter["part"]) if asks_r5 else _r4_parts(parameter["part"])}
        if parameter["name"] == "match"
        else parameter
        for parameter in resource["parameter"]
    ]
    return {**resource, "parameter": parameters}


def _with_equivalence(parts: list[Json]) -> list[Json]:
    added = (_equivalence(part) for part in parts if part["name"] == "relationship")
    return [*parts, *(part for part in added if part)]


def _r4_parts(parts: list[Json]) -> list[Json]:
    return [r4 for part in parts if (r4 := _part_to_r4(part))]


def _equivalence(part: Json) -> Json | None:
    """None where a map states a relationship that is not in the specification."""
    equivalence = EQUIVALENCE.get(part["valueCode"])
    return {"name": "equivalence", "valueCode": equivalence} if equivalence else None


def _part_to_r4(part: Json) -> Json | None:
    match part["name"]:
        case "relationship":
            return _equivalence(part)
        case "originMap":
            return {"name": "source", "valueUri": part["valueCanonical"]}
        case "source" | "dependsOn":
            return None
        case "product":
            return {"name": "product", "part": [_part_of_product_to_r4(inner) for inner in part["part"]]}
    return part


def _part_of_product_to_r4(part: Json) -> Json:
    """R4 knows codes only, with or without a system; other values stay as they are."""
    if part["name"] == "attribute":
        return {**part, "name": "element"}
    texts = (part[name] for name in ("valueString", "valueCode") if name in part)
    coding = part.get("valueCoding") or next(({"code": text} for text in texts), None)
    return {"name": "concept", "valueCoding": coding} if coding else part
