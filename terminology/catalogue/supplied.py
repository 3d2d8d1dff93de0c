"""Code systems supplied with requests, built once per content and shared by requests with the same content.

Each is built like any load, into a scratch database of its own, which is discarded when nobody uses it any more. Cached
by digest, within a bound. A request only sees the resources it supplies itself.
"""

from __future__ import annotations

import threading
import weakref

from terminology.codesystems.registry import open_code_system
from terminology.model.protocols import CodeSystem
from terminology.model.requests import CodeSystemResource
from terminology.store.build import build_version, version_entry
from terminology.store.cache import BoundedCache
from terminology.store.entries import NewResource
from terminology.store.opening import open_store

MOST_CONCEPTS = 300_000
OVERHEAD = 200
"""The cost of an empty scratch database, in concepts."""


class _Building:
    """A lock held while a resource is built; others that need it wait."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


class SuppliedSystems:
    """The recently supplied code systems. Threads share it."""

    def __init__(self, most_concepts: int = MOST_CONCEPTS) -> None:
        self._kept: BoundedCache[str, CodeSystem] = BoundedCache(most_concepts)
        self._building: weakref.WeakValueDictionary[str, _Building] = weakref.WeakValueDictionary()
        self._guard = threading.Lock()

    def system(self, resource: CodeSystemResource) -> CodeSystem:
        """The system a resource defines. Raises TerminologyError for content that a load would refuse."""
        if (kept := self._kept.get(resource.digest)) is not None:
            return kept[0]
        with self._guard:
            building = self._building.setdefault(resource.digest, _Building())
        with building.lock:
            if (kept := self._kept.get(resource.digest)) is not None:
                return kept[0]
            return self._kept.put(resource.digest, build(resource), OVERHEAD + len(resource.concepts))


def build(resource: CodeSystemResource) -> CodeSystem:
    """Load a resource into a scratch database."""
    metadata = resource.metadata
    store = open_store()
    writer = store.new_version()
    report = build_version(writer, metadata, resource.concepts)
    header = NewResource(
        type="CodeSystem", id="supplied", url=metadata.url, version=metadata.version, body=metadata.resource
    )
    with store.publication() as publication:
        publication.publish_version(writer, version_entry(writer.key, metadata, report.size, header.id), header)
    return open_code_system(metadata, store.version(writer.key), f"supplied:{resource.digest}")
