"""Pages of a search while others write: what matched all along is seen once, in the order of the first page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminology.store.entries import NewResource
from terminology.store.paging import every
from terminology.store.queries import ResourceQuery
from terminology.store.resource_search import ORDERS
from tests.store.ticking import value_set

BASE = "http://example.org/"
SORTS = [(), *((sign + name,) for name in ORDERS for sign in ("", "-")), ("status", "-title"), ("-publisher", "date")]


def member(id_: str, number: int, **fields: str | None) -> NewResource:
    """One of several that are in another order by each of their fields."""
    shuffled = (number * 5) % 7
    values = {
        "name": f"N{shuffled}", "title": f"T{(number * 3) % 7}", "status": ("active", "draft")[number % 2],
        "date": f"202{(number * 4) % 7}", "publisher": f"P{number % 3}", "version": str(number % 4),
    } | fields  # fmt: skip
    return value_set(id_, f"{BASE}{(number * 2) % 7}", **values, by_id=True)


@pytest.fixture(params=["sqlite memory", "postgres"])
def backend(request):
    """A file would answer as memory does, and wait for the disk with every write."""
    return request.param


@pytest.fixture
def shelf(store, clock):
    for number in range(7):
        put(store, member(f"m{number}", number))
        clock.forward(number % 2)
    put(store, value_set("bare", f"{BASE}bare", by_id=True), value_set("none", None, by_id=True))
    return store


def put(store, *resources: NewResource) -> None:
    with store.publication() as publication:
        for resource in resources:
            publication.put_resource(resource)


def drop(store, *ids: str) -> None:
    with store.publication() as publication:
        for id_ in ids:
            publication.drop_resource("ValueSet", id_)


def moved(id_: str, *, up: bool) -> NewResource:
    """A resource as somebody changed it, so that it stands first or last by everything."""
    mark = "0" if up else "\uffff"
    date = "1900" if up else "2999"
    return value_set(
        id_, f"{BASE}{mark}{id_}", version=mark, name=mark, title=mark, status=mark, publisher=mark, date=date,
        body=id_.encode(), by_id=True,
    )  # fmt: skip


@pytest.mark.parametrize("sort", SORTS, ids=",".join)
def test_nothing_is_seen_twice_or_left_out(shelf, clock, sort):
    query = ResourceQuery(type="ValueSet", sort=sort, generation=shelf.generation())
    before = [entry.id for entry in shelf.resource_page(query).entries]
    assert before == [entry.id for entry in shelf.resources(query)[1]]
    first = shelf.resource_page(replace(query, count=3))
    seen, unseen = before[:3], before[3:]
    assert [entry.id for entry in first.entries] == seen
    clock.forward(1)
    put(shelf, moved(seen[0], up=True), moved(unseen[1], up=True), moved(unseen[4], up=False))
    put(shelf, moved(unseen[1], up=False), moved("new", up=True), moved("newer", up=False))
    drop(shelf, seen[1], unseen[2], unseen[3], "new")
    put(shelf, moved(unseen[3], up=False))
    expected = [id_ for id_ in unseen if id_ != unseen[2]]
    rest, places = [], [first.places[-1]]
    while page := shelf.resource_page(replace(query, count=2, beyond=places[-1])).entries:
        rest += [entry.id for entry in page]
        places.append(shelf.resource_page(replace(query, count=2, beyond=places[-1])).places[-1])
    assert rest == expected
    back = shelf.resource_page(replace(query, count=3, beyond=places[-1], backwards=True))
    assert [entry.id for entry in back.entries] == expected[-4:-1]
    again = shelf.resource_page(replace(query, count=3, beyond=places[-1], backwards=True, inclusive=True))
    assert [entry.id for entry in again.entries] == expected[-3:]
    at = shelf.resource_page(replace(query, count=1, beyond=back.places[0], inclusive=True))
    assert at.entries[0].id == back.entries[0].id


def test_pages_match_the_current_content_of_resources(shelf):
    query = ResourceQuery(type="ValueSet", status="active", generation=shelf.generation())
    before = [entry.id for entry in shelf.resource_page(query).entries]
    put(shelf, moved(before[-1], up=True))
    assert [entry.id for entry in shelf.resource_page(query).entries] == before[:-1]


def test_all_matches_are_read_while_others_write(shelf, monkeypatch):
    monkeypatch.setattr("terminology.store.paging.PAGE", 2)
    expected = [entry.id for entry in shelf.resources(ResourceQuery(type="ValueSet"))[1]]
    read = []
    for entry in every(shelf, ResourceQuery(type="ValueSet")):
        read.append(entry.id)
        put(shelf, moved(f"before-{entry.id}", up=True))
    assert read == expected
