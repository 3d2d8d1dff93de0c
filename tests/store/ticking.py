"""A clock that tests move, and short ways to fill a store."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from terminology.store import index_kinds
from terminology.store.entries import NewResource, PartEntry, VersionEntry

HOUR = 3600.0
MEGABYTE = 1024 * 1024


class Ticking:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


def entry(url: str = "http://example.org/cs", version: str | None = "1", **fields) -> VersionEntry:
    values = {
        "key": 0, "content": "complete", "size": 0, "case_sensitive": True, "supplements": None,
        "effective_start": None, "effective_end": None, "resource_id": "cs",
    } | fields  # fmt: skip
    return VersionEntry(url=url, version=version, **values)


def header(url: str = "http://example.org/cs", version: str | None = "1", id_: str = "cs", body: bytes = b"{}"):
    return NewResource(type="CodeSystem", id=id_, url=url, version=version, body=body)


def concepts(codes: Sequence[str]) -> list[tuple[int, str, str, bytes]]:
    """Rows of a case-insensitive system."""
    return [(ordinal, code.casefold(), code, f"document of {code}".encode()) for ordinal, code in enumerate(codes)]


def publish(
    store, codes: Sequence[str] = ("A", "b", "C"), url="http://example.org/cs", version="1", id_="cs", words=()
):
    """Publish a version, with words in its text index; returns its reader."""
    writer = store.new_version()
    writer.write_concepts(concepts(codes))
    writer.write_bitmaps(index_kinds.TOKEN, [(word, BitMap([0])) for word in words])
    with store.publication() as publication:
        publication.publish_version(writer, entry(url, version, size=len(codes)), header(url, version, id_))
    return store.version(writer.key)


def part(source: str = "a.txt", version: str | None = "1", **fields) -> PartEntry:
    values = {
        "key": 0, "url": "http://example.org/cs", "kind": "release", "digest": "d1", "loader": "test", "count": 2,
        "header": b"{}",
    } | fields  # fmt: skip
    return PartEntry(source=source, version=version, **values)


def put_part(store, blocks: Sequence[bytes], **fields) -> int:
    key = store.spill_part(blocks)
    with store.publication() as publication:
        publication.put_part(part(**fields), key)
    return key


def value_set(id_: str = "vs", url: str | None = "http://example.org/vs", version: str | None = None, **fields):
    return NewResource(type="ValueSet", id=id_, url=url, version=version, **fields)
