"""What every store must do with resources that clients want remembered."""

from __future__ import annotations

import pytest

from terminology.store import travelling
from tests.store.ticking import HOUR


def test_a_cache_begins_with_its_first_use_and_grows(store):
    assert store.kept_travelling("a") is None
    store.keep_travelling("a", [("1", b"one"), ("2", b"two")], HOUR)
    store.keep_travelling("a", [("2", b"two"), ("3", b"three")], HOUR)
    assert store.kept_travelling("a") == ["1", "2", "3"]
    assert store.travelling(["1", "3", "9"]) == {"1": b"one", "3": b"three"}


def test_an_empty_cache_is_there(store):
    store.keep_travelling("a", [], HOUR)
    assert store.kept_travelling("a") == []


def test_remembering_publishes_nothing(store):
    before = store.generation()
    store.keep_travelling("a", [("1", b"one")], HOUR)
    assert store.generation() == before


def test_caches_share_bodies_and_the_last_one_takes_them_along(store):
    for cache in "ab":
        store.keep_travelling(cache, [("1", b"one")], HOUR)
    assert store.forget_travelling("a")
    assert store.travelling(["1"]) == {"1": b"one"}
    assert store.forget_travelling("b")
    assert store.travelling(["1"]) == {}
    assert not store.forget_travelling("b")


def test_caches_expire_unless_they_are_used(store, clock):
    store.keep_travelling("a", [("1", b"one")], 2 * HOUR)
    clock.now += HOUR
    store.keep_travelling("a", [], 2 * HOUR)
    clock.now += HOUR + 1
    assert store.kept_travelling("a") == ["1"]
    clock.now += HOUR
    assert store.kept_travelling("a") is None
    store.keep_travelling("b", [], HOUR)
    assert store.travelling(["1"]) == {}


def test_what_expires_first_makes_room(store, clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(travelling, "MOST_CACHES", 2)
    for cache in "abc":
        store.keep_travelling(cache, [(cache, b"body")], HOUR)
        clock.now += 1
    assert [store.kept_travelling(cache) for cache in "abc"] == [None, ["b"], ["c"]]
    monkeypatch.setattr(travelling, "MOST_CACHES", 100)
    monkeypatch.setattr(travelling, "MOST_BYTES", 5)
    store.keep_travelling("d", [("d", b"body")], HOUR)
    assert [store.kept_travelling(cache) for cache in "bcd"] == [None, ["c"], ["d"]]
