"""Stored code systems for tests: built like any load, into a database in memory."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from terminology.codesystems.stored import StoredCodeSystem
from terminology.model.codesystem import CodeSystemMetadata
from terminology.model.concept import Concept
from terminology.store.build import build_version, version_entry
from terminology.store.entries import NewResource
from terminology.store.opening import open_store
from terminology.store.protocol import Store

STORES = count()


def publish(store: Store, metadata: CodeSystemMetadata, concepts: Iterable[Concept], body: bytes = b"{}") -> int:
    """Load one version; its key."""
    writer = store.new_version()
    size = build_version(writer, metadata, concepts).size
    id_ = f"{metadata.url.rsplit('/', 1)[-1]}-{metadata.version or 'none'}"
    resource = NewResource(
        type="CodeSystem", id=id_, url=metadata.url, version=metadata.version, date=metadata.date, body=body
    )
    with store.publication() as publication:
        publication.publish_version(writer, version_entry(writer.key, metadata, size, id_), resource)
    return writer.key


def stored(metadata: CodeSystemMetadata, concepts: Iterable[Concept]) -> StoredCodeSystem:
    """A code system of its own store."""
    store = open_store()
    return StoredCodeSystem(metadata, store.version(publish(store, metadata, concepts)), f"store{next(STORES)}")
