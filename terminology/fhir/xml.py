"""FHIR XML ⇄ the same dicts that JSON gives (R5, 2.1.7 "XML Representation of Resources").

Works from a table of elements per release (`xml_elements.json`, made by `tools/make_xml_elements.py`), so that
arrays and types come out as in JSON. Reading refuses document types, entities and anything outside the table, and
touches no network. A resource type that is not in the table is read as its `resourceType` alone: callers refuse or
skip it by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import zip_longest
from typing import Any, NamedTuple

from lxml import etree

from terminology.fhir.json import MAX_DEPTH, Json
from terminology.model.outcome import TerminologyError
from terminology.model.requests import FhirRelease

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"

_NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt"})
MOST_DIGITS = 20
"""The longest integer that is read, with its sign: those of 64 bits fit."""
_INTEGER = re.compile(r"[-+]?\d+")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z]+")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


class ElementType(NamedTuple):
    """One row of the table: `kind` is a FHIR type, `place` its place among the elements of its parent.

    A `primitive` one is written as a `value` attribute; `tag` is the name with its namespace.
    """

    name: str
    kind: str
    many: bool
    place: int
    primitive: bool
    tag: str


Elements = dict[str, ElementType]


@cache
def _release(release: str) -> dict[str, str]:
    text = resources.files(__package__).joinpath("xml_elements.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(text)
    return table["R5" if release == "R5" else "R4"]


def elements(release: str, type_: str) -> Elements | None:
    """The elements of a type in XML order, or None when the table does not have it."""
    return _known_elements(release, type_) if type_ in _release(release) else None


@cache
def _known_elements(release: str, type_: str) -> Elements:
    words = _release(release)[type_].split()
    return {word.partition(":")[0]: _element_type(word, place) for place, word in enumerate(words)}


def _element_type(word: str, place: int = 0) -> ElementType:
    """The row that a word of the table stands for; kinds of complex elements have a capital."""
    name, _, kind = word.partition(":")
    primitive = kind[0].islower()
    return ElementType(name, kind.removesuffix("*"), kind.endswith("*"), place, primitive, f"{{{FHIR}}}{name}")


def loads(data: bytes, release: FhirRelease = "R5") -> Json:
    """Read a resource.

    Raises TerminologyError invalid: XML_INVALID, XML_FORBIDDEN (document type), XML_ELEMENT_UNKNOWN,
    XML_VALUE_WRONG, each with the line.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Any = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _invalid(error) from None
    if root.getroottree().docinfo.doctype:
        raise TerminologyError.of("invalid", "XML_FORBIDDEN", code="security")
    return _Reader(release).resource(root, 0)


def _invalid(error: etree.XMLSyntaxError) -> TerminologyError:
    reason, _, place = (error.msg or "it is empty").partition(", line ")
    if "Excessive depth" in reason:
        return TerminologyError.of("invalid", "JSON_TOO_DEEP", code="structure", limit=str(MAX_DEPTH))
    line, _, column = place.partition(", column ")
    line, column = line or str(error.lineno), column or str(error.offset or 1)
    return TerminologyError.of("invalid", "XML_INVALID", code="structure", reason=reason, line=line, column=column)


