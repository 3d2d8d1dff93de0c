"""The transaction that makes a load visible. Each method delegates to the module of its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from terminology.store import conceptmaps, parts, resource_index, resources, sources, versions
from terminology.store.database import Database
from terminology.store.entries import (
    DocumentEntry,
    MappingRow,
    NewResource,
    PartEntry,
    ResourceEntry,
    ResourceType,
    VersionEntry,
    WordsOf,
)
from terminology.store.leases import Leases
from terminology.store.protocol import VersionWriter


class SqlPublication:
    """See `protocol.Publication`. Lives inside the transaction that `SqlStore.publication` holds."""

    def __init__(self, database: Database, leases: Leases) -> None:
        self._database = database
        self._leases = leases

    def publish_version(self, writer: VersionWriter, entry: VersionEntry, header: NewResource) -> None:
        """See Publication; the key is the writer's, the resource id the one the stored header has."""
        writer.confirm()
        stored = self.put_resource(header)
        versions.publish(self._database, self._leases, writer.key, replace(entry, resource_id=stored.id))

    def put_base(self, writer: VersionWriter, entry: VersionEntry) -> None:
        """See Publication."""
        writer.confirm()
        versions.put_base(self._database, self._leases, writer.key, entry)

    def drop_version(self, url: str, version: str | None, *, header: bool = True) -> None:
        """See Publication."""
        for entry in versions.entries(self._database, url):
            if header and entry.version == (version or None):
                self.drop_resource("CodeSystem", entry.resource_id)
        versions.retire(self._database, self._leases, url, version)

    def put_part(self, part: PartEntry, blocks: int) -> None:
        """See Publication; from now on the part's key is that of its blocks."""
        parts.commit(self._database, self._leases, part, blocks)

    def drop_part(self, key: int) -> None:
        """See Publication."""
        parts.drop(self._database, self._leases, key)

    def put_resource(self, resource: NewResource) -> ResourceEntry:
        """See Publication; content that does not differ is not written again."""
        return resources.put(self._database, resource, self._leases.clock())

    def drop_resource(self, type_: ResourceType, id_: str) -> bool:
        """See Publication; with a CodeSystem, its version goes out of sight."""
        dropped = resources.drop(self._database, type_, id_, self._leases.clock())
        if dropped is not None and type_ == "CodeSystem" and dropped.url:
            versions.retire(self._database, self._leases, dropped.url, dropped.version)
        return dropped is not None

    def index(self, keys: Sequence[int], words_of: WordsOf) -> int:
        """See Publication."""
        return resource_index.index(self._database, keys, words_of)

    def put_mappings(self, map_key: int, rows: Iterable[MappingRow]) -> None:
        """See Publication."""
        conceptmaps.put_mappings(self._database, map_key, rows)

    def put_aliases(self, resource_key: int, aliases: Iterable[tuple[str, str]]) -> None:
        """See Publication."""
        conceptmaps.put_aliases(self._database, resource_key, aliases)

    def put_document(self, document: DocumentEntry, raw: bytes) -> None:
        """See Publication."""
        sources.put(self._database, document, raw)
