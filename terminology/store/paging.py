"""Iterates over all results of a search without holding them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from terminology.store.entries import ResourceEntry
from terminology.store.protocol import Store
from terminology.store.queries import ResourceQuery

PAGE = 500


def every(store: Store, query: ResourceQuery) -> Iterator[ResourceEntry]:
    """The resources a query finds, read a page at a time: none twice or left out when others are written meanwhile.

    The query's own offset and count do not matter.
    """
    query = replace(query, offset=0, count=PAGE)
    while (page := store.resource_page(query)).entries:
        yield from page.entries
        query = replace(query, beyond=page.places[-1], generation=page.generation)
