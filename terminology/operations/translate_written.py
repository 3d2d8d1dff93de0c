"""Writes `$translate` answers around the texts of their mappings: all else is rendered once for many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from terminology.model.conceptmap import Mapped, Mapping, MappingAttribute, Relationship, Sides
from terminology.model.remembering import Memo
from terminology.model.requests import TranslateRequest
from terminology.model.results import TranslateResult
from terminology.operations.rendering import Output
from terminology.operations.templates import Parts, Render, form, hole
from terminology.operations.translate_found import match
from terminology.operations.translate_response import attribute_parts, attributes_of, head, match_parts, tail

KINDS = 256
"""Forms of mappings, and attributes, that are kept for each kind of question."""
KEPT_BYTES = 16 * 1024
"""What these take, most of the time."""
FIELDS = ("source_code", "source_display", "target_code", "target_display")
TEXT, ATTRIBUTES = hole(0), MappingAttribute(hole(len(FIELDS)))
"""Stand for a text, and for all attributes of a mapping."""
SIMPLE = frozenset({str, int, bool, type(None)})
"""Types of values that are written alike if they are equal (decimals are not)."""
SHORT = 100
"""Characters of a text that is kept with its attribute; longer ones are hardly shared by mappings."""

Kind = tuple[Sides, Relationship | None, bool, bool, bool, bool, bool]
"""What is told alike: the sides, the relationship, which of the fields there are, and whether there are attributes."""


class Answers:
    """Writes answers to one kind of question, in one FHIR release. Threads share it."""

    def __init__(self, asked: TranslateRequest, empty: TranslateResult, render: Render) -> None:
        """`empty` is the result for a code without translations."""
        self._asked = asked
        self._empty = empty
        self._parts = Parts(render)
        part = {"name": TEXT}
        around = self._parts.of([{"name": "match", "part": [part]}])
        self._start, _, self._end = around.partition(orjson.dumps(part))
        self._heads = Memo(self._write_head, KINDS)
        self._tail = [self._parts.of(parameters)] if (parameters := tail(empty).parameters) else []
        self._forms = Memo(self._form, KINDS)
        self._attributes = Memo(self._write_simple_attribute, KINDS)
        self._long_attributes = Memo(self._form_of_attribute, KINDS)

    def write(self, mapped: Sequence[Mapped], message: str | None, *, related: bool) -> bytes:
        """The whole answer."""
        head = self._heads[related, message is None]
        if message is not None:
            head %= (orjson.dumps(message),)
        parts = [head, *map(self._match, mapped), *self._tail]
        return b"".join((self._parts.start, b",".join(parts), self._parts.end))

    def _write_head(self, kind: tuple[bool, bool]) -> bytes:
        """What stands before the matches; with a message, as a form."""
        related, silent = kind
        result = replace(self._empty, result=related, message=None if silent else TEXT)
        body = self._parts.of(head(result).parameters)
        return body if silent else form(body)[0]

    def _match(self, one: Mapped) -> bytes:
        sides, mapping = one
        attributes = b""
        if mapping.properties or mapping.products or mapping.depends_on:
            attributes = b",".join(filter(None, self._attributes_of(sides, mapping)))
        text, fields = self._forms[
            sides, mapping.relationship, mapping.source_code is None, mapping.source_display is None,
            mapping.target_code is None, mapping.target_display is None, not attributes
        ]  # fmt: skip
        texts = [orjson.dumps(getattr(mapping, name)) for name in fields]
        if attributes:
            texts.append(attributes)
        return text % tuple(texts)

    def _attributes_of(self, sides: Sides, mapping: Mapping) -> list[bytes]:
        uri = sides.uri if sides.declares else None
        if uri is None and not mapping.products and not mapping.depends_on:
            known = self._attributes
            told: list[bytes] = []
            for one in mapping.properties:
                value = one.value
                if (kind := type(value)) is int or (kind is str and len(value) <= SHORT):
                    told.append(known["property", one.attribute, one.kind, kind, value])
                else:
                    told.append(self._attribute("property", one.attribute, one))
            return told
        return [
            self._attribute(name, uri(name, one.attribute) if uri else one.attribute, one)
            for name, one in attributes_of(mapping)
        ]

    def _form(self, kind: Kind) -> tuple[bytes, Sequence[str]]:
        """The form of such a match, and the fields that it takes."""
        sides, relationship, *missing, plain = kind
        texts: dict[str, Any] = {
            name: None if none else hole(number)
            for number, (name, none) in enumerate(zip(FIELDS, missing, strict=True))
        }
        mapping = Mapping(relationship=relationship, properties=() if plain else (ATTRIBUTES,), **texts)
        body = self._parts.of(Output().add_parts("match", match_parts(match(self._asked, (sides, mapping)))).parameters)
        if not plain:
            body = body.replace(self._write_attribute("property", ATTRIBUTES), orjson.dumps(ATTRIBUTES.attribute))
        text, holes = form(body)
        return text, [FIELDS[number] for number in holes if number < len(FIELDS)]

    def _attribute(self, name: str, uri: str, attribute: MappingAttribute) -> bytes:
        """An attribute; nothing where the release has none of this name."""
        value = attribute.value
        if type(value) not in SIMPLE:
            return self._write_attribute(name, replace(attribute, attribute=uri))
        if type(value) is str and len(value) > SHORT:
            text = self._long_attributes[name, uri, attribute.kind]
            return text % (orjson.dumps(value),) if text else b""
        return self._attributes[name, uri, attribute.kind, type(value), value]

    def _write_simple_attribute(self, kind: tuple[str, str, str | None, type, object]) -> bytes:
        name, attribute, kind_of_value, _, value = kind
        return self._write_attribute(name, MappingAttribute(attribute, kind_of_value, value))

    def _form_of_attribute(self, kind: tuple[str, str, str | None]) -> bytes:
        name, attribute, kind_of_value = kind
        return form(self._write_attribute(name, MappingAttribute(attribute, kind_of_value, TEXT)))[0]

    def _write_attribute(self, name: str, attribute: MappingAttribute) -> bytes:
        parts = Output().add_parts(name, attribute_parts(name, attribute))
        return self._parts.of(Output().add_parts("match", parts).parameters)[len(self._start) : -len(self._end)]
