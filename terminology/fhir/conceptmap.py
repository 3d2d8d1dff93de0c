"""ConceptMap (R5) ⇄ model: one `Mapping` for each target of each element.

`ConceptMap.resource` keeps the published JSON with groups, but without their elements. A map that is read from it has
groups, `unmapped` and extensions, and lacks only mappings, which stores keep one by one
(`store/mapping_documents.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, zip_longest
from typing import Any, cast

from terminology.fhir.elements import (
    as_extra,
    boolean,
    canonical,
    choice,
    each,
    extensions,
    objects,
    one_object,
    required_string,
    resource_errors,
    rest,
    string,
)
from terminology.fhir.header import add_header, as_published, header_fields, put
from terminology.fhir.json import Json, dumps, loads_object
from terminology.model.coding import Canonical
from terminology.model.conceptmap import (
    BARE,
    NO_URIS,
    ConceptMap,
    Group,
    Mapping,
    MappingAttribute,
    Relationship,
    Unmapped,
    UnmappedMode,
    Uris,
)

_ATTRIBUTES = ("property", "dependsOn", "product")
_ELEMENT = frozenset({"code", "display", "valueSet", "target", "noMap"})
_TARGET = frozenset({"code", "display", "valueSet", "relationship", "comment", *_ATTRIBUTES})

ELEMENT = "element"
TARGET = "target"
"""Keys of `Mapping.extra`: leftovers of the element and of the target."""


def parse(resource: Json) -> ConceptMap:
    """Read a concept map with all its mappings.

    Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG) with the FHIRPath of what is wrong.
    """
    with resource_errors("ConceptMap"):
        return _concept_map(resource)


def _concept_map(resource: Json) -> ConceptMap:
    known, _ = extensions(resource)
    groups = objects(resource, "group")
    header = {**resource}
    if groups:
        header["group"] = [{n: v for n, v in g.items() if n != "element"} for g in groups]
    return ConceptMap(
        url=string(resource, "url") or "",
        **header_fields(resource),
        source_scope=_scope(resource, "sourceScope"),
        target_scope=_scope(resource, "targetScope"),
        groups=each(resource, "group", _group),
        property_uris=_declared(resource, "property"),
        attribute_uris=_declared(resource, "additionalAttribute"),
        extensions=known,
        resource=as_published(header),
    )


def _declared(resource: Json, name: str) -> Uris:
    """The uris that a map declares for codes of attributes."""
    stated = [(string(one, "code"), string(one, "uri")) for one in objects(resource, name)]
    return {code: uri for code, uri in stated if code and uri} or NO_URIS


def _scope(resource: Json, name: str) -> Canonical | None:
    return canonical(string(resource, name + "Canonical") or string(resource, name + "Uri"))


def _group(element: Json) -> Group:
    return Group(
        source=canonical(string(element, "source")),
        target=canonical(string(element, "target")),
        mappings=tuple(mapping for mappings in each(element, "element", parse_element) for mapping in mappings),
        unmapped=_unmapped(one_object(element, "unmapped")),
    )


def _unmapped(element: Json | None) -> Unmapped | None:
    if element is None:
        return None
    return Unmapped(
        mode=cast("UnmappedMode", required_string(element, "mode")),
        code=string(element, "code"),
        display=string(element, "display"),
        value_set=string(element, "valueSet"),
        relationship=cast("Relationship | None", string(element, "relationship")),
        other_map=string(element, "otherMap"),
    )


def parse_element(element: Json) -> tuple[Mapping, ...]:
    """Read one `group.element`: one mapping for each target, or a single one without target."""
    extra = rest(element, _ELEMENT)
    outer = {ELEMENT: extra} if extra else {}
    source = (string(element, "code"), string(element, "display"), string(element, "valueSet"))
    targets = objects(element, "target")
    if not targets:
        if not boolean(element, "noMap"):
            outer[BARE] = {"noMap": element["noMap"]} if "noMap" in element else {}
        return (_mapping(source, {}, outer),)
    return each(element, "target", lambda target: _mapping(source, target, outer))


def _mapping(source: tuple[str | None, str | None, str | None], target: Json, outer: Json) -> Mapping:
    extra = rest(target, _TARGET)
    given = [name for name in _ATTRIBUTES if target.get(name) is not None]
    read = {name: each(target, name, partial(_attribute, name)) for name in given}
    extra.update({name: target[name] for name in given if not all(map(_is_whole, target[name]))})
    return Mapping(
        source_code=source[0],
        source_display=source[1],
        source_value_set=source[2],
        target_code=string(target, "code"),
        target_display=string(target, "display"),
        target_value_set=string(target, "valueSet"),
        relationship=cast("Relationship | None", string(target, "relationship")),
        comment=string(target, "comment"),
        properties=read.get("property", ()),
        depends_on=read.get("dependsOn", ()),
        products=read.get("product", ()),
        extra=as_extra({**outer, TARGET: extra} if extra else outer),
    )


def _is_whole(attribute: Json) -> bool:
    """Whether a MappingAttribute can hold all of it; if not, it is kept as JSON."""
    return all(name in {"attribute", "code", "valueSet"} or name.startswith("value") for name in attribute)


def _attribute(name: str, element: Json) -> MappingAttribute:
    code = required_string(element, "code" if name == "property" else "attribute")
    value_set = string(element, "valueSet")
    found: tuple[str | None, Any] = choice(rest(element, frozenset({"valueSet"})), "value") or (None, None)
    return MappingAttribute(code, found[0], found[1], value_set)


def render(concept_map: ConceptMap) -> Json:
    """Write a whole concept map."""
    written = render_header(concept_map)
    for group, mapped in zip(written.get("group", ()), concept_map.groups, strict=False):
        elements = list(render_elements(mapped.mappings))
        if elements:
            unmapped = group.pop("unmapped", None)
            group["element"] = elements
            put(group, "unmapped", unmapped)
    return written


def render_header(concept_map: ConceptMap) -> Json:
    """Write the map with its groups but without their elements: published JSON first, typed fields over it."""
    written: Json = loads_object(concept_map.resource) if concept_map.resource else {}
    written = {"resourceType": "ConceptMap", **written}
    add_header(written, concept_map)
    _add_scope(written, "sourceScope", concept_map.source_scope)
    _add_scope(written, "targetScope", concept_map.target_scope)
    published = written.pop("group", None) or []
    groups = [_render_group(mapped, group or {}) for mapped, group in zip_longest(concept_map.groups, published)]
    if groups:
        written["group"] = groups
    return written


def _add_scope(written: Json, name: str, scope: Canonical | None) -> None:
    if scope is not None and not any(member.startswith(name) for member in written):
        written[name + "Canonical"] = str(scope)


def _render_group(group: Group | None, published: Json) -> Json:
    written = {**published}
    if group is None:
        return written
    put(written, "source", str(group.source) if group.source else None)
    put(written, "target", str(group.target) if group.target else None)
    if group.unmapped is not None and "unmapped" not in written:
        written["unmapped"] = _render_unmapped(group.unmapped)
    return written


def _render_unmapped(unmapped: Unmapped) -> Json:
    written: Json = {"mode": unmapped.mode}
    put(written, "code", unmapped.code)
    put(written, "display", unmapped.display)
    put(written, "valueSet", unmapped.value_set)
    put(written, "relationship", unmapped.relationship)
    put(written, "otherMap", unmapped.other_map)
    return written


def render_elements(mappings: Iterable[Mapping]) -> Iterator[Json]:
    """Write the elements of a group. Consecutive mappings of one source code become one element."""
    return (_render_element(list(same)) for _, same in groupby(mappings, key=_source))


def _source(mapping: Mapping) -> tuple[Any, ...]:
    leftover = dumps(mapping.extra.get(ELEMENT, {}), sort=True)
    return mapping.source_code, mapping.source_value_set, mapping.source_display, _has_target(mapping), leftover


def _has_target(mapping: Mapping) -> bool:
    described = (mapping.target_code, mapping.target_value_set, mapping.target_display, mapping.relationship)
    attributes = mapping.comment or mapping.properties or mapping.depends_on or mapping.products
    return any(value is not None for value in described) or bool(attributes) or TARGET in mapping.extra


def _render_element(same: Sequence[Mapping]) -> Json:
    first = same[0]
    written: Json = dict(first.extra.get(ELEMENT, {}))
    put(written, "code", first.source_code)
    put(written, "display", first.source_display)
    put(written, "valueSet", first.source_value_set)
    if _has_target(first):
        written["target"] = [_render_target(mapping) for mapping in same]
    else:
        written.update(first.extra.get(BARE, {"noMap": True}))
    return written


def _render_target(mapping: Mapping) -> Json:
    leftover = mapping.extra.get(TARGET, {})
    written: Json = {name: value for name, value in leftover.items() if name not in _ATTRIBUTES}
    put(written, "code", mapping.target_code)
    put(written, "display", mapping.target_display)
    put(written, "valueSet", mapping.target_value_set)
    put(written, "relationship", mapping.relationship)
    put(written, "comment", mapping.comment)
    for name, attributes in zip(_ATTRIBUTES, (mapping.properties, mapping.depends_on, mapping.products), strict=True):
        if attributes:
            written[name] = leftover.get(name) or [render_attribute(name, a) for a in attributes]
    return written


def render_attribute(name: str, attribute: MappingAttribute) -> Json:
    """Write a `property`, `dependsOn` or `product` of a target."""
    written: Json = {"code" if name == "property" else "attribute": attribute.attribute}
    if attribute.kind is not None:
        written["value" + attribute.kind] = attribute.value
    put(written, "valueSet", attribute.value_set)
    return written
