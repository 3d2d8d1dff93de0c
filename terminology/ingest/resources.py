"""Value sets, concept maps and naming systems of a load, in the form that the store keeps.

Each resource is compared with the stored one and left alone if it does not differ. Code systems, whose content is
merged from parts, are handled in `publishing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from terminology.fhir import conceptmap, json, valueset
from terminology.fhir.searchable import words
from terminology.ingest.ids import Ids, slug
from terminology.model.conceptmap import ConceptMap, Group
from terminology.model.records import ConceptMapRecord, NamingSystemRecord, StructureRecord, ValueSetRecord
from terminology.model.structure import Structure
from terminology.model.valueset import ValueSet
from terminology.store.entries import MappingRow, NewResource, ResourceEntry
from terminology.store.mapping_documents import encode_mapping
from terminology.store.protocol import Publication, Store


@dataclass(frozen=True, slots=True)
class MappingRows:
    """The mappings of a concept map as rows. These are made whenever they are passed over: they take much memory."""

    groups: Sequence[Group]

    def __iter__(self) -> Iterator[MappingRow]:
        for number, group in enumerate(self.groups):
            for mapping in group.mappings:
                yield MappingRow(
                    map_key=0,  # the store's, given when it is written
                    group=number,
                    source_system=group.source.url if group.source else None,
                    source_code=mapping.source_code,
                    target_system=group.target.url if group.target else None,
                    target_code=mapping.target_code,
                    document=encode_mapping(mapping),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceChange:
    """A resource to write, with its mappings and aliases."""

    resource: NewResource
    mappings: MappingRows | None = None
    aliases: tuple[tuple[str, str], ...] | None = None

    def write(self, publication: Publication) -> None:
        """Write it all."""
        entry = publication.put_resource(self.resource)
        if self.mappings is not None:
            publication.put_mappings(entry.key, self.mappings)
        if self.aliases is not None:
            publication.put_aliases(entry.key, self.aliases)


def changes_something(store: Store, change: ResourceChange) -> bool:
    """Whether this differs from what is stored."""
    entry = _stored(store, change.resource)
    if entry is None or replace(change.resource, body=b"", by_id=False, words=()) != _as_new(entry):
        return True
    if json.loads(entry.body) != json.loads(change.resource.body):
        return True
    if change.mappings is None:
        return False
    pairs = zip_longest(change.mappings, store.map_mappings(entry.key))
    return any(new is None or old is None or new.document != old.document for new, old in pairs)


def _stored(store: Store, resource: NewResource) -> ResourceEntry | None:
    if resource.url is None:
        return store.resource(resource.type, resource.id)
    found = store.resources_by_url(resource.type, resource.url)
    return next((entry for entry in found if entry.version == resource.version), None)


def _as_new(entry: ResourceEntry) -> NewResource:
    return NewResource(
        type=entry.type, id=entry.id, url=entry.url, version=entry.version, name=entry.name, title=entry.title,
        status=entry.status, date=entry.date, publisher=entry.publisher, source=entry.source,
    )  # fmt: skip


def value_set_change(record: ValueSetRecord, ids: Ids) -> ResourceChange:
    """A value set: its published JSON, or else JSON made from its fields."""
    value_set = record.value_set
    body = json.loads_object(value_set.resource) if value_set.resource else valueset.render(value_set)
    return ResourceChange(resource=_resource("ValueSet", value_set, record.source.name, body, ids))


def concept_map_change(record: ConceptMapRecord, ids: Ids) -> ResourceChange:
    """A concept map: header with empty groups, and its mappings as rows."""
    concept_map = record.concept_map
    body = conceptmap.render_header(concept_map)
    resource = _resource("ConceptMap", concept_map, record.source.name, body, ids)
    return ResourceChange(resource=resource, mappings=MappingRows(concept_map.groups))


def structure_change(record: StructureRecord, ids: Ids) -> ResourceChange:
    """A StructureDefinition, as it was published."""
    body = json.loads_object(record.structure.resource)
    return ResourceChange(resource=_resource("StructureDefinition", record.structure, record.source.name, body, ids))


def naming_system_change(record: NamingSystemRecord, ids: Ids) -> ResourceChange:
    """A naming system with its aliases, which stand for the preferred id."""
    body = json.loads_object(record.resource)
    url, version = body.get("url"), body.get("version")
    id_ = ids.choose("NamingSystem", record.id or slug(record.name), url, version)
    resource = NewResource(
        type="NamingSystem", id=id_, url=url, version=version, name=record.name, title=body.get("title"),
        status=body.get("status"), date=body.get("date"), publisher=body.get("publisher"), source=record.source.name,
        body=json.dumps({**body, "id": id_}), by_id=ids.is_fixed("NamingSystem", id_), words=words(body),
    )  # fmt: skip
    preferred = record.preferred
    aliases = tuple((alias, preferred) for alias in record.aliases if preferred and alias != preferred)
    return ResourceChange(resource=resource, aliases=aliases)


def _resource(
    type_: str, header: ValueSet | ConceptMap | Structure, source: str, body: json.Json, ids: Ids
) -> NewResource:
    id_ = ids.choose(type_, header.id, header.url, header.version)  # type: ignore[arg-type]
    return NewResource(
        type=type_,  # type: ignore[arg-type]
        id=id_, url=header.url, version=header.version, name=header.name, title=header.title, status=header.status,
        date=header.date, publisher=header.publisher, source=source, body=json.dumps({**body, "id": id_}),
        by_id=ids.is_fixed(type_, id_),  # type: ignore[arg-type]
        words=words(body),
    )  # fmt: skip