class _Reader:
    __slots__ = ("_release",)

    def __init__(self, release: str) -> None:
        self._release = release

    def resource(self, node: Any, depth: int) -> Json:
        """Read a resource element."""
        type_ = _local_name(node)
        table = elements(self._release, type_)
        if table is None:
            return {"resourceType": type_}
        return {"resourceType": type_, **self.complex(node, table, depth + 1, is_resource=True)}

    def complex(self, node: Any, table: Elements, depth: int, *, is_resource: bool = False) -> Json:
        """Read the members of an element that has children."""
        if depth > MAX_DEPTH:
            raise TerminologyError.of("invalid", "JSON_TOO_DEEP", code="structure", limit=str(MAX_DEPTH))
        found: Json = {} if is_resource else _attributes(node, table)
        for child in node:
            if child.tag == f"{{{XHTML}}}div" and "div" in table:
                found["div"] = _narrative(child)
                continue
            element = table.get(_local_name(child))
            if element is None:
                raise _unknown(child, _local_name(node))
            if element.primitive:
                self._primitive(found, element, child, depth)
            else:
                self._member(found, element, child, depth)
        return found

    def _member(self, found: Json, element: ElementType, child: Any, depth: int) -> None:
        if element.kind == "Resource":
            inner = list(child)
            if len(inner) != 1:
                raise _unknown(child, _local_name(child))
            value = self.resource(inner[0], depth)
        else:
            value = self.complex(child, elements(self._release, element.kind) or {}, depth + 1)
        if element.many:
            found.setdefault(element.name, []).append(value)
        else:
            found[element.name] = value

    def _primitive(self, found: Json, element: ElementType, child: Any, depth: int) -> None:
        """Read a primitive with its id and extensions. Arrays `name` and `_name` are padded with null, as in JSON."""
        text = child.get("value")
        value = None if text is None else _value(element.kind, text, child)
        beside = self._beside(child, depth)
        name, sibling = element.name, "_" + element.name
        if not element.many:
            if value is not None:
                found[name] = value
            if beside:
                found[sibling] = beside
            return
        count = max(len(found.get(name, ())), len(found.get(sibling, ())))
        for key, item in ((name, value), (sibling, beside)):
            if item is not None or key in found:
                found.setdefault(key, [None] * count).append(item)

    def _beside(self, child: Any, depth: int) -> Json | None:
        found: Json = {"id": child.get("id")} if child.get("id") else {}
        for inner in child:
            if _local_name(inner) != "extension":
                raise _unknown(inner, _local_name(child))
            table = elements(self._release, "Extension") or {}
            found.setdefault("extension", []).append(self.complex(inner, table, depth + 1))
        return found or None


def _attributes(node: Any, table: Elements) -> Json:
    return {name: node.get(name) for name in ("id", "url") if name in table and node.get(name) is not None}


def _local_name(node: Any) -> str:
    name = etree.QName(node)
    if name.namespace != FHIR:
        raise TerminologyError.of(
            "invalid",
            "XML_NAMESPACE",
            code="structure",
            element=name.localname,
            line=str(node.sourceline),
            namespace=str(name.namespace or ""),
            expected=FHIR,
        )
    return name.localname


def _narrative(node: Any) -> str:
    text: str = etree.tostring(node, encoding="unicode", with_tail=False)
    return text


def _value(kind: str, text: str, node: Any) -> Any:
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind in _NUMBERS and len(text) <= MOST_DIGITS and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "decimal" and _DECIMAL.fullmatch(text):
        return Decimal(text)
    if kind in {"boolean", "decimal"} | _NUMBERS:
        raise TerminologyError.of(
            "invalid",
            "XML_VALUE_WRONG",
            code="value",
            element=_local_name(node),
            line=str(node.sourceline),
            expected=kind,
            value=text[:60],
        )
    return text


def _unknown(node: Any, parent: str) -> TerminologyError:
    return TerminologyError.of(
        "invalid",
        "XML_ELEMENT_UNKNOWN",
        code="structure",
        element=etree.QName(node).localname,
        line=str(node.sourceline),
        parent=parent,
    )


def dumps(resource: Json, release: FhirRelease = "R5", *, pretty: bool = False) -> bytes:
    """Write a resource in UTF-8.

    Members that FHIR's XML has no place for (a resource may have been loaded with some), or whose values are not of
    their type, become a comment that names them. Raises TerminologyError not-supported for a resource type that is not
    in the table.
    """
    type_ = str(resource.get("resourceType"))
    root: Any = etree.Element(f"{{{FHIR}}}{type_}", nsmap=_default_namespace(FHIR))
    _Writer(release).resource(root, resource)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=pretty)


def dumps_member(kind: str, name: str, value: Json, release: FhirRelease = "R5") -> bytes:
    """Write one object as the element `name` of a `kind` (a resource type, or another row of the table).

    Without a namespace declaration, since it belongs inside a resource. Unknown members become comments, as in `dumps`.
    """
    table = elements(release, kind) or {}
    root: Any = etree.Element(f"{{{FHIR}}}_", nsmap=_default_namespace(FHIR))
    _Writer(release).members(root, {name: [value] if table[name].many else value}, table)
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return text.removeprefix(f'<_ xmlns="{FHIR}">'.encode()).removesuffix(b"</_>")


