"""`$meta` (R5, 3.2.0.13): profiles, tags and security labels of one resource, of all of a type, or of all there are.

Reads only; `$meta-add` and `$meta-delete` are patches of a resource, which `patching` has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from terminology.fhir.json import Json, dumps, loads_object
from terminology.http import reading, shaping
from terminology.http.exchange import Answer
from terminology.library import Terminology
from terminology.operations.rendering import Output
from terminology.operations.table import RESOURCE_TYPES
from terminology.store.protocol import ResourceEntry, ResourceQuery, ResourceType

NAME = "meta"
DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-meta"
DOCUMENTATION = "Profiles, tags and security labels of a resource, or of all of them."
SETS = ("profile", "security", "tag")
PAGE = 500


def answer(terminology: Terminology, type_: str | None = None, id_: str | None = None) -> Answer:
    """The meta asked for. Raises TerminologyError not-found for a resource that is not there."""
    if type_ is not None and id_ is not None:
        entry = reading.required(terminology, type_, id_)
        return _answered(shaping.with_meta(entry)["meta"])
    types = RESOURCE_TYPES if type_ is None else (type_,)
    return _answered(_united(entry for name in types for entry in _stating(terminology, name)))


def _answered(meta: Json) -> Answer:
    return Answer(Output().add("return", "Meta", meta).resource())


def _stating(terminology: Terminology, type_: str) -> Iterator[ResourceEntry]:
    """The resources of a type that say anything of the kind; most do not, and are not read."""
    offset, total = 0, 1
    while offset < total:
        query = ResourceQuery(type=cast("ResourceType", type_), mentions='"meta"', offset=offset, count=PAGE)
        total, page = terminology.store.resources(query)
        offset += PAGE
        yield from page


def _united(entries: Iterable[ResourceEntry]) -> Json:
    """What they have, each once."""
    found: dict[str, dict[bytes, object]] = {name: {} for name in SETS}
    for entry in entries:
        meta = loads_object(entry.body).get("meta")
        for name in SETS:
            values = meta.get(name) if isinstance(meta, dict) else None
            for value in values if isinstance(values, list) else ():
                found[name].setdefault(dumps({"value": value}), value)
    return {name: list(values.values()) for name, values in found.items() if values}
