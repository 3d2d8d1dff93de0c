"""API keys: created and shown once; the database keeps a digest, a name, scopes, and an expiry time.

A key is 32 random bytes, so one round of SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable

from terminology.http.access.callers import RESOURCE_PREFIX, RESOURCE_SCOPE, Caller
from terminology.http.access.standing import Recognised
from terminology.model.outcome import TerminologyError
from terminology.store.entries import KeyEntry
from terminology.store.protocol import Store

PREFIX = "tsk_"
"""The prefix of every key, by which a leaked one can be recognised."""


def create(
    store: Store, name: str, scopes: Iterable[str], *, now: float, seconds: float | None = None
) -> tuple[str, KeyEntry]:
    """Create a key that is valid for `seconds` (forever without). Returns the key, which is stored nowhere.

    Raises TerminologyError invalid for a scope that permits nothing, conflict for the name of a valid key.
    """
    wanted = tuple(dict.fromkeys(scopes))
    for scope in wanted:
        if not scope or scope.split() != [scope] or _permits_nothing(scope):
            raise TerminologyError.of("invalid", "SCOPE_INVALID", scope=scope)
    if any(key.name == name and key.revoked is None for key in store.api_keys()):
        raise TerminologyError.of("conflict", "KEY_NAME_TAKEN", name=name)
    id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    entry = KeyEntry(
        id=id_, name=name, digest=_digest(secret), scopes=" ".join(wanted), created=now,
        expires=None if seconds is None else now + seconds, revoked=None,
    )  # fmt: skip
    store.put_api_key(entry)
    return f"{PREFIX}{id_}_{secret}", entry


def recognise(store: Store, key: str, now: float) -> Recognised | None:
    """The caller of a key; one query. None for an unknown, revoked or expired key."""
    id_, _, secret = key.removeprefix(PREFIX).partition("_")
    entry = store.api_key(id_)
    if entry is None or not hmac.compare_digest(entry.digest, _digest(secret)):
        return None
    if entry.revoked is not None or (entry.expires is not None and entry.expires <= now):
        return None
    caller = Caller(entry.name, "key", frozenset(entry.scopes.split()))
    return Recognised(caller, math.inf if entry.expires is None else entry.expires)


def revoke(store: Store, name: str, now: float) -> KeyEntry:
    """Revoke the key with this name or id. Raises TerminologyError not-found."""
    for key in store.api_keys():
        if name in {key.name, key.id} and store.revoke_api_key(key.id, now):
            return key
    raise TerminologyError.of("not-found", "KEY_NOT_FOUND", name=name)


def _permits_nothing(scope: str) -> bool:
    match = RESOURCE_SCOPE.fullmatch(scope)
    return scope.startswith(RESOURCE_PREFIX) and (match is None or not match["may"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
