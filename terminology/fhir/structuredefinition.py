"""StructureDefinition (R4, R5): its elements and bindings. It is stored as published.

Reads the snapshot, or the differential if there is no snapshot; callers then also read the base structure. Generates no
snapshots and validates no profiles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from terminology.fhir.elements import (
    boolean,
    canonical,
    choice,
    each,
    integer,
    objects,
    one_object,
    required_string,
    resource_errors,
    string,
    strings,
)
from terminology.fhir.header import as_published, header_fields
from terminology.fhir.json import Json
from terminology.model.coding import Canonical
from terminology.model.structure import (
    AdditionalBinding,
    Binding,
    Element,
    ElementType,
    Strength,
    Structure,
    UsageContext,
)

BASE = "http://hl7.org/fhir/StructureDefinition/"
LIMITS: Mapping[str | None, str] = MappingProxyType(
    {
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet": "maximum",
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-minValueSet": "minimum",
    }
)
"""Extensions that state one value set, and the purpose it is for."""
ADDITIONAL = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
"""How definitions before R5 state what R5 has as `binding.additional`."""
STRENGTHS = ("required", "extensible", "preferred", "example")


def parse(resource: Json) -> Structure:
    """Read a StructureDefinition. Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG)."""
    with resource_errors("StructureDefinition"):
        snapshot = one_object(resource, "snapshot")
        differential = each(one_object(resource, "differential") or {}, "element", _element)
        listed = _whole(differential) if snapshot is None else each(snapshot, "element", _element)
        elements = {element.id: element for element in listed}
        children: defaultdict[str, list[Element]] = defaultdict(list)
        for element in listed:
            children[element.id.rpartition(".")[0]].append(element)
        return Structure(
            url=string(resource, "url") or "",
            **header_fields(resource),
            type=required_string(resource, "type"),
            base=canonical(string(resource, "baseDefinition")),
            whole=snapshot is not None,
            elements=elements,
            own=frozenset(element.id for element in differential),
            children=dict(children),
            resource=as_published(resource),
        )


def type_url(code: str) -> str:
    """The canonical of a type: `Patient` is FHIR's own, others are urls already."""
    return code if ":" in code else BASE + code


def _element(element: Json) -> Element:
    path = required_string(element, "path")
    slicing = one_object(element, "slicing") or {}
    return Element(
        id=string(element, "id") or path,
        path=path,
        types=each(element, "type", _type),
        binding=_binding(element),
        slice_name=string(element, "sliceName"),
        discriminators=tuple(
            (required_string(d, "type"), required_string(d, "path")) for d in objects(slicing, "discriminator")
        ),
        fixed=_fixed(element),
        content=(string(element, "contentReference") or "").rpartition("#")[2] or None,
        least=integer(element, "min"),
        most=string(element, "max"),
    )


def _whole(differential: Sequence[Element]) -> list[Element]:
    """A differential with the elements that it implies: those whose slices or inner elements it mentions."""
    found: dict[str, Element] = {}
    stated = {element.id for element in differential}
    for element in differential:
        for id_ in _implied(element.id):
            if id_ not in stated and id_ not in found:
                slice_ = id_.rpartition(".")[2].partition(":")[2]
                path = ".".join(step.partition(":")[0] for step in id_.split("."))
                found[id_] = Element(id=id_, path=path, slice_name=slice_ or None)
        found[element.id] = element
    return list(found.values())


def _implied(id_: str) -> Iterator[str]:
    """The ids of all elements that an id implies, from the root on: `A.b:c.d` → `A`, `A.b`, `A.b:c`."""
    outer = ""
    for step in id_.split("."):
        name, _, slice_ = step.partition(":")
        parts = slice_.split("/") if slice_ else []
        yield outer + name
        for end in range(1, len(parts) + 1):
            yield f"{outer}{name}:{'/'.join(parts[:end])}"
        outer += f"{step}."


def _type(element: Json) -> ElementType:
    profiles, targets = (
        tuple(Canonical.parse(text) for text in strings(element, name)) for name in ("profile", "targetProfile")
    )
    return ElementType(code=string(element, "code") or "", profiles=profiles, targets=targets)


def _fixed(element: Json) -> Any:
    found = choice(element, "fixed") or choice(element, "pattern")
    return None if found is None else found[1]


def _binding(element: Json) -> Binding | None:
    binding = one_object(element, "binding")
    if binding is None:
        return None
    strength = string(binding, "strength")
    return Binding(
        strength=cast("Strength", strength if strength in STRENGTHS else "example"),
        value_set=canonical(string(binding, "valueSet")),
        additional=(*_additional(binding), *_extensions(binding)),
    )


def _additional(binding: Json) -> list[AdditionalBinding]:
    return [
        AdditionalBinding(
            purpose=required_string(item, "purpose"),
            value_set=Canonical.parse(required_string(item, "valueSet")),
            usage=each(item, "usage", _usage),
            any_repeat=boolean(item, "any") or False,
        )
        for item in objects(binding, "additional")
    ]


def _extensions(binding: Json) -> list[AdditionalBinding]:
    found: list[AdditionalBinding] = []
    for extension in objects(binding, "extension"):
        url, value = string(extension, "url"), choice(extension, "value")
        if url in LIMITS and value is not None and isinstance(value[1], str):
            found.append(AdditionalBinding(purpose=LIMITS[url], value_set=Canonical.parse(value[1])))
        elif url == ADDITIONAL:
            found += _extended(extension)
    return found


def _extended(extension: Json) -> list[AdditionalBinding]:
    """The additional binding of an extension; none if it lacks a purpose or a value set."""
    parts = [(string(part, "url"), choice(part, "value")) for part in objects(extension, "extension")]
    stated = {name: value[1] for name, value in parts if value is not None}
    purpose, value_set = stated.get("purpose"), stated.get("valueSet")
    if not isinstance(purpose, str) or not isinstance(value_set, str):
        return []
    return [
        AdditionalBinding(
            purpose=purpose,
            value_set=Canonical.parse(value_set),
            usage=tuple(_usage(value[1]) for name, value in parts if name == "usage" and value and _is_json(value[1])),
            any_repeat=stated.get("any") is True,
        )
    ]


def _is_json(value: object) -> bool:
    return isinstance(value, dict)


def _usage(context: Json) -> UsageContext:
    kind = string(one_object(context, "code") or {}, "code") or ""
    value = choice(context, "value")
    if value is None or not isinstance(value[1], dict):
        return UsageContext(kind=kind, codes=(), text=kind)
    codings = objects(value[1], "coding") if value[0] == "CodeableConcept" else []
    codes = tuple((string(c, "system"), code) for c in codings if (code := string(c, "code")) is not None)
    named = ", ".join(code for _, code in codes) or string(value[1], "text") or string(value[1], "display") or value[0]
    return UsageContext(kind=kind, codes=codes, text=f"{kind} = {named}")
