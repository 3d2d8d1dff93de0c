"""What every store must do with resources that clients leave for later requests."""

from __future__ import annotations

import pytest

from terminology.model.outcome import TerminologyError
from terminology.store import client_caches
from tests.store.ticking import HOUR, MEGABYTE


def test_a_cache_begins_with_its_first_use_and_grows(store):
    assert store.client_cache("a") is None
    store.keep_in_client_cache("a", [("1", b"one"), ("2", b"two")], HOUR, MEGABYTE)
    store.keep_in_client_cache("a", [("2", b"two"), ("3", b"three")], HOUR, MEGABYTE)
    assert store.client_cache("a") == ["1", "2", "3"]
    assert store.client_cache_bodies(["1", "3", "9"]) == {"1": b"one", "3": b"three"}


def test_an_empty_cache_exists(store):
    store.keep_in_client_cache("a", [], HOUR, MEGABYTE)
    assert store.client_cache("a") == []


def test_writing_to_a_cache_leaves_the_generation(store):
    before = store.generation()
    store.keep_in_client_cache("a", [("1", b"one")], HOUR, MEGABYTE)
    assert store.generation() == before


def test_caches_share_bodies_which_go_with_the_last_cache(store):
    for cache in "ab":
        store.keep_in_client_cache(cache, [("1", b"one")], HOUR, MEGABYTE)
    assert store.drop_client_cache("a")
    assert store.client_cache_bodies(["1"]) == {"1": b"one"}
    assert store.drop_client_cache("b")
    assert store.client_cache_bodies(["1"]) == {}
    assert not store.drop_client_cache("b")


def test_caches_expire_unless_they_are_used(store, clock):
    store.keep_in_client_cache("a", [("1", b"one")], 2 * HOUR, MEGABYTE)
    clock.now += HOUR
    store.keep_in_client_cache("a", [], 2 * HOUR, MEGABYTE)
    clock.now += HOUR + 1
    assert store.client_cache("a") == ["1"]
    clock.now += HOUR
    assert store.client_cache("a") is None
    store.keep_in_client_cache("b", [], HOUR, MEGABYTE)
    assert store.client_cache_bodies(["1"]) == {}


def test_the_cache_that_expires_first_makes_room(store, clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_caches, "MOST_CACHES", 2)
    for cache in "abc":
        store.keep_in_client_cache(cache, [(cache, b"body")], HOUR, MEGABYTE)
        clock.now += 1
    assert [store.client_cache(cache) for cache in "abc"] == [None, ["b"], ["c"]]
    monkeypatch.setattr(client_caches, "MOST_CACHES", 100)
    monkeypatch.setattr(client_caches, "MOST_BYTES", 5 + client_caches.OVERHEAD)
    store.keep_in_client_cache("d", [("d", b"body")], HOUR, MEGABYTE)
    assert [store.client_cache(cache) for cache in "bcd"] == [None, ["c"], ["d"]]


def test_a_cache_has_a_largest_size(store):
    store.keep_in_client_cache("a", [("1", b"one")], HOUR, 6)
    store.keep_in_client_cache("a", [("1", b"one"), ("2", b"two")], HOUR, 6)
    with pytest.raises(TerminologyError, match="would have more than 6 bytes") as caught:
        store.keep_in_client_cache("a", [("3", b"3")], HOUR, 6)
    assert caught.value.kind == "too-large"
    assert store.client_cache("a") == ["1", "2"]
    store.keep_in_client_cache("a", [("2", b"two")], HOUR, 6)
    store.keep_in_client_cache("b", [("3", b"3")], HOUR, 6)
