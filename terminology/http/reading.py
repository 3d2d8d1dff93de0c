"""Reads one resource (R5, 3.2.0.2), whole up to a limit: longer ones are cut and tagged SUBSETTED."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import cast

from pyroaring import BitMap

from terminology.fhir import codesystem
from terminology.fhir import conceptmap as conceptmaps
from terminology.fhir.json import Json
from terminology.http import builtin, delivering, licensed, shaping
from terminology.http.errors import HttpError
from terminology.http.exchange import Answer, Request
from terminology.library import Terminology
from terminology.model.coding import Canonical
from terminology.model.concept import Concept
from terminology.model.conceptmap import Mapping
from terminology.model.outcome import TerminologyError
from terminology.operations.table import RESOURCE_TYPES
from terminology.store.documents import decode
from terminology.store.entries import ResourceEntry, ResourceType, VersionEntry
from terminology.store.mapping_documents import decode_mapping
from terminology.store.queries import HistoryQuery

MOST_CONCEPTS = 5000
"""The most concepts or mappings of a resource that is read: about a megabyte. Expansions and lookups reach the rest."""


@dataclass(frozen=True, slots=True)
class Content:
    """A resource with its content; `whole`: nothing was cut."""

    resource: Json
    whole: bool


def answer(terminology: Terminology, request: Request, type_: str, id_: str) -> Answer:
    """A resource by id. Raises TerminologyError not-found."""
    return of_entry(terminology, request, required(terminology, type_, id_))


def of_entry(terminology: Terminology, request: Request, entry: ResourceEntry) -> Answer:
    """A current resource in the requested form; 304 when the client has it.

    Raises TerminologyError forbidden for content the caller has no licence for.
    """
    licensed.check(terminology, request, entry)
    headers = shaping.validators(entry)
    if delivering.not_modified(request.headers, *(value for _, value in headers)):
        return Answer({}, 304, headers)
    summary = shaping.Summary.of(request)
    if summary.cuts:
        return Answer(summary.apply(shaping.with_meta(entry)), headers=headers)
    content = whole(terminology, entry)
    resource = content.resource if content.whole else shaping.subsetted(content.resource)
    return Answer(summary.apply(resource), headers=headers)


def canonical(terminology: Terminology, type_: str | None, id_: str) -> Canonical:
    """The canonical of an instance-level operation. Raises TerminologyError not-found."""
    entry = required(terminology, str(type_), id_)
    return Canonical(entry.url or "", entry.version)


def required(terminology: Terminology, type_: str, id_: str) -> ResourceEntry:
    """A stored or built-in resource. Raises TerminologyError not-found, HttpError 410 once deleted."""
    assert type_ in RESOURCE_TYPES
    kind = cast("ResourceType", type_)
    entry = terminology.store.resource(kind, id_)
    if entry is None and type_ == "CodeSystem":
        entry = builtin.find(id_)
    if entry is None:
        known(terminology, type_, id_)
        raise HttpError(HTTPStatus.GONE, "RESOURCE_DELETED", type=type_, id=id_)
    return entry


def known(terminology: Terminology, type_: str, id_: str) -> None:
    """Check that a resource with this id exists or existed. Raises TerminologyError not-found."""
    query = HistoryQuery(type=cast("ResourceType", type_), id=id_, count=0)
    if not terminology.store.history_page(query)[0]:
        raise TerminologyError.of("not-found", "RESOURCE_NOT_FOUND", type=type_, id=id_)


def match(terminology: Terminology, entry: ResourceEntry, summary: shaping.Summary, most: int) -> Json:
    """A resource in the requested form; only the header of one with more than `most` concepts or mappings."""
    if entry.type not in shaping.APART or not summary.wants_contents or _is_larger(terminology, entry, most):
        return shaping.header(summary, entry)
    content = whole(terminology, entry, most)
    return summary.apply(content.resource) if content.whole else shaping.header(summary, entry)


def _is_larger(terminology: Terminology, entry: ResourceEntry, most: int) -> bool:
    """Whether a code system has more; the mappings of maps are not counted."""
    version = _version(terminology, entry) if entry.type == "CodeSystem" else None
    return version is not None and version.size > most


def whole(terminology: Terminology, entry: ResourceEntry, most: int | None = None) -> Content:
    """The resource with its first `most` concepts or mappings, which are stored separately."""
    most = MOST_CONCEPTS if most is None else most
    if entry.type == "CodeSystem":
        return _code_system(terminology, entry, most)
    if entry.type == "ConceptMap":
        return _concept_map(terminology, entry, most)
    return Content(shaping.with_meta(entry), whole=True)


def _code_system(terminology: Terminology, entry: ResourceEntry, most: int) -> Content:
    resource = shaping.with_meta(entry)
    if entry.source == builtin.SOURCE:
        size, concepts = builtin.size(entry), builtin.concepts(entry, most)
    elif version := _version(terminology, entry):
        size, concepts = version.size, _concepts(terminology, version, most)
    else:
        size, concepts = 0, iter(())
    if size == 0:
        return Content(resource, whole=True)
    return Content(codesystem.render(codesystem.parse_metadata(resource), concepts), whole=size <= most)


def _version(terminology: Terminology, entry: ResourceEntry) -> VersionEntry | None:
    return next((v for v in terminology.store.versions(entry.url) if v.resource_id == entry.id), None)


def _concepts(terminology: Terminology, version: VersionEntry, most: int) -> Iterator[Concept]:
    first = BitMap(range(min(version.size, most)))
    for row in terminology.store.version(version.key).scan(first):
        yield decode(row.document)


def _concept_map(terminology: Terminology, entry: ResourceEntry, most: int) -> Content:
    header = conceptmaps.parse(shaping.with_meta(entry))
    rows = list(islice(terminology.store.map_mappings(entry.key), most + 1))
    mappings: list[list[Mapping]] = [[] for _ in header.groups]
    for row in rows[:most]:
        mappings[row.group].append(decode_mapping(row.document))
    groups = (replace(group, mappings=tuple(own)) for group, own in zip(header.groups, mappings, strict=True))
    rendered = conceptmaps.render(replace(header, groups=tuple(groups)))
    return Content(rendered, whole=len(rows) <= most)
