"""What of callers decides about answers to them, and the callers whose credentials were checked lately.

Prepared and cached answers are shared by all callers of one standing. To check credentials takes a query or more; a
caller whose credentials were checked is recognised without, for a minute at most, and until anything is published or a
key is revoked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from terminology.http.access.callers import Caller
from terminology.store.cache import BoundedCache

SECONDS = 60.0
"""For this long, credentials are not checked again: so long a token is taken after its issuer withdraws its key."""
BYTES = 1024 * 1024
OVERHEAD = 1000
"""Memory for callers, and what one takes besides the text of its credentials."""

CALLER = "terminology.caller"
"""In the environ: the caller, where the application around this one knows it."""

Credentials = tuple[str | None, str | None]
"""The headers Authorization and X-API-Key."""


class Standing(NamedTuple):
    """All that answers depend on: the licences a caller holds, and the resource types it may read (None: all)."""

    entitlements: frozenset[str]
    reads: frozenset[str] | None

    def may_read(self, type_: str) -> bool:
        """Whether it may read a resource type."""
        return self.reads is None or type_ in self.reads


class Recognised(NamedTuple):
    """A caller, and the time in seconds since 1970 at which its credentials expire."""

    caller: Caller
    until: float


class Checked(NamedTuple):
    """A caller with its standing, and when its credentials expire."""

    caller: Caller
    standing: Standing
    until: float


class CheckedCallers:
    """Callers by their credentials. Threads share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: BoundedCache[tuple[Credentials, int, float], Checked] = BoundedCache(BYTES)
        """By credentials, generation and minute: others are not found any more."""

    def get(self, credentials: Credentials, generation: int) -> Checked | None:
        """The caller with these credentials; None if they have to be checked."""
        now = self._clock()
        kept = self._kept.get((credentials, generation, now // SECONDS))
        return kept[0] if kept is not None and now < kept[0].until else None

    def add(self, credentials: Credentials, recognised: Recognised, standing: Standing, generation: int) -> Checked:
        """Remember a caller; `generation` is that of the database before its credentials were checked."""
        caller, until = recognised
        weight = OVERHEAD + sum(len(text) for text in credentials if text)
        checked = Checked(caller, standing, until)
        return self._kept.put((credentials, generation, self._clock() // SECONDS), checked, weight)


def credentials_in(environ: Mapping[str, Any]) -> Credentials:
    """The credentials of a WSGI request."""
    return environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_API_KEY")
