"""Fills a hidden version in short transactions. Rows are stored as they are given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from pyroaring import BitMap

from terminology.model.outcome import TerminologyError
from terminology.store import histories
from terminology.store.database import Database, Duplicate
from terminology.store.entries import ConceptRow, VersionEntry
from terminology.store.leases import Leases
from terminology.store.protocol import VersionReader
from terminology.store.reading import Kept, SqlVersionReader, concept_id, concept_rows

BITMAPS_A_TRANSACTION = 5_000

ConceptTuple = tuple[int, str, str, bytes]


class SqlVersionWriter:
    """See `protocol.VersionWriter`. Raises TerminologyError conflict when the lease was lost."""

    def __init__(self, database: Database, leases: Leases, kept: Kept, base: int | None = None) -> None:
        self._database = database
        self._leases = leases
        self._kept = kept
        with database.transaction():
            self._breaks = database.breaks()
            histories.enter(database)
            row = database.first(
                "INSERT INTO code_system_version (state, expires, owner, base) VALUES ('loading', ?, ?, ?)"
                " RETURNING key",
                (leases.expiry(), leases.owner, base),
            )
        assert row is not None
        self._key = int(row[0])

    @property
    def key(self) -> int:
        """See VersionWriter."""
        return self._key

    def write_concepts(self, rows: Sequence[ConceptTuple]) -> None:
        """See VersionWriter; one transaction a call: nothing of a call that fails is kept."""
        version, first = self._key, concept_id(self._key, 0)
        columns = ("id", "version", "key", "code", "document")
        stored = (
            (first + ordinal, version, key, None if code == key else code, document)
            for ordinal, key, code, document in rows
        )
        try:
            with self._leased():
                self._database.insert("concept", columns, stored)
        except Duplicate as duplicate:
            raise self._duplicate_code(rows, duplicate) from duplicate

    def write_bitmaps(self, kind: str, items: Iterable[tuple[str, BitMap]]) -> None:
        """See VersionWriter; a transaction for every few thousand sets."""
        version = self._key
        iterator = iter(items)
        while chunk := list(islice(iterator, BITMAPS_A_TRANSACTION)):
            self._insert_derived("bitmap", ((version, kind, key, bitmap.serialize()) for key, bitmap in chunk))

    def write_blob(self, kind: str, key: str, data: bytes) -> None:
        """See VersionWriter."""
        self.write_blobs(kind, [(key, data)])

    def write_blobs(self, kind: str, items: Iterable[tuple[str, bytes]]) -> None:
        """See VersionWriter; in one transaction."""
        self._insert_derived("blob", ((self._key, kind, key, data) for key, data in items))

    def read_concepts(self, ordinals: Sequence[int]) -> list[ConceptRow]:
        """See VersionWriter; in the order asked for, those that exist."""
        found = concept_rows(self._database, self._key, ordinals)
        return [found[ordinal] for ordinal in ordinals if ordinal in found]

    def reader(self, entry: VersionEntry) -> VersionReader:
        """See VersionWriter."""
        return SqlVersionReader(self._database, replace(entry, key=self._key), self._kept)

    def confirm(self) -> None:
        """Inside a transaction: make sure that what was written is still there. Raises TerminologyError unavailable."""
        if self._database.breaks() != self._breaks:
            self._kept.clear()  # the key may be given again
            raise TerminologyError.of("unavailable", "STORE_BROKE_OFF", url=self._database.url)

    def abandon(self) -> None:
        """See VersionWriter."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE code_system_version SET expires = 0 WHERE key = ? AND state = 'loading'", (self._key,)
            )

    def _insert_derived(self, table: str, rows: Iterable[tuple[int, str, str, bytes]]) -> None:
        try:
            with self._leased():
                self._database.insert(table, ("version", "kind", "key", "data"), rows)
        except Duplicate as duplicate:
            raise TerminologyError.of("conflict", "STORE_DUPLICATE_ORDINAL", reason=str(duplicate)) from duplicate

    @contextmanager
    def _leased(self) -> Iterator[None]:
        """A transaction in which the version is still this writer's."""
        with self._database.transaction():
            self.confirm()
            held = self._database.execute(
                "UPDATE code_system_version SET expires = ? WHERE key = ? AND state = 'loading'",
                (self._leases.expiry(), self._key),
            )
            if not held:
                raise TerminologyError.of("conflict", "STORE_LEASE_LOST", key=str(self._key))
            self._leases.renew(self._database)
            yield

    def _duplicate_code(self, rows: Sequence[ConceptTuple], duplicate: Duplicate) -> TerminologyError:
        """Name the code that was given twice, in the batch or before it."""
        given: dict[str, str] = {}
        for _, key, code, _ in rows:
            if key in given:
                return TerminologyError.of("conflict", "STORE_DUPLICATE_CODE", concept=code)
            given[key] = code
        for among, chunk in self._database.among(given):
            sql = f"SELECT key FROM concept WHERE version = ? AND key {among}"  # noqa: S608 - only places
            if (row := self._database.first(sql, (self._key, *chunk))) is not None:
                return TerminologyError.of("conflict", "STORE_DUPLICATE_CODE", concept=given[row[0]])
        return TerminologyError.of("conflict", "STORE_DUPLICATE_ORDINAL", reason=str(duplicate))
