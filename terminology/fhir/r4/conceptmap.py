"""Converts ConceptMap between R4 and R5 where a table of extensions is not enough.

R4's `equivalence` describes the target ("the target is wider"), R5's `relationship` the source ("the source is
narrower"). R4's `dependsOn` and `product` name a property by uri and have a string with an optional system; R5's refer
to a declared attribute and have a typed value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terminology.fhir.elements import choice
from terminology.fhir.json import Json, objects_in

EQUIVALENCE = "http://hl7.org/fhir/4.0/StructureDefinition/extension-ConceptMap.group.element.target.equivalence"
COMMENT = "http://hl7.org/fhir/4.0/StructureDefinition/extension-ConceptMap.group.element.target.comment"
DISPLAY = "http://hl7.org/fhir/4.0/StructureDefinition/extension-ConceptMap.group.element.target.dependsOn.display"
IDENTIFIER = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ConceptMap.identifier"

RELATIONSHIPS = {
    "relatedto": "related-to",
    "equivalent": "equivalent",
    "equal": "equivalent",
    "wider": "source-is-narrower-than-target",
    "subsumes": "source-is-narrower-than-target",
    "narrower": "source-is-broader-than-target",
    "specializes": "source-is-broader-than-target",
    "inexact": "related-to",
    "unmatched": "not-related-to",
    "disjoint": "not-related-to",
}
"""R4 equivalence → R5 relationship (R5, ConceptMap, "Mapping relationship")."""

EQUIVALENCES = {
    "related-to": "relatedto",
    "equivalent": "equivalent",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "not-related-to": "disjoint",
}

MODES = {"provided": "use-source-code"}
_ATTRIBUTES = ("dependsOn", "product")


def map_up(written: Json) -> None:
    """Convert the map's own elements to R5: scopes, the single identifier, and declarations of attributes in use."""
    for end in ("source", "target"):
        for kind in ("Uri", "Canonical"):
            _rename(written, f"{end}{kind}", f"{end}Scope{kind}")
    _identifiers_up(written)
    declared = objects_in(written.get("additionalAttribute"))
    codes = {_text(a, "uri") or _text(a, "code"): _text(a, "code") for a in declared}
    added = [a for a in attributes_in_use(written) if a["uri"] not in codes and a["uri"] not in codes.values()]
    codes.update({a["uri"]: a["code"] for a in added})
    if added:
        written["additionalAttribute"] = [*declared, *added]
    if codes:
        _replace_attributes(written, "property", "attribute", codes)


def map_down(written: Json) -> None:
    """The reverse of `map_up`; declarations that `map_up` makes again are left out."""
    for end in ("source", "target"):
        for kind in ("Uri", "Canonical"):
            _rename(written, f"{end}Scope{kind}", f"{end}{kind}")
    _identifiers_down(written)
    declared = objects_in(written.get("additionalAttribute"))
    uris = {_text(a, "code"): _text(a, "uri") or _text(a, "code") for a in declared}
    _replace_attributes(written, "attribute", "property", uris)
    if declared and declared == attributes_in_use(written):
        del written["additionalAttribute"]


def attributes_in_use(written: Json) -> list[Json]:
    """R5 declarations for the properties that R4's `dependsOn` and `product` name, in the order of their use."""
    kinds: dict[str, str] = {}
    for item in _attributes(written):
        if isinstance(uri := item.get("property"), str):
            kinds.setdefault(uri, "Coding" if "system" in item else _kind(item))
    codes: dict[str, str] = {}
    for uri in kinds:
        code = re.sub(r"[^A-Za-z0-9_-]+", "-", uri.rstrip("/").rpartition("/")[2].rpartition(":")[2]).strip("-")
        code = code or "attribute"
        unique, count = code, 2
        while unique in codes.values():
            unique, count = f"{code}-{count}", count + 1
        codes[uri] = unique
    return [{"code": codes[uri], "uri": uri, "type": kind} for uri, kind in kinds.items()]


def _kind(item: Json) -> str:
    found = choice({n: v for n, v in item.items() if n != "valueSet"}, "value")
    if found is None:
        return "string"
    return found[0] if found[0] in {"Coding", "Quantity"} else found[0][0].lower() + found[0][1:]


