"""A store with one version, for tests that read what was built."""

from __future__ import annotations

from terminology.store.build import BuildReport, build_version, version_entry
from terminology.store.entries import NewResource
from terminology.store.opening import open_store
from terminology.store.protocol import VersionReader
from tests import synthetic


def publish(store, concepts, **fields) -> tuple[VersionReader, BuildReport]:
    metadata = synthetic.metadata(**fields)
    writer = store.new_version()
    report = build_version(writer, metadata, concepts)
    id_ = f"synthetic-{metadata.version}"
    with store.publication() as publication:
        header = NewResource(type="CodeSystem", id=id_, url=metadata.url, version=metadata.version)
        publication.publish_version(writer, version_entry(writer.key, metadata, report.size, id_), header)
    return store.version(writer.key), report


def built_with_report(concepts, **fields) -> tuple[VersionReader, BuildReport]:
    return publish(open_store(), concepts, **fields)


def built(concepts, **fields) -> VersionReader:
    return built_with_report(concepts, **fields)[0]
