"""The stored form of one mapping of a concept map: a JSON object without absent members."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import orjson

from terminology.model.conceptmap import Mapping, MappingAttribute
from terminology.store.documents import dump
from terminology.store.openjson import freeze, freeze_members, thaw, trimmed

ATTRIBUTES = ("properties", "depends_on", "products")
TEXTS = tuple(field.name for field in fields(Mapping) if field.name not in (*ATTRIBUTES, "extra"))


def encode_mapping(mapping: Mapping) -> bytes:
    """The document of a mapping. Raises TerminologyError invalid for text that is not valid Unicode."""
    frozen: dict[str, Any] = {name: value for name in TEXTS if (value := getattr(mapping, name)) is not None}
    for name in ATTRIBUTES:
        if attributes := getattr(mapping, name):
            frozen[name] = [_freeze_attribute(attribute) for attribute in attributes]
    if mapping.extra:
        frozen["extra"] = freeze_members(mapping.extra)
    return dump(frozen)


def decode_mapping(document: bytes) -> Mapping:
    """The mapping of a document."""
    members = orjson.loads(document)
    for name in ATTRIBUTES:
        if name in members:
            members[name] = tuple(_attribute(*frozen) for frozen in members[name])
    if "extra" in members:
        members["extra"] = thaw(members["extra"])
    return Mapping(**members)


def _freeze_attribute(attribute: MappingAttribute) -> list[Any]:
    return trimmed(attribute.attribute, attribute.kind, freeze(attribute.value), attribute.value_set)


def _attribute(
    attribute: str, kind: str | None = None, value: Any = None, value_set: str | None = None
) -> MappingAttribute:
    return MappingAttribute(attribute, kind, thaw(value), value_set)
