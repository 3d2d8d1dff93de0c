"""Licence gates: canonicals that only callers with a certain entitlement may see.

The setting has `canonical=entitlement`, separated by spaces. A gate covers a code system, its supplements, and
everything below its canonical (implicit value sets, say). Without gates nothing is checked. A setting that names a
system by a URN (`urn:oid:…`) covers everything the URN stands for: `with_meanings`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from copy import copy
from functools import cached_property

from terminology.model.outcome import TerminologyError
from terminology.settings import Settings

BELOW = ("/", "?", "|", "#")
"""Characters that may follow a gated canonical in one that lies below it."""


class Licences:
    """The gates of a server. Threads share it."""

    def __init__(self, settings: Settings) -> None:
        """Raises TerminologyError invalid for a setting that names no entitlement."""
        self._needed: dict[str, str] = {}
        for text in settings.licences.split():
            url, _, entitlement = text.rpartition("=")
            if not url or not entitlement:
                raise TerminologyError.of("invalid", "LICENCES_INVALID", text=text)
            self._needed[url.rstrip("/")] = entitlement

    def __bool__(self) -> bool:
        return bool(self._needed)

    @cached_property
    def named(self) -> bool:
        """Whether any gate is named by a URN."""
        return any(url.startswith("urn:") for url in self._needed)

    def with_meanings(self, meanings: Callable[[str], Iterable[str]]) -> Licences:
        """The same gates, applied also to the canonicals that their names stand for."""
        meant = {url: needed for name, needed in self._needed.items() for url in meanings(name)}
        found = copy(self)
        found._needed = {**meant, **self._needed}  # noqa: SLF001 - its own kind
        return found

    @cached_property
    def entitlements(self) -> frozenset[str]:
        """All entitlements that gates require: those of the owner of the database."""
        return frozenset(self._needed.values())

    def closed(self, held: Collection[str]) -> tuple[str, ...]:
        """The gated canonicals that a caller with these entitlements may not see."""
        return tuple(url for url, needed in self._needed.items() if needed not in held)

    def lacking(self, url: str | None, held: Collection[str]) -> str | None:
        """The entitlement that a caller lacks for a canonical; None if nothing is missing."""
        if not self._needed or not url:
            return None
        for gated, needed in self._needed.items():
            if needed not in held and is_below(url, gated):
                return needed
        return None

    def check(self, url: str | None, held: Collection[str]) -> None:
        """Raise TerminologyError forbidden for a canonical that a caller may not see."""
        needed = self.lacking(url, held)
        if needed is not None:
            raise TerminologyError.of("forbidden", "LICENCE_NEEDED", url=str(url), entitlement=needed)

    def check_all(self, urls: Iterable[str | None], held: Collection[str]) -> None:
        """The same for several."""
        for url in urls:
            self.check(url, held)


def is_below(url: str, gated: str) -> bool:
    """Whether a canonical is a gated one, or lies below it."""
    return url == gated or url.startswith(tuple(gated + mark for mark in BELOW))
