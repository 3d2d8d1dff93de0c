"""FHIR resources as XML and back (R5, 2.6.2), by what the models of fhir.resources say of elements.

Shares nothing with `terminology.fhir.xml`, and forgives nothing: what has no place, or not that one, is a NotXmlError.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.conformance.proxy.elements import Element, Release

Json = dict[str, Any]

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"
NUMBERS = frozenset({"Decimal", "Integer", "PositiveInt", "UnsignedInt"})


class NotXmlError(Exception):
    """What cannot be written, or should not have been: says what and where."""


def dumps(resource: Json, release: Release) -> bytes:
    """A resource as XML."""
    try:
        return etree.tostring(_written(resource, release), encoding="UTF-8", xml_declaration=True)
    except (ValueError, TypeError, AttributeError, KeyError, etree.XMLSyntaxError) as error:  # it is no FHIR at all
        raise NotXmlError(f"{resource.get('resourceType')}: {error!r}") from error


def loads(text: bytes, release: Release) -> Json:
    """A resource from XML."""
    try:
        return _read_resource(etree.fromstring(text), release)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(str(error)) from error


# ------------------------------------------------------------------------------------------------------------ writing


def _written(resource: Json, release: Release) -> etree._Element:
    node = etree.Element(FHIR + resource["resourceType"], nsmap={None: FHIR[1:-1]})
    _fill(node, resource, resource["resourceType"], release)
    return node


def _fill(node: etree._Element, value: Json, type_: str, release: Release) -> None:
    known = release.elements(type_)
    names = {name.removeprefix("_") for name in value} - {"resourceType"}
    if strangers := names - known.keys():
        raise NotXmlError(f"{type_} has no {', '.join(sorted(strangers))}")
    for name in release.order(type_):
        if name not in names:
            continue
        if name in _attributes(type_, is_resource="resourceType" in value):
            node.set(name, value[name])
            continue
        for item, beside in _pairs(value.get(name), value.get("_" + name)):
            _add(node, known[name], item, beside, release)


def _attributes(type_: str, *, is_resource: bool) -> tuple[str, ...]:
    """The elements that XML has as attributes."""
    return ("id", "url") if type_ == "Extension" else () if is_resource else ("id",)


def _pairs(item: Any, beside: Any) -> Iterator[tuple[Any, Any]]:
    """Values with what JSON keeps beside them (`_name`)."""
    if isinstance(item, list) or isinstance(beside, list):
        length = max(len(item or ()), len(beside or ()))
        yield from zip(item or [None] * length, beside or [None] * length, strict=True)
    else:
        yield item, beside


def _add(node: etree._Element, element: Element, item: Any, beside: Json | None, release: Release) -> None:
    if element.type == "Xhtml":
        node.append(etree.fromstring(item))
        return
    child = etree.SubElement(node, FHIR + element.name)
    if element.type == "Resource":
        child.append(_written(item, release))
    elif isinstance(item, dict):
        _fill(child, item, element.type, release)
    elif release.elements(element.type):
        raise NotXmlError(f"{item} is no {element.type}")
    else:
        _fill(child, beside or {}, "Element", release)
        if item is not None:
            child.set("value", str(item).lower() if isinstance(item, bool) else str(item))


# ------------------------------------------------------------------------------------------------------------ reading


def _read_resource(node: etree._Element, release: Release) -> Json:
    type_ = _name(node)
    if not release.elements(type_):
        raise NotXmlError(f"{type_} is no resource")
    return {"resourceType": type_, **_read(node, type_, release, type_)}


def _read(node: etree._Element, type_: str, release: Release, where: str) -> Json:
    known, order = release.elements(type_), release.order(type_)
    value: Json = {name: text for name, text in node.attrib.items() if name != "value"}
    last = 0
    for child in node:
        name = _name(child)
        if name not in known:
            raise NotXmlError(f"{where}.{name} is no element of {type_}")
        if order.index(name) < last:
            raise NotXmlError(f"{where}.{name} stands behind {order[last]}")
        last = order.index(name)
        element = known[name]
        item, beside = _read_child(child, element, release, f"{where}.{name}")
        if element.many:
            value.setdefault(name, []).append(item)
            value.setdefault("_" + name, []).append(beside)
        elif name in value or "_" + name in value:
            raise NotXmlError(f"{where}.{name} stands there twice")
        else:
            value |= {name: item, "_" + name: beside}
    return {name: item for name, item in value.items() if not _is_nothing(item)}


def _is_nothing(item: Any) -> bool:
    return item is None or (isinstance(item, list) and all(one is None for one in item))


def _name(node: etree._Element) -> str:
    """An element's name. Raises NotXmlError for comments, and for what is not in FHIR's namespace."""
    name = str(node.tag)
    if name == f"{XHTML}div":
        return "div"
    if not name.startswith(FHIR):
        raise NotXmlError(f"{etree.tostring(node)!r} is not FHIR's")
    return name.removeprefix(FHIR)


def _read_child(node: etree._Element, element: Element, release: Release, where: str) -> tuple[Any, Json | None]:
    if element.type == "Xhtml":
        return etree.tostring(node, encoding="unicode", with_tail=False), None
    if element.type == "Resource":
        (inner,) = node
        return _read_resource(inner, release), None
    if release.elements(element.type):
        if "value" in node.attrib:
            raise NotXmlError(f"{where} has a value")
        return _read(node, element.type, release, where), None
    text = node.get("value")
    return None if text is None else _primitive(text, element), _read(node, "Element", release, where) or None


def _primitive(text: str, element: Element) -> Any:
    if element.type == "Boolean":
        return {"true": True, "false": False}[text]
    return json.loads(text) if element.type in NUMBERS else text
