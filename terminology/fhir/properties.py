"""Properties of concepts, in code systems and expansions (R5) ⇄ model."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast, get_args

from terminology.fhir.elements import (
    Malformed,
    add_extensions,
    add_rest,
    as_extra,
    choice,
    coding,
    coding_is_whole,
    extensions,
    render_coding,
    required_string,
    rest,
)
from terminology.fhir.json import Json
from terminology.model.coding import Coding
from terminology.model.concept import Property, PropertyKind

_PROPERTY_KINDS = frozenset(get_args(PropertyKind))
RELATIONSHIP_GROUP = "urn:x-fhir-terminology-server:relationship-group"
"""An extension of our own on properties of concepts: `Property.group`, for which FHIR has no element."""
_VALUE_NAMES = {kind: f"value{kind[0].upper()}{kind[1:]}" for kind in get_args(PropertyKind)}
_KNOWN_PROPERTY = frozenset({"code", "extension"})


def property_value(element: Json) -> Property | None:
    """Read one `property` of a concept (or of an expansion's entry); None if it has no value of a known type.

    Raises Malformed.
    """
    code = required_string(element, "code")
    found = choice(element, "value")
    if found is None:
        return None
    kind = found[0][0].lower() + found[0][1:] if found[0] != "Coding" else "Coding"
    if kind not in _PROPERTY_KINDS:
        return None
    extra = rest(element, _KNOWN_PROPERTY | {f"value{found[0]}"})
    known, unknown = extensions(element)
    group = next((e.value for e in known if e.url == RELATIONSHIP_GROUP), None)
    known = tuple(e for e in known if e.url != RELATIONSHIP_GROUP) if group is not None else known
    if unknown:
        extra["extension"] = unknown
    if kind == "Coding" and isinstance(found[1], dict) and not coding_is_whole(found[1]):
        extra["valueCoding"] = found[1]
    value = _typed(f"value{found[0]}", kind, found[1])
    return Property(code, cast("PropertyKind", kind), value, known, as_extra(extra), group)


def _typed(name: str, kind: str, value: Any) -> Any:
    """The value of a property as the model has it. Raises Malformed if the JSON value is not of the kind."""
    if kind == "Coding":
        if isinstance(value, dict):
            return coding(value)
        raise Malformed(name, "a Coding", value)
    if kind == "boolean":
        fits = type(value) is bool
    elif kind == "integer":
        fits = type(value) is int
    elif kind == "decimal":
        fits = type(value) in {int, float, Decimal}
        value = Decimal(str(value)) if fits else value
    else:
        fits = type(value) is str
    if not fits:
        raise Malformed(name, f"a {kind}", value)
    return value


def render_property(value: Property) -> Json:
    """Write one property value: on the hot path of expansions, so plain ones take the short way."""
    if not value.extensions and not value.extra and not isinstance(value.value, Coding):
        return {"code": value.code, _VALUE_NAMES[value.kind]: value.value}
    written: Json = {}
    add_extensions(written, value.extensions, value.extra)
    written["code"] = value.code
    name = _VALUE_NAMES[value.kind]
    if isinstance(value.value, Coding):
        written[name] = value.extra.get("valueCoding") or render_coding(value.value)
    else:
        written[name] = value.value
    add_rest(written, value.extra)
    return written


def render_stated(value: Property) -> Json:
    """Write one property value of a CodeSystem, with its relationship group, which expansions leave out."""
    written = render_property(value)
    if value.group is None:
        return written
    group = {"url": RELATIONSHIP_GROUP, "valueInteger": value.group}
    return {**written, "extension": [*written.get("extension", ()), group]}
