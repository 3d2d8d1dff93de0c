"""All that a search finds, without holding it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from terminology.store.protocol import ResourceEntry, ResourceQuery, Store

PAGE = 500


def every(store: Store, query: ResourceQuery) -> Iterator[ResourceEntry]:
    """The resources a query finds, read a page at a time; its own offset and count do not matter."""
    offset, total = 0, 1
    while offset < total:
        total, page = store.resources(replace(query, offset=offset, count=PAGE))
        offset += PAGE
        yield from page