def _attributes(written: Json) -> list[Json]:
    found = []
    for group in objects_in(written.get("group")):
        for element in objects_in(group.get("element")):
            for target in objects_in(element.get("target")):
                for name in _ATTRIBUTES:
                    found.extend(objects_in(target.get(name)))
    return found


def _replace_attributes(written: Json, old: str, new: str, names: Mapping[str | None, str | None]) -> None:
    """Copy the groups, renaming the member `old` of each attribute to `new` and its value by `names`."""
    if not isinstance(written.get("group"), list):
        return

    def renamed(value: Any) -> Any:
        return names.get(value, value) if isinstance(value, str) else value

    def replaced(item: Any) -> Any:
        if not isinstance(item, dict) or old not in item:
            return item
        return {new if n == old else n: renamed(v) if n == old else v for n, v in item.items()}

    def target(item: Json) -> Json:
        return {n: [replaced(a) for a in v] if n in _ATTRIBUTES and isinstance(v, list) else v for n, v in item.items()}

    written["group"] = [_map_list(g, "element", lambda e: _map_list(e, "target", target)) for g in written["group"]]


def _map_list(item: Any, name: str, change: Any) -> Any:
    if not isinstance(item, dict) or not isinstance(item.get(name), list):
        return item
    return {**item, name: [change(i) if isinstance(i, dict) else i for i in item[name]]}


def _identifiers_up(written: Json) -> None:
    extensions = objects_in(written.get("extension"))
    carried = [e["valueIdentifier"] for e in extensions if e.get("url") == IDENTIFIER and "valueIdentifier" in e]
    first = written.get("identifier")
    if isinstance(first, dict):
        written["identifier"] = [first, *carried]
    elif carried:
        written["identifier"] = carried
    if carried:
        _set_extensions(written, [e for e in extensions if e.get("url") != IDENTIFIER])


def _identifiers_down(written: Json) -> None:
    identifiers = written.get("identifier")
    if not isinstance(identifiers, list) or not identifiers:
        return
    written["identifier"] = identifiers[0]
    added = [{"url": IDENTIFIER, "valueIdentifier": i} for i in identifiers[1:]]
    if added:
        _set_extensions(written, [*objects_in(written.get("extension")), *added])


def group_up(written: Json) -> None:
    """`source` and `sourceVersion` (and those of the target) → one canonical."""
    for end in ("source", "target"):
        version = written.pop(f"{end}Version", None)
        if version is not None:
            written[end] = f"{written.get(end, '')}|{version}"


def group_down(written: Json) -> None:
    """The reverse of `group_up`: a canonical → url and version."""
    for end in ("source", "target"):
        value = written.get(end)
        if isinstance(value, str) and "|" in value:
            url, _, version = value.partition("|")
            del written[end]
            if url:
                written[end] = url
            written[f"{end}Version"] = version


def element_up(written: Json) -> None:
    """A single target that is `unmatched` and has no code → `noMap`."""
    targets = written.get("target")
    if not isinstance(targets, list) or len(targets) != 1 or not isinstance(targets[0], dict):
        return
    target = targets[0]
    if target.get("equivalence") != "unmatched" or not target.keys() <= {"equivalence", "comment"}:
        return
    del written["target"]
    written["noMap"] = True
    if "comment" in target:
        comment = {"url": COMMENT, "valueString": target["comment"]}
        _set_extensions(written, [*objects_in(written.get("extension")), comment])


def element_down(written: Json) -> None:
    """The reverse of `element_up`; `noMap: false`, the default, is left out."""
    if not written.pop("noMap", False):
        return
    extensions = objects_in(written.get("extension"))
    target: Json = {"equivalence": "unmatched"}
    for extension in extensions:
        if extension.get("url") == COMMENT:
            target["comment"] = extension.get("valueString")
    _set_extensions(written, [e for e in extensions if e.get("url") != COMMENT])
    written["target"] = [target]


def target_up(written: Json) -> None:
    """`equivalence` → `relationship`; an equivalence that R5 cannot express is also kept in an extension."""
    equivalence = written.pop("equivalence", None)
    if equivalence is not None:
        relationship = RELATIONSHIPS.get(str(equivalence), str(equivalence))
        written["relationship"] = relationship
        if EQUIVALENCES.get(relationship) != equivalence:
            kept = {"url": EQUIVALENCE, "valueCode": equivalence}
            _set_extensions(written, [*objects_in(written.get("extension")), kept])
    for name in _ATTRIBUTES:
        if isinstance(written.get(name), list):
            written[name] = [_attribute_up(a) for a in written[name]]


