"""The value sets `$translate` is limited to: which maps are for them (R4), which codes are in them (R5).

R4 finds maps by the value sets they are for; R5 limits the codes to members. A map that states the value set is for its
codes, by either reading; else codes have to be members, where the value set is here.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminology.model.coding import Canonical, Coding
from terminology.model.protocols import Catalogue
from terminology.model.requests import TranslateRequest
from terminology.operations.translate_sets import ValueSets

Side = tuple[Canonical | None, Canonical | None]
"""The value set that is wanted, and the one a map states."""


def coding_of(system: Canonical | None, code: str | None, display: str | None = None) -> Coding:
    """A code of a map, in the system that its group states."""
    if system is None:
        return Coding(code=code, display=display)
    return Coding(system.url, code, system.version, display)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of one call. `named`: it names the map, which then does not have to say that it is for them."""

    catalogue: Catalogue
    asked: TranslateRequest
    named: bool
    value_sets: ValueSets

    def hold(self, origin: Canonical, source: Coding, target: Coding) -> bool:
        """Whether a mapping of the map `origin` is within the scopes."""
        if self.asked.source_scope is None and self.asked.target_scope is None:
            return True
        sides = zip(self._sides(origin), (source, target), strict=True)
        return all(self._are_stated(*side) or self._is_within(*side, coding) for side, coding in sides)

    def are_stated(self, origin: Canonical) -> bool:
        """Whether a map says that it is for the scopes, so that all its mappings are within them."""
        return all(self._are_stated(*side) for side in self._sides(origin))

    def _sides(self, origin: Canonical) -> tuple[Side, Side]:
        header = self.catalogue.concept_map(origin)
        stated = (header.source_scope, header.target_scope) if header else (None, None)
        return (self.asked.source_scope, stated[0]), (self.asked.target_scope, stated[1])

    def _are_stated(self, wanted: Canonical | None, stated: Canonical | None) -> bool:
        return wanted is None or (stated is not None and self._is_same(wanted, stated))

    def _is_within(self, wanted: Canonical | None, stated: Canonical | None, coding: Coding) -> bool:
        found = None if wanted is None else self.value_sets.has(wanted, coding)
        return (self.named or stated is None) if found is None else found

    def _is_same(self, one: Canonical, other: Canonical) -> bool:
        """Whether two names mean the same value set."""
        if one.url == other.url:
            return True
        if not any(ref.url.startswith("urn:") for ref in (one, other)):
            return False
        meant, same = (self.catalogue.value_set(Canonical(ref.url)) for ref in (one, other))
        return meant is not None and same is not None and meant.url == same.url
