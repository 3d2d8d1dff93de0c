"""What every store must do with resources that clients leave for later requests."""

from __future__ import annotations

import pytest

from terminology.store import client_caches
from tests.store.ticking import HOUR


def test_a_cache_begins_with_its_first_use_and_grows(store):
    assert store.client_cache("a") is None
    store.keep_in_client_cache("a", [("1", b"one"), ("2", b"two")], HOUR)
    store.keep_in_client_cache("a", [("2", b"two"), ("3", b"three")], HOUR)
    assert store.client_cache("a") == ["1", "2", "3"]
    assert store.client_cache_bodies(["1", "3", "9"]) == {"1": b"one", "3": b"three"}


def test_an_empty_cache_exists(store):
    store.keep_in_client_cache("a", [], HOUR)
    assert store.client_cache("a") == []


def test_writing_to_a_cache_leaves_the_generation(store):
    before = store.generation()
    store.keep_in_client_cache("a", [("1", b"one")], HOUR)
    assert store.generation() == before


def test_caches_share_bodies_which_go_with_the_last_cache(store):
    for cache in "ab":
        store.keep_in_client_cache(cache, [("1", b"one")], HOUR)
    assert store.drop_client_cache("a")
    assert store.client_cache_bodies(["1"]) == {"1": b"one"}
    assert store.drop_client_cache("b")
    assert store.client_cache_bodies(["1"]) == {}
    assert not store.drop_client_cache("b")


def test_caches_expire_unless_they_are_used(store, clock):
    store.keep_in_client_cache("a", [("1", b"one")], 2 * HOUR)
    clock.now += HOUR
    store.keep_in_client_cache("a", [], 2 * HOUR)
    clock.now += HOUR + 1
    assert store.client_cache("a") == ["1"]
    clock.now += HOUR
    assert store.client_cache("a") is None
    store.keep_in_client_cache("b", [], HOUR)
    assert store.client_cache_bodies(["1"]) == {}


def test_the_cache_that_expires_first_makes_room(store, clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_caches, "MOST_CACHES", 2)
    for cache in "abc":
        store.keep_in_client_cache(cache, [(cache, b"body")], HOUR)
        clock.now += 1
    assert [store.client_cache(cache) for cache in "abc"] == [None, ["b"], ["c"]]
    monkeypatch.setattr(client_caches, "MOST_CACHES", 100)
    monkeypatch.setattr(client_caches, "MOST_BYTES", 5)
    store.keep_in_client_cache("d", [("d", b"body")], HOUR)
    assert [store.client_cache(cache) for cache in "bcd"] == [None, ["c"], ["d"]]
