"""ConceptMap from R5 to R4, which names and cuts the same facts differently (R5, ConceptMap: R4 → R5 differences).

R4 says how the target stands to the source, R5 how the source stands to the target. Answers of the suite hold no
ConceptMap, so there is no way back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

EQUIVALENCE = {
    "related-to": "relatedto",
    "equivalent": "equivalent",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "not-related-to": "disjoint",
}


def down(type_: str, value: Json) -> Json:
    """One level of a ConceptMap in R4's words; other types come back as they are."""
    step = _STEPS.get(type_)
    return step({**value}) if step else value


def _map(value: Json) -> Json:
    attributes = {a["code"]: a.get("uri", a["code"]) for a in value.get("additionalAttribute", ())}
    for end in ("source", "target"):
        for kind in ("Uri", "Canonical"):
            if f"{end}Scope{kind}" in value:
                value[end + kind] = value.pop(f"{end}Scope{kind}")
    value["group"] = [_with_uris(group, attributes) for group in value.get("group", ())]
    return value if value["group"] else {name: item for name, item in value.items() if name != "group"}


def _with_uris(group: Json, attributes: dict[str, str]) -> Json:
    """R4 names what a mapping depends on by uri, R5 by a code that the map declares."""

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        written = {name: renamed(item) for name, item in value.items()}
        if "attribute" in written:
            written["attribute"] = attributes.get(written["attribute"], written["attribute"])
        return written

    written: Json = renamed(group)
    return written


def _group(value: Json) -> Json:
    for end in ("source", "target"):
        url, bar, version = value.get(end, "").partition("|")
        if bar:
            value[end], value[f"{end}Version"] = url, version
    return value


def _element(value: Json) -> Json:
    if value.pop("noMap", False):
        value["target"] = [{"equivalence": "unmatched"}]
    return value


def _target(value: Json) -> Json:
    if "relationship" in value:
        relationship = value.pop("relationship")
        value["equivalence"] = EQUIVALENCE.get(relationship, relationship)
    return value


def _attribute(value: Json) -> Json:
    value["property"] = value.pop("attribute", None)
    coding = value.pop("valueCoding", None)
    if coding is not None:
        version = coding.get("version")
        value["system"] = coding.get("system", "") + (f"|{version}" if version else "")
        value["value"] = coding.get("code")
        value["display"] = coding.get("display")
    for kind in ("String", "Code", "Boolean"):
        if f"value{kind}" in value:
            item = value.pop(f"value{kind}")
            value["value"] = str(item).lower() if isinstance(item, bool) else item
    return {name: item for name, item in value.items() if item is not None}


def _unmapped(value: Json) -> Json:
    if value.get("mode") == "use-source-code":
        value["mode"] = "provided"
    if "otherMap" in value:
        value["url"] = value.pop("otherMap")
    return value


_STEPS: dict[str, Callable[[Json], Json]] = {
    "ConceptMap": _map,
    "ConceptMapGroup": _group,
    "ConceptMapGroupElement": _element,
    "ConceptMapGroupElementTarget": _target,
    "ConceptMapGroupElementTargetDependsOn": _attribute,
    "ConceptMapGroupUnmapped": _unmapped,
}
