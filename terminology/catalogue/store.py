"""The catalogue of a store: one for each process, which gives each request its own view."""

from __future__ import annotations

from dataclasses import dataclass

from terminology.catalogue.choosing import Preferences
from terminology.catalogue.licences import Licences
from terminology.catalogue.opened import Opened
from terminology.catalogue.request import RequestCatalogue
from terminology.catalogue.snapshot import Snapshot
from terminology.catalogue.supplied import SuppliedSystems
from terminology.codesystems import registry
from terminology.model.protocols import CatalogueEntry
from terminology.model.requests import RequestContext
from terminology.settings import Settings
from terminology.store.protocol import Store


@dataclass(frozen=True, slots=True)
class _Current:
    """One generation, and the settings with its names resolved."""

    snapshot: Snapshot
    preferences: Preferences
    licences: Licences


class StoreCatalogue:
    """What a store holds, and the caches over it. Threads share it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._preferences = Preferences(settings)
        self._licences = Licences(settings)
        self._opened = Opened(store)
        self._supplied = SuppliedSystems()
        self._current = _Current(Snapshot(store, generation=-1), self._preferences, self._licences)

    @property
    def licences(self) -> Licences:
        """The gates, with their names resolved by what is published now."""
        return self._now().licences if self._licences.named else self._licences

    def for_request(self, context: RequestContext) -> RequestCatalogue:
        """The view of one request; one query, which notices publications."""
        now = self._now()
        return RequestCatalogue(context, now.snapshot, self._opened, self._supplied, now.preferences, now.licences)

    def _now(self) -> _Current:
        generation = self._store.generation()
        current = self._current
        if current.snapshot.generation != generation:
            snapshot = Snapshot(self._store, generation)
            preferences, licences = self._preferences, self._licences
            current = self._current = _Current(
                snapshot,
                preferences.with_meanings(snapshot.meanings) if preferences.named else preferences,
                licences.with_meanings(snapshot.meanings) if licences.named else licences,
            )
        return current

    def entries(self, context: RequestContext | None = None) -> list[CatalogueEntry]:
        """Every code system version that is loaded or built in, sorted by url and age."""
        view = self.for_request(context or RequestContext())
        urls = sorted({*(entry.url for entry in self._store.versions()), *registry.BUILTIN})
        return [entry for url in urls for entry in view.entries(url)]
