"""What every store must do: keep API keys."""

from __future__ import annotations

from dataclasses import replace

from terminology.store.entries import KeyEntry

WARD = KeyEntry(
    id="a", name="ward", digest="d", scopes="system/*.rs licence/x", created=10.5, expires=20.25, revoked=None
)
LAB = KeyEntry(id="b", name="lab", digest="e", scopes="", created=5.0, expires=None, revoked=None)


def test_keys_come_back_as_they_were(store):
    assert (store.api_keys(), store.api_key("a")) == ([], None)
    store.put_api_key(WARD)
    store.put_api_key(LAB)
    assert store.api_key("a") == WARD
    assert store.api_keys() == [LAB, WARD]


def test_a_key_is_revoked_once(store):
    store.put_api_key(WARD)
    assert store.revoke_api_key("a", 15.0)
    assert not store.revoke_api_key("a", 16.0)
    assert not store.revoke_api_key("none", 16.0)
    assert store.api_key("a") == replace(WARD, revoked=15.0)


def test_callers_are_recognised_anew_once_a_key_is_revoked(store):
    before = store.generation()
    store.put_api_key(WARD)
    assert store.generation() == before, "a new key is nothing that was published"
    store.revoke_api_key("a", 15.0)
    assert store.generation() == before + 1
    store.revoke_api_key("a", 16.0)
    assert store.generation() == before + 1
