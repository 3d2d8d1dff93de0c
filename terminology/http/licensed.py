"""Licence gates for resources: reading, searching, histories, and overwriting.

Operations do not need this: their catalogue checks (`catalogue.licences`). A resource is licensed by its canonical, by
what it supplements, and by the systems whose codes it lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terminology.fhir.json import Json, loads_object, objects_in
from terminology.http.exchange import Request
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.store.entries import ResourceEntry, ResourceType
from terminology.store.queries import Condition


def held(terminology: Terminology, request: Request) -> frozenset[str]:
    """All entitlements of a request."""
    return terminology.entitlements | request.caller.entitlements


def check(terminology: Terminology, request: Request, entry: ResourceEntry) -> None:
    """Check that a caller may read a resource. Raises TerminologyError forbidden."""
    if terminology.licences:
        mine = held(terminology, request)
        terminology.licences.check_all(_systems(terminology, request, entry), mine)


def withholds(terminology: Terminology, request: Request, entry: ResourceEntry) -> bool:
    """Whether a resource has content that is withheld from this caller."""
    if not terminology.licences:
        return False
    mine = held(terminology, request)
    return any(terminology.licences.lacking(url, mine) for url in _systems(terminology, request, entry))


def conditions(terminology: Terminology, request: Request, type_: ResourceType) -> tuple[Condition, ...]:
    """Further conditions of a search, so that withheld resources are neither found nor counted."""
    closed = terminology.licences.closed(held(terminology, request)) if terminology.licences else ()
    if not closed:
        return ()
    supplements = (Condition("supplemented", closed, "not"),) if type_ == "CodeSystem" else ()
    return (Condition("below", closed, "not"), *supplements)


def _systems(terminology: Terminology, request: Request, entry: ResourceEntry) -> Iterator[str | None]:
    """The canonicals that a resource is licensed by, whatever names it uses."""
    catalogue = terminology.catalogue(terminology.context(release=request.release))
    yield from (name and catalogue.canonical_of(Canonical.parse(name).url) for name in _names(entry))


def _names(entry: ResourceEntry) -> Iterator[str | None]:
    """The names in a resource that it is licensed by."""
    yield entry.url
    body = loads_object(entry.body) if entry.body else {}
    if entry.type == "CodeSystem":
        yield _text(body.get("supplements"))
    elif entry.type == "ConceptMap":
        for group in objects_in(body.get("group")):
            yield _text(group.get("source"))
            yield _text(group.get("target"))
    elif entry.type == "ValueSet":
        yield from _listed(body)


def _listed(value_set: Json) -> Iterator[str | None]:
    """Systems of which a value set lists codes."""
    compose = value_set.get("compose")
    for name in ("include", "exclude"):
        for part in objects_in(compose.get(name) if isinstance(compose, dict) else None):
            if "concept" in part:
                yield _text(part.get("system"))
    expansion = value_set.get("expansion")
    level = objects_in(expansion.get("contains") if isinstance(expansion, dict) else None)
    while level:
        yield from (_text(entry.get("system")) for entry in level)
        level = [inner for entry in level for inner in objects_in(entry.get("contains"))]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
