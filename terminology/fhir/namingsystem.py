"""NamingSystem (R5): which unique ids identify the same system. Only read; it is stored as published."""

from __future__ import annotations

from collections.abc import Iterable

from terminology.fhir.elements import boolean, objects, one_object, required_string, resource_errors, string
from terminology.fhir.header import as_published
from terminology.fhir.json import Json
from terminology.model.namingsystem import NamedSystem, UniqueId
from terminology.model.records import NamingSystemRecord, Source

_OID = "urn:oid:"
_UUID = "urn:uuid:"
_TEXTS = ("url", "version", "title", "status", "date", "publisher")
"""Elements that searches need, checked to be strings; the resource itself is stored as it is."""


def parse(resource: Json, source: Source) -> NamingSystemRecord:
    """Read the unique ids: OIDs and UUIDs as URNs. The preferred id is the first uri marked so, else the first uri.

    Raises TerminologyError invalid (RESOURCE_ELEMENT_WRONG).
    """
    with resource_errors("NamingSystem"):
        for name in _TEXTS:
            string(resource, name)
        ids = [(_as_uri(i), i) for i in objects(resource, "uniqueId")]
        uris = [(uri, i) for uri, i in ids if string(i, "type") == "uri"]
        marked = [uri for uri, i in uris if boolean(i, "preferred")]
        return NamingSystemRecord(
            source=source,
            id=string(resource, "id"),
            name=required_string(resource, "name"),
            aliases=tuple(dict.fromkeys(uri for uri, _ in ids)),
            preferred=next(iter(marked or [uri for uri, _ in uris]), None),
            resource=as_published(resource),
        )


def unique_ids(resource: Json) -> NamedSystem:
    """The identifiers of a stored naming system, OIDs and UUIDs without `urn:`. Raises Malformed."""
    return NamedSystem(tuple(_unique_id(element) for element in objects(resource, "uniqueId")))


def _unique_id(element: Json) -> UniqueId:
    period = one_object(element, "period") or {}
    return UniqueId(
        type=string(element, "type") or "other",
        value=bare(required_string(element, "value")),
        preferred=boolean(element, "preferred") or False,
        start=string(period, "start"),
        end=string(period, "end"),
    )


def of_code_systems(urns: Iterable[tuple[str, str]]) -> list[NamedSystem]:
    """Naming systems made of (URN, canonical) of code systems, one for each canonical, which is its preferred URI."""
    by_url: dict[str, list[UniqueId]] = {}
    for urn, url in urns:
        type_ = "oid" if urn.startswith(_OID) else "uuid" if urn.startswith(_UUID) else "other"
        by_url.setdefault(url, []).append(UniqueId(type=type_, value=bare(urn)))
    return [NamedSystem((UniqueId(type="uri", value=url, preferred=True), *ids)) for url, ids in by_url.items()]


def bare(identifier: str) -> str:
    """An OID or UUID without `urn:oid:` or `urn:uuid:`; other identifiers as they are."""
    return identifier.removeprefix(_OID).removeprefix(_UUID)


def _as_uri(element: Json) -> str:
    value = required_string(element, "value")
    kind = string(element, "type")
    if kind == "oid" and not value.startswith(_OID):
        return _OID + value
    if kind == "uuid" and not value.startswith(_UUID):
        return _UUID + value
    return value
