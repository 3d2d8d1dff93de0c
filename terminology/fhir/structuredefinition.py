"""StructureDefinition (R4, R5): its elements and bindings. It is stored as it was published.

Reads the snapshot, or the differential where there is no snapshot. Makes no snapshots and validates no profiles.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, cast

from terminology.fhir.elements import (
    boolean,
    canonical,
    choice,
    each,
    objects,
    one_object,
    required_string,
    resource_errors,
    string,
    strings,
)
from terminology.fhir.header import as_published
from terminology.fhir.json import Json
from terminology.model.coding import Canonical
from terminology.model.structure import AdditionalBinding, Binding, Element, ElementType, Strength, Structure

BASE = "http://hl7.org/fhir/StructureDefinition/"
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
ADDITIONAL = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
"""How definitions before R5 state what R5 has as `binding.additional`."""
STRENGTHS = ("required", "extensible", "preferred", "example")


def parse(resource: Json) -> Structure:
    """Read a StructureDefinition. Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG)."""
    with resource_errors("StructureDefinition"):
        snapshot = one_object(resource, "snapshot")
        differential = each(one_object(resource, "differential") or {}, "element", _element)
        listed = differential if snapshot is None else each(snapshot, "element", _element)
        elements = {element.id: element for element in listed}
        children: defaultdict[str, list[Element]] = defaultdict(list)
        for element in listed:
            children[element.id.rpartition(".")[0]].append(element)
        return Structure(
            url=string(resource, "url") or "",
            version=string(resource, "version"),
            id=string(resource, "id"),
            name=string(resource, "name"),
            title=string(resource, "title"),
            status=string(resource, "status") or "unknown",
            date=string(resource, "date"),
            publisher=string(resource, "publisher"),
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
    )


def _type(element: Json) -> ElementType:
    profiles = tuple(Canonical.parse(text) for text in strings(element, "profile"))
    return ElementType(code=string(element, "code") or "", profiles=profiles)


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
            usage=bool(objects(item, "usage")) or boolean(item, "any") or False,
        )
        for item in objects(binding, "additional")
    ]


def _extensions(binding: Json) -> list[AdditionalBinding]:
    found: list[AdditionalBinding] = []
    for extension in objects(binding, "extension"):
        url, value = string(extension, "url"), choice(extension, "value")
        if url == MAX_VALUE_SET and value is not None and isinstance(value[1], str):
            found.append(AdditionalBinding(purpose="maximum", value_set=Canonical.parse(value[1])))
        elif url == ADDITIONAL:
            parts = {string(p, "url"): choice(p, "value") for p in objects(extension, "extension")}
            purpose, value_set = parts.get("purpose"), parts.get("valueSet")
            if purpose and value_set and isinstance(value_set[1], str):
                found.append(
                    AdditionalBinding(
                        purpose=str(purpose[1]), value_set=Canonical.parse(value_set[1]), usage="usage" in parts
                    )
                )
    return found