class _Writer:
    __slots__ = ("_release",)

    def __init__(self, release: str) -> None:
        self._release = release

    def resource(self, node: Any, resource: Json) -> None:
        """Write the members of a resource."""
        type_ = str(resource.get("resourceType"))
        table = elements(self._release, type_)
        if table is None:
            raise TerminologyError.of("not-supported", "XML_TYPE_UNKNOWN", type=type_)
        self.members(node, resource, table, apart=_TYPE)

    def members(self, node: Any, members: Json, table: Elements, apart: Collection[str] = ()) -> None:
        """Write all members but those `apart` in the order of the table; those it does not have become a comment."""
        present: dict[int, ElementType] = {}
        strangers = []
        for name in members:
            element = table.get(name.removeprefix("_"))
            if name in apart:
                continue
            if element is None:
                strangers.append(name)
            else:
                present[element.place] = element
        for place in sorted(present):
            element = present[place]
            for value, beside in _pairs(members, element):
                self._element(node, element, value, beside)
        if strangers:
            node.append(_not_fhir(*strangers))

    def _element(self, node: Any, element: ElementType, value: Any, beside: Any) -> None:
        if element.kind == "xhtml":
            node.append(_div(str(value)))
            return
        if isinstance(value, list | dict) if element.primitive else not isinstance(value, dict):
            node.append(_not_fhir(element.name))
            return
        if element.primitive:
            child = etree.SubElement(node, element.tag, {} if value is None else {"value": _text(value)})
            if isinstance(beside, dict):
                self._open(child, beside, elements(self._release, "Element") or _ELEMENT)
            return
        child = etree.SubElement(node, element.tag)
        if element.kind == "Resource":
            self._inner_resource(child, value)
        else:
            self._open(child, value, elements(self._release, element.kind) or {}, element.kind)

    def _inner_resource(self, child: Any, value: Json) -> None:
        """Write a contained resource; if its type is not in the table, only its id."""
        type_ = str(value.get("resourceType"))
        if not _NAME.fullmatch(type_):
            child.append(_not_fhir("resourceType"))
            return
        inner = etree.SubElement(child, f"{{{FHIR}}}{type_}")
        if elements(self._release, type_) is not None:
            self.resource(inner, value)
            return
        if "id" in value:
            etree.SubElement(inner, f"{{{FHIR}}}id").set("value", _text(value["id"]))
        inner.append(etree.Comment(" the rest is in the JSON form only "))

    def _open(self, child: Any, value: Json, table: Elements, kind: str = "") -> None:
        """Write the inside of an element: `id` (and an extension's url) are attributes."""
        attributes = _OF_EXTENSIONS if kind == "Extension" else _OF_ELEMENTS
        for name in attributes:
            if name in value:
                child.set(name, _text(value[name]))
        self.members(child, value, table, apart=attributes)


_TYPE = ("resourceType",)
_OF_ELEMENTS, _OF_EXTENSIONS = ("id",), ("id", "url")
"""Members that are attributes in XML."""
_ELEMENT: Elements = {"extension": _element_type("extension:Extension*")}


def _pairs(members: Json, element: ElementType) -> Iterable[tuple[Any, Any]]:
    """The values of a member, each with its id and extensions from `_name` (None where one of the two is missing)."""
    value, beside = members.get(element.name), members.get("_" + element.name)
    if not element.many:
        return ((value, beside),)
    return zip_longest(value if isinstance(value, list) else (), beside if isinstance(beside, list) else ())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.isprintable():
        return value
    return _NOT_XML.sub("\ufffd", str(value))


def _not_fhir(*names: str) -> Any:
    return etree.Comment(" not FHIR: " + _text(", ".join(names)).replace("-", "_") + " ")


def _div(text: str) -> Any:
    """The narrative as elements; what is not well-formed XHTML is shown as text."""
    node: Any
    try:
        node = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):  # ValueError: the text declares an encoding
        node = etree.Element(f"{{{XHTML}}}div", nsmap=_default_namespace(XHTML))
        node.text = _NOT_XML.sub("\ufffd", text)
    return node


def _default_namespace(uri: str) -> Any:
    """A namespace map without prefix, which lxml's type stubs do not know."""
    return {None: uri}