def target_down(written: Json) -> None:
    """The reverse of `target_up`."""
    relationship = written.pop("relationship", None)
    extensions = objects_in(written.get("extension"))
    kept = next((e.get("valueCode") for e in extensions if e.get("url") == EQUIVALENCE), None)
    if isinstance(kept, str) and RELATIONSHIPS.get(kept) == relationship:
        written["equivalence"] = kept
        _set_extensions(written, [e for e in extensions if e.get("url") != EQUIVALENCE])
    elif relationship is not None:
        written["equivalence"] = EQUIVALENCES.get(str(relationship), relationship)
    for name in _ATTRIBUTES:
        if isinstance(written.get(name), list):
            written[name] = [_attribute_down(a) for a in written[name]]


def _attribute_up(attribute: Any) -> Any:
    """`system`, `value`, `display` → `valueCoding` or `valueString`, unless an extension carries the R5 value."""
    if not isinstance(attribute, dict) or not attribute.keys() & {"value", "system", "display"}:
        return attribute
    written = {n: v for n, v in attribute.items() if n not in {"value", "system", "display"}}
    if any(str(e.get("url", "")).endswith(".value") for e in objects_in(attribute.get("extension"))):
        return written
    if "system" in attribute:
        url, _, version = str(attribute["system"]).partition("|")
        coding = {"system": url, "version": version or None, "code": attribute.get("value")}
        written["valueCoding"] = {n: v for n, v in coding.items() if v is not None}
        if "display" in attribute:
            written["valueCoding"]["display"] = attribute["display"]
        return written
    if "value" in attribute:
        written["valueString"] = attribute["value"]
    if "display" in attribute:
        display = {"url": DISPLAY, "valueString": attribute["display"]}
        written["extension"] = [*objects_in(written.get("extension")), display]
    return written


def _attribute_down(attribute: Any) -> Any:
    """The reverse of `_attribute_up`. A value that is no string stays too: the table makes an extension of it."""
    if not isinstance(attribute, dict):
        return attribute
    found = choice({n: v for n, v in attribute.items() if n != "valueSet"}, "value")
    written = {**attribute}
    extensions = objects_in(attribute.get("extension"))
    display = next((e.get("valueString") for e in extensions if e.get("url") == DISPLAY), None)
    if display is not None:
        written["display"] = display
        _set_extensions(written, [e for e in extensions if e.get("url") != DISPLAY])
    if found is None:
        return written
    kind, value = found
    if kind == "String":
        del written["valueString"]
        written["value"] = value
    elif kind == "Coding" and isinstance(value, dict) and value.keys() <= {"system", "version", "code", "display"}:
        del written["valueCoding"]
        _coding_down(written, value)
    elif isinstance(value, dict):
        written["value"] = str(value.get("code") or value.get("value") or "")
    else:
        written["value"] = str(value).lower() if isinstance(value, bool) else str(value)
    return written


def _coding_down(written: Json, coding: Json) -> None:
    version = coding.get("version")
    written["system"] = str(coding.get("system", "")) + (f"|{version}" if version else "")
    if "code" in coding:
        written["value"] = coding["code"]
    if "display" in coding:
        written["display"] = coding["display"]


def unmapped_up(written: Json) -> None:
    """Rename modes, and `url` to `otherMap`."""
    if isinstance(mode := written.get("mode"), str):
        written["mode"] = MODES.get(mode, mode)
    _rename(written, "url", "otherMap")


def unmapped_down(written: Json) -> None:
    """The reverse of `unmapped_up`."""
    if written.get("mode") == "use-source-code":
        written["mode"] = "provided"
    _rename(written, "otherMap", "url")


def _rename(written: Json, old: str, new: str) -> None:
    for prefix in ("", "_"):
        if prefix + old in written:
            written[prefix + new] = written.pop(prefix + old)


def _set_extensions(written: Json, extensions: list[Json]) -> None:
    written.pop("extension", None)
    if extensions:
        written["extension"] = extensions


def _text(element: Json, name: str) -> str | None:
    value = element.get(name)
    return value if isinstance(value, str) else None
