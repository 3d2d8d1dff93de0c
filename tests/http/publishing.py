"""Resources straight into a store, without loaders: enough to read, search and look up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from terminology.fhir import codesystem, conceptmap
from terminology.fhir.json import dumps
from terminology.ingest.resources import MappingRows
from terminology.store.documents import encode
from terminology.store.entries import NewResource, VersionEntry
from terminology.store.opening import open_store
from terminology.store.protocol import Store


def database_with(folder: Path, *resources: dict[str, Any]) -> str:
    """The URL of a new database in a folder, with these resources."""
    url = f"sqlite:///{folder / 'test.db'}"
    store = open_store(url)
    publish(store, *resources)
    store.close()
    return url


def publish(store: Store, *resources: dict[str, Any]) -> None:
    for resource in resources:
        {"CodeSystem": _code_system, "ConceptMap": _concept_map}.get(resource["resourceType"], _plain)(store, resource)


def _header(resource: dict[str, Any], body: bytes) -> NewResource:
    known = ("id", "url", "version", "name", "title", "status", "date", "publisher")
    return NewResource(type=resource["resourceType"], body=body, **{name: resource.get(name) for name in known})


def _plain(store: Store, resource: dict[str, Any]) -> None:
    with store.publication() as publication:
        publication.put_resource(_header(resource, dumps(resource)))


def _code_system(store: Store, resource: dict[str, Any]) -> None:
    parsed = codesystem.parse(resource)
    writer = store.new_version()
    writer.write_concepts([(i, c.code, c.code, encode(c)) for i, c in enumerate(parsed.concepts)])
    entry = VersionEntry(
        key=writer.key,
        url=resource["url"],
        version=resource.get("version"),
        content=resource["content"],
        size=len(parsed.concepts),
        case_sensitive=True,
        supplements=None,
        effective_start=None,
        effective_end=None,
        resource_id=resource["id"],
    )
    with store.publication() as publication:
        publication.publish_version(writer, entry, _header(resource, parsed.metadata.resource))


def _concept_map(store: Store, resource: dict[str, Any]) -> None:
    parsed = conceptmap.parse(resource)
    with store.publication() as publication:
        stored = publication.put_resource(_header(resource, parsed.resource))
        publication.put_mappings(stored.key, MappingRows(parsed.groups))
