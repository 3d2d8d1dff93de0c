"""The value sets `$translate` is limited to: which maps are for them (R4), which codes are in them (R5).

R4 finds maps by the value sets they are for; R5 limits the codes to members. A map that states the value set is for its
codes, by either reading; else codes have to be members, where the value set is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from terminology.model.coding import Canonical, Coding
from terminology.model.protocols import Catalogue
from terminology.model.requests import TranslateRequest
from terminology.operations.translate_sets import ValueSets

Side = tuple[Canonical | None, Canonical | None, Coding]
"""The value set that is wanted, the one a map states, a code."""


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
        return all(self._is_within(*side) for side in self._sides(origin, source, target))

    def _sides(self, origin: Canonical, source: Coding, target: Coding) -> Iterator[Side]:
        header = self.catalogue.concept_map(origin)
        stated = (header.source_scope, header.target_scope) if header else (None, None)
        yield self.asked.source_scope, stated[0], source
        yield self.asked.target_scope, stated[1], target

    def _is_within(self, wanted: Canonical | None, stated: Canonical | None, coding: Coding) -> bool:
        if wanted is None or (stated is not None and self._is_same(wanted, stated)):
            return True
        found = self.value_sets.has(wanted, coding)
        return (self.named or stated is None) if found is None else found

    def _is_same(self, one: Canonical, other: Canonical) -> bool:
        """Whether two names mean the same value set."""
        if one.url == other.url:
            return True
        if not any(ref.url.startswith("urn:") for ref in (one, other)):
            return False
        meant, same = (self.catalogue.value_set(Canonical(ref.url)) for ref in (one, other))
        return meant is not None and same is not None and meant.url == same.url
